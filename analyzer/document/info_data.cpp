// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/info.h"
#include "analyzer/load/run.h"
#include "proto/loss_counters.h"

namespace socklock::analyzer {
namespace {

std::uint64_t sum_of(const Run& run, std::uint64_t WaitSums::*field) {
  std::uint64_t sum = 0;
  for (const WaitSums& sums : run.waits.sums) sum += sums.*field;
  return sum;
}

Value loss_data(const Loss& loss) {
  const trace::LossInfo* info = trace::find_loss(loss.reason);
  return Value::Object{{"id", loss.reason},
                       {"name", info == nullptr ? "unknown" : info->name},
                       {"count", loss.count},
                       {"counts_as_lost", info == nullptr || info->severity != trace::LossSeverity::kInfo}};
}

// Null where 0 is "not recorded".
Value known(std::uint64_t value, bool is_known) { return is_known ? Value(value) : Value(); }

Value host_data(const HostFacts& host) {
  return Value::Object{{"name", host.name},
                       {"kernel_release", host.kernel_release},
                       {"kernel_build", host.kernel_build},
                       {"machine", host.machine},
                       {"cpu_model", host.cpu_model},
                       {"cpus_online", known(host.cpus_online, host.cpus_online > 0)},
                       {"memory_bytes", known(host.memory_bytes, host.memory_bytes > 0)},
                       {"boot_id", host.boot_id}};
}

Value probe_data(const ProbeFacts& probe) {
  const bool was_timed = probe.run_count > 0;
  return Value::Object{{"name", probe.name},
                       {"attached", probe.attached},
                       {"reason", probe.reason},
                       {"remedy", probe.remedy},
                       {"counts_calls", probe.counts_calls},
                       {"method", probe.method},
                       {"absent", probe.absent},
                       {"run_count", known(probe.run_count, was_timed)},
                       {"run_time_ns", known(probe.run_time_ns, was_timed)}};
}

Value workload_data(const WorkloadFacts& workload) {
  return Value::Object{{"argv", workload.argv},
                       {"finished", workload.finished},
                       {"exit_status", workload.finished ? Value(workload.exit_status) : Value()},
                       {"filter", workload.filter}};
}

Value recorder_data(const Run& run) {
  const bool is_ours = run.facts.origin.empty();
  return Value::Object{{"version", run.facts.recorder_version},
                       {"cpu_ns", known(run.recorder_cpu_ns, is_ours)},
                       {"bpf_run_time_ns", known(run.bpf_run_time_ns, run.bpf_run_time_ns > 0)},
                       {"bpf_timed_ns", known(run.bpf_timed_ns, is_ours)},
                       {"bpf_work_ns", known(run.bpf_work_ns, is_ours)},
                       {"bpf_switches_ns", known(run.bpf_switches_ns, is_ours)},
                       {"max_overhead_percent", run.facts.max_overhead_percent},
                       {"rss_bytes", known(run.recorder_rss_bytes, is_ours)}};
}

Value pairing_data(const Pairing& pairing) {
  return Value::Object{{"begins", pairing.begins},
                       {"ends", pairing.ends},
                       {"matched", pairing.matched},
                       {"doubled_begins", pairing.doubled_begins},
                       {"self", pairing.self},
                       {"filtered", pairing.filtered},
                       {"unmatched_ends", pairing.unmatched_ends},
                       {"open", pairing.open}};
}

Value damage_data(const Damage& part) {
  return Value::Object{{"offset_bytes", part.offset_bytes}, {"length_bytes", part.length_bytes}, {"what", part.what}};
}

}  // namespace

Value work_data(const Run& run) {
  if (!run.knows_work()) {
    Value nothing = Value::Object{};
    for (const char* key :
         {"connections_active", "connections_passive", "connections_closed", "elsewhere_active", "elsewhere_passive",
          "told_active", "send_operations", "send_bytes", "receive_operations", "receive_bytes", "segments_received",
          "segments_sent", "datagrams_received", "datagrams_sent", "cpu_busy_ns"})
      nothing.add(key, Value());
    return nothing;
  }
  const Work& work = run.work;
  return Value::Object{{"connections_active", work.connections_active},
                       {"connections_passive", work.connections_passive},
                       {"connections_closed", work.connections_closed},
                       {"elsewhere_active", work.elsewhere_active},
                       {"elsewhere_passive", work.elsewhere_passive},
                       {"told_active", work.told_active},
                       {"send_operations", known(work.send_operations, !run.operations_stopped)},
                       {"send_bytes", known(work.send_bytes, !run.operations_stopped)},
                       {"receive_operations", known(work.receive_operations, !run.operations_stopped)},
                       {"receive_bytes", known(work.receive_bytes, !run.operations_stopped)},
                       {"segments_received", work.segments_received},
                       {"segments_sent", work.segments_sent},
                       {"datagrams_received", work.datagrams_received},
                       {"datagrams_sent", work.datagrams_sent},
                       {"cpu_busy_ns", work.cpu_busy_ns}};
}

Value info_data(const Run& run) {
  const RunFacts& facts = run.facts;
  return Value::Object{{"schema", "socklock.info/1"},
                       {"file", run.path},
                       {"bytes", run.bytes},
                       {"run_id", facts.run_id},
                       {"label", facts.label},
                       {"wall_start_ns", known(facts.wall_start_ns, facts.wall_start_ns > 0)},
                       {"duration_ns", known(run.duration_ns(), facts.knows.duration)},
                       {"intervals", run.intervals.size()},
                       {"contentions", sum_of(run, &WaitSums::contentions)},
                       {"wait_ns", sum_of(run, &WaitSums::wait_ns)},
                       {"events", run.events},
                       {"lost", run.lost()},
                       {"losses", list_of(run.losses, loss_data)},
                       {"spinlock_mode", name_of(facts.spinlock_mode)},
                       {"level", facts.level},
                       {"host", host_data(facts.host)},
                       {"work", work_data(run)},
                       {"host_counters", run.host_counters},
                       {"workload", workload_data(facts.workload)},
                       {"recorder", recorder_data(run)},
                       {"stacks", Value::Object{{"sampled", facts.stacks_sampled},
                                                {"checked", run.stacks_checked},
                                                {"disagreed", run.stacks_disagreed}}},
                       {"events_left_out", run.events_left_out},
                       {"pairing", facts.origin.empty() ? pairing_data(run.pairing) : Value()},
                       {"probes", list_of(facts.probes, probe_data)},
                       {"notes", facts.notes},
                       {"closed", run.closed},
                       {"unknown_blocks", run.unknown_blocks},
                       {"unknown_ids", run.unknown_ids},
                       {"damage", list_of(run.damage, damage_data)}};
}

}  // namespace socklock::analyzer
