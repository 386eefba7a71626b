// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/host/proc_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
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

std::size_t ProcFile::read_from(std::size_t begin) {
  if (fd_ < 0) return 0;
  if (begin == text_.size()) text_.resize(std::max(2 * begin, kFirstBytes));
  const ssize_t got = pread(fd_, text_.data() + begin, text_.size() - begin, static_cast<off_t>(begin));
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

std::string_view ProcFile::read() {
  std::size_t size = 0;
  while (const std::size_t got = read_from(size)) size += got;
  return std::string_view(text_).substr(0, size);
}

std::string_view ProcFile::read_record() {
  std::size_t size = 0;
  do {
    const std::size_t got = read_from(size);
    if (got == 0) break;
    size += got;
  } while (size == text_.size());
  return std::string_view(text_).substr(0, size);
}

}  // namespace socklock::collector
