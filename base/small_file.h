// SPDX-License-Identifier: GPL-2.0-or-later
// Files that are read as a whole: lists, rules, keys, manifests, ledgers. However much there is to read, no more than
// was allowed is taken.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "base/result.h"

namespace socklock {

struct SmallFileOptions {
  std::size_t most_bytes;
  // Only a file on a disk, opened without waiting: of a folder whose files nobody named. Else what the user named may
  // be a pipe, as that of a shell's <(...), which is waited for.
  bool is_regular = false;
  bool follows_links = true;  // at the last part of the path
};

struct SmallFile {
  std::string text;
  mode_t mode = 0;  // permission bits, of what was read
  uid_t owner = 0;
};

// Whether a secret that it holds is for this process alone: nobody but its owner may touch it; or root hands it, to be
// read, to a group that this process is in for that, as Kubernetes hands secrets to who is not root.
bool is_private(const SmallFile& file);

// Errors (input): it can't be opened or read; it is larger; it is no regular file. They name the file.
Result<SmallFile> read_small_file(const std::string& path, const SmallFileOptions& options);

}  // namespace socklock
