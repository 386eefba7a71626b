// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <utility>

namespace socklock {
namespace {

namespace fs = std::filesystem;

constexpr int kMostTries = 100;
// Of a name, on every file system that is in use (NAME_MAX of Linux and FreeBSD).
constexpr std::size_t kLongestName = 255;
constexpr std::size_t kRandomCharacters = 10;
constexpr std::string_view kSuffix = ".new";

Error file_error(int error_number, const char* what, const std::string& path) {
  Error error{std::string(what) + ": " + std::strerror(error_number), "'" + path + "'", "", ExitCode::kBadInput};
  if (error_number == EACCES || error_number == EPERM || error_number == EROFS)
    error.exit_code = ExitCode::kNotPermitted;
  return error;
}

std::string random_word() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device source;  // getrandom(2): not to be foreseen
  std::uniform_int_distribution<std::size_t> letter(0, kLetters.size() - 1);
  std::string word;
  while (word.size() < kRandomCharacters) word += kLetters[letter(source)];
  return word;
}

std::string temporary_name(const std::string& path) {
  const std::size_t name_begin = path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1;
  const std::size_t room = kLongestName - kRandomCharacters - kSuffix.size() - 1;
  return path.substr(0, name_begin + std::min(path.size() - name_begin, room)) + "." + random_word() +
         std::string(kSuffix);
}

// ---- what a signal has to remove ---------------------------------------------------------------------------

// More are never open at a time; what finds no place stays behind a signal, and no more than that.
constexpr std::size_t kMostUnfinished = 32;
constexpr std::size_t kLongestPath = 4096;

struct Unfinished {
  std::atomic<bool> is_used{false};
  std::atomic<bool> is_there{false};
  std::array<char, kLongestPath> path{};
};
std::array<Unfinished, kMostUnfinished> unfinished;

void note_unfinished(const std::string& path) {
  if (path.size() >= kLongestPath) return;
  for (Unfinished& entry : unfinished) {
    if (entry.is_used.exchange(true)) continue;
    std::memcpy(entry.path.data(), path.c_str(), path.size() + 1);
    entry.is_there = true;
    return;
  }
}

void forget_unfinished(const std::string& path) {
  for (Unfinished& entry : unfinished) {
    if (!entry.is_there || path != entry.path.data()) continue;
    entry.is_there = false;
    entry.is_used = false;
  }
}

void remove_and_end(int number) {
  for (Unfinished& entry : unfinished)
    if (entry.is_there) unlink(entry.path.data());
  signal(number, SIG_DFL);
  raise(number);
}

// ---- whose it is -------------------------------------------------------------------------------------------

struct Owner {
  uid_t user;
  gid_t group;
};

unsigned number_in_environment(const char* name, unsigned otherwise) {
  const char* const text = std::getenv(name);
  unsigned number = otherwise;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), number);
  return number;
}

// Whom root works for, by what sudo(8) sets.
Owner invoking_user() {
  const Owner self{geteuid(), getegid()};
  if (self.user != 0) return self;
  return {number_in_environment("SUDO_UID", self.user), number_in_environment("SUDO_GID", self.group)};
}

void give_to(int fd, Owner owner) {
  // Where it can't be given away, it is ours.
  if (owner.user != geteuid() || owner.group != getegid()) [[maybe_unused]]
    const int ignored = fchown(fd, owner.user, owner.group);
}

int open_exclusively(const std::string& path, mode_t mode) {
  return open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

// How the system names a file that has no name of its own.
std::string descriptor_path(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

// A file without a name in the folder of `path`; -1 where the file system has none such, or could not name it later.
int open_unnamed(const std::string& path, mode_t mode) {
#ifdef O_TMPFILE
  const std::string folder = fs::path(path).parent_path().string();
  const int fd = open(folder.empty() ? "." : folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, mode);
  if (fd < 0 || access(descriptor_path(fd).c_str(), F_OK) == 0) return fd;
  close(fd);
#else
  static_cast<void>(path);
  static_cast<void>(mode);
#endif
  return -1;
}

// What lies at `path` where that may not be replaced.
Result<void> check_target(const std::string& path, const FileOptions& options) {
  struct stat there {};
  if (path.empty()) return fail({"a file without a name", "", "", ExitCode::kUsage});
  if (lstat(path.c_str(), &there) != 0) return {};
  // /dev/stdout, for one, is a link that nobody wants replaced.
  const bool is_system_link = S_ISLNK(there.st_mode) && is_system_path(path);
  if ((!S_ISREG(there.st_mode) && !S_ISLNK(there.st_mode)) || is_system_link)
    return fail({S_ISDIR(there.st_mode) ? "this is a folder" : "this is no regular file, and is not replaced by one",
                 "'" + path + "'", "name another file", ExitCode::kUsage});
  if (!options.replaces) return fail({"the file exists", "'" + path + "'", "", ExitCode::kUsage});
  return {};
}

// A file that is replaced leaves its successor owner and mode.
void inherit(const std::string& path, int fd) {
  struct stat there {};
  if (lstat(path.c_str(), &there) != 0 || !S_ISREG(there.st_mode)) return give_to(fd, invoking_user());
  give_to(fd, {there.st_uid, there.st_gid});
  struct stat own {};
  // Not to others than before: a file that could not be given to its owner keeps no bits that were that owner's.
  if (fstat(fd, &own) == 0 && own.st_uid == there.st_uid) fchmod(fd, there.st_mode & 0777);
}

}  // namespace

AtomicFile::AtomicFile(std::string path, std::string temporary, int fd, FileOptions options)
    : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd), options_(options) {
  if (!temporary_.empty()) note_unfinished(temporary_);
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::exchange(other.fd_, -1)),
      options_(other.options_) {}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) close(fd_);
  if (temporary_.empty()) return;
  unlink(temporary_.c_str());
  forget_unfinished(temporary_);
}

Result<AtomicFile> AtomicFile::create(const std::string& path, const FileOptions& options) {
  SOCKLOCK_TRY(check_target(path, options));
  if (const int fd = options.is_named ? -1 : open_unnamed(path, options.mode); fd >= 0) {
    inherit(path, fd);
    return AtomicFile(path, "", fd, options);
  }
  for (int tries = 0; tries < kMostTries; ++tries) {
    const std::string temporary = temporary_name(path);
    const int fd = open_exclusively(temporary, options.mode);
    if (fd < 0 && errno == EEXIST) continue;
    if (fd < 0) return fail(file_error(errno, "cannot write", path));
    inherit(path, fd);
    return AtomicFile(path, temporary, fd, options);
  }
  return fail(file_error(EEXIST, "cannot write", path));
}

Result<void> AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(file_error(errno, "cannot write", path_));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// What replaces another file has to have a name before. 0, or errno.
int AtomicFile::take_temporary_name() {
  for (int tries = 0; tries < kMostTries; ++tries) {
    const std::string name = temporary_name(path_);
    if (linkat(AT_FDCWD, descriptor_path(fd_).c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      temporary_ = name;
      note_unfinished(temporary_);
      return 0;
    }
    if (errno != EEXIST) return errno;
  }
  return EEXIST;
}

// 0, or errno.
int AtomicFile::give_name() {
  if (temporary_.empty() && !options_.replaces)
    return linkat(AT_FDCWD, descriptor_path(fd_).c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
  if (temporary_.empty())
    if (const int error = take_temporary_name(); error != 0) return error;
  if (options_.replaces) return std::rename(temporary_.c_str(), path_.c_str()) == 0 ? 0 : errno;
  // rename() would replace what came there meanwhile.
  if (link(temporary_.c_str(), path_.c_str()) == 0) return unlink(temporary_.c_str()) == 0 ? 0 : errno;
  if (errno == EEXIST) return EEXIST;
  // A file system without links.
  struct stat there {};
  if (lstat(path_.c_str(), &there) == 0) return EEXIST;
  return std::rename(temporary_.c_str(), path_.c_str()) == 0 ? 0 : errno;
}

Result<void> AtomicFile::commit() {
  SOCKLOCK_TRY(check_target(path_, options_));
  // Where the disk is full, or gone, close() is the last to know.
  if (options_.is_synced && fsync(fd_) != 0) return fail(file_error(errno, "cannot write", path_));
  // A copy keeps what has no name yet.
  const int kept = fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (kept < 0) return fail(file_error(errno, "cannot write", path_));
  if (close(std::exchange(fd_, kept)) != 0) return fail(file_error(errno, "cannot write", path_));
  if (const int error = give_name(); error != 0) return fail(file_error(error, "cannot write", path_));
  forget_unfinished(std::exchange(temporary_, {}));
  close(std::exchange(fd_, -1));
  return {};
}

Result<int> AtomicFile::commit_open(const std::string& path) {
  path_ = path;
  SOCKLOCK_TRY(check_target(path_, options_));
  if (const int error = give_name(); error != 0) return fail(file_error(error, "cannot write", path_));
  forget_unfinished(std::exchange(temporary_, {}));
  return std::exchange(fd_, -1);
}

Result<void> AtomicFile::commit_as(const std::string& path) {
  path_ = path;
  return commit();
}

Result<void> write_file(const std::string& path, std::string_view bytes, const FileOptions& options) {
  SOCKLOCK_TRY_ASSIGN(AtomicFile file, AtomicFile::create(path, options));
  SOCKLOCK_TRY(file.write(bytes));
  return file.commit();
}

bool is_system_path(const std::string& path) {
  // Where everybody may make files.
  constexpr std::string_view kSharedMemory = "/dev/shm/";
  return (path.starts_with("/dev/") && !path.starts_with(kSharedMemory)) || path.starts_with("/proc/");
}

Result<void> make_folder(const std::string& path) {
  std::error_code error;
  fs::path folder;
  for (const fs::path& part : fs::path(path)) {
    folder /= part;
    if (folder.empty() || fs::is_directory(folder, error)) continue;
    if (mkdir(folder.c_str(), 0777) != 0) return fail(file_error(errno, "cannot make the folder", path));
    const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) continue;
    give_to(fd, invoking_user());
    close(fd);
  }
  return {};
}

void remove_unfinished_files_on_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    sigaction(number, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;
    action.sa_handler = remove_and_end;
    sigaction(number, &action, nullptr);
  }
}

}  // namespace socklock
