// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/thread_ids.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace socklock::collector {
namespace {

constexpr std::size_t kRecent = 256;

template <typename Named>
std::string comm_of(const Named& named) {
  return {named.comm, std::find(std::begin(named.comm), std::end(named.comm), '\0')};
}

}  // namespace

ThreadIds::ThreadIds(const CgroupNames& cgroups) : cgroups_(cgroups), recent_(kRecent) {}

void ThreadIds::begin_interval() {
  for (auto& recent : recent_) recent.id = 0;
}

std::uint32_t ThreadIds::of(const socklock_event& event, trace::v1::Dictionary& added) {
  // Numbers of threads that are started together follow each other; an interrupt comes upon any.
  Recent& recent = recent_[event.tid % kRecent];
  if (recent.id != 0 && recent.tid == event.tid && recent.pid == event.pid && recent.cgroup == event.cgroup &&
      std::memcmp(recent.comm.data(), event.comm, recent.comm.size()) == 0)
    return recent.id;
  recent.tid = event.tid;
  recent.pid = event.pid;
  recent.cgroup = event.cgroup;
  std::memcpy(recent.comm.data(), event.comm, recent.comm.size());
  recent.id = id_of({event.tid, event.pid, comm_of(event), cgroup_id(event.cgroup, added)}, added);
  return recent.id;
}

std::uint32_t ThreadIds::of(const socklock_thread& thread, trace::v1::Dictionary& added) {
  return id_of({thread.tid, thread.pid, comm_of(thread), cgroup_id(thread.cgroup, added)}, added);
}

std::uint32_t ThreadIds::id_of(Key key, trace::v1::Dictionary& added) {
  const auto [entry, is_new] = threads_.try_emplace(std::move(key), static_cast<std::uint32_t>(threads_.size()) + 1);
  if (is_new) {
    auto* thread = added.add_threads();
    thread->set_id(entry->second);
    thread->set_tid(entry->first.tid);
    thread->set_pid(entry->first.pid);
    thread->set_comm(entry->first.comm);
    thread->set_cgroup(entry->first.cgroup);
  }
  return entry->second;
}

// A cgroup that has no name yet may have one by the next interval, under another id.
std::uint32_t ThreadIds::cgroup_id(std::uint64_t kernel_id, trace::v1::Dictionary& added) {
  if (kernel_id == 0) return 0;
  auto known = cgroup_ids_.find(kernel_id);
  if (known != cgroup_ids_.end()) return known->second;
  std::string path = cgroups_.path(kernel_id);
  if (path.empty()) return 0;
  auto* cgroup = added.add_cgroups();
  cgroup->set_id(static_cast<std::uint32_t>(cgroup_ids_.size()) + 1);
  cgroup->set_path(std::move(path));
  cgroup_ids_[kernel_id] = cgroup->id();
  return cgroup->id();
}

}  // namespace socklock::collector
