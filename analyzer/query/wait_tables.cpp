// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>

#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/wait_stats.h"
#include "analyzer/query/run_tables.h"
#include "proto/rows.h"

namespace socklock::analyzer {
namespace {

using enum CellType;

// What waits and totals have in common, from this column on.
template <std::size_t Own>
constexpr auto with_labels(const std::array<TableColumn, Own>& own) {
  constexpr std::array<TableColumn, 11> kShared{
      {{"lock", kInteger, "", "locks.lock of the same run"},
       {"stack", kInteger, "", "stacks.stack of the same run; NULL: not recorded"},
       {"lock_class", kText, "", "what the lock protects: tcp.ehash"},
       {"role", kText, "", "what classes of different kernels have in common: connection table"},
       {"call_path", kText, "", "setup, send, receive, input, teardown, option, poll, timer or other"},
       {"origin", kText, "", "call path that this one ran on top of; NULL: none"},
       {"context", kText, "", "task, softirq or hardirq"},
       {"function", kText, "", "innermost function that is not locking itself; NULL: no stack"},
       {"kind", kText, "", "kind of lock: spin, mutex, rwsem:R, owner, ..."},
       {"contentions", kInteger, "count", "waits"},
       {"wait_ns", kInteger, "ns", "sum of the waits"}}};
  return columns(own, kShared);
}

// A column that only a row of the wait table is needed for.
Cell label_cell(const QueryRun& run, const Taxonomy& taxonomy, std::size_t row, std::size_t column) {
  const WaitKey& key = run.labelled->run.waits.keys[row];
  const WaitLabels& labels = run.labelled->labels[row];
  switch (column) {
    case 0: return integer(index_of(key.lock));
    case 1: return key.stack == kNoStack ? Cell() : integer(index_of(key.stack));
    case 2: return text(taxonomy.at(labels.lock_class).name);
    case 3: return text(name_of(taxonomy.at(labels.lock_class).role));
    case 4: return text(name_of(labels.path));
    case 5: return labels.origin ? text(name_of(*labels.origin)) : Cell();
    case 6: return text(name_of(labels.context));
    case 7: return key.stack == kNoStack ? Cell() : text(run.functions[index_of(labels.taker)]);
    default: return text(kind_named(key.flags));
  }
}
constexpr std::size_t kColumnsOfLabels = 9;

constexpr auto kWaitColumns =
    with_labels(std::array<TableColumn, 4>{{{"run", kInteger, "", "runs.run"},
                                            {"interval", kInteger, "", "work.interval of the same run"},
                                            {"begin_ns", kInteger, "ns", "of the interval, since the recording began"},
                                            {"end_ns", kInteger, "ns", "of the interval"}}});

class WaitsCursor : public CountedCursor {
 public:
  using CountedCursor::CountedCursor;
  [[nodiscard]] std::size_t rows(const QueryRun& run) const override { return run.labelled->run.interval_waits.size(); }
  bool next() override {
    const std::size_t before = run_index();
    if (!CountedCursor::next()) return false;
    if (run_index() != before) interval_ = 0;
    const auto& intervals = run().intervals;
    while (row() >= intervals[interval_].first_wait + intervals[interval_].wait_count) ++interval_;
    return true;
  }
  [[nodiscard]] Cell cell(std::size_t column) override {
    const IntervalWait& wait = run().interval_waits[row()];
    const Interval& interval = run().intervals[interval_];
    switch (column) {
      case 0: return run_number(run_index());
      case 1: return integer(interval_);
      case 2: return integer(interval.begin_ns);
      case 3: return integer(interval.end_ns);
      case 4 + kColumnsOfLabels: return integer(wait.contentions);
      case 5 + kColumnsOfLabels: return integer(wait.wait_ns);
      default: return label_cell(current(), taxonomy(), wait.row, column - 4);
    }
  }

 private:
  std::size_t interval_ = 0;
};

constexpr auto kTotalOwnColumns = with_labels(std::array<TableColumn, 1>{{{"run", kInteger, "", "runs.run"}}});
constexpr auto kTotalColumns = [] {
  constexpr std::array<TableColumn, 6> kMore{
      {{"gave_up", kInteger, "count", "waits that ended without the lock"},
       {"min_ns", kInteger, "ns", "shortest wait"},
       {"max_ns", kInteger, "ns", "longest wait"},
       {"p50_ns", kReal, "ns", "median wait, within 1/16; NULL where the distribution is not known"},
       {"p99_ns", kReal, "ns", "99th percentile, likewise"},
       {"run_delay_ns", kInteger, "ns", "of the wait: for a CPU, not for the lock; NULL: not measured"}}};
  std::array<TableColumn, kTotalOwnColumns.size() + kMore.size()> all{};
  for (std::size_t i = 0; i < kTotalOwnColumns.size(); ++i) all[i] = kTotalOwnColumns[i];
  for (std::size_t i = 0; i < kMore.size(); ++i) all[kTotalOwnColumns.size() + i] = kMore[i];
  return all;
}();

class TotalsCursor : public CountedCursor {
 public:
  using CountedCursor::CountedCursor;
  [[nodiscard]] std::size_t rows(const QueryRun& run) const override { return run.labelled->run.waits.size(); }
  [[nodiscard]] Cell cell(std::size_t column) override {
    const WaitSums& sums = run().waits.sums[row()];
    switch (column) {
      case 0: return run_number(run_index());
      case 1 + kColumnsOfLabels: return integer(sums.contentions);
      case 2 + kColumnsOfLabels: return integer(sums.wait_ns);
      case 3 + kColumnsOfLabels: return integer(sums.gave_up);
      case 4 + kColumnsOfLabels: return integer(sums.contentions == sums.untimed ? 0 : sums.wait_min_ns);
      case 5 + kColumnsOfLabels: return integer(sums.wait_max_ns);
      case 6 + kColumnsOfLabels: return quantile(0.5);
      case 7 + kColumnsOfLabels: return quantile(0.99);
      case 8 + kColumnsOfLabels: return run().facts.knows_run_delay ? integer(sums.run_delay_ns) : Cell();
      default: return label_cell(current(), taxonomy(), row(), column - 1);
    }
  }

 private:
  [[nodiscard]] Cell quantile(double q) const {
    if (!knows_distribution(run().facts)) return {};
    WaitStats stats;
    stats.add(run().waits.sums[row()], run().waits.cells_of(row()));
    return stats.quantile_ns(q);
  }
};

}  // namespace

std::string_view kind_named(std::uint8_t flags) {
  switch (trace::is_untimed(flags) ? flags & ~unsigned{trace::kFlagUntimed}
                                   : flags) {  // LCB_F_*, include/trace/events/lock.h; 64 and 128 are ours
    case 0: return "semaphore";
    case 1: return "spin";
    case 2: return "rwsem:R";
    case 3: return "rwlock:R";
    case 4: return "rwsem:W";
    case 5: return "rwlock:W";
    case 6: return "rwsem";
    case 7: return "rwlock";
    case 8: return "rtmutex";
    case 10: return "rt rwlock:R";
    case 12: return "rt rwlock:W";
    case 14: return "rt rwlock";
    case 18: return "percpu-rwsem:R";
    case 20: return "percpu-rwsem:W";
    case 22: return "percpu-rwsem";
    case 32:
    case 33: return "mutex";
    case 64: return "owner";
    case 128: return "unknown";
    case 130: return "unknown:R";
    case 132: return "unknown:W";
    default: return "other";
  }
}

const QueryTable kWaitsTable{"waits", "exact sums by interval, lock, call stack and context; by thread: thread_waits",
                             kWaitColumns, open_cursor<WaitsCursor>};
const QueryTable kTotalsTable{"totals", "the same sums over the whole run, with extremes and quantiles", kTotalColumns,
                              open_cursor<TotalsCursor>};

}  // namespace socklock::analyzer
