// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/resolve/kallsyms.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

namespace socklock::collector {
namespace {

// A last symbol's size is unknown; no kernel function is longer than this.
constexpr std::uint64_t kLongestFunctionBytes = 64 << 10;

bool is_text(char type) { return type == 't' || type == 'T' || type == 'w' || type == 'W'; }

// BPF programs come and go, and their addresses are reused while we record.
bool is_jit(std::string_view module) { return module == "bpf"; }

}  // namespace

Result<Kallsyms> Kallsyms::read(const std::string& path) {
  std::ifstream file(path);
  if (!file)
    return fail(
        {std::string("cannot read kernel symbols: ") + std::strerror(errno), path, "", ExitCode::kNotPermitted});
  Kallsyms table;
  std::string line;
  while (std::getline(file, line)) table.add_line(line);
  std::stable_sort(table.entries_.begin(), table.entries_.end(),
                   [](const Entry& a, const Entry& b) { return a.address < b.address; });
  table.entries_.shrink_to_fit();
  table.names_.shrink_to_fit();
  return table;
}

// "ffffffff81000000 T name\t[module]"
void Kallsyms::add_line(std::string_view line) {
  std::uint64_t address = 0;
  const auto [after, error] = std::from_chars(line.data(), line.data() + line.size(), address, 16);
  const auto type_at = static_cast<std::size_t>(after - line.data()) + 1;
  if (error != std::errc{} || type_at + 2 >= line.size() || !is_text(line[type_at])) return;
  if (address == 0) {
    hidden_ = true;
    return;
  }
  std::string_view name = line.substr(type_at + 2);
  std::string_view module;
  if (const auto tab = name.find('\t'); tab != std::string_view::npos) {
    module = name.substr(tab + 2, name.size() - tab - 3);
    name = name.substr(0, tab);
  }
  if (is_jit(module)) return;
  if (module != modules_.back()) {
    const auto known = std::find(modules_.begin(), modules_.end(), module);
    if (known == modules_.end()) modules_.emplace_back(module);
  }
  const auto known = std::find(modules_.rbegin(), modules_.rend(), module);
  entries_.push_back(
      {address, static_cast<std::uint32_t>(names_.size()), static_cast<std::uint32_t>(modules_.rend() - known - 1)});
  names_.append(name);
  names_.push_back('\0');
}

Symbol Kallsyms::symbol(std::size_t i) const {
  const Entry& entry = entries_[i];
  std::size_t next = i + 1;
  while (next < entries_.size() && entries_[next].address == entry.address) ++next;
  const std::uint64_t end = next < entries_.size() ? entries_[next].address : entry.address + kLongestFunctionBytes;
  return {entry.address, names_.data() + entry.name_offset, modules_[entry.module],
          std::min(end, entry.address + kLongestFunctionBytes)};
}

std::optional<Symbol> Kallsyms::find(std::uint64_t address) const {
  const auto after = std::upper_bound(entries_.begin(), entries_.end(), address,
                                      [](std::uint64_t value, const Entry& entry) { return value < entry.address; });
  if (after == entries_.begin()) return std::nullopt;
  // Of aliases at one address the first in kallsyms is the one perf shows as well.
  auto entry = after - 1;
  while (entry != entries_.begin() && (entry - 1)->address == entry->address) --entry;
  const Symbol found = symbol(static_cast<std::size_t>(entry - entries_.begin()));
  if (address >= found.end_address) return std::nullopt;
  return found;
}

std::optional<Symbol> Kallsyms::by_name(std::string_view name) const {
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (name == names_.data() + entries_[i].name_offset) return symbol(i);
  return std::nullopt;
}

}  // namespace socklock::collector
