// SPDX-License-Identifier: GPL-2.0-or-later
// Totals since the recorder started, for monitoring: a file in the OpenMetrics text format, which the node
// exporter's text-file collector reads too. Labels are few: never a stack, an address or a name
// of a process, and of cgroups no more than a bounded number.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "collector/record/recording.h"

namespace socklock::collector {

class Metrics {
 public:
  // An empty path: nothing is written. Error when the file can't be.
  static Result<Metrics> open(const std::string& path);

  // Adds an interval and replaces the file as a whole, so that a reader never sees half of it. A file that
  // can't be written is said once and costs no trace.
  void add(const Written& written);

 private:
  struct Waits {
    std::uint64_t contentions = 0;
    std::uint64_t wait_ns = 0;
  };
  explicit Metrics(std::string path) : path_(std::move(path)) {}
  void add_cgroups(const Written& written);
  [[nodiscard]] std::string text() const;
  [[nodiscard]] Result<void> write() const;

  std::string path_;
  bool failed_ = false;
  std::map<std::string, Waits> by_lock_;            // "ehash", "socket_owner", "slab", ...
  std::map<std::string, Waits> by_cgroup_;          // by path; of events, which may be sampled
  std::map<std::string, std::uint64_t> lost_;       // by reason
  std::map<std::string_view, std::uint64_t> work_;  // by name of the counter
  std::uint64_t recorder_cpu_ns_ = 0;
  std::uint64_t bpf_ns_ = 0;
  std::uint64_t rss_bytes_ = 0;
  std::uint64_t trace_bytes_ = 0;
};

}  // namespace socklock::collector
