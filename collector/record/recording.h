// SPDX-License-Identifier: GPL-2.0-or-later
// One trace, from its header to its footer, of a session that is attached already.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/child_process.h"
#include "base/result.h"
#include "base/signal_watch.h"
#include "collector/host/host_facts.h"
#include "collector/output/output_file.h"
#include "collector/output/progress.h"
#include "collector/output/redaction.h"
#include "collector/platform/recorder.h"
#include "collector/record/equipment.h"
#include "collector/record/governor.h"
#include "collector/record/opened_connections.h"
#include "collector/record/summary_rollup.h"
#include "collector/record/trace_sink.h"
#include "collector/record/work_choice.h"

namespace socklock::collector {

// What became of an interval that has just been written.
struct Written {
  const trace::v1::Interval& interval;
  const std::vector<RollupRow>& rows;
  const LockFacts& locks;
  const std::vector<socklock_event>& events;
  const CgroupNames& cgroups;
  std::uint64_t trace_bytes;
};

// What is called while a trace is recorded.
struct Callbacks {
  std::function<void(std::uint64_t now_ns)> alive;            // all the time; CLOCK_MONOTONIC
  std::function<bool(const Written&)> has_enough_after = {};  // after every interval; true: the trace is long enough
};

// CLOCK_MONOTONIC or CLOCK_REALTIME, ns.
std::uint64_t clock_ns(clockid_t clock);

class Recording {
 public:
  // Options and equipment outlive the recording.
  Recording(const RecordOptions& options, Equipment& equipment, Output output, std::optional<ChildProcess> command,
            Callbacks callbacks);

  // Starts to record, and then the command, unless a signal came already. Where it fails nothing was started, and there
  // is no file.
  Result<void> begin(SignalWatch& signals);
  // Records until the command or the target ends, the duration is over, a signal comes or a callback has enough. The
  // command ends, too.
  Result<RecordingResult> run(SignalWatch& signals);

 private:
  Result<void> start_recording();
  [[nodiscard]] std::uint64_t interval_ns_at(std::uint64_t now) const;
  [[nodiscard]] bool is_large() const;
  Result<void> loop(SignalWatch& signals);
  void end_command();
  [[nodiscard]] bool has_ended();
  // When it has to be asked again, ns from now.
  std::uint64_t choose_work();
  // Likewise.
  std::uint64_t watch_opened(std::uint64_t now_ns);
  void take_opened();
  trace::v1::Interval close_interval();
  Result<void> write_interval(trace::v1::Interval interval, std::uint32_t half, bool final);
  void govern(const trace::v1::Interval& interval, std::uint64_t contentions);
  [[nodiscard]] CostShares cost_of(const trace::v1::Interval& interval) const;
  void show_progress(const trace::v1::Interval& interval, std::uint64_t contentions);
  Result<RecordingResult> finish();
  void drain_last(std::uint32_t half);
  void describe_probes(std::vector<trace::v1::Probe> now);
  void complete_header();

  const RecordOptions& options_;
  Output output_;
  Session& session_;
  Level2& level2_;
  Namespaces* namespaces_;  // may be null
  Stacks stacks_;
  LockFacts locks_;
  Accounting& accounting_;
  CgroupNames& cgroups_;
  std::optional<ChildProcess> command_;
  const std::optional<Target>& target_;
  trace::v1::Header header_;
  std::vector<trace::v1::Probe> probes_before_;  // as they were when the recording began
  Callbacks callbacks_;
  Redaction redaction_;
  Progress progress_;
  std::optional<TraceSink> sink_;
  Governor governor_;
  HostReader host_;
  HostCounters counters_;
  std::uint64_t switches_ = 0;  // of tasks, in the interval that was closed last
  WorkSoFar work_so_far_;
  OpenedConnections opened_;
  std::vector<socklock_event> events_;
  std::vector<socklock_event> next_events_;  // of the interval after the one that is written
  Rollup rollup_;
  std::uint64_t cgroups_entered_ = 0;  // by programs, as of the interval before
  RecordingResult result_;
  bool long_enough_ = false;
  std::uint64_t start_ns_ = 0;  // when programs began to record, CLOCK_MONOTONIC
  std::uint64_t interval_begin_ns_ = 0;
  std::uint64_t recorder_cpu_ns_ = 0;
  std::uint64_t stacks_walked_ = 0;
};

}  // namespace socklock::collector
