// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/output/trace_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace socklock::collector {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "socklock-";

struct Finished {
  fs::path path;
  std::uint64_t bytes;
  fs::file_time_type written;
};

// "socklock-20261130T013000Z.slk", "socklock-20261130T013000Z-2.slk": what next() makes, and nothing else.
bool is_name_of_ours(std::string_view name) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  constexpr std::string_view kShape = "socklock-ddddddddTddddddZ";
  constexpr std::string_view kSuffix = ".slk";
  if (!name.ends_with(kSuffix) || name.size() < kShape.size() + kSuffix.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool wants_digit = i >= std::string_view(kPrefix).size() && kShape[i] == 'd';
    if (wants_digit ? !is_digit(name[i]) : name[i] != kShape[i]) return false;
  }
  const std::string_view number = name.substr(kShape.size(), name.size() - kShape.size() - kSuffix.size());
  return number.empty() ||
         (number.size() > 1 && number[0] == '-' && std::all_of(number.begin() + 1, number.end(), is_digit));
}

// Traces that a service wrote, oldest first; what else lies in the folder is not ours to remove: other names, links,
// other users' files.
std::vector<Finished> finished_traces(const fs::path& folder, const fs::path& current) {
  std::vector<Finished> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    struct stat there {};
    if (!is_name_of_ours(path.filename().native()) || path == current || lstat(path.c_str(), &there) != 0) continue;
    if (!S_ISREG(there.st_mode) || there.st_uid != geteuid()) continue;
    std::error_code no_time;
    const auto written = fs::last_write_time(path, no_time);
    if (!no_time) found.push_back({path, static_cast<std::uint64_t>(there.st_size), written});
  }
  std::sort(found.begin(), found.end(), [](const Finished& a, const Finished& b) { return a.path < b.path; });
  return found;
}

// The file that says by a lock on it whose folder it is. Never through a link, which would make a file elsewhere.
int open_lock(const fs::path& folder) {
  const int fd = ::open((folder / ".lock").c_str(), O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
  struct stat there {};
  if (fd >= 0 && fstat(fd, &there) == 0 && S_ISREG(there.st_mode) && there.st_uid == geteuid()) return fd;
  if (fd >= 0) {
    close(fd);
    errno = EPERM;
  }
  return -1;
}

}  // namespace

Result<TraceFolder> TraceFolder::open(const ServiceOptions& options) {
  const std::string where = "'" + options.folder + "'";
  const auto refused = [&](const char* what) {
    return Error{std::string(what) + ": " + std::strerror(errno), where, "", ExitCode::kNotPermitted};
  };
  if (mkdir(options.folder.c_str(), 0700) != 0 && errno != EEXIST) return fail(refused("cannot make the folder"));
  const int fd = open_lock(options.folder);
  if (fd < 0) return fail(refused("cannot write in the folder"));
  TraceFolder folder(options, fd);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0)
    return fail({"another socklock record writes in this folder", where, "give each service a folder of its own",
                 ExitCode::kUsage});
  return folder;
}

TraceFolder::TraceFolder(TraceFolder&& other) noexcept
    : options_(std::move(other.options_)),
      lock_fd_(std::exchange(other.lock_fd_, -1)),
      current_(std::move(other.current_)),
      current_bytes_(other.current_bytes_),
      largest_growth_bytes_(other.largest_growth_bytes_) {}

TraceFolder::~TraceFolder() {
  if (lock_fd_ >= 0) close(lock_fd_);
}

Result<Output> TraceFolder::next() {
  const std::string stem = fmt::format("{}{:%Y%m%dT%H%M%SZ}", kPrefix, fmt::gmtime(std::time(nullptr)));
  const fs::path folder(options_.folder);
  current_ = folder / (stem + ".slk");
  std::error_code error;
  for (int i = 2; fs::exists(fs::symlink_status(current_, error)); ++i)
    current_ = folder / fmt::format("{}-{}.slk", stem, i);
  after_interval(0, 0);
  // Whom the folder is open to: a shipper or a watcher in its group.
  struct stat of_folder {};
  const bool group_reads = stat(options_.folder.c_str(), &of_folder) == 0 && (of_folder.st_mode & S_IRGRP) != 0;
  SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::create(current_.string(), false, group_reads));
  return Output{current_.string(), std::move(writer)};
}

bool TraceFolder::after_interval(std::uint64_t trace_bytes, std::uint64_t trace_ns) {
  const auto traces = finished_traces(options_.folder, current_);
  if (trace_bytes > current_bytes_)
    largest_growth_bytes_ = std::max(largest_growth_bytes_, trace_bytes - current_bytes_);
  current_bytes_ = trace_bytes;
  std::uint64_t sum = trace_bytes + largest_growth_bytes_;
  for (const auto& trace : traces) sum += trace.bytes;
  const auto oldest = fs::file_time_type::clock::now() - std::chrono::duration_cast<fs::file_time_type::duration>(
                                                             std::chrono::duration<double>(options_.max_age_seconds));
  for (const auto& trace : traces) {
    const bool too_old = options_.max_age_seconds > 0 && trace.written < oldest;
    if (sum <= options_.max_bytes && !too_old) continue;
    std::error_code error;
    if (fs::remove(trace.path, error)) sum -= trace.bytes;
  }
  return trace_bytes >= std::min(options_.rotate_bytes, options_.max_bytes / 2) ||
         static_cast<double>(trace_ns) >= options_.rotate_seconds * 1e9;
}

}  // namespace socklock::collector
