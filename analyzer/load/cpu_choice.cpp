// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/cpu_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace socklock::analyzer {
namespace {

std::optional<std::uint16_t> cpu_named(std::string_view text) {
  std::uint16_t cpu = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cpu);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return cpu;
}

// "3" or "2-5".
bool add_named(std::string_view text, CpuNumbers& cpus) {
  const std::size_t dash = text.find('-');
  const auto first = cpu_named(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : cpu_named(text.substr(dash + 1));
  if (!first || !last || *first > *last) return false;
  for (std::uint32_t cpu = *first; cpu <= *last; ++cpu) cpus.push_back(static_cast<std::uint16_t>(cpu));
  return true;
}

}  // namespace

std::optional<CpuNumbers> cpus_named(std::string_view text) {
  CpuNumbers cpus;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (!add_named(text.substr(begin, end - begin), cpus)) return std::nullopt;
    begin = end + 1;
  }
  std::sort(cpus.begin(), cpus.end());
  cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
  return cpus;
}

std::string text_of_cpus(const CpuNumbers& cpus) {
  std::string text;
  for (std::size_t i = 0; i < cpus.size();) {
    std::size_t last = i;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += last == i ? fmt::format("{}", cpus[i]) : fmt::format("{}-{}", cpus[i], cpus[last]);
    i = last + 1;
  }
  return text;
}

bool CpuChoice::keeps(std::uint16_t cpu) const {
  const auto names = [cpu](const CpuNumbers& cpus) { return std::binary_search(cpus.begin(), cpus.end(), cpu); };
  return (!only || names(*only)) && !names(left_out);
}

}  // namespace socklock::analyzer
