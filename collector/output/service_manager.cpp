// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/output/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>

#include "base/text.h"

namespace socklock::collector {
namespace {

std::uint64_t number_in_environment(const char* name) {
  const char* const text = std::getenv(name);
  std::uint64_t number = 0;
  if (text == nullptr) return 0;
  const std::string_view digits(text);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} && end == digits.data() + digits.size() ? number : 0;
}

// A path, or with '@' in front a name in Linux's abstract namespace, which begins with a zero. -1: neither, or nobody
// listens there.
int connected_to(std::string_view name) {
  sockaddr_un address{};
  if (name.size() < 2 || name.size() >= sizeof address.sun_path || (name[0] != '/' && name[0] != '@')) return -1;
  address.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), address.sun_path);
  if (name[0] == '@') address.sun_path[0] = '\0';
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

ServiceManager::ServiceManager(bool is_service) {
  const char* const name = std::getenv("NOTIFY_SOCKET");
  if (!is_service || name == nullptr) return;
  fd_ = connected_to(name);
  const std::uint64_t watched = number_in_environment("WATCHDOG_PID");
  if (watched == 0 || watched == static_cast<std::uint64_t>(getpid()))
    alive_every_ns_ = number_in_environment("WATCHDOG_USEC") * 1000 / 2;
}

ServiceManager::~ServiceManager() {
  if (fd_ >= 0) close(fd_);
}

void ServiceManager::tell(std::string_view lines) const {
  if (fd_ >= 0) send(fd_, lines.data(), lines.size(), MSG_NOSIGNAL);
}

void ServiceManager::recording(const std::string& trace) { tell("READY=1\nSTATUS=recording " + printable(trace)); }

void ServiceManager::alive(std::uint64_t now_ns) {
  if (alive_every_ns_ == 0 || now_ns - told_alive_ns_ < alive_every_ns_) return;
  told_alive_ns_ = now_ns;
  tell("WATCHDOG=1");
}

}  // namespace socklock::collector
