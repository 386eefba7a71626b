// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/host/network_namespaces.h"

#include <sys/stat.h>

#include <filesystem>

namespace socklock::collector {
namespace {

std::uint64_t inode_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

std::uint64_t host_network_namespace() {
  static const std::uint64_t kInode = [] {
    const std::uint64_t first = inode_of("/proc/1/ns/net");
    return first != 0 ? first : inode_of("/proc/self/ns/net");
  }();
  return kInode;
}

std::map<std::uint64_t, std::string> network_namespace_names(const std::string& folder) {
  std::map<std::uint64_t, std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (const auto inode = inode_of(entry->path().string()); inode != 0)
      names.try_emplace(inode, entry->path().filename().string());
  if (const std::uint64_t host = host_network_namespace(); host != 0) names[host] = "host";
  return names;
}

}  // namespace socklock::collector
