// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/header_facts.h"

#include "import/importers.h"

namespace socklock::analyzer {
namespace {

namespace v1 = trace::v1;

SpinlockMode spinlock_mode(v1::SpinlockMode mode) {
  switch (mode) {
    case v1::SPINLOCK_MODE_PV: return SpinlockMode::kPv;
    case v1::SPINLOCK_MODE_NATIVE: return SpinlockMode::kNative;
    case v1::SPINLOCK_MODE_TEST_AND_SET: return SpinlockMode::kTestAndSet;
    default: return SpinlockMode::kUnknown;
  }
}

// Traces that an older socklock imported don't say it themselves.
trace::Knows knows_of(const v1::Header& header) {
  if (header.has_knows()) return trace::decode(header.knows());
  const imports::Importer* importer = imports::importer_named(header.origin());
  return importer == nullptr ? trace::Knows() : importer->knows;
}

}  // namespace

RunFacts facts_of(const trace::v1::Header& header) {
  RunFacts facts;
  facts.run_id = header.run_id();
  facts.label = header.label();
  facts.wall_start_ns = header.wall_start_ns();
  facts.interval_ns = header.interval_ns();
  const auto& host = header.host();
  facts.host = {host.name(),      host.kernel_release(), host.kernel_build(), host.machine(),
                host.cpu_model(), host.boot_id(),        host.cpus_online(),  host.memory_bytes()};
  facts.recorder_version = header.recorder().version();
  facts.level = header.recorder().level();
  for (const auto& probe : header.recorder().probes())
    facts.probes.push_back({probe.name(), probe.attached(), probe.reason(), probe.remedy(), probe.counts_calls(),
                            probe.method(), probe.absent(), probe.measures_holds(), probe.run_count(),
                            probe.run_time_ns()});
  facts.notes.assign(header.recorder().notes().begin(), header.recorder().notes().end());
  const auto& workload = header.workload();
  facts.workload.argv.assign(workload.argv().begin(), workload.argv().end());
  facts.workload.finished = workload.finished();
  facts.workload.exit_status = workload.exit_status();
  facts.workload.filter = workload.filter();
  for (const auto& work : workload.stated()) facts.workload.stated[work.name()] = work.count();
  facts.spinlock_mode = spinlock_mode(header.spinlock_mode());
  facts.origin = header.origin();
  facts.work_rules = header.recorder().work_rules();
  facts.knows_off_cpu = header.recorder().knows_off_cpu();
  facts.knows = knows_of(header);
  facts.stacks_sampled = header.recorder().stacks() == "sampled";
  facts.cpu_profile_hz = header.recorder().cpu_profile_hz();
  facts.max_overhead_percent = header.recorder().max_overhead_percent();
  facts.knows_run_delay = header.recorder().knows_run_delay();
  facts.min_wait_ns = header.recorder().min_wait_ns();
  return facts;
}

}  // namespace socklock::analyzer
