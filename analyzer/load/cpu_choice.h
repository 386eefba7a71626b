// SPDX-License-Identifier: GPL-2.0-or-later
// Which CPUs single waits are taken of. Summaries have no CPUs: who asks for some asks of events.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace socklock::analyzer {

// Ascending, each once.
using CpuNumbers = std::vector<std::uint16_t>;

// "3", "0,2-5", as the kernel writes lists of CPUs; nothing: it is no such list.
std::optional<CpuNumbers> cpus_named(std::string_view text);
// The shortest that names them.
std::string text_of_cpus(const CpuNumbers& cpus);

struct CpuChoice {
  std::optional<CpuNumbers> only = std::nullopt;  // nothing: of all
  CpuNumbers left_out = {};

  [[nodiscard]] bool is_all() const { return !only && left_out.empty(); }
  [[nodiscard]] bool keeps(std::uint16_t cpu) const;
};

}  // namespace socklock::analyzer
