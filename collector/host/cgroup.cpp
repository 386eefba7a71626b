// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/host/cgroup.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace socklock::collector {
namespace {

// Where cgroup v2 is mounted; empty: nowhere.
std::string mount_point() {
  std::ifstream mounts("/proc/self/mounts");
  std::string device, folder, type, rest;
  while (mounts >> device >> folder >> type && std::getline(mounts, rest))
    if (type == "cgroup2") return folder;
  return "";
}

}  // namespace

Result<Cgroup> find_cgroup(const std::string& path) {
  const std::string root = mount_point();
  if (root.empty())
    return fail(
        {"cgroup v2 is not mounted", "--cgroup " + path, "mount -t cgroup2 none /sys/fs/cgroup", ExitCode::kUsage});
  std::error_code error;
  std::filesystem::path folder = std::filesystem::canonical(path, error);
  if (error || folder.string().rfind(root, 0) != 0) folder = std::filesystem::canonical(root + "/" + path, error);
  struct stat status {};
  if (error || stat(folder.c_str(), &status) != 0)
    return fail({"no such cgroup", "--cgroup " + path, "name a folder below " + root, ExitCode::kUsage});
  const auto relative = std::filesystem::relative(folder, root);
  const auto level = relative == "." ? 0 : std::distance(relative.begin(), relative.end());
  return Cgroup{status.st_ino, static_cast<std::uint32_t>(level)};
}

}  // namespace socklock::collector
