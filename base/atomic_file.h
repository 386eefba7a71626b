// SPDX-License-Identifier: GPL-2.0-or-later
// A file that is there as a whole or not at all, whatever happens while it is written. The one way in which the
// programs of the house write files that a user named.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace socklock {

struct FileOptions {
  bool replaces = false;  // a regular file of that name, or a link (itself, never what it points to)
  mode_t mode = 0666;     // of a new file, less the umask; a file that is replaced leaves its own
  bool is_synced = true;  // to disk, before it has its name
};

class AtomicFile {
 public:
  // Makes a fresh file beside `path`, by a name that nobody can foresee; follows no link. Errors: there is a file and
  // it is not to be replaced, or something that is no regular file (usage); it can't be made.
  static Result<AtomicFile> create(const std::string& path, const FileOptions& options = {});
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  // What was not committed is removed; what was there before is as it was.
  ~AtomicFile();

  // What is written goes here first. The descriptor is this object's.
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] const std::string& temporary_path() const { return temporary_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  Result<void> write(std::string_view bytes);
  // Gives it its name.
  Result<void> commit();

 private:
  AtomicFile(std::string path, std::string temporary, int fd, FileOptions options);
  int give_name();

  std::string path_, temporary_;
  int fd_;
  FileOptions options_;
};

// All at once.
Result<void> write_file(const std::string& path, std::string_view bytes, const FileOptions& options);

// A new file by its own name from the start, for what has to be readable while it grows and after a kill: O_EXCL, no
// link is followed. The descriptor, or an error as of AtomicFile::create().
Result<int> create_file(const std::string& path, mode_t mode);

// A folder and those above it that are missing; no error where it is there. Folders and files that root makes for
// somebody who used sudo(8) belong to that user.
Result<void> make_folder(const std::string& path);

// From now on SIGINT, SIGTERM and SIGHUP remove what is not committed before they end the program. Those that are
// ignored stay so. For programs that have no other handler.
void remove_unfinished_files_on_signals();

}  // namespace socklock
