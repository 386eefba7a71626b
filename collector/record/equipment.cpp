// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/equipment.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "collector/host/cgroup.h"
#include "collector/host/network_namespaces.h"
#include "collector/host/run_delay.h"
#include "collector/host/spinlock_mode.h"
#include "collector/kernel/kernel_btf.h"
#include "collector/kernel/libbpf_messages.h"
#include "collector/probe/self_test.h"
#include "collector/record/governor.h"

namespace socklock::collector {
namespace {

// What can't be seen, in words; for the trace and for the user at once.
std::vector<std::string> notes_for(const Kallsyms& symbols, const Session& session, trace::v1::SpinlockMode mode,
                                   const std::optional<Error>& no_slabs) {
  std::vector<std::string> notes;
  if (!symbols.by_name(kOwnerWaitFunction))
    notes.push_back(
        symbols.hides_addresses()
            ? "addresses of kernel functions are hidden (kernel.kptr_restrict): waits for the owner of a socket are "
              "not recorded; CAP_SYSLOG or kernel.kptr_restrict=0 shows them"
            : fmt::format("the kernel has no symbol {}: waits for the owner of a socket are not recorded",
                          kOwnerWaitFunction));
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
  BtfMembers members;
  session.socket_locks = socket_lock_offsets(members);
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
  capture_libbpf_messages();
  std::optional<Target> target;
  if (options.pid != 0) {
    SOCKLOCK_TRY_ASSIGN(auto found, Target::find(static_cast<pid_t>(options.pid)));
    target.emplace(std::move(found));
  }
  host_network_namespace();  // while it may be asked
  const BtfPointer read_once = read_kernel_btf();
  SOCKLOCK_TRY_ASSIGN(const SessionOptions settings, session_options(options));
  SOCKLOCK_TRY_ASSIGN(Kallsyms symbols, Kallsyms::load());
  SOCKLOCK_TRY_ASSIGN(Session session, Session::start(settings, symbols));
  Level2 level2 = Level2::start(settings, session, {options.level >= 2, options.cpu_profile_hz});
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
  if (!options.quiet)
    for (const auto& note : notes) fmt::print(stderr, "socklock record: {}\n", note);
  return Equipment{std::move(symbols),
                   std::move(session),
                   std::move(level2),
                   mode,
                   std::move(objects),
                   std::move(notes),
                   settings.socket_locks,
                   std::move(target),
                   counts_run_delay(),
                   {},
                   {}};
}

}  // namespace socklock::collector
