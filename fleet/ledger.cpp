// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/ledger.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/small_file.h"
#include "base/text.h"

namespace socklock::fleet {
namespace {

// Of one file: the lines of some millions of traces.
constexpr std::size_t kMostBytes = 1U << 30;

constexpr const char* kShipped = "shipped";
constexpr const char* kRefused = "refused";
constexpr const char* kWaiting = "waiting";
constexpr const char* kLength = "row-length";

tl::unexpected<Error> broken(const std::string& what, const std::string& path) {
  return fail({what + ": " + std::strerror(errno), "'" + path + "'", "--state FOLDER: one that this user may write",
               ExitCode::kNotPermitted});
}

// A file of the ledger, and nothing else that somebody put there: no link is followed, no pipe waited for. -1, and
// errno.
int open_own(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
  struct stat status {};
  if (fd < 0 || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))) return fd;
  close(fd);
  errno = EINVAL;
  return -1;
}

// Nothing where there is none yet.
Result<std::string> read_own(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 && errno == ENOENT) return std::string();
  auto file = read_small_file(path, {.most_bytes = kMostBytes, .is_regular = true, .follows_links = false});
  if (file) return std::move(file->text);
  file.error().hint = "--state FOLDER: one that nobody else may write";
  return fail(std::move(file.error()));
}

// A name of a file, which may hold anything, without blanks and line ends.
std::string coded(const std::string& text) {
  std::string code;
  for (const char c : text)
    code += c > ' ' && c < 0x7f && c != '%' ? std::string(1, c) : fmt::format("%{:02x}", static_cast<unsigned char>(c));
  return code.empty() ? "-" : code;
}

}  // namespace

std::string Ledger::key_of(const SeenTrace& trace) {
  return fmt::format("{} {} {}", coded(trace.run_id), trace.bytes, coded(trace.file));
}

Result<Ledger> Ledger::open(const std::string& folder) {
  SOCKLOCK_TRY(make_folder(folder));
  const std::string path = folder + "/lock";
  const int fd = open_own(path, O_RDWR | O_CREAT);
  if (fd < 0) return broken("cannot keep a ledger", path);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const bool is_taken = errno == EWOULDBLOCK;
    close(fd);
    if (!is_taken) return broken("cannot lock", path);
    return fail({"another shipper uses this folder", "'" + folder + "'", "end it, or give this one its own --state",
                 ExitCode::kUsage});
  }
  Ledger ledger(folder, fd);
  SOCKLOCK_TRY(ledger.read(kShipped, ledger.done_));
  SOCKLOCK_TRY(ledger.read(kRefused, ledger.refused_));
  for (const std::string& key : ledger.done_) ledger.refused_.erase(key);  // sent later all the same
  ledger.done_.insert(ledger.refused_.begin(), ledger.refused_.end());
  SOCKLOCK_TRY(ledger.read_waiting());
  return ledger;
}

Ledger::Ledger(Ledger&& other) noexcept
    : folder_(std::move(other.folder_)),
      lock_fd_(other.lock_fd_),
      done_(std::move(other.done_)),
      refused_(std::move(other.refused_)),
      waiting_(std::move(other.waiting_)),
      lost_(other.lost_) {
  other.lock_fd_ = -1;
}

Ledger::~Ledger() {
  if (lock_fd_ >= 0) close(lock_fd_);
}

// "RUN BYTES FILE[ REASON]\n": what ends without a line end was torn off, and is cut away before more is written.
Result<void> Ledger::read(const std::string& name, std::set<std::string>& into) {
  const std::string path = folder_ + "/" + name;
  SOCKLOCK_TRY_ASSIGN(const std::string text, read_own(path));
  const std::size_t whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  if (whole != text.size()) {
    const int fd = open_own(path, O_WRONLY);
    const bool is_mended = fd >= 0 && ftruncate(fd, static_cast<off_t>(whole)) == 0;
    if (fd >= 0) close(fd);
    if (!is_mended) return broken("cannot mend the ledger", path);
  }
  std::istringstream lines(text.substr(0, whole));
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string run, bytes, trace;
    if (words >> run >> bytes >> trace) into.insert(fmt::format("{} {} {}", run, bytes, trace));
  }
  return {};
}

Result<void> Ledger::append(const std::string& name, const std::string& line) const {
  const std::string path = folder_ + "/" + name;
  const int fd = open_own(path, O_WRONLY | O_CREAT | O_APPEND);
  if (fd < 0) return broken("cannot write the ledger", path);
  const ssize_t written = write(fd, line.data(), line.size());
  const bool is_done = written == static_cast<ssize_t>(line.size()) && fdatasync(fd) == 0;
  const int error = errno;
  // A line that is half there would spoil the next.
  struct stat status {};
  if (!is_done && written > 0 && fstat(fd, &status) == 0 && ftruncate(fd, status.st_size - written) != 0) errno = error;
  close(fd);
  errno = error;
  return is_done ? Result<void>() : broken("cannot write the ledger", path);
}

Result<void> Ledger::note_shipped(const SeenTrace& trace) {
  const std::string key = key_of(trace);
  if (done_.contains(key) && !refused_.contains(key)) return {};
  SOCKLOCK_TRY(append(kShipped, key + "\n"));
  done_.insert(key);
  refused_.erase(key);
  return {};
}

Result<void> Ledger::note_refused(const SeenTrace& trace, const std::string& reason) {
  const std::string key = key_of(trace);
  if (done_.contains(key)) return {};
  SOCKLOCK_TRY(append(kRefused, fmt::format("{} {}\n", key, cut(printable(reason), 400))));
  done_.insert(key);
  refused_.insert(key);
  return {};
}

Result<void> Ledger::note_length(std::uint32_t row_s, bool again) {
  const std::string path = folder_ + "/" + kLength;
  SOCKLOCK_TRY_ASSIGN(const std::string said, read_own(path));
  std::uint32_t before = 60;
  if (!said.empty()) std::istringstream(said) >> before;
  if (before == row_s) return {};
  // A longer row begins with the first of the shorter ones, and would stand beside the others.
  if (again && !done_.empty() && before % row_s != 0)
    return fail({fmt::format("rows sent so far are of {} s, and rows of {} s don't replace them", before, row_s),
                 "--again", "the same --every as then; or socklock fleet drop --host, and send everything once more",
                 ExitCode::kUsage});
  return write_file(path, fmt::format("{}\n", row_s), {.replaces = true, .mode = 0600, .is_synced = true});
}

Result<void> Ledger::read_waiting() {
  SOCKLOCK_TRY_ASSIGN(const std::string text, read_own(folder_ + "/" + kWaiting));
  std::istringstream file(text);
  std::string line;
  if (!std::getline(file, line)) return {};
  std::istringstream(line) >> lost_;
  while (std::getline(file, line)) waiting_.insert(line);
  return {};
}

Result<std::uint64_t> Ledger::note_waiting(const std::set<std::string>& waiting,
                                           const std::set<std::string>& done_files) {
  std::set<std::string> now;
  for (const std::string& file : waiting) now.insert(coded(file));
  std::set<std::string> done;
  for (const std::string& file : done_files) done.insert(coded(file));
  std::uint64_t gone = 0;
  for (const std::string& file : waiting_) gone += now.contains(file) || done.contains(file) ? 0U : 1U;
  if (now == waiting_ && gone == 0) return gone;
  lost_ += gone;
  waiting_ = std::move(now);
  std::string text = fmt::format("{}\n", lost_);
  for (const std::string& file : waiting_) text += file + "\n";
  SOCKLOCK_TRY(write_file(folder_ + "/" + kWaiting, text, {.replaces = true, .mode = 0600, .is_synced = true}));
  return gone;
}

}  // namespace socklock::fleet
