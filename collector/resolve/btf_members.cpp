// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/resolve/btf_members.h"

#include <bpf/btf.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace socklock::collector {
namespace {

// Where a path ends (include/linux/spinlock_types.h, rwlock_types.h).
constexpr std::array<std::string_view, 4> kSpinningTypes{"spinlock", "raw_spinlock", "qspinlock", "qrwlock"};
// These hold a spinlock of their own as well; the address reported for them is that of their start.
constexpr std::array<std::string_view, 3> kSleepingTypes{"mutex", "rw_semaphore", "percpu_rw_semaphore"};

struct CacheType {
  std::string_view cache;
  std::string_view type;
};

// Names given to kmem_cache_create() or to a struct proto, and what is allocated from there.
constexpr std::array kCacheTypes{
    CacheType{"TCP", "tcp_sock"},
    CacheType{"TCPv6", "tcp6_sock"},
    CacheType{"UDP", "udp_sock"},
    CacheType{"UDPv6", "udp6_sock"},
    CacheType{"UDP-Lite", "udp_sock"},
    CacheType{"RAW", "raw_sock"},
    CacheType{"PING", "inet_sock"},
    CacheType{"UNIX", "unix_sock"},
    CacheType{"UNIX-STREAM", "unix_sock"},
    CacheType{"MPTCP", "mptcp_sock"},
    CacheType{"NETLINK", "netlink_sock"},
    CacheType{"PACKET", "packet_sock"},
    CacheType{"tw_sock_TCP", "tcp_timewait_sock"},
    CacheType{"request_sock_TCP", "tcp_request_sock"},
    CacheType{"sock_inode_cache", "socket_alloc"},
    CacheType{"files_cache", "files_struct"},
    CacheType{"filp", "file"},
    CacheType{"task_struct", "task_struct"},
    CacheType{"signal_cache", "signal_struct"},
    CacheType{"sighand_cache", "sighand_struct"},
    CacheType{"mm_struct", "mm_struct"},
    CacheType{"kmem_cache_node", "kmem_cache_node"},
    CacheType{"eventpoll_epi", "epitem"},
    CacheType{"dentry", "dentry"},
    CacheType{"inode_cache", "inode"},
    CacheType{"net_namespace", "net"},
    CacheType{"ext4_inode_cache", "ext4_inode_info"},
    CacheType{"shmem_inode_cache", "shmem_inode_info"},
    CacheType{"btrfs_inode", "btrfs_inode"},
    CacheType{"xfs_inode", "xfs_inode"},
};

bool is_lock(std::string_view type_name, std::uint32_t offset_bytes) {
  if (std::find(kSpinningTypes.begin(), kSpinningTypes.end(), type_name) != kSpinningTypes.end()) return true;
  return offset_bytes == 0 &&
         std::find(kSleepingTypes.begin(), kSleepingTypes.end(), type_name) != kSleepingTypes.end();
}

std::uint64_t size_of(const btf* types, std::uint32_t id) {
  const auto size = btf__resolve_size(types, id);
  return size < 0 ? 0 : static_cast<std::uint64_t>(size);
}

// Array members are stepped into: the rest is taken modulo the element's size.
std::uint32_t strip_arrays(const btf* types, std::uint32_t id, std::uint32_t& offset_bytes) {
  auto resolved = static_cast<std::uint32_t>(btf__resolve_type(types, id));
  while (btf_is_array(btf__type_by_id(types, resolved))) {
    const auto element = btf_array(btf__type_by_id(types, resolved))->type;
    if (const auto size = size_of(types, element)) offset_bytes %= static_cast<std::uint32_t>(size);
    resolved = static_cast<std::uint32_t>(btf__resolve_type(types, element));
  }
  return resolved;
}

// The path below `type_id`; nothing when no lock lies at the offset. Unions have several members at one
// offset: the first that leads to a lock is taken.
std::optional<std::string> path_to_lock(const btf* types, std::uint32_t type_id, std::uint32_t offset_bytes,
                                        int depth) {
  const btf_type* type = btf__type_by_id(types, type_id);
  if (depth > 16 || !type || !btf_is_composite(type)) return std::nullopt;
  const btf_member* members = btf_members(type);
  for (std::uint16_t i = 0; i < btf_vlen(type); ++i) {
    const std::uint32_t begin = btf_member_bit_offset(type, i) / 8;
    if (offset_bytes < begin || offset_bytes - begin >= size_of(types, members[i].type)) continue;
    std::uint32_t rest = offset_bytes - begin;
    const std::uint32_t id = strip_arrays(types, members[i].type, rest);
    const btf_type* member_type = btf__type_by_id(types, id);
    const std::string name = btf__name_by_offset(types, members[i].name_off);
    if (member_type && is_lock(btf__name_by_offset(types, member_type->name_off), rest)) return name;
    const auto below = path_to_lock(types, id, rest, depth + 1);
    if (!below) continue;
    return name.empty() ? *below : name + "." + *below;
  }
  return std::nullopt;
}

// Offset of a member path below `type_id`, in bytes; unnamed members are looked into.
std::optional<std::uint32_t> offset_of(const btf* types, std::uint32_t type_id, std::string_view path, int depth) {
  const btf_type* type = btf__type_by_id(types, static_cast<std::uint32_t>(btf__resolve_type(types, type_id)));
  if (depth > 16 || !type || !btf_is_composite(type)) return std::nullopt;
  const std::string_view first = path.substr(0, path.find('.'));
  const btf_member* members = btf_members(type);
  for (std::uint16_t i = 0; i < btf_vlen(type); ++i) {
    const std::string_view name = btf__name_by_offset(types, members[i].name_off);
    const std::uint32_t begin = btf_member_bit_offset(type, i) / 8;
    std::optional<std::uint32_t> below;
    if (name.empty())
      below = offset_of(types, members[i].type, path, depth + 1);
    else if (name == first)
      below =
          first.size() == path.size() ? 0 : offset_of(types, members[i].type, path.substr(first.size() + 1), depth + 1);
    if (below) return begin + *below;
  }
  return std::nullopt;
}

// An rwlock_t is an unnamed struct around its qrwlock: the member is what people call the lock.
std::string without_raw_lock(std::string path) {
  constexpr std::string_view kInside = ".raw_lock";
  if (path.ends_with(kInside)) path.resize(path.size() - kInside.size());
  return path;
}

}  // namespace

BtfMembers::BtfMembers() = default;

BtfMembers::~BtfMembers() = default;

void BtfMembers::forget_types() { btf_.reset(); }

const std::string& BtfMembers::path(const std::string& type_name, std::uint32_t offset_bytes) {
  const auto [entry, added] = known_.try_emplace({type_name, offset_bytes});
  if (added) entry->second = find_path(type_name, offset_bytes);
  return entry->second;
}

std::optional<std::uint32_t> BtfMembers::offset(const std::string& type_name, const std::string& path) {
  if (!btf_) btf_ = read_kernel_btf();
  if (!btf_) return std::nullopt;
  const auto id = btf__find_by_name_kind(btf_.get(), type_name.c_str(), BTF_KIND_STRUCT);
  return id < 0 ? std::nullopt : offset_of(btf_.get(), static_cast<std::uint32_t>(id), path, 0);
}

std::string BtfMembers::find_path(const std::string& type_name, std::uint32_t offset_bytes) {
  if (type_name.empty()) return "";
  if (!btf_) btf_ = read_kernel_btf();
  if (!btf_) return "";
  const auto id = btf__find_by_name_kind(btf_.get(), type_name.c_str(), BTF_KIND_STRUCT);
  if (id < 0) return "";
  return without_raw_lock(path_to_lock(btf_.get(), static_cast<std::uint32_t>(id), offset_bytes, 0).value_or(""));
}

std::string type_of_slab_cache(const std::string& cache) {
  for (const auto& known : kCacheTypes)
    if (known.cache == cache) return std::string(known.type);
  return "";
}

}  // namespace socklock::collector
