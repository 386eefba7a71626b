// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "analyzer/document/words.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

// How often sending took locks of the tables at all.
std::string send_path_acquisitions(const Comparison& comparison, std::string_view unit) {
  if (!comparison.acquired.before_why_not.empty() || !comparison.acquired.after_why_not.empty()) return "";
  if (!comparison.acquired.send_measured) return " How often it acquired them was not measured.";
  return fmt::format(" It acquired {} of them per {} before, {} after.",
                     format_number(comparison.acquired.send_before, 3), unit,
                     format_number(comparison.acquired.send_after, 3));
}

// A share of wait without a call path above which nothing can be said of one.
constexpr double kMostlyUnknown = 0.5;

// Why nobody can say that sending waited for no such lock; empty where one can.
std::string why_absence_is_unsure(const Unnamed& unnamed) {
  if (unnamed.without_path > kMostlyUnknown)
    return fmt::format("{} of the socket layer's wait has no call path", format_percent(unnamed.without_path));
  if (unnamed.unclassified > 0)
    return fmt::format("{} waits of the socket layer are for locks of no known class",
                       format_count(static_cast<double>(unnamed.unclassified)));
  return "";
}

}  // namespace

std::string send_path_answer(const Comparison& comparison) {
  const auto row = std::find_if(comparison.send_path.begin(), comparison.send_path.end(),
                                [](const SliceComparison& slice) { return slice.path == CallPath::kSend; });
  const std::string_view unit = singular_of(comparison.unit);
  const std::string unsure = why_absence_is_unsure(comparison.unnamed);
  if (row == comparison.send_path.end() ||
      row->before.stats.sums.contentions + row->after.stats.sums.contentions == 0) {
    if (unsure.empty())
      return "In the send path nothing waited for a connection-table or bind-table lock on either side." +
             send_path_acquisitions(comparison, unit);
    return fmt::format("Whether the send path waited for connection-table or bind-table locks can't be said: {}.",
                       unsure) +
           send_path_acquisitions(comparison, unit);
  }
  return fmt::format(
             "In the send path: {} contentions for table locks per {} before, {} after; {} of wait before, {} after{}.",
             format_number(row->before.contentions_per_unit, 3), unit,
             format_number(row->after.contentions_per_unit, 3), format_ns(row->before.wait_ns_per_unit),
             format_ns(row->after.wait_ns_per_unit), unsure.empty() ? "" : "; at least, as " + unsure) +
         send_path_acquisitions(comparison, unit);
}

}  // namespace socklock::analyzer
