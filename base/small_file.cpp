// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/small_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/units.h"

namespace socklock {

bool is_private(const SmallFile& file) {
  if ((file.mode & 077) == 0) return true;
  return (file.mode & 037) == 0 && file.owner == 0 && geteuid() != 0;
}

Result<SmallFile> read_small_file(const std::string& path, const SmallFileOptions& options) {
  const auto refused = [&path](std::string what) {
    return fail({std::move(what), "'" + path + "'", "", ExitCode::kBadInput});
  };
  const auto unreadable = [&refused] { return refused(std::string("cannot read: ") + std::strerror(errno)); };
  const int flags = (options.is_regular ? O_NONBLOCK : 0) | (options.follows_links ? 0 : O_NOFOLLOW);
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | flags));
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) return unreadable();
  if (options.is_regular && !S_ISREG(status.st_mode)) return refused("not a regular file");
  SmallFile result{"", status.st_mode & 07777, status.st_uid};
  std::array<char, 65536> part{};
  while (result.text.size() <= options.most_bytes) {
    // One byte more than is allowed tells that there is more.
    const ssize_t got =
        read(file.get(), part.data(), std::min(part.size(), options.most_bytes + 1 - result.text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable();
    if (got == 0) return result;
    result.text.append(part.data(), static_cast<std::size_t>(got));
  }
  return refused(fmt::format("it is larger than {}", format_bytes(options.most_bytes)));
}

}  // namespace socklock
