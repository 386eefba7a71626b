// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel symbols. They are asked for as they are needed, of a program in the kernel: a recording needs some hundred
// of 200,000, and reading /proc/kallsyms takes 0.1 s and 8 MB.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace socklock::collector {

struct Symbol {
  std::uint64_t address;      // where it begins
  std::string_view name;      // compiler suffixes kept; valid as long as the Kallsyms
  std::string_view module;    // empty: the kernel proper
  std::uint64_t end_address;  // where the next symbol begins
};

// "tcp_v4_rcv+0x12/0x340 [module]", as the kernel's %pS prints what lies at `address`. Nothing where it has no
// symbol there. Views point into the text.
std::optional<Symbol> parse_symbol(std::uint64_t address, std::string_view text);

class Kallsyms {
 public:
  struct NameAnswer {
    std::uint64_t address;
    int error_number;  // 0: found
  };
  // How the kernel is asked.
  struct Kernel {
    // What %pS prints for each address, in their order.
    std::function<std::vector<std::string>(std::span<const std::uint64_t>)> describe;
    std::function<NameAnswer(const std::string&)> address_of;
  };

  // Errors: the kernel refuses the programs.
  static Result<Kallsyms> load();
  explicit Kallsyms(Kernel kernel);
  // Knows no symbol.
  Kallsyms();
  Kallsyms(Kallsyms&&) noexcept;
  Kallsyms& operator=(Kallsyms&&) noexcept;
  ~Kallsyms();

  // The symbol that an address lies in; nothing for programs that are compiled as they come (BPF) and for addresses
  // outside the kernel's image and modules.
  [[nodiscard]] std::optional<Symbol> find(std::uint64_t address) const;
  // So that find() of each need not ask the kernel for itself.
  void prefetch(std::span<const std::uint64_t> addresses) const;
  [[nodiscard]] std::optional<Symbol> by_name(const std::string& name) const;
  // Of names that mark a place, too, in which no symbol lies: _etext.
  [[nodiscard]] std::optional<std::uint64_t> address_of(const std::string& name) const;

  // Whether the kernel keeps addresses of names from this process (kernel.kptr_restrict).
  [[nodiscard]] bool hides_addresses() const;
  [[nodiscard]] bool knows_symbols() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace socklock::collector
