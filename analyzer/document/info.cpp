// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/info.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "analyzer/load/run.h"
#include "analyzer/measure/work_unit.h"
#include "base/units.h"
#include "proto/loss_counters.h"

namespace socklock::analyzer {
namespace {

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

// "web1, Linux 6.12.1"; imported recordings may lack the name, and say what kernel's release it is.
std::string host_text(const RunFacts& facts) {
  const std::string& release = facts.host.kernel_release;
  const std::string system = facts.knows.system == trace::System::kFreebsd ? "FreeBSD" : "Linux";
  std::string kernel = release.starts_with(system) ? release : system;
  if (!release.empty() && kernel != release) kernel += " " + release;
  return facts.host.name.empty() ? kernel : fmt::format("{}, {}", facts.host.name, kernel);
}

std::string work_text(const Run& run) {
  const Work& work = run.work;
  std::string text = fmt::format("{} connections opened, {} accepted, {} closed",
                                 format_count(static_cast<double>(work.connections_active)),
                                 format_count(static_cast<double>(work.connections_passive)),
                                 format_count(static_cast<double>(work.connections_closed)));
  if (work.told_active > 0)
    text += fmt::format("; {} of the opened ones were not counted one by one: attempts less those that failed",
                        format_count(static_cast<double>(work.told_active)));
  if (work.packets() > 0)
    text += fmt::format("; {} segments and {} datagrams received",
                        format_count(static_cast<double>(work.segments_received)),
                        format_count(static_cast<double>(work.datagrams_received)));
  if (run.operations_stopped) return text + "; sends and receives: " + why_unmeasured(run, WorkUnit::kOperations);
  return text + fmt::format("; {} sends ({}), {} receives ({})",
                            format_count(static_cast<double>(work.send_operations)), format_bytes(work.send_bytes),
                            format_count(static_cast<double>(work.receive_operations)),
                            format_bytes(work.receive_bytes));
}

// The whole, as a share of the host's CPU time.
std::string cost_text(const Run& run) {
  const double all_ns = static_cast<double>(run.duration_ns()) * run.facts.host.cpus_online;
  if (!run.facts.origin.empty() || all_ns <= 0) return "";
  const std::uint64_t apart_ns = run.bpf_work_ns + run.bpf_switches_ns;
  const bool is_measured = run.bpf_run_time_ns > 0;
  const std::uint64_t waits_ns =
      is_measured ? run.bpf_run_time_ns - std::min(run.bpf_run_time_ns, apart_ns) : run.bpf_timed_ns;
  const auto share = [all_ns](std::uint64_t ns) { return format_percent(static_cast<double>(ns) / all_ns); };
  return fmt::format("{}{} of this host's CPU time: waits {}, work {}, switches of tasks {}, recorder {}",
                     is_measured ? "" : "about ", share(waits_ns + apart_ns + run.recorder_cpu_ns), share(waits_ns),
                     share(run.bpf_work_ns), share(run.bpf_switches_ns), share(run.recorder_cpu_ns));
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

// Of what is lost; facts that only inform.
std::vector<Fact> notes_of(const Run& run) {
  std::vector<Fact> notes;
  for (const Loss& loss : run.losses)
    if (const auto* known = trace::find_loss(loss.reason);
        known != nullptr && known->severity == trace::LossSeverity::kInfo && loss.count > 0)
      notes.push_back({"note", fmt::format("{} {}", format_count(static_cast<double>(loss.count)), known->sentence)});
  for (const std::string& note : run.facts.notes) notes.push_back({"not seen", note});
  if (run.unknown_blocks > 0)
    notes.push_back({"note", fmt::format("{} blocks of kinds that this version does not know", run.unknown_blocks)});
  return notes;
}

std::string duration_text(const Run& run) {
  if (!run.facts.knows.duration) return "not known: socklock import --duration SECONDS states it";
  return fmt::format("{} in {} intervals", format_ns(static_cast<double>(run.duration_ns())), run.intervals.size());
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

// "967 connections, 22,689 binds".
std::string stated_text(const WorkloadFacts& workload) {
  std::string text;
  for (const auto& [unit, count] : workload.stated)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", format_count(static_cast<double>(count)), unit);
  return text;
}

// What has nothing to say is left out.
Facts info_facts(const Run& run) {
  const RunFacts& facts = run.facts;
  const bool is_imported = !facts.origin.empty();
  Facts lines{
      {"file", fmt::format("{}, {}", run.path, format_bytes(run.bytes))},
      {"label", facts.label},
      {"started", start_time(run)},
      {"duration", duration_text(run)},
      {"host", machine_text(facts)},
      {"workload", is_imported && facts.workload.argv.empty() ? "not recorded" : workload_text(facts.workload)},
      {"stated", stated_text(facts.workload)},
      {"filter", facts.workload.filter},
      {"recorder", recorder_text(run)},
      {"cost", cost_text(run)},
      {"spinlocks", fmt::format("mode {}", name_of(facts.spinlock_mode))},
      {"waits",
       fmt::format("{}, {} in all; {} single events", format_count(static_cast<double>(contentions_of(run))),
                   format_ns(static_cast<double>(wait_ns_of(run))), format_count(static_cast<double>(run.events)))},
      {"", events_text(run)},
      {"stacks", stacks_text(run)},
      {"calls", is_imported ? "" : calls_text(run)},
      {"work", run.knows_work() ? work_text(run) : "not recorded"},
      {"", cross_check_text(run)},
      {"lost", losses_lines(run).empty() ? "nothing" : format_count(static_cast<double>(run.lost()))}};
  for (const auto& [unit, count] : facts.workload.stated)
    lines.push_back({"stated", fmt::format("{} {}", format_count(static_cast<double>(count)), unit)});
  std::erase_if(lines, [](const Fact& fact) { return fact.text.empty(); });
  return lines;
}

}  // namespace

std::string run_line(const Run& run) {
  const std::string label = run.facts.label.empty() ? "" : fmt::format(" \"{}\"", run.facts.label);
  const std::string length =
      run.facts.knows.duration ? format_ns(static_cast<double>(run.duration_ns())) : "of unknown length";
  return fmt::format("{}{}: {} on {}", run.path, label, length, host_text(run.facts));
}

std::vector<std::string> losses_lines(const Run& run) {
  std::vector<std::string> lines;
  for (const Loss& loss : run.losses) {
    const trace::LossInfo* info = trace::find_loss(loss.reason);
    if (loss.count == 0 || (info != nullptr && info->severity == trace::LossSeverity::kInfo)) continue;
    lines.push_back(
        fmt::format("lost: {} {}{}", format_count(static_cast<double>(loss.count)),
                    info == nullptr ? "events for a reason that this version does not know" : info->sentence,
                    info == nullptr || info->hint.empty() ? "" : fmt::format(" ({})", info->hint)));
  }
  for (const Damage& damage : run.damage)
    lines.push_back(
        fmt::format("damaged: {} at byte {}{}", damage.what, damage.offset_bytes,
                    damage.length_bytes == 0 ? "" : fmt::format(", {} skipped", format_bytes(damage.length_bytes))));
  if (run.unknown_ids > 0)
    lines.push_back(fmt::format("damaged: {} references to entries that the trace does not define", run.unknown_ids));
  if (run.damage.empty() && !run.closed)
    lines.emplace_back("not closed in order: what came after the last interval is missing");
  return lines;
}

Document info_document(const Run& run, Detail detail) {
  Document document{.title = "socklock info", .headline = "What is in a trace"};
  document.footer = "Made by socklock info.";
  if (detail == Detail::kData) {
    document.data = info_data(run);
    return document;
  }
  Section& section = document.sections.emplace_back();
  section.blocks.emplace_back(info_facts(run));
  for (std::string& line : losses_lines(run))
    section.blocks.emplace_back(Paragraph{std::move(line), Paragraph::Kind::kLine});
  section.blocks.emplace_back(Facts(notes_of(run)));
  return document;
}

}  // namespace socklock::analyzer
