// SPDX-License-Identifier: GPL-2.0-or-later
// Beside waits: acquisitions, hold times, holders (docs/level2.md).
#include <array>

#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/distinct.h"
#include "analyzer/query/run_tables.h"

namespace socklock::analyzer {
namespace {

using enum CellType;

std::string_view kind_of_socket(SocketKind kind) {
  switch (kind) {
    case SocketKind::kNone: return "";
    case SocketKind::kTcp: return "tcp";
    case SocketKind::kTcpListener: return "tcp-listener";
    case SocketKind::kUdp: return "udp";
    case SocketKind::kOther: return "other";
    case SocketKind::kRefused: return "refused";
    case SocketKind::kEhashLock: return "ehash-lock";
    case SocketKind::kBhashLock: return "bhash-lock";
    case SocketKind::kBhash2Lock: return "bhash2-lock";
    case SocketKind::kLhash2Lock: return "lhash2-lock";
  }
  return "other";
}

std::string_view context_of(KernelStack on) { return on == KernelStack::kTask ? "task" : "interrupt"; }

// System calls are numbers in a trace, those of the machine that was recorded.
Cell system_call(std::uint16_t syscall) { return syscall == 0 ? Cell() : integer(syscall - 1U); }

// What calls and holds have in common: whose lock, on which path, by which function and for what.
constexpr std::size_t kOriginColumns = 8;
constexpr std::array<TableColumn, kOriginColumns> kOrigin{
    {{"run", kInteger, "", "runs.run"},
     {"lock_class", kText, "", "what the lock protects: tcp.ehash"},
     {"role", kText, "", "what classes of different kernels have in common"},
     {"call_path", kText, "", "of the caller: setup, send, receive, input, ..."},
     {"function", kText, "", "that takes the lock"},
     {"socket_kind", kText, "", "what it was called for: tcp, tcp-listener, udp, other, refused; NULL: not known"},
     {"syscall", kInteger, "", "number of the system call; NULL: none, or none that the recorder tells apart"},
     {"context", kText, "", "task or interrupt"}}};

template <std::size_t Own>
constexpr auto with_origin(const std::array<TableColumn, Own>& own) {
  return columns(kOrigin, own);
}

constexpr auto kCallColumns = with_origin(
    std::array<TableColumn, 2>{{{"calls", kInteger, "count", "calls of the function, exact: acquisitions of the class"},
                                {"at_least", kInteger, "", "1: a call may acquire more than one such lock"}}});

constexpr auto kHoldColumns = with_origin(std::array<TableColumn, 8>{
    {{"samples", kInteger, "count", "holds that were measured"},
     {"holds", kInteger, "count", "holds that they stand for"},
     {"hold_ns", kInteger, "ns", "sum of all those; of a table's lock the function's span, but with --probe-spinlocks"},
     {"backlog_ns", kInteger, "ns", "of that: on segments that arrived in the meantime"},
     {"backlogs", kInteger, "count", "holds that had such"},
     {"max_ns", kInteger, "ns", "longest hold that was measured"},
     {"off_cpu_ns", kInteger, "ns", "of hold_ns: the holder did not run; NULL: not measured"},
     {"threads", kReal, "count", "distinct ones that held it, to 13%; NULL: not known"}}});

// A row of calls or of holds: Origin is CallCount or HoldSample, Link leads to it from a class.
template <typename Origin, typename Link>
Cell origin_cell(const QueryRun& run, const Taxonomy& taxonomy, const Origin& origin, const Link& link,
                 std::size_t column) {
  switch (column) {
    case 1: return text(taxonomy.at(link.lock_class).name);
    case 2: return text(name_of(taxonomy.at(link.lock_class).role));
    case 3: return text(name_of(link.path));
    case 4: return text(run.functions[index_of(origin.function)]);
    case 5: return text(kind_of_socket(origin.kind));
    case 6: return system_call(origin.syscall);
    default: return text(context_of(origin.on));
  }
}

class CallsCursor : public CountedCursor {
 public:
  using CountedCursor::CountedCursor;
  [[nodiscard]] std::size_t rows(const QueryRun& run) const override { return run.acquired.size(); }
  [[nodiscard]] Cell cell(std::size_t column) override {
    const AcquiredCall& acquired = current().acquired[row()];
    const CallCount& call = run().calls[acquired.row];
    switch (column) {
      case 0: return run_number(run_index());
      case kOriginColumns: return integer(call.calls);
      case kOriginColumns + 1: return integer(acquired.at_least ? 1 : 0);
      default: return origin_cell(current(), taxonomy(), call, acquired, column);
    }
  }
};

Cell threads_cell(const HoldSample& hold) {
  const auto threads = count_distinct(hold.threads);
  return threads ? Cell(*threads) : Cell();
}

class HoldsCursor : public CountedCursor {
 public:
  using CountedCursor::CountedCursor;
  [[nodiscard]] std::size_t rows(const QueryRun& run) const override { return run.held.size(); }
  [[nodiscard]] Cell cell(std::size_t column) override {
    const HeldSpan& span = current().held[row()];
    const HoldSample& hold = run().holds[span.row];
    switch (column) {
      case 0: return run_number(run_index());
      case kOriginColumns: return integer(hold.samples);
      case kOriginColumns + 1: return integer(hold.weight);
      case kOriginColumns + 2: return integer(hold.hold_ns);
      case kOriginColumns + 3: return integer(hold.backlog_ns);
      case kOriginColumns + 4: return integer(hold.backlogs);
      case kOriginColumns + 5: return integer(hold.max_ns);
      case kOriginColumns + 6: return run().facts.knows_off_cpu ? integer(hold.off_cpu_ns) : Cell();
      case kOriginColumns + 7: return threads_cell(hold);
      default: return origin_cell(current(), taxonomy(), hold, span, column);
    }
  }
};

constexpr std::array kHolderColumns{
    TableColumn{"run", kInteger, "", "runs.run"},
    TableColumn{"lock", kInteger, "", "locks.lock of the same run"},
    TableColumn{"lock_class", kText, "", "what the lock protects"},
    TableColumn{"role", kText, "", "what classes of different kernels have in common"},
    TableColumn{"call_path", kText, "", "of the waiter"},
    TableColumn{"stack", kInteger, "", "the waiter's: stacks.stack of the same run; NULL: not recorded"},
    TableColumn{"syscall", kInteger, "", "the waiter's, a number; NULL: none"},
    TableColumn{"holder_path", kText, "", "call path of who held the lock; NULL: not known who it was"},
    TableColumn{"holder_function", kText, "", "what the holder was in; NULL: its stack was not taken"},
    TableColumn{"holder_stack", kInteger, "", "where the owner gave the socket up: stacks.stack; NULL: not recorded"},
    TableColumn{"holder_syscall", kInteger, "", "the holder's, a number; NULL: none"},
    TableColumn{"holder_context", kText, "", "task or interrupt; NULL: not known who it was"},
    TableColumn{"contentions", kInteger, "count", "waits that are charged to this holder"},
    TableColumn{"wait_ns", kInteger, "ns", "sum of the waits"}};

class HoldersCursor : public CountedCursor {
 public:
  using CountedCursor::CountedCursor;
  [[nodiscard]] std::size_t rows(const QueryRun& run) const override { return run.labelled->run.holders.size(); }
  [[nodiscard]] Cell cell(std::size_t column) override {
    const HolderSum& sum = run().holders[row()];
    const HolderLabels& labels = current().labelled->holders[row()];
    switch (column) {
      case 0: return run_number(run_index());
      case 1: return sum.lock == kNoLock ? Cell() : integer(index_of(sum.lock));
      case 2: return text(taxonomy().at(labels.lock_class).name);
      case 3: return text(name_of(taxonomy().at(labels.lock_class).role));
      case 4: return text(name_of(labels.waiter));
      case 5: return stack_cell(sum.stack);
      case 6: return system_call(sum.syscall);
      case 7: return labels.holder ? text(name_of(*labels.holder)) : Cell();
      case 8: return labels.function == FunctionId{0} ? Cell() : text(current().functions[index_of(labels.function)]);
      case 9: return stack_cell(sum.holder_stack);
      case 10: return system_call(sum.holder_syscall);
      case 11: return sum.holder ? text(context_of(*sum.holder)) : Cell();
      case 12: return integer(sum.waits);
      default: return integer(sum.wait_ns);
    }
  }

 private:
  static Cell stack_cell(StackId stack) { return stack == kNoStack ? Cell() : integer(index_of(stack)); }
};

}  // namespace

const QueryTable kCallsTable{"calls",
                             "acquisitions by lock class and function, exact, of level 2; a call that takes locks of "
                             "several classes has a row for each",
                             kCallColumns, open_cursor<CallsCursor>};
const QueryTable kHoldsTable{"holds", "how long locks were held, of a sample, likewise", kHoldColumns,
                             open_cursor<HoldsCursor>};
const QueryTable kHoldersTable{"holders", "who held what others waited for: owners of sockets, buckets of tables",
                               kHolderColumns, open_cursor<HoldersCursor>};

}  // namespace socklock::analyzer
