// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/equipment.h"

#include <malloc.h>
#include <unistd.h>

#include <utility>

#include <fmt/format.h>

#include "base/message.h"
#include "collector/host/cgroup.h"
#include "collector/host/network_namespaces.h"
#include "collector/host/run_delay.h"
#include "collector/host/spinlock_mode.h"
#include "collector/kernel/kernel_btf.h"
#include "collector/kernel/libbpf_messages.h"
#include "collector/probe/self_test.h"
#include "collector/process/privileges.h"
#include "collector/record/governor.h"
#include "collector/resolve/btf_members.h"

namespace socklock::collector {
namespace {

// Each of the BPF objects has libbpf read the kernel's types anew, 11 MB at a time: in memory that the one before it
// freed, instead of fresh pages, which cost more than all the reading.
void reuse_memory() {
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

// What that took in pieces that the recording would not use again goes back. Nor keeps it what a busy interval took:
// glibc would, once it has seen such large pieces freed.
void return_memory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 18);
  mallopt(M_TRIM_THRESHOLD, 1 << 18);
  malloc_trim(0);
}

// What can't be seen, in words; for the trace and for the user at once.
std::vector<std::string> notes_for(const Kallsyms& symbols, const Session& session, trace::v1::SpinlockMode mode,
                                   const std::optional<Error>& no_slabs, const std::optional<Error>& no_namespaces) {
  std::vector<std::string> notes;
  if (!symbols.by_name(kOwnerWaitFunction))
    notes.push_back(
        symbols.hides_addresses()
            ? "addresses of kernel functions are hidden (kernel.kptr_restrict): waits for the owner of a socket are "
              "not recorded; CAP_SYSLOG or kernel.kptr_restrict=0 shows them"
            : fmt::format("the kernel has no symbol {}: waits for the owner of a socket are not recorded",
                          kOwnerWaitFunction));
  if (no_namespaces)
    notes.push_back(
        fmt::format("connections are counted by a program at each change of their state: {}", no_namespaces->what));
  if (no_slabs) notes.push_back("locks inside slab objects stay unnamed: " + no_slabs->what);
  if (*spinlock_mode_note(mode) != '\0') notes.emplace_back(spinlock_mode_note(mode));
  for (const auto& probe : session.probes())
    if (!probe.attached()) notes.push_back(fmt::format("no {}: {}", probe.name(), probe.reason()));
  return notes;
}

// Counters of namespaces are of more than a filter lets through. Else nothing; `refused` says why, if anybody asked.
std::optional<Namespaces> start_namespaces(const RecordOptions& options, const Kallsyms& symbols,
                                           std::optional<Error>& refused) {
  if (options.work == "none" || options.pid != 0 || !options.cgroup.empty()) return std::nullopt;
  auto namespaces = Namespaces::start(symbols);
  if (namespaces) return *std::move(namespaces);
  refused = namespaces.error();
  return std::nullopt;
}

Result<SessionOptions> session_options(const RecordOptions& options) {
  SessionOptions session;
  session.self_pid = static_cast<std::uint32_t>(getpid());
  session.filter_pid = options.pid;
  session.stacks = stacks_named(options.stacks);
  session.stack_rate_bits = kLeastStackBits;
  session.socket_addresses = options.socket_addresses;
  session.socket_locks = socket_lock_offsets();
  session.probe_spinlocks = options.probe_spinlocks;
  session.map_bytes = options.map_megabytes << 20;
  session.min_wait_ns = options.min_wait_ns;
  if (!options.cgroup.empty()) {
    SOCKLOCK_TRY_ASSIGN(const Cgroup cgroup, find_cgroup(options.cgroup));
    session.filter_cgroup = cgroup.id;
    session.filter_cgroup_level = cgroup.level;
  }
  return session;
}

}  // namespace

Result<Equipment> make_equipment(const RecordOptions& options) {
  if (options.probe_spinlocks && !is_run_by_root())
    return fail({"only root may have a program run at every spinlock of this host", "--probe-spinlocks",
                 "without it acquisitions are counted at the functions that take the tables' locks",
                 ExitCode::kNotPermitted});
  reuse_memory();
  capture_libbpf_messages();
  std::optional<Target> target;
  if (options.pid != 0) {
    SOCKLOCK_TRY_ASSIGN(auto found, Target::find(static_cast<pid_t>(options.pid)));
    target.emplace(std::move(found));
  }
  host_network_namespace();  // while it may be asked
  const BtfPointer read_once = read_kernel_btf();
  // While types are in memory: members of locks are asked for at every interval.
  static_cast<void>(lock_member("TCP", 0));
  SOCKLOCK_TRY_ASSIGN(SessionOptions settings, session_options(options));
  SOCKLOCK_TRY_ASSIGN(Kallsyms symbols, Kallsyms::load());
  std::optional<Error> no_namespaces;
  auto namespaces = start_namespaces(options, symbols, no_namespaces);
  settings.counts_connections = options.work != "none" && !namespaces;
  settings.counts_opened = namespaces.has_value();
  settings.counts_operations = options.work == "auto" || options.work == "operations";
  SOCKLOCK_TRY_ASSIGN(Session session, Session::start(settings, symbols));
  Level2 level2 = Level2::start(settings, session, {options.level >= 2, options.cpu_profile_hz});
  const auto mode = find_spinlock_mode(session, symbols);
  auto slabs = SlabObjects::load();
  std::optional<Error> no_slabs;
  std::optional<SlabObjects> objects;
  if (slabs)
    objects.emplace(*std::move(slabs));
  else
    no_slabs = slabs.error();
  auto notes = notes_for(symbols, session, mode, no_slabs, no_namespaces);
  for (auto& note : level2.notes()) notes.push_back(std::move(note));
  if (!options.quiet)
    for (const auto& note : notes) say(Severity::kNote, "socklock record", note);
  return_memory();
  return Equipment{
      std::move(symbols), std::move(session),    std::move(level2), std::move(namespaces), mode, std::move(objects),
      std::move(notes),   settings.socket_locks, std::move(target), counts_run_delay(),    {},   {}};
}

}  // namespace socklock::collector
