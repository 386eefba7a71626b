// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/resolve/cgroup_names.h"

#include <algorithm>
#include <iterator>

namespace socklock::collector {

void CgroupNames::take(std::span<socklock_cgroup> table) {
  std::size_t taken = 0;
  for (const auto& entry : table) {
    if (__atomic_load_n(&entry.complete, __ATOMIC_ACQUIRE) == 0) continue;
    folders_[entry.id] = {entry.parent, {entry.name, std::find(std::begin(entry.name), std::end(entry.name), '\0')}};
    ++taken;
  }
  // Programs look for a place among a few only.
  if (taken <= table.size() / 4) return;
  for (auto& entry : table) {
    if (__atomic_load_n(&entry.complete, __ATOMIC_ACQUIRE) == 0 || !folders_.contains(entry.id)) continue;
    __atomic_store_n(&entry.complete, 0, __ATOMIC_RELEASE);
    // From here on the place is free.
    __atomic_store_n(&entry.id, 0, __ATOMIC_RELEASE);
  }
}

std::string CgroupNames::path(std::uint64_t id) const {
  constexpr int kMostLevels = 64;
  std::string path;
  for (int level = 0; level < kMostLevels; ++level) {
    const auto folder = folders_.find(id);
    if (folder == folders_.end()) return "";
    if (folder->second.parent == 0) return path.empty() ? "/" : path;
    path.insert(0, "/" + folder->second.name);
    id = folder->second.parent;
  }
  return "";
}

}  // namespace socklock::collector
