// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/kernel_symbols.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

namespace socklock::imports {
namespace {

std::optional<std::uint64_t> hexadecimal(std::string_view word) {
  if (word.starts_with("0x")) word.remove_prefix(2);
  std::uint64_t value = 0;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value, 16);
  return error == std::errc() && stop == end && !word.empty() ? std::optional(value) : std::nullopt;
}

bool is_type(const std::string& word) {
  return word.size() == 1 && ((word[0] >= 'a' && word[0] <= 'z') || (word[0] >= 'A' && word[0] <= 'Z'));
}

}  // namespace

Result<KernelSymbols> KernelSymbols::read(std::istream& in, const std::string& name) {
  KernelSymbols symbols;
  bool has_functions = false;
  for (std::string text; std::getline(in, text);) {
    std::istringstream line(text);
    std::string first, second, third, fourth;
    line >> first >> second >> third >> fourth;
    const auto begin = hexadecimal(first);
    const bool has_size = is_type(third) && !is_type(second);
    const std::string &type = has_size ? third : second, &symbol = has_size ? fourth : third;
    if (!begin || *begin == 0 || !is_type(type) || symbol.empty()) continue;
    const auto size = has_size ? hexadecimal(second) : std::nullopt;
    const bool is_function = std::string_view("tTwWiI").find(type[0]) != std::string_view::npos;
    has_functions = has_functions || is_function;
    symbols.symbols_.push_back({*begin, size && *size > 0 ? *begin + *size : 0, is_function ? symbol : ""});
  }
  if (!has_functions)
    return fail({"no function in these symbols", "'" + name + "'",
                 "nm -n /boot/kernel/kernel >FILE, of the kernel that was recorded, makes them", ExitCode::kBadInput});
  // Of names for one place the first by name: the same each time.
  std::sort(symbols.symbols_.begin(), symbols.symbols_.end(), [](const Symbol& a, const Symbol& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.name.empty() != b.name.empty() ? b.name.empty() : a.name < b.name;
  });
  return symbols;
}

std::optional<std::string> KernelSymbols::name_of(std::uint64_t address) const {
  const auto next = std::upper_bound(symbols_.begin(), symbols_.end(), address,
                                     [](std::uint64_t at, const Symbol& symbol) { return at < symbol.begin; });
  if (next == symbols_.begin()) return std::nullopt;
  const std::uint64_t begin = std::prev(next)->begin;
  const auto symbol = std::lower_bound(symbols_.begin(), next, begin,
                                       [](const Symbol& other, std::uint64_t at) { return other.begin < at; });
  if (symbol->name.empty()) return std::nullopt;
  // The end of the last symbol is not known without its size.
  const bool is_inside = symbol->end != 0 ? address < symbol->end : next != symbols_.end() || address == begin;
  return is_inside ? std::optional(symbol->name) : std::nullopt;
}

}  // namespace socklock::imports
