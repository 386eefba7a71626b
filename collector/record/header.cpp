// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/header.h"

#include <unistd.h>

#include <fmt/format.h>

#include "collector/host/host_facts.h"

#ifndef SOCKLOCK_VERSION
#error "the build sets SOCKLOCK_VERSION"
#endif

namespace socklock::collector {

trace::v1::Header make_header(const RecordOptions& options, const Equipment& equipment,
                              const std::optional<ChildProcess>& command, const LockFacts& locks) {
  trace::v1::Header header;
  header.set_run_id(make_run_id());
  header.set_label(options.label);
  *header.mutable_host() = read_host();
  header.set_spinlock_mode(equipment.mode);
  header.set_interval_ns(options.interval_ns != 0 ? options.interval_ns : kFirstIntervalNs);
  auto& recorder = *header.mutable_recorder();
  recorder.set_version(SOCKLOCK_VERSION);
  for (const auto& word : options.recorder_argv) recorder.add_options(word);
  recorder.set_level(equipment.level2.reached() ? 2 : 1);
  recorder.set_knows_off_cpu(equipment.level2.measures_holds());
  if (equipment.level2.samples_cpu()) recorder.set_cpu_profile_hz(options.cpu_profile_hz);
  recorder.set_stacks(options.stacks);
  recorder.set_max_overhead_percent(options.max_overhead_percent);
  recorder.set_work_rules(1);
  recorder.set_knows_run_delay(equipment.counts_run_delay);
  recorder.set_min_wait_ns(options.min_wait_ns);
  recorder.set_pid(static_cast<std::uint32_t>(getpid()));
  for (const auto& note : equipment.notes) recorder.add_notes(note);
  for (const auto& word : options.command) header.mutable_workload()->add_argv(word);
  if (command) header.mutable_workload()->set_pid(static_cast<std::uint32_t>(command->pid()));
  if (const auto& target = equipment.target)
    header.mutable_workload()->set_filter(fmt::format("pid {} ({})", options.pid, target->name()));
  if (!options.cgroup.empty()) header.mutable_workload()->set_filter("cgroup " + options.cgroup);
  for (const auto& table : locks.tables()) *header.add_hash_tables() = table;
  return header;
}

}  // namespace socklock::collector
