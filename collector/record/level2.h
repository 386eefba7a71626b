// SPDX-License-Identifier: GPL-2.0-or-later
// Capability level 2 of one recording: everything that rests on probing functions, as one; and samples of the CPU
// where they were asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collector/probe/call_counts.h"
#include "collector/probe/cpu_profile.h"
#include "collector/probe/holds.h"

namespace socklock::collector {

// What one interval had of it.
struct Level2Rows {
  std::vector<CallRow> calls;
  std::vector<HoldRow> holds;
  std::vector<socklock_held_lock> held_locks;
  std::uint64_t calls_skipped = 0;
  CallCounts::Cost cost;
  CpuSamples cpu;
  bool notes_holders = false;  // waits know who held the socket or the bucket
};

class Level2 {
 public:
  struct Wanted {
    bool functions = true;  // probes on them
    std::uint32_t cpu_profile_hz = 0;
  };
  // Where the kernel permits it, the session then looks for holders of tables' locks, too.
  static Level2 start(const SessionOptions& options, Session& session, Wanted wanted);

  void set_phase(socklock_phase phase);
  // Since the last time, `seconds` ago.
  Level2Rows take(double seconds);

  [[nodiscard]] bool samples_cpu() const { return cpu_.has_value(); }
  [[nodiscard]] bool measures_holds() const { return holds_.any_attached(); }
  [[nodiscard]] bool reached() const { return calls_.any_attached(); }
  [[nodiscard]] std::vector<trace::v1::Probe> probes() const;
  // What could not be measured, in words.
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  Level2(CallCounts calls, Holds holds) : calls_(std::move(calls)), holds_(std::move(holds)) {}

  CallCounts calls_;
  Holds holds_;
  std::optional<CpuProfile> cpu_;
  std::string cpu_refused_;
};

}  // namespace socklock::collector
