// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/host/proc_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace socklock::collector {
namespace {

constexpr std::size_t kFirstBytes = 8192;

}  // namespace

ProcFile::ProcFile(const char* path) : fd_(open(path, O_RDONLY | O_CLOEXEC)) {}

ProcFile::ProcFile(ProcFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)), text_(std::move(other.text_)) {}

ProcFile& ProcFile::operator=(ProcFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(text_, other.text_);
  return *this;
}

ProcFile::~ProcFile() {
  if (fd_ >= 0) close(fd_);
}

std::string_view ProcFile::read() {
  if (fd_ < 0) return {};
  if (text_.empty()) text_.resize(kFirstBytes);
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = pread(fd_, text_.data() + size, text_.size() - size, static_cast<off_t>(size));
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
    if (size == text_.size()) text_.resize(2 * size);
  }
  return std::string_view(text_).substr(0, size);
}

}  // namespace socklock::collector
