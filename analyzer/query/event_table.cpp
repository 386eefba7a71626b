// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <cstdint>

#include "analyzer/query/event_rows.h"
#include "analyzer/query/grouped_events.h"
#include "analyzer/query/run_tables.h"

namespace socklock::analyzer {
namespace {

using enum CellType;

// In the order of EventColumn.
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
    TableColumn{"lock_class", kText, "",
                "what the lock protects; without a stack by the lock's other waits, if they agree"},
    TableColumn{"role", kText, "", "what classes of different kernels have in common"},
    TableColumn{"call_path", kText, "", "what the waiter was doing; likewise"},
    TableColumn{"context", kText, "", "task, softirq or hardirq"},
    TableColumn{"function", kText, "", "innermost function that is not locking itself; NULL: no stack"},
    TableColumn{"kind", kText, "", "kind of lock: spin, mutex, rwsem:R, owner, ..."},
    TableColumn{"weight", kInteger, "count", "waits that this one stands for: 1 unless events were sampled"},
    TableColumn{"error", kInteger, "", "errno that the wait gave up with; NULL: it got the lock"},
    TableColumn{"syscall", kInteger, "", "number of the system call; NULL: none known"},
    TableColumn{"run_delay_ns", kInteger, "ns", "of the wait: for a CPU, not for the lock; NULL: not measured"}};

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
                                         TableColumn{"wait_ns", kInteger, "ns", "sum of the waits"},
                                         of_events("run_delay_ns")};

class EventsCursor : public RowCursor {
 public:
  EventsCursor(const QueryRuns& runs, const RowRequest& request) : rows_(runs, request) {}

  bool next() override {
    if (columns_ == nullptr || ++row_ >= columns_->size()) {
      row_ = 0;
      columns_ = rows_.next();
    }
    has_kind_ = false;
    return columns_ != nullptr;
  }
  [[nodiscard]] std::string error() const override { return rows_.error(); }

  [[nodiscard]] Cell cell(std::size_t number) override {
    using enum EventColumn;
    const trace::EventColumns& c = *columns_;
    const EventColumn column{static_cast<std::uint8_t>(number)};
    switch (column) {
      case kRun: return run_number(rows_.run());
      case kBegin: return integer(c.end_ns[row_] - std::min(c.end_ns[row_], c.wait_ns[row_]));
      case kEnd: return integer(c.end_ns[row_]);
      case kWait: return integer(c.wait_ns[row_]);
      case kInterval: return interval();
      case kThread: return integer(c.thread[row_]);
      case kCpu: return integer(c.cpu[row_]);
      case kWeight: return integer(c.weight[row_]);
      case kError: return c.error[row_] == 0 ? Cell() : integer(c.error[row_]);
      case kRunDelay: return rows_.knows_run_delay() ? integer(c.run_delay_ns[row_]) : Cell();
      default: return rows_.cell(kind(), column);
    }
  }

 private:
  [[nodiscard]] Cell interval() const {
    const auto number = rows_.intervals().at(columns_->end_ns[row_]);
    return number ? integer(*number) : Cell();
  }
  // Once a row, however many of its columns it decides.
  [[nodiscard]] const EventKind& kind() {
    if (!has_kind_) kind_ = rows_.kind_of(row_);
    has_kind_ = true;
    return rows_.kinds()[kind_];
  }

  EventRows rows_;
  const trace::EventColumns* columns_ = nullptr;
  std::size_t row_ = 0;
  std::uint32_t kind_ = 0;
  bool has_kind_ = false;
};

std::unique_ptr<RowCursor> open_events(const QueryRuns& runs, const RowRequest& request) {
  if (!request.grouped_by.empty()) return std::make_unique<GroupedEvents>(runs, request);
  return std::make_unique<EventsCursor>(runs, request);
}

}  // namespace

const QueryTable kEventsTable{
    "events",        "single waits: all of them unless sampled or lost (runs.lost)", kEventColumns, open_events, {},
    can_group_events};

const QueryTable kThreadWaitsTable{
    "thread_waits", "sums of events by interval, thread, lock and call stack: exact unless events were sampled or lost",
    kThreadWaitsColumns, nullptr,
    "SELECT run, interval, thread, lock, stack, lock_class, role, call_path, context, function, kind, "
    "sum(weight) AS contentions, sum(wait_ns * weight) AS wait_ns, "
    "sum(run_delay_ns * weight) AS run_delay_ns FROM {}events "
    "GROUP BY run, interval, thread, lock, stack, lock_class, call_path, context, kind"};

}  // namespace socklock::analyzer
