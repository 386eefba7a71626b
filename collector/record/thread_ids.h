// SPDX-License-Identifier: GPL-2.0-or-later
// Threads and their cgroups as the dictionary has them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "collector/bpf/wire.h"
#include "collector/resolve/cgroup_names.h"
#include "socklock/trace/v1/dictionary.pb.h"

namespace socklock::collector {

class ThreadIds {
 public:
  // Names outlive this.
  explicit ThreadIds(const CgroupNames& cgroups);

  // Names of cgroups may have come since the interval before.
  void begin_interval();
  // Of who waited; what is new is appended to `added`.
  std::uint32_t of(const socklock_event& event, trace::v1::Dictionary& added);
  // Of an owner.
  std::uint32_t of(const socklock_thread& thread, trace::v1::Dictionary& added);

 private:
  struct Key {
    std::uint32_t tid, pid;
    std::string comm;
    std::uint32_t cgroup;  // dictionary id
    auto operator<=>(const Key&) const = default;
  };
  // A waiter as programs said it, and its id: few threads do most of the waiting.
  struct Recent {
    std::uint32_t tid = 0, pid = 0, cgroup = 0;
    std::uint32_t id = 0;  // 0: free
    std::array<char, SOCKLOCK_COMM_BYTES> comm{};
  };
  std::uint32_t id_of(Key key, trace::v1::Dictionary& added);
  std::uint32_t cgroup_id(std::uint64_t kernel_id, trace::v1::Dictionary& added);

  const CgroupNames& cgroups_;
  std::map<Key, std::uint32_t> threads_;
  std::unordered_map<std::uint64_t, std::uint32_t> cgroup_ids_;  // by the kernel's
  std::vector<Recent> recent_;                                   // by thread
};

}  // namespace socklock::collector
