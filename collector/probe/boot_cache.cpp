// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/boot_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/descriptor.h"
#include "collector/host/host_facts.h"
#include "collector/process/privileges.h"

namespace socklock::collector {
namespace {

// Empty where the boot has no name: then nothing is of it.
std::string beginning(const char* name) {
  const std::string boot = boot_id();
  return boot.empty() ? std::string() : fmt::format("socklock {} 1\n{}\n", name, boot);
}

std::string name_while_written(const char* name) { return std::string(name) + ".new"; }

bool is_roots_own(int fd, mode_t type) {
  struct stat status {};
  return fd >= 0 && fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == type && status.st_uid == 0 &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool write_all(int fd, const std::string& bytes) {
  return write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

}  // namespace

std::optional<std::string> BootCache::read(const char* name, std::size_t most_bytes) const {
  const Descriptor folder(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!is_roots_own(folder.get(), S_IFDIR)) return std::nullopt;
  const Descriptor file(openat(folder.get(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!is_roots_own(file.get(), S_IFREG)) return std::nullopt;
  const std::string begins = beginning(name);
  std::string bytes(begins.size() + most_bytes, '\0');
  const ssize_t length = ::read(file.get(), bytes.data(), bytes.size());
  if (length <= 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(length));
  if (begins.empty() || !bytes.starts_with(begins)) return std::nullopt;
  return bytes.substr(begins.size());
}

void BootCache::write(const char* name, std::string_view content) const {
  const std::string begins = beginning(name);
  if (!is_run_by_root() || begins.empty()) return;
  mkdir(folder_.c_str(), 0700);
  const Descriptor folder(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!is_roots_own(folder.get(), S_IFDIR)) return;
  const std::string fresh = name_while_written(name);
  // What another recorder, which was killed, left; where one writes just now its file is lost, and no more.
  unlinkat(folder.get(), fresh.c_str(), 0);
  const Descriptor file(
      openat(folder.get(), fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0) return;
  if (!write_all(file.get(), begins + std::string(content)) ||
      renameat(folder.get(), fresh.c_str(), folder.get(), name) != 0)
    unlinkat(folder.get(), fresh.c_str(), 0);
}

}  // namespace socklock::collector
