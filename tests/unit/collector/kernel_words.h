// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel's symbols, written down: what 6.18 prints for these addresses (%pS), without a kernel.
#pragma once

#include <cerrno>
#include <cstdint>
#include <map>
#include <string>

#include <fmt/format.h>

#include "collector/resolve/kallsyms.h"

namespace socklock::collector::testing {

struct WrittenSymbol {
  std::uint64_t address;
  std::uint64_t size_bytes;
  std::string name;
  std::string module;  // empty: the kernel proper
};

struct WrittenKernel {
  std::map<std::uint64_t, WrittenSymbol> symbols;
  bool hides_addresses = false;
  int questions = 0;  // addresses that were asked for

  explicit WrittenKernel(std::initializer_list<WrittenSymbol> list) {
    for (const auto& symbol : list) symbols.emplace(symbol.address, symbol);
  }

  std::string words(std::uint64_t address) {
    ++questions;
    auto entry = symbols.upper_bound(address);
    if (entry == symbols.begin()) return fmt::format("{:#x}", address);
    const WrittenSymbol& symbol = (--entry)->second;
    if (address >= symbol.address + symbol.size_bytes) return fmt::format("{:#x}", address);
    const std::string module = symbol.module.empty() ? "" : " [" + symbol.module + "]";
    return fmt::format("{}+{:#x}/{:#x}{}", symbol.name, address - symbol.address, symbol.size_bytes, module);
  }

  Kallsyms symbols_of() {
    return Kallsyms({[this](auto addresses) {
                       std::vector<std::string> texts;
                       for (const auto address : addresses) texts.push_back(words(address));
                       return texts;
                     },
                     [this](const std::string& name) -> Kallsyms::NameAnswer {
                       if (hides_addresses) return {0, EPERM};
                       for (const auto& [address, symbol] : symbols)
                         if (symbol.name == name) return {address, 0};
                       return {0, ENOENT};
                     }});
  }
};

}  // namespace socklock::collector::testing
