// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/stated_work.h"

#include <charconv>

#include "analyzer/measure/work_unit.h"

namespace socklock::analyzer {

Result<StatedWork> parse_stated_work(std::string_view text) {
  const auto refused = [text](const char* what) {
    return fail(
        {what, "'" + std::string(text) + "'", "connections=967, or binds=22689,19010 of two runs", ExitCode::kUsage});
  };
  const std::size_t equals = text.find('=');
  StatedWork work;
  work.unit = text.substr(0, equals);
  const auto unit = work_unit_named(work.unit);
  if (equals == std::string_view::npos || !unit || *unit == WorkUnit::kSeconds)
    return refused("no work of a known unit: connections, operations, binds or requests");
  constexpr std::uint64_t kMost = std::uint64_t{1} << 53U;
  const char* at = text.data() + equals + 1;
  const char* const end = text.data() + text.size();
  while (true) {
    std::uint64_t count = 0;
    const auto [stop, error] = std::from_chars(at, end, count);
    if (error != std::errc() || count == 0 || count >= kMost) return refused("not a count of work");
    work.counts.push_back(count);
    if (stop == end) return work;
    if (*stop != ',') return refused("not a count of work");
    at = stop + 1;
  }
}

}  // namespace socklock::analyzer
