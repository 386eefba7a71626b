// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/render/info.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/units.h"
#include "proto/loss_counters.h"

namespace socklock::analyzer {
namespace {

using Json = nlohmann::ordered_json;

std::uint64_t contentions_of(const Run& run) {
  std::uint64_t sum = 0;
  for (const WaitSums& sums : run.waits.sums) sum += sums.contentions;
  return sum;
}

std::uint64_t wait_ns_of(const Run& run) {
  std::uint64_t sum = 0;
  for (const WaitSums& sums : run.waits.sums) sum += sums.wait_ns;
  return sum;
}

std::string start_time(const Run& run) {
  if (run.facts.wall_start_ns == 0) return "not recorded";
  const auto seconds = static_cast<std::time_t>(run.facts.wall_start_ns / kNsPerSecond);
  std::tm utc{};
  return gmtime_r(&seconds, &utc) == nullptr ? "" : fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", utc);
}

std::string command_line(const std::vector<std::string>& argv) { return fmt::format("{}", fmt::join(argv, " ")); }

std::string workload_text(const WorkloadFacts& workload) {
  if (workload.argv.empty()) return "none: the live host was recorded";
  std::string text = command_line(workload.argv);
  if (!workload.finished) return text + " (its end was not recorded)";
  return text + fmt::format(" (exit status {})", workload.exit_status);
}

void add_line(std::string& text, std::string_view name, const std::string& value) {
  if (!value.empty()) text += wrapped(printable(value), "            ", fmt::format("{:<12}", name));
}

// "web1, Linux 6.12.1"; imported recordings may lack the name, and say what kernel's release it is.
std::string host_text(const RunFacts& facts) {
  const std::string& release = facts.host.kernel_release;
  const std::string system = facts.knows.system == trace::System::kFreebsd ? "FreeBSD" : "Linux";
  std::string kernel = release.starts_with(system) ? release : system;
  if (!release.empty() && kernel != release) kernel += " " + release;
  return printable(facts.host.name.empty() ? kernel : fmt::format("{}, {}", facts.host.name, kernel));
}

std::string machine_text(const RunFacts& facts) {
  const HostFacts& host = facts.host;
  std::string text = host_text(facts);
  if (!host.machine.empty()) text += " " + host.machine;
  if (host.cpus_online > 0) text += fmt::format(", {} CPUs", host.cpus_online);
  if (!host.cpu_model.empty()) text += " " + host.cpu_model;
  if (host.memory_bytes > 0) text += fmt::format(", {} of memory", format_bytes(host.memory_bytes));
  return text;
}

std::string work_text(const Work& work) {
  return fmt::format("{} connections opened, {} accepted, {} closed; {} sends ({}), {} receives ({})",
                     format_count(static_cast<double>(work.connections_active)),
                     format_count(static_cast<double>(work.connections_passive)),
                     format_count(static_cast<double>(work.connections_closed)),
                     format_count(static_cast<double>(work.send_operations)), format_bytes(work.send_bytes),
                     format_count(static_cast<double>(work.receive_operations)), format_bytes(work.receive_bytes));
}

std::string recorder_text(const Run& run) {
  if (!run.facts.origin.empty()) return fmt::format("{}, imported by {}", run.facts.recorder_version, run.facts.origin);
  std::string text = fmt::format(
      "socklock-record {}, level {}, {} of CPU ({} of one), {} of memory", run.facts.recorder_version, run.facts.level,
      format_ns(static_cast<double>(run.recorder_cpu_ns)),
      run.duration_ns() == 0
          ? format_percent(0)
          : format_percent(static_cast<double>(run.recorder_cpu_ns) / static_cast<double>(run.duration_ns())),
      format_bytes(run.recorder_rss_bytes));
  if (run.bpf_run_time_ns > 0)
    text += fmt::format(", {} in BPF programs", format_ns(static_cast<double>(run.bpf_run_time_ns)));
  else if (run.bpf_timed_ns > 0)
    text += fmt::format(", about {} in BPF programs", format_ns(static_cast<double>(run.bpf_timed_ns)));
  return text;
}

std::string stacks_text(const Run& run) {
  std::string text = run.facts.stacks_sampled ? "of a sample of the waits" : "of all waits or none";
  if (run.stacks_checked > 0)
    text += fmt::format("; {} of {} contradict the context or system call that is known without them",
                        run.stacks_disagreed, format_count(static_cast<double>(run.stacks_checked)));
  return text;
}

// What acquisitions rest on.
std::string calls_text(const Run& run) {
  std::size_t attached = 0;
  std::string refused, method;
  for (const ProbeFacts& probe : run.facts.probes) {
    if (!probe.counts_calls || probe.absent) continue;
    if (probe.attached) {
      ++attached;
      method = probe.method;
    } else {
      refused = probe.reason;
    }
  }
  if (attached == 0)
    return "not counted, so acquisitions are not measured" + (refused.empty() ? refused : ": " + refused);
  std::uint64_t calls = 0;
  for (const CallCount& call : run.calls) calls += call.calls;
  return fmt::format("{} of {} functions that take socket-layer locks, by {}{}",
                     format_count(static_cast<double>(calls)), attached, method,
                     refused.empty() ? "" : "; not of all: " + refused);
}

std::string events_text(const Run& run) {
  if (run.events_left_out == 0) return "";
  return fmt::format(
      "{} single events were left out to keep the cost below {}% of this host's CPU time; sums are exact",
      format_count(static_cast<double>(run.events_left_out)), run.facts.max_overhead_percent);
}

// The kernel's own counters of the same things, which are those of the recorder's network namespace.
std::string cross_check_text(const Run& run) {
  const auto value = [&run](const char* name) {
    const auto found = run.host_counters.find(name);
    return format_count(found == run.host_counters.end() ? 0.0 : static_cast<double>(found->second));
  };
  const Work& work = run.work;
  const std::uint64_t elsewhere = work.elsewhere_active + work.elsewhere_passive;
  if (run.host_counters.empty() && elsewhere == 0) return "";
  if (elsewhere > 0 && elsewhere == work.connections_active + work.connections_passive)
    return "all of them in other network namespaces than the recorder's, whose counters of the kernel are not read";
  std::string text = fmt::format("the kernel counted {} connections opened, {} accepted, and {} attempts that failed",
                                 value("Tcp.ActiveOpens"), value("Tcp.PassiveOpens"), value("Tcp.AttemptFails"));
  if (!run.facts.workload.filter.empty()) text += ", of all processes";
  if (elsewhere == 0) return text;
  return text + fmt::format(" in the recorder's; {} opened and {} accepted were in other network namespaces",
                            format_count(static_cast<double>(work.elsewhere_active)),
                            format_count(static_cast<double>(work.elsewhere_passive)));
}

Json losses_json(const Run& run) {
  Json losses = Json::array();
  for (const Loss& loss : run.losses) {
    const trace::LossInfo* info = trace::find_loss(loss.reason);
    losses.push_back({{"id", loss.reason},
                      {"name", info == nullptr ? "unknown" : std::string(info->name)},
                      {"count", loss.count},
                      {"counts_as_lost", info == nullptr || info->severity != trace::LossSeverity::kInfo}});
  }
  return losses;
}

Json host_json(const HostFacts& host) {
  return {{"name", host.name},
          {"kernel_release", host.kernel_release},
          {"kernel_build", host.kernel_build},
          {"machine", host.machine},
          {"cpu_model", host.cpu_model},
          {"cpus_online", host.cpus_online},
          {"memory_bytes", host.memory_bytes},
          {"boot_id", host.boot_id}};
}

Json probes_json(const RunFacts& facts) {
  Json probes = Json::array();
  for (const ProbeFacts& probe : facts.probes)
    probes.push_back({{"name", probe.name},
                      {"attached", probe.attached},
                      {"reason", probe.reason},
                      {"remedy", probe.remedy},
                      {"counts_calls", probe.counts_calls},
                      {"method", probe.method},
                      {"absent", probe.absent},
                      {"run_count", probe.run_count == 0 ? Json(nullptr) : Json(probe.run_count)},
                      {"run_time_ns", probe.run_count == 0 ? Json(nullptr) : Json(probe.run_time_ns)}});
  return probes;
}

}  // namespace

std::string run_line(const Run& run) {
  std::string text = printable(run.path);
  if (!run.facts.label.empty()) text += fmt::format(" \"{}\"", printable(run.facts.label));
  return wrapped(
      fmt::format("{}: {} on {}", text,
                  run.facts.knows.duration ? format_ns(static_cast<double>(run.duration_ns())) : "of unknown length",
                  host_text(run.facts)),
      "  ");
}

std::string losses_text(const Run& run) {
  std::string text;
  for (const Loss& loss : run.losses) {
    const trace::LossInfo* info = trace::find_loss(loss.reason);
    if (loss.count == 0 || (info != nullptr && info->severity == trace::LossSeverity::kInfo)) continue;
    text +=
        wrapped(fmt::format("lost: {} {}{}", format_count(static_cast<double>(loss.count)),
                            info == nullptr ? "events for a reason that this version does not know" : info->sentence,
                            info == nullptr || info->hint.empty() ? "" : fmt::format(" ({})", info->hint)),
                "  ");
  }
  for (const Damage& damage : run.damage)
    text += wrapped(
        fmt::format("damaged: {} at byte {}{}", damage.what, damage.offset_bytes,
                    damage.length_bytes == 0 ? "" : fmt::format(", {} skipped", format_bytes(damage.length_bytes))),
        "  ");
  if (run.unknown_ids > 0)
    text += fmt::format("damaged: {} references to entries that the trace does not define\n", run.unknown_ids);
  if (run.damage.empty() && !run.closed) text += "not closed in order: what came after the last interval is missing\n";
  return text;
}

nlohmann::ordered_json work_json(const Work& work) {
  return {{"connections_active", work.connections_active},
          {"connections_passive", work.connections_passive},
          {"connections_closed", work.connections_closed},
          {"elsewhere_active", work.elsewhere_active},
          {"elsewhere_passive", work.elsewhere_passive},
          {"send_operations", work.send_operations},
          {"send_bytes", work.send_bytes},
          {"receive_operations", work.receive_operations},
          {"receive_bytes", work.receive_bytes},
          {"cpu_busy_ns", work.cpu_busy_ns}};
}

std::string info_text(const Run& run) {
  const RunFacts& facts = run.facts;
  std::string text;
  add_line(text, "file", fmt::format("{}, {}", run.path, format_bytes(run.bytes)));
  add_line(text, "label", facts.label);
  add_line(text, "started", start_time(run));
  add_line(text, "duration",
           facts.knows.duration ? fmt::format("{} in {} intervals", format_ns(static_cast<double>(run.duration_ns())),
                                              run.intervals.size())
                                : "not known: socklock import --duration SECONDS states it");
  add_line(text, "host", machine_text(facts));
  add_line(text, "workload",
           facts.origin.empty() || !facts.workload.argv.empty() ? workload_text(facts.workload) : "not recorded");
  for (const auto& [unit, count] : facts.workload.stated)
    add_line(text, "stated", fmt::format("{} {}", format_count(static_cast<double>(count)), unit));
  add_line(text, "filter", facts.workload.filter);
  add_line(text, "recorder", recorder_text(run));
  add_line(text, "spinlocks", fmt::format("mode {}", name_of(facts.spinlock_mode)));
  add_line(text, "waits",
           fmt::format("{}, {} in all; {} single events", format_count(static_cast<double>(contentions_of(run))),
                       format_ns(static_cast<double>(wait_ns_of(run))), format_count(static_cast<double>(run.events))));
  add_line(text, "", events_text(run));
  add_line(text, "stacks", stacks_text(run));
  if (facts.origin.empty()) add_line(text, "calls", calls_text(run));
  add_line(text, "work", facts.origin.empty() || run.work != Work{} ? work_text(run.work) : "not recorded");
  add_line(text, "", cross_check_text(run));
  const std::string losses = losses_text(run);
  add_line(text, "lost", losses.empty() ? "nothing" : fmt::format("{}", format_count(static_cast<double>(run.lost()))));
  text += losses;
  for (const Loss& loss : run.losses)
    if (const auto* known = trace::find_loss(loss.reason);
        known != nullptr && known->severity == trace::LossSeverity::kInfo && loss.count > 0)
      add_line(text, "note", fmt::format("{} {}", format_count(static_cast<double>(loss.count)), known->sentence));
  for (const std::string& note : facts.notes) add_line(text, "not seen", note);
  if (run.unknown_blocks > 0)
    add_line(text, "note", fmt::format("{} blocks of kinds that this version does not know", run.unknown_blocks));
  return text;
}

std::string info_json(const Run& run) {
  const RunFacts& facts = run.facts;
  Json document{
      {"schema", "socklock.info/1"},
      {"file", run.path},
      {"bytes", run.bytes},
      {"run_id", facts.run_id},
      {"label", facts.label},
      {"wall_start_ns", facts.wall_start_ns},
      {"duration_ns", facts.knows.duration ? nlohmann::ordered_json(run.duration_ns()) : nlohmann::ordered_json()},
      {"intervals", run.intervals.size()},
      {"contentions", contentions_of(run)},
      {"wait_ns", wait_ns_of(run)},
      {"events", run.events},
      {"lost", run.lost()},
      {"losses", losses_json(run)},
      {"spinlock_mode", name_of(facts.spinlock_mode)},
      {"level", facts.level},
      {"host", host_json(facts.host)},
      {"work", work_json(run.work)},
      {"host_counters", run.host_counters},
      {"workload",
       {{"argv", facts.workload.argv},
        {"finished", facts.workload.finished},
        {"exit_status", facts.workload.finished ? Json(facts.workload.exit_status) : Json(nullptr)},
        {"filter", facts.workload.filter}}},
      {"recorder",
       {{"version", facts.recorder_version},
        {"cpu_ns", run.recorder_cpu_ns},
        {"bpf_run_time_ns", run.bpf_run_time_ns == 0 ? Json(nullptr) : Json(run.bpf_run_time_ns)},
        {"bpf_timed_ns", run.bpf_timed_ns},
        {"max_overhead_percent", run.facts.max_overhead_percent},
        {"rss_bytes", run.recorder_rss_bytes}}},
      {"stacks",
       {{"sampled", facts.stacks_sampled}, {"checked", run.stacks_checked}, {"disagreed", run.stacks_disagreed}}},
      {"events_left_out", run.events_left_out},
      {"pairing",
       {{"begins", run.pairing.begins},
        {"ends", run.pairing.ends},
        {"matched", run.pairing.matched},
        {"doubled_begins", run.pairing.doubled_begins},
        {"self", run.pairing.self},
        {"filtered", run.pairing.filtered},
        {"unmatched_ends", run.pairing.unmatched_ends},
        {"open", run.pairing.open}}},
      {"probes", probes_json(facts)},
      {"notes", facts.notes},
      {"closed", run.closed},
      {"unknown_blocks", run.unknown_blocks},
      {"unknown_ids", run.unknown_ids}};
  Json& damage = document["damage"] = Json::array();
  for (const Damage& part : run.damage)
    damage.push_back({{"offset_bytes", part.offset_bytes}, {"length_bytes", part.length_bytes}, {"what", part.what}});
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace socklock::analyzer
