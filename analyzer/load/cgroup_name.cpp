// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/cgroup_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace socklock::analyzer {
namespace {

using Folders = std::vector<std::string_view>;

Folders folders_of(std::string_view path) {
  Folders folders;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) folders.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return folders;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

bool is_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

// As engines print container ids.
constexpr std::size_t kShortId = 12;

// "docker-<id>.scope" of systemd's driver.
struct Engine {
  std::string_view prefix;  // of the scope
  std::string_view name;
};
constexpr std::array<Engine, 7> kEngines{{{"docker-", "docker"},
                                          {"libpod-", "podman"},
                                          {"crio-", "cri-o"},
                                          {"cri-containerd-", "containerd"},
                                          {"nerdctl-", "nerdctl"},
                                          {"containerd-", "containerd"},
                                          {"", "container"}}};

struct Container {
  std::string_view engine;
  std::string_view id;
};

// What a folder says of a container: ids are 64 hexadecimal digits, engines write shorter ones nowhere.
std::optional<Container> container_of(std::string_view folder) {
  constexpr std::size_t kIdDigits = 64;
  take_suffix(folder, ".scope");
  for (const Engine& engine : kEngines) {
    if (!folder.starts_with(engine.prefix)) continue;
    const std::string_view id = folder.substr(engine.prefix.size());
    if (id.size() == kIdDigits && is_hex(id)) return Container{engine.name, id.substr(0, kShortId)};
  }
  return std::nullopt;
}

// The pod's uid: "kubepods-burstable-pod<uid>.slice" has _ in it for -, "pod<uid>" of the cgroupfs driver is as it is.
std::optional<std::string> pod_of(std::string_view folder) {
  constexpr std::size_t kUid = 36, kStaticUid = 32;
  const bool is_slice = take_suffix(folder, ".slice");
  const std::size_t pod = folder.rfind("pod");
  if (pod == std::string_view::npos || (is_slice && !folder.starts_with("kubepods")) || (!is_slice && pod != 0))
    return std::nullopt;
  std::string uid(folder.substr(pod + 3));
  if (uid.size() != kUid && uid.size() != kStaticUid) return std::nullopt;
  std::replace(uid.begin(), uid.end(), '_', '-');
  return is_hex(uid) || uid.size() == kUid ? std::optional(uid) : std::nullopt;
}

std::string pod_name(const std::string& pod, const Folders& below) {
  for (const std::string_view folder : below)
    if (const auto container = container_of(folder)) return fmt::format("pod {}/{}", pod, container->id);
  return below.empty() ? "pod " + pod : fmt::format("pod {}/{}", pod, fmt::join(below, "/"));
}

bool is_unit(std::string_view folder) {
  constexpr std::array<std::string_view, 5> kKinds{".service", ".scope", ".socket", ".mount", ".swap"};
  return std::any_of(kKinds.begin(), kKinds.end(), [folder](std::string_view kind) { return folder.ends_with(kind); });
}

// The innermost unit of the system's manager, or of a user's, which is a unit itself.
std::optional<std::string> unit_name(const Folders& folders) {
  std::string_view user;
  auto unit = folders.end();
  for (auto folder = folders.begin(); folder != folders.end(); ++folder) {
    std::string_view slice = *folder;
    if (slice.starts_with("user-") && take_suffix(slice, ".slice")) user = slice.substr(5);
    const bool is_manager = folder->starts_with("user@");
    if (is_unit(*folder) && (unit == folders.end() || unit->starts_with("user@"))) unit = folder;
    if (!is_manager && unit != folders.end() && !unit->starts_with("user@")) break;
  }
  if (unit == folders.end()) {
    const bool is_slice = !folders.empty() && folders.back().ends_with(".slice");
    return is_slice ? std::optional<std::string>(folders.back()) : std::nullopt;
  }
  const std::string name = fmt::format("{}", fmt::join(unit, folders.end(), "/"));
  return user.empty() ? name : fmt::format("user {}: {}", user, name);
}

}  // namespace

std::string cgroup_name(std::string_view path) {
  constexpr std::string_view kLxc = "lxc.payload.";
  if (path.empty()) return "(not known)";
  const Folders folders = folders_of(path);
  for (auto folder = folders.begin(); folder != folders.end(); ++folder)
    if (const auto pod = pod_of(*folder)) return pod_name(*pod, {folder + 1, folders.end()});
  for (const std::string_view folder : folders) {
    if (folder.starts_with(kLxc)) return fmt::format("lxc {}", folder.substr(kLxc.size()));
    if (const auto container = container_of(folder)) {
      const bool is_docker = container->engine == "container" && folders.front() == "docker";
      return fmt::format("{} {}", is_docker ? "docker" : container->engine, container->id);
    }
  }
  if (auto unit = unit_name(folders)) return *std::move(unit);
  return std::string(path);
}

}  // namespace socklock::analyzer
