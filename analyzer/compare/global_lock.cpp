// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/global_lock.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/units.h"

namespace socklock::analyzer {
namespace {

constexpr const char* kGlobalLock = "tcp.pcbinfo";

struct LockSums {
  double acquired_before = 0, acquired_after = 0;
  double waits_before = 0, waits_after = 0;
  double wait_ns_before = 0, wait_ns_after = 0;
  bool untimed = false;
};

bool is_asked(const std::optional<CallPath>& path, bool knows_paths) {
  if (!knows_paths) return !path;
  return path == CallPath::kSend || path == CallPath::kReceive;
}

LockSums sums_of(const Comparison& comparison, ClassId lock, bool knows_paths) {
  LockSums sums;
  for (const SliceComparison& slice : knows_paths ? comparison.class_paths : comparison.classes) {
    if (slice.lock_class != lock || !is_asked(slice.path, knows_paths)) continue;
    sums.waits_before += slice.before.contentions_per_unit;
    sums.waits_after += slice.after.contentions_per_unit;
    sums.wait_ns_before += slice.before.wait_ns_per_unit;
    sums.wait_ns_after += slice.after.wait_ns_per_unit;
    sums.untimed = sums.untimed || slice.before.stats.sums.untimed + slice.after.stats.sums.untimed > 0;
  }
  for (const AcquiredComparison& row : comparison.acquired.rows) {
    if (row.lock_class != lock || !is_asked(row.path, knows_paths)) continue;
    sums.acquired_before += row.before ? row.before->per_unit : 0;
    sums.acquired_after += row.after ? row.after->per_unit : 0;
  }
  return sums;
}

bool is_measured(const std::string& why_not) { return why_not.empty(); }

std::string acquired_text(const Comparison& comparison, const LockSums& sums) {
  const bool before = is_measured(comparison.acquired.before_why_not);
  const bool after = is_measured(comparison.acquired.after_why_not);
  if (!before && !after) return "How often it was acquired was not measured.";
  const auto figure = [](bool known, double value) { return known ? format_number(value, 3) : "(not measured)"; };
  return fmt::format("It was acquired {} times per {} before, {} after.", figure(before, sums.acquired_before),
                     singular_of(comparison.unit), figure(after, sums.acquired_after));
}

std::string waits_text(const Comparison& comparison, const LockSums& sums, const char* subject) {
  const std::string lock = fmt::format("FreeBSD's global lock of TCP ({})", kGlobalLock);
  if (sums.waits_before + sums.waits_after <= 0)
    return fmt::format("{} never waited for {}, before or after.", subject, lock);
  return fmt::format("{} waited for {} {} times per {} before, {} after: {}{} of wait before, {} after.", subject, lock,
                     format_number(sums.waits_before, 3), singular_of(comparison.unit),
                     format_number(sums.waits_after, 3), sums.untimed ? "at least " : "",
                     format_ns(sums.wait_ns_before), format_ns(sums.wait_ns_after));
}

}  // namespace

std::string global_lock_answer(const Comparison& comparison, const Taxonomy& taxonomy, bool knows_paths) {
  const auto lock = taxonomy.class_named(kGlobalLock);
  const bool is_there = lock && (std::any_of(comparison.classes.begin(), comparison.classes.end(),
                                             [&](const SliceComparison& slice) { return slice.lock_class == *lock; }) ||
                                 std::any_of(comparison.acquired.rows.begin(), comparison.acquired.rows.end(),
                                             [&](const AcquiredComparison& row) { return row.lock_class == *lock; }));
  if (!is_there) return "";
  const LockSums sums = sums_of(comparison, *lock, knows_paths);
  return waits_text(comparison, sums, knows_paths ? "Sending and receiving" : "All of TCP") + " " +
         acquired_text(comparison, sums) +
         (knows_paths ? ""
                      : " How much of it was in sending and receiving is not known: the recordings have no callers.");
}

}  // namespace socklock::analyzer
