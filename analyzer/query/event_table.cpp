// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/event_reader.h"
#include "analyzer/load/kernel_stack.h"
#include "analyzer/load/load_run.h"
#include "analyzer/load/wait_table_builder.h"
#include "analyzer/query/run_tables.h"

namespace socklock::analyzer {
namespace {

using enum CellType;

constexpr std::array kEventColumns{
    TableColumn{"run", kInteger, "", "runs.run"},
    TableColumn{"begin_ns", kInteger, "ns", "when the wait began, since the recording began"},
    TableColumn{"end_ns", kInteger, "ns", "when it ended"},
    TableColumn{"wait_ns", kInteger, "ns", "how long it was"},
    TableColumn{"interval", kInteger, "", "work.interval in which it ended; NULL: none"},
    TableColumn{"lock", kInteger, "", "locks.lock of the same run"},
    TableColumn{"stack", kInteger, "", "stacks.stack of the same run; NULL: not recorded"},
    TableColumn{"thread", kInteger, "", "threads.thread of the same run"},
    TableColumn{"cpu", kInteger, "", "CPU that the wait ended on"},
    TableColumn{"lock_class", kText, "", "what the lock protects; without a stack as far as it is known"},
    TableColumn{"role", kText, "", "what classes of different kernels have in common"},
    TableColumn{"call_path", kText, "", "what the waiter was doing; likewise"},
    TableColumn{"context", kText, "", "task, softirq or hardirq"},
    TableColumn{"function", kText, "", "innermost function that is not locking itself; NULL: no stack"},
    TableColumn{"kind", kText, "", "kind of lock: spin, mutex, rwsem:R, owner, ..."},
    TableColumn{"weight", kInteger, "count", "waits that this one stands for: 1 unless events were sampled"},
    TableColumn{"error", kInteger, "", "errno that the wait gave up with; NULL: it got the lock"},
    TableColumn{"syscall", kInteger, "", "number of the system call; NULL: none known"}};

constexpr TableColumn of_events(std::string_view name) {
  return *std::find_if(kEventColumns.begin(), kEventColumns.end(),
                       [name](const TableColumn& column) { return column.name == name; });
}

constexpr std::array kThreadWaitsColumns{of_events("run"),
                                         of_events("interval"),
                                         of_events("thread"),
                                         of_events("lock"),
                                         of_events("stack"),
                                         of_events("lock_class"),
                                         of_events("role"),
                                         of_events("call_path"),
                                         of_events("context"),
                                         of_events("function"),
                                         of_events("kind"),
                                         TableColumn{"contentions", kInteger, "count", "waits"},
                                         TableColumn{"wait_ns", kInteger, "ns", "sum of the waits"}};

class EventsCursor : public RowCursor {
 public:
  explicit EventsCursor(const QueryRuns& runs) : runs_(runs) {}

  bool next() override {
    if (columns_ != nullptr && ++row_ < columns_->size()) return true;
    row_ = 0;
    for (;;) {
      columns_ = reader_ ? reader_->next() : nullptr;
      if (columns_ != nullptr && columns_->size() > 0) return true;
      if (columns_ == nullptr && !open_next()) return false;
    }
  }
  [[nodiscard]] std::string error() const override { return error_; }

  [[nodiscard]] Cell cell(std::size_t column) override {
    const trace::EventColumns& c = *columns_;
    switch (column) {
      case 0: return run_number(run_);
      case 1: return integer(c.end_ns[row_] - std::min(c.end_ns[row_], c.wait_ns[row_]));
      case 2: return integer(c.end_ns[row_]);
      case 3: return integer(c.wait_ns[row_]);
      case 4: return interval();
      case 5: return integer(c.lock[row_]);
      case 6: return c.stack[row_] == 0 ? Cell() : integer(c.stack[row_]);
      case 7: return integer(c.thread[row_]);
      case 8: return integer(c.cpu[row_]);
      case 9: return text(lock_class().name);
      case 10: return text(name_of(lock_class().role));
      case 11: return text(name_of(labels().path));
      case 12: return text(name_of(labels().context));
      case 13: return c.stack[row_] == 0 ? Cell() : text(runs_.runs[run_].functions[index_of(labels().taker)]);
      case 14: return text(kind_named(c.flags[row_]));
      case 15: return integer(c.weight[row_]);
      case 16: return c.error[row_] == 0 ? Cell() : integer(c.error[row_]);
      default: return c.syscall[row_] == 0 ? Cell() : integer(c.syscall[row_] - 1U);
    }
  }

 private:
  bool open_next() {
    reader_.reset();
    run_ = is_started_ ? run_ + 1 : 0;
    is_started_ = true;
    if (run_ >= runs_.runs.size()) return false;
    const Run& run = runs_.runs[run_].labelled->run;
    auto reader = EventReader::open(runs_.runs[run_].path, run.budget_bytes);
    if (!reader) return stop(reader.error().message());
    // Its locks and stacks are numbers in the dictionaries that were loaded.
    if (reader->size_bytes() != run.bytes || !is_of(run, runs_.runs[run_].path))
      return stop("'" + run.path + "' is not the trace any more that was loaded: ask it anew");
    reader_.emplace(*std::move(reader));
    labeller_.emplace(run, runs_.taxonomy);
    order_intervals(run.intervals);
    known_ = FlatIndex();
    known_labels_.clear();
    return true;
  }

  // Intervals of a damaged or foreign trace may come in any order.
  void order_intervals(const std::vector<Interval>& intervals) {
    intervals_.clear();
    for (std::size_t i = 0; i < intervals.size(); ++i) intervals_.emplace_back(intervals[i].begin_ns, i);
    std::sort(intervals_.begin(), intervals_.end());
  }
  [[nodiscard]] Cell interval() const {
    const std::uint64_t end_ns = columns_->end_ns[row_];
    const auto behind = std::upper_bound(intervals_.begin(), intervals_.end(), std::pair(end_ns, SIZE_MAX));
    if (behind == intervals_.begin()) return {};
    const std::size_t number = std::prev(behind)->second;
    return end_ns < runs_.runs[run_].labelled->run.intervals[number].end_ns ? integer(number) : Cell();
  }

  bool stop(std::string error) {
    error_ = std::move(error);
    return false;
  }

  static bool is_of(const Run& run, const std::string& path) {
    const auto facts = load_facts(path);
    return !facts || facts->run_id == run.facts.run_id;
  }

  // Events are many, and what is known of them is the same again and again.
  [[nodiscard]] const WaitLabels& labels() {
    const trace::EventColumns& c = *columns_;
    // Labels are the same for all threads.
    const WaitKey key{LockId{c.lock[row_]}, StackId{c.stack[row_]},        kNoThread,
                      c.syscall[row_],      kernel_stack(c.context[row_]), c.flags[row_]};
    const std::uint32_t number = known_.find_or_add(pack(key));
    if (number == known_labels_.size()) known_labels_.push_back(labeller_->label(key));
    return known_labels_[number];
  }
  [[nodiscard]] const LockClass& lock_class() { return runs_.taxonomy.at(labels().lock_class); }

  const QueryRuns& runs_;
  std::optional<EventReader> reader_;
  std::optional<WaitLabeller> labeller_;
  FlatIndex known_;
  std::vector<WaitLabels> known_labels_;
  const trace::EventColumns* columns_ = nullptr;
  std::size_t run_ = 0, row_ = 0;
  std::vector<std::pair<std::uint64_t, std::size_t>> intervals_;  // begin and number, in order of time
  bool is_started_ = false;
  std::string error_;
};

}  // namespace

const QueryTable kEventsTable{"events", "single waits: all of them unless sampled or lost (runs.lost)", kEventColumns,
                              open_cursor<EventsCursor>};

const QueryTable kThreadWaitsTable{
    "thread_waits", "sums of events by interval, thread, lock and call stack: exact unless events were sampled or lost",
    kThreadWaitsColumns, nullptr,
    "SELECT run, interval, thread, lock, stack, lock_class, role, call_path, context, function, kind, "
    "sum(weight) AS contentions, sum(wait_ns * weight) AS wait_ns FROM {}events "
    "GROUP BY run, interval, thread, lock, stack, lock_class, call_path, context, kind"};

}  // namespace socklock::analyzer
