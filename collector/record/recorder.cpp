// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/platform/recorder.h"
#include "collector/kernel/libbpf_messages.h"

#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "collector/host/cgroup.h"
#include "collector/host/host_facts.h"
#include "collector/host/spinlock_mode.h"
#include "collector/output/output_file.h"
#include "collector/output/trace_folder.h"
#include "collector/probe/probe_set.h"
#include "collector/probe/self_test.h"
#include "collector/probe/session.h"
#include "collector/probe/socket_list.h"
#include "collector/process/privileges.h"
#include "collector/process/workload.h"
#include "collector/record/accounting.h"
#include "collector/record/governor.h"
#include "collector/record/level2.h"
#include "collector/record/metrics.h"
#include "collector/record/recording.h"

#ifndef SOCKLOCK_VERSION
#error "the build sets SOCKLOCK_VERSION"
#endif

namespace socklock::collector {
namespace {

using trace::v1::Header;

Header make_header(const RecordOptions& options, const Level2& level2, trace::v1::SpinlockMode mode,
                   const std::optional<Workload>& workload, const LockFacts& locks,
                   const std::vector<std::string>& notes) {
  Header header;
  header.set_run_id(make_run_id());
  header.set_label(options.label);
  *header.mutable_host() = read_host();
  header.set_spinlock_mode(mode);
  header.set_interval_ns(options.interval_ns);
  auto& recorder = *header.mutable_recorder();
  recorder.set_version(SOCKLOCK_VERSION);
  for (const auto& word : options.recorder_argv) recorder.add_options(word);
  recorder.set_level(level2.reached() ? 2 : 1);
  if (level2.samples_cpu()) recorder.set_cpu_profile_hz(options.cpu_profile_hz);
  recorder.set_stacks(options.stacks);
  recorder.set_max_overhead_percent(options.max_overhead_percent);
  recorder.set_pid(static_cast<std::uint32_t>(getpid()));
  for (const auto& note : notes) recorder.add_notes(note);
  if (workload) {
    for (const auto& word : workload->argv()) header.mutable_workload()->add_argv(word);
    header.mutable_workload()->set_pid(static_cast<std::uint32_t>(workload->pid()));
  }
  if (options.pid != 0) header.mutable_workload()->set_filter(fmt::format("pid {}", options.pid));
  if (!options.cgroup.empty()) header.mutable_workload()->set_filter("cgroup " + options.cgroup);
  for (const auto& table : locks.tables()) *header.add_hash_tables() = table;
  return header;
}

// What can't be seen, in words; for the trace and for the user at once.
std::vector<std::string> notes_for(const Kallsyms& symbols, const Session& session, trace::v1::SpinlockMode mode,
                                   const std::optional<Error>& no_slabs) {
  std::vector<std::string> notes;
  if (symbols.hidden())
    notes.emplace_back(
        "kernel symbols are hidden (kernel.kptr_restrict): waits can't be filed under a call path; "
        "CAP_SYSLOG or kernel.kptr_restrict=0 shows them");
  else if (!symbols.by_name("__lock_sock"))
    notes.emplace_back("the kernel has no symbol __lock_sock: waits for the owner of a socket are not recorded");
  if (no_slabs) notes.push_back("locks inside slab objects stay unnamed: " + no_slabs->what);
  if (*spinlock_mode_note(mode) != '\0') notes.emplace_back(spinlock_mode_note(mode));
  for (const auto& probe : session.probes())
    if (!probe.attached()) notes.push_back(fmt::format("no {}: {}", probe.name(), probe.reason()));
  return notes;
}

Result<SessionOptions> session_options(const RecordOptions& options) {
  SessionOptions session;
  session.self_pid = static_cast<std::uint32_t>(getpid());
  session.filter_pid = options.pid;
  session.stacks = stacks_named(options.stacks);
  session.stack_rate_bits = kLeastStackBits;
  session.socket_addresses = options.socket_addresses;
  session.probe_spinlocks = options.probe_spinlocks;
  session.map_bytes = options.map_megabytes << 20;
  if (!options.cgroup.empty()) {
    SOCKLOCK_TRY_ASSIGN(const Cgroup cgroup, find_cgroup(options.cgroup));
    session.filter_cgroup = cgroup.id;
    session.filter_cgroup_level = cgroup.level;
  }
  return session;
}

// What the kernel lets us do, made once and used for every trace.
struct Equipment {
  Kallsyms symbols;
  Session session;
  Level2 level2;
  trace::v1::SpinlockMode mode;
  std::optional<SlabObjects> slabs;
  std::vector<std::string> notes;
  Accounting accounting;

  // Facts of one trace.
  LockFacts lock_facts() {
    return {symbols, slabs ? &*slabs : nullptr, Sockets(session.sockets.part(0, session.sockets.size()))};
  }
};

Result<Equipment> equip(const RecordOptions& options) {
  capture_libbpf_messages();
  SOCKLOCK_TRY_ASSIGN(const SessionOptions settings, session_options(options));
  SOCKLOCK_TRY_ASSIGN(Kallsyms symbols, Kallsyms::read());
  SOCKLOCK_TRY_ASSIGN(Session session, Session::start(settings, symbols));
  Level2 level2 = Level2::start(settings, session, {options.level >= 2, options.cpu_profile_hz});
  const auto listed = list_open_sockets(session.sockets_map(), options.socket_addresses);
  const auto mode = test_spinlock_mode(session, symbols);
  auto slabs = SlabObjects::load();
  std::optional<Error> no_slabs;
  std::optional<SlabObjects> objects;
  if (slabs)
    objects.emplace(*std::move(slabs));
  else
    no_slabs = slabs.error();
  auto notes = notes_for(symbols, session, mode, no_slabs);
  for (auto& note : level2.notes()) notes.push_back(std::move(note));
  if (!listed)
    notes.push_back("sockets that were open before the recording have no port in their names: " + listed.error().what);
  if (!options.quiet)
    for (const auto& note : notes) fmt::print(stderr, "socklock record: {}\n", note);
  return Equipment{
      std::move(symbols), std::move(session), std::move(level2), mode, std::move(objects), std::move(notes), {}};
}

// After everything is attached, and forked what is to keep its rights.
void settle() {
  drop_capabilities();
  // What loading took and gave back (type information, the verifier's log) would stay resident for good, and
  // so would every large piece that glibc serves from the heap after one such was freed (mallopt(3)).
  mallopt(M_MMAP_THRESHOLD, 1 << 18);
  malloc_trim(0);
}

// Traces by turns, until a signal other than SIGHUP comes; SIGHUP asks for the next trace.
Result<RecordingResult> record_service(const RecordOptions& options, Equipment& equipment, Metrics& metrics,
                                       const Signals& signals) {
  SOCKLOCK_TRY_ASSIGN(TraceFolder folder, TraceFolder::open(options.service));
  settle();
  std::optional<Workload> no_workload;
  for (;;) {
    SOCKLOCK_TRY_ASSIGN(Output output, folder.next());
    LockFacts locks = equipment.lock_facts();
    Recording recording(options, output, equipment.session, equipment.level2, equipment.symbols, locks,
                        equipment.accounting, no_workload,
                        make_header(options, equipment.level2, equipment.mode, no_workload, locks, equipment.notes),
                        [&](const Written& written) {
                          metrics.add(written);
                          return folder.after_interval(written.trace_bytes, written.interval.end_ns());
                        });
    SOCKLOCK_TRY_ASSIGN(auto result, recording.run(signals));
    if (!options.quiet) fmt::print(stderr, "socklock record: {}\n", describe(result));
    if (result.ended_by_signal != 0 && result.ended_by_signal != SIGHUP) return result;
    equipment.session.clear();
  }
}

Result<RecordingResult> record_once(const RecordOptions& options, Equipment& equipment, Metrics& metrics,
                                    const Signals& signals) {
  // Last, so that a refusal before leaves neither a file nor a process behind.
  SOCKLOCK_TRY_ASSIGN(Output output, open_output(options));
  std::optional<Workload> workload;
  if (!options.command.empty()) {
    SOCKLOCK_TRY_ASSIGN(auto prepared, Workload::prepare(options.command, options.output == "-"));
    workload.emplace(std::move(prepared));
  }
  settle();
  LockFacts locks = equipment.lock_facts();
  Recording recording(options, output, equipment.session, equipment.level2, equipment.symbols, locks,
                      equipment.accounting, workload,
                      make_header(options, equipment.level2, equipment.mode, workload, locks, equipment.notes),
                      [&](const Written& written) {
                        metrics.add(written);
                        return false;
                      });
  return recording.run(signals);
}

}  // namespace

Result<RecordingResult> record(const RecordOptions& options) {
  const Signals signals;
  SOCKLOCK_TRY_ASSIGN(Equipment equipment, equip(options));
  SOCKLOCK_TRY_ASSIGN(Metrics metrics, Metrics::open(options.metrics));
  return !options.service.wanted ? record_once(options, equipment, metrics, signals)
                                 : record_service(options, equipment, metrics, signals);
}

}  // namespace socklock::collector
