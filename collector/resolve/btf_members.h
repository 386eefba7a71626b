// SPDX-License-Identifier: GPL-2.0-or-later
// Offsets in kernel objects to member paths, through the kernel's own BTF.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "collector/kernel/kernel_btf.h"

namespace socklock::collector {

class BtfMembers {
 public:
  BtfMembers();
  ~BtfMembers();

  // "inet_conn.icsk_inet.sk.sk_lock.slock" for the lock at that offset of `struct type_name`; for an
  // offset inside a lock, the lock's path and the rest of it ("iolock.wait_lock"). Empty: unknown, as all
  // are without BTF. What was asked once is remembered.
  const std::string& path(const std::string& type_name, std::uint32_t offset_bytes);
  // Gives back the memory of the kernel's types, some 6 MB; the next path() of something new reads them again.
  void forget_types();
  // The other way round: where in `struct type_name` a member path such as "sk_lock.slock" leads.
  [[nodiscard]] std::optional<std::uint32_t> offset(const std::string& type_name, const std::string& path);

 private:
  std::string find_path(const std::string& type_name, std::uint32_t offset_bytes);

  BtfPointer btf_;
  std::map<std::pair<std::string, std::uint32_t>, std::string> known_;
};

// The C type of the objects in a slab cache, by the cache's name: "TCP" -> "tcp_sock". Empty: unknown.
std::string type_of_slab_cache(const std::string& cache);

}  // namespace socklock::collector
