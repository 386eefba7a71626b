// SPDX-License-Identifier: GPL-2.0-or-later
// One line on a terminal that says how the recording goes.
#pragma once

#include <cstdint>

namespace socklock::collector {

// Of the CPU time of the whole host, in percent.
struct CostShares {
  double waits;     // programs at waits
  double work;      // ... at connections and operations
  double switches;  // ... at switches of tasks
  double recorder;  // the recorder's process

  [[nodiscard]] double all() const { return waits + work + switches + recorder; }
};

struct ProgressFacts {
  double seconds;
  std::uint64_t contentions;
  std::uint64_t contentions_per_second;
  std::uint64_t events;
  std::uint64_t lost;
  std::uint64_t bytes;
  CostShares cost;
  std::uint32_t events_one_in;  // events are sampled so; 1: all are kept
};

class Progress {
 public:
  // Silent unless standard error is a terminal.
  explicit Progress(bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const ProgressFacts& facts);

 private:
  bool on_;
  bool shown_ = false;
};

}  // namespace socklock::collector
