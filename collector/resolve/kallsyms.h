// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel text symbols, read once when the recording starts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace socklock::collector {

struct Symbol {
  std::uint64_t address;      // start of the function
  std::string_view name;      // compiler suffixes kept; valid as long as the Kallsyms
  std::string_view module;    // empty: the kernel proper
  std::uint64_t end_address;  // start of the next symbol
};

class Kallsyms {
 public:
  // Reads a file in the format of /proc/kallsyms. An error where it can't be read; addresses hidden by
  // kernel.kptr_restrict give an empty table, told by `hidden()`.
  static Result<Kallsyms> read(const std::string& path = "/proc/kallsyms");

  // The function that an address lies in; nothing for JIT code and unknown addresses.
  [[nodiscard]] std::optional<Symbol> find(std::uint64_t address) const;
  [[nodiscard]] std::optional<Symbol> by_name(std::string_view name) const;

  [[nodiscard]] bool hidden() const { return hidden_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint64_t address;
    std::uint32_t name_offset;  // into names_, zero-terminated
    std::uint32_t module;       // into modules_, 0: the kernel proper
  };
  void add_line(std::string_view line);
  [[nodiscard]] Symbol symbol(std::size_t i) const;

  std::vector<Entry> entries_;  // ascending by address
  std::string names_;
  std::vector<std::string> modules_{""};
  bool hidden_ = false;
};

}  // namespace socklock::collector
