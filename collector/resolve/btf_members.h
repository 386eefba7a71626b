// SPDX-License-Identifier: GPL-2.0-or-later
// Offsets in kernel objects to member paths, through the kernel's own BTF.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace socklock::collector {

// "inet_conn.icsk_inet.sk.sk_lock.slock" for the lock at that offset of the objects in a slab cache, by the cache's
// name; for an offset inside a lock, the lock's path and the rest of it ("iolock.wait_lock"). Empty: unknown, as all
// are without BTF. The kernel's types, some 6 MB, are read at the first question only.
std::string lock_member(std::string_view cache, std::uint32_t offset_bytes);

// The other way round: where in `struct type_name` a member path such as "sk_lock.slock" leads, in bytes.
std::optional<std::uint32_t> member_offset(const char* type_name, std::string_view path);

}  // namespace socklock::collector
