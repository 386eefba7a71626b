// SPDX-License-Identifier: GPL-2.0-or-later
// The traces of a service: one file after the other in a folder that stays below a size.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "base/result.h"
#include "collector/output/output_file.h"
#include "collector/platform/options.h"

namespace socklock::collector {

class TraceFolder {
 public:
  // Makes the folder (mode 0700) where it is missing. Errors: it can't be written, or another service
  // writes there.
  static Result<TraceFolder> open(const ServiceOptions& options);
  TraceFolder(TraceFolder&& other) noexcept;
  TraceFolder& operator=(TraceFolder&&) = delete;
  ~TraceFolder();

  // A new file named after the time in UTC, so that names sort as times do; never replaces one. The folder's group may
  // read it where it may read the folder.
  Result<Output> next();
  // Removes the oldest traces until all of them, with `trace_bytes` of the one that is being written and as
  // much again as an interval added to it at most, are within the bounds; whether that one is large or long
  // (`trace_ns`) enough.
  bool after_interval(std::uint64_t trace_bytes, std::uint64_t trace_ns);

 private:
  TraceFolder(ServiceOptions options, int lock_fd) : options_(std::move(options)), lock_fd_(lock_fd) {}
  ServiceOptions options_;
  int lock_fd_;
  std::filesystem::path current_;
  std::uint64_t current_bytes_ = 0;
  std::uint64_t largest_growth_bytes_ = 0;
};

}  // namespace socklock::collector
