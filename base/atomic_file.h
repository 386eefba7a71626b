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
  bool is_named = false;  // has temporary_path() while it is written, for libraries that open files themselves
};

class AtomicFile {
 public:
  // Makes a fresh file in the folder of `path`: without a name where the system can (Linux's O_TMPFILE), so that not
  // even kill -9 leaves anything of it, else by a name that nobody can foresee; follows no link. Errors: there is a
  // file and it is not to be replaced, or something that is no regular file (usage); it can't be made.
  static Result<AtomicFile> create(const std::string& path, const FileOptions& options = {});
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  // What was not committed is removed; what was there before is as it was.
  ~AtomicFile();

  // What is written goes here first. The descriptor is this object's.
  [[nodiscard]] int fd() const { return fd_; }
  // Empty where it has none, which `is_named` rules out.
  [[nodiscard]] const std::string& temporary_path() const { return temporary_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  Result<void> write(std::string_view bytes);
  // Gives it its name.
  Result<void> commit();
  // The same by another name than was said at first.
  Result<void> commit_as(const std::string& path);
  // Gives it a name while it is still written to: the descriptor, which is the caller's from then on.
  Result<int> commit_open(const std::string& path);

 private:
  AtomicFile(std::string path, std::string temporary, int fd, FileOptions options);
  int take_temporary_name();
  int give_name();

  std::string path_, temporary_;
  int fd_;
  FileOptions options_;
};

// All at once.
Result<void> write_file(const std::string& path, std::string_view bytes, const FileOptions& options);

// Whether it is a name of the system's own, as /dev/stdout, whose links lead where they should: nobody else can make
// one there.
bool is_system_path(const std::string& path);

// A folder and those above it that are missing; no error where it is there. Folders and files that root makes for
// somebody who used sudo(8) belong to that user.
Result<void> make_folder(const std::string& path);

// From now on SIGINT, SIGTERM and SIGHUP remove what is not committed before they end the program. Those that are
// ignored stay so. For programs that have no other handler.
void remove_unfinished_files_on_signals();

}  // namespace socklock
