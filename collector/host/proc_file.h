// SPDX-License-Identifier: GPL-2.0-or-later
// A small file of /proc that is read again and again.
#pragma once

#include <string>
#include <string_view>

namespace socklock::collector {

// Stays open, since to look a path up costs as much as what the kernel writes into such a file. /proc/net and
// /proc/self are those of the thread that made it.
class ProcFile {
 public:
  explicit ProcFile(const char* path);
  ProcFile(ProcFile&& other) noexcept;
  ProcFile& operator=(ProcFile&& other) noexcept;
  ~ProcFile();

  // All of it, as it is now; until the next call. Empty where it can't be read.
  std::string_view read();
  // The same of a file that is one record (single_open() in the kernel): what is less than was asked for is all of it,
  // which spares asking for more.
  std::string_view read_record();

 private:
  // Bytes of the part of the file from `begin` on that there is room for.
  std::size_t read_from(std::size_t begin);

  int fd_ = -1;
  std::string text_;
};

}  // namespace socklock::collector
