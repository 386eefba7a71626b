// SPDX-License-Identifier: GPL-2.0-or-later
// The events of all runs, block by block, with what is known of each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/label/classes_of_locks.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labels.h"
#include "analyzer/load/event_reader.h"
#include "analyzer/load/flat_index.h"
#include "analyzer/load/run.h"
#include "analyzer/query/table.h"

namespace socklock::analyzer {

// In the order of the table's columns.
enum class EventColumn : std::uint8_t {
  kRun,
  kBegin,
  kEnd,
  kWait,
  kInterval,
  kLock,
  kStack,
  kThread,
  kCpu,
  kLockClass,
  kRole,
  kCallPath,
  kContext,
  kFunction,
  kKind,
  kWeight,
  kError,
  kSyscall,
  kRunDelay,
};
inline constexpr std::size_t kEventColumnCount = static_cast<std::size_t>(EventColumn::kRunDelay) + 1;

// What events have in common but for their thread and CPU, of one run.
struct EventKind {
  std::size_t run = 0;
  WaitKey key;
  WaitLabels labels;
};

// The intervals of a run, in order of time: those of a damaged or foreign trace may come in any.
class IntervalOrder {
 public:
  explicit IntervalOrder(const Run& run);
  // Of a wait that ended then; nothing: no interval covers that.
  [[nodiscard]] std::optional<std::size_t> at(std::uint64_t end_ns) const;

 private:
  const Run* run_;
  std::vector<std::pair<std::uint64_t, std::size_t>> begins_;  // and number
};

class EventRows {
 public:
  EventRows(const QueryRuns& runs, const RowRequest& request);

  // The next block that has rows, nothing at the end, or where there is an error. Valid until the next call.
  const trace::EventColumns* next();
  [[nodiscard]] const std::string& error() const { return error_; }
  // Of the block that next() gave.
  [[nodiscard]] std::size_t run() const { return run_; }
  [[nodiscard]] bool knows_run_delay() const { return knows_run_delay(run_); }
  [[nodiscard]] bool knows_run_delay(std::size_t run) const;
  [[nodiscard]] const IntervalOrder& intervals() const { return *intervals_; }
  // Number of the kind of its row `i`, from 0 in order of first sight.
  std::uint32_t kind_of(std::size_t i);
  [[nodiscard]] const std::vector<EventKind>& kinds() const { return kinds_; }

  // The cell of a column that the kind of an event decides.
  [[nodiscard]] static bool is_of_kind(EventColumn column);
  [[nodiscard]] Cell cell(const EventKind& kind, EventColumn column) const;

 private:
  bool open_next();
  bool stop(std::string error);

  const QueryRuns& runs_;
  EventFields fields_;
  bool needs_classes_;
  ClassesOfLocks classes_;  // of the run
  std::optional<EventReader> reader_;
  std::optional<WaitLabeller> labeller_;
  std::optional<IntervalOrder> intervals_;
  const trace::EventColumns* columns_ = nullptr;
  FlatIndex known_;             // of the run: events are many, and what is known of them is the same again and again
  std::size_t first_kind_ = 0;  // of the run
  std::vector<EventKind> kinds_;
  std::size_t run_ = 0;
  bool is_started_ = false;
  std::string error_;
};

}  // namespace socklock::analyzer
