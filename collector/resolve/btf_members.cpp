// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/resolve/btf_members.h"

#include <bpf/btf.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "collector/kernel/kernel_btf.h"

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

template <typename Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::uint64_t size_of(const btf* types, std::uint32_t id) {
  const auto size = btf__resolve_size(types, id);
  return size < 0 ? 0 : static_cast<std::uint64_t>(size);
}

// A member that is a lock, or holds some; the kernel's types without all others, which are some thousand times as much.
struct MemberWithLocks {
  std::string name;
  std::uint32_t begin_bytes = 0;
  std::uint32_t size_bytes = 0;
  std::uint32_t element_bytes = 0;  // of an array, which is stepped into; else all of it
  bool is_spinning = false;
  bool is_sleeping = false;
  std::vector<MemberWithLocks> members;
};

// What the elements of an array are, of arrays, too.
std::uint32_t element_of(const btf* types, std::uint32_t id) {
  auto resolved = static_cast<std::uint32_t>(btf__resolve_type(types, id));
  while (btf_is_array(btf__type_by_id(types, resolved)))
    resolved = static_cast<std::uint32_t>(btf__resolve_type(types, btf_array(btf__type_by_id(types, resolved))->type));
  return resolved;
}

std::vector<MemberWithLocks> lock_members(const btf* types, std::uint32_t type_id, int depth) {
  std::vector<MemberWithLocks> found;
  const btf_type* type = btf__type_by_id(types, type_id);
  if (depth > 16 || !type || !btf_is_composite(type)) return found;
  const btf_member* members = btf_members(type);
  for (std::uint16_t i = 0; i < btf_vlen(type); ++i) {
    const std::uint32_t id = element_of(types, members[i].type);
    const btf_type* member_type = btf__type_by_id(types, id);
    if (!member_type || !btf_is_composite(member_type)) continue;
    const std::string_view type_name = btf__name_by_offset(types, member_type->name_off);
    MemberWithLocks member;
    member.is_spinning = contains(kSpinningTypes, type_name);
    member.is_sleeping = contains(kSleepingTypes, type_name);
    if (!member.is_spinning) member.members = lock_members(types, id, depth + 1);
    if (!member.is_spinning && !member.is_sleeping && member.members.empty()) continue;
    member.name = btf__name_by_offset(types, members[i].name_off);
    member.begin_bytes = btf_member_bit_offset(type, i) / 8;
    member.size_bytes = static_cast<std::uint32_t>(size_of(types, members[i].type));
    member.element_bytes = static_cast<std::uint32_t>(size_of(types, id));
    found.push_back(std::move(member));
  }
  return found;
}

// Nothing when no lock lies at the offset. Unions have several members at one offset: the first that leads to a lock is
// taken.
std::optional<std::string> path_to_lock(const std::vector<MemberWithLocks>& members, std::uint32_t offset_bytes) {
  for (const auto& member : members) {
    if (offset_bytes < member.begin_bytes || offset_bytes - member.begin_bytes >= member.size_bytes) continue;
    const std::uint32_t rest = (offset_bytes - member.begin_bytes) % std::max(member.element_bytes, 1U);
    if (member.is_spinning || (member.is_sleeping && rest == 0)) return member.name;
    const auto below = path_to_lock(member.members, rest);
    if (below) return member.name.empty() ? *below : member.name + "." + *below;
  }
  return std::nullopt;
}

using TypesWithLocks = std::map<std::string, std::vector<MemberWithLocks>, std::less<>>;  // by type

TypesWithLocks read_lock_members() {
  TypesWithLocks found;
  const BtfPointer types = read_kernel_btf();
  if (!types) return found;
  // One pass: libbpf compares all names again for each that it is asked for.
  for (std::uint32_t id = 1; id < btf__type_cnt(types.get()); ++id) {
    const btf_type* type = btf__type_by_id(types.get(), id);
    if (!btf_is_struct(type)) continue;
    const std::string_view name = btf__name_by_offset(types.get(), type->name_off);
    const bool is_wanted = std::any_of(kCacheTypes.begin(), kCacheTypes.end(),
                                       [name](const CacheType& known) { return known.type == name; });
    if (is_wanted && !found.contains(name)) found.emplace(name, lock_members(types.get(), id, 0));
  }
  return found;
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

std::string lock_member(std::string_view cache, std::uint32_t offset_bytes) {
  static const TypesWithLocks kMembers = read_lock_members();
  const auto* const known = std::find_if(kCacheTypes.begin(), kCacheTypes.end(),
                                         [cache](const CacheType& type) { return type.cache == cache; });
  if (known == kCacheTypes.end()) return "";
  const auto members = kMembers.find(known->type);
  return members == kMembers.end() ? "" : without_raw_lock(path_to_lock(members->second, offset_bytes).value_or(""));
}

std::optional<std::uint32_t> member_offset(const char* type_name, std::string_view path) {
  const BtfPointer types = read_kernel_btf();
  if (!types) return std::nullopt;
  const auto id = btf__find_by_name_kind(types.get(), type_name, BTF_KIND_STRUCT);
  return id < 0 ? std::nullopt : offset_of(types.get(), static_cast<std::uint32_t>(id), path, 0);
}

}  // namespace socklock::collector
