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

// Traces that a service wrote, oldest first; what else lies in the folder is not ours to remove.
std::vector<Finished> finished_traces(const fs::path& folder, const fs::path& current) {
  std::vector<Finished> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix) || entry.path().extension() != ".slk" || entry.path() == current) continue;
    const std::uint64_t bytes = entry.file_size(error);
    if (!error) found.push_back({entry.path(), bytes, entry.last_write_time(error)});
  }
  std::sort(found.begin(), found.end(), [](const Finished& a, const Finished& b) { return a.path < b.path; });
  return found;
}

}  // namespace

Result<TraceFolder> TraceFolder::open(const ServiceOptions& options) {
  const std::string where = "'" + options.folder + "'";
  const auto refused = [&](const char* what) {
    return Error{std::string(what) + ": " + std::strerror(errno), where, "", ExitCode::kNotPermitted};
  };
  if (mkdir(options.folder.c_str(), 0700) != 0 && errno != EEXIST) return fail(refused("cannot make the folder"));
  const int fd = ::open((fs::path(options.folder) / ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
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
  for (int i = 2; fs::exists(current_); ++i) current_ = folder / fmt::format("{}-{}.slk", stem, i);
  after_interval(0, 0);
  SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::create(current_.string()));
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
