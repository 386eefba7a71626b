// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/level2.h"

#include <algorithm>

#include <fmt/format.h>

namespace socklock::collector {

Level2 Level2::start(const SessionOptions& options, Session& session, Wanted wanted) {
  Level2 level2(CallCounts::start(options, wanted.functions), Holds::start(options, session, wanted.functions));
  if (level2.holds_.knows_all_functions()) session.find_table_holders();
  if (wanted.cpu_profile_hz == 0) return level2;
  auto profile = CpuProfile::start(wanted.cpu_profile_hz, options, session);
  if (profile)
    level2.cpu_.emplace(*std::move(profile));
  else
    level2.cpu_refused_ = profile.error().what;
  return level2;
}

void Level2::set_phase(socklock_phase phase) {
  calls_.set_phase(phase);
  holds_.set_phase(phase);
  if (cpu_) cpu_->set_phase(phase);
}

Level2Rows Level2::take(double seconds) {
  Level2Rows rows;
  rows.notes_holders = holds_.probes().front().attached();
  if (cpu_) rows.cpu = cpu_->take();
  if (!calls_.any_attached() && !holds_.any_attached()) return rows;
  rows.calls = calls_.take();
  rows.holds = holds_.take();
  rows.held_locks = holds_.take_locks();
  rows.calls_skipped = calls_.take_skipped();
  rows.cost = calls_.take_cost();
  std::uint64_t calls = 0;
  for (const auto& row : rows.calls)
    if (row.kind != SOCKLOCK_KIND_UNKNOWN && is_held_by(function_of(row.site))) calls += row.calls;
  if (seconds > 0) holds_.adapt(static_cast<double>(calls) / seconds);
  return rows;
}

std::vector<trace::v1::Probe> Level2::probes() const {
  auto probes = calls_.probes();
  probes.insert(probes.end(), holds_.probes().begin(), holds_.probes().end());
  return probes;
}

std::vector<std::string> Level2::notes() const {
  std::vector<std::string> notes;
  if (!cpu_refused_.empty()) notes.push_back("no CPU profile: " + cpu_refused_);
  const auto calls = calls_.probes();
  const auto refused = [](const trace::v1::Probe& probe) { return !probe.attached() && !probe.absent(); };
  if (!reached()) {
    const auto first = std::find_if(calls.begin(), calls.end(), refused);
    notes.push_back("acquisitions, hold times and holders are not measured: " +
                    (first == calls.end() ? "this kernel has none of the functions" : first->reason()));
    return notes;
  }
  for (const auto& probe : calls)
    if (refused(probe)) notes.push_back(fmt::format("calls of {} are not counted: {}", probe.name(), probe.reason()));
  for (const auto& probe : holds_.probes())
    if (refused(probe))
      notes.push_back(fmt::format("hold times in {} are not measured: {}", probe.name(), probe.reason()));
  return notes;
}

}  // namespace socklock::collector
