// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/run_tables.h"

#include <array>

#include "analyzer/label/labelled_run.h"
#include "proto/loss_counters.h"

namespace socklock::analyzer {
namespace {

using enum CellType;

constexpr std::array kRunColumns{
    TableColumn{"run", kInteger, "", "number of the run, from 1 in the order of the files"},
    TableColumn{"file", kText, "", "the trace"},
    TableColumn{"label", kText, "", "as recorded with --label"},
    TableColumn{"started_ns", kInteger, "ns since 1970", "when the recording began; NULL: not recorded"},
    TableColumn{"duration_ns", kInteger, "ns", "how long was recorded"},
    TableColumn{"host", kText, "", "name of the machine"},
    TableColumn{"kernel", kText, "", "release of the kernel"},
    TableColumn{"machine", kText, "", "processor architecture"},
    TableColumn{"cpus", kInteger, "count", "CPUs online; NULL: not recorded"},
    TableColumn{"spinlock_mode", kText, "", "pv, native, test-and-set or unknown: which spinlock waits can be seen"},
    TableColumn{"level", kInteger, "", "capability level of the recording"},
    TableColumn{"origin", kText, "", "the importer; NULL: recorded by socklock"},
    TableColumn{"workload", kText, "", "command line that was recorded; NULL: a live host"},
    TableColumn{"exit_status", kInteger, "", "of the workload; NULL: it did not end"},
    TableColumn{"contentions", kInteger, "count", "waits, exact"},
    TableColumn{"wait_ns", kInteger, "ns", "sum of the waits, exact"},
    TableColumn{"events", kInteger, "count", "single waits in table events"},
    TableColumn{"lost", kInteger, "count", "waits or details of waits that are missing"},
    TableColumn{"recorder_cpu_ns", kInteger, "ns", "CPU time of the recorder itself; NULL: imported"},
    TableColumn{"bytes", kInteger, "bytes", "size of the trace"}};

class RunsCursor : public CountedCursor {
 public:
  using CountedCursor::CountedCursor;
  [[nodiscard]] std::size_t rows(const QueryRun&) const override { return 1; }
  [[nodiscard]] Cell cell(std::size_t column) override {
    const RunFacts& facts = run().facts;
    switch (column) {
      case 0: return run_number(run_index());
      case 1: return text(run().path);
      case 2: return text(facts.label);
      case 3: return facts.wall_start_ns > 0 ? integer(facts.wall_start_ns) : Cell();
      case 4: return run().facts.knows.duration ? integer(run().duration_ns()) : Cell();
      case 5: return text(facts.host.name);
      case 6: return text(facts.host.kernel_release);
      case 7: return text(facts.host.machine);
      case 8: return facts.host.cpus_online > 0 ? integer(facts.host.cpus_online) : Cell();
      case 9: return text(name_of(facts.spinlock_mode));
      case 10: return integer(facts.level);
      case 11: return text(facts.origin);
      case 12: return text(current().workload);
      case 13: return facts.workload.finished ? Cell(std::int64_t{facts.workload.exit_status}) : Cell();
      case 14: return integer(sums().contentions);
      case 15: return integer(sums().wait_ns);
      case 16: return integer(run().events);
      case 17: return integer(run().lost());
      case 18: return facts.origin.empty() ? integer(run().recorder_cpu_ns) : Cell();
      default: return integer(run().bytes);
    }
  }

 private:
  [[nodiscard]] WaitSums sums() const {
    WaitSums all;
    for (const WaitSums& sums : run().waits.sums) all.add(sums);
    return all;
  }
};

constexpr std::array kWorkColumns{
    TableColumn{"run", kInteger, "", "runs.run"},
    TableColumn{"interval", kInteger, "", "number of the interval in its run, from 0"},
    TableColumn{"begin_ns", kInteger, "ns", "since the recording began"},
    TableColumn{"end_ns", kInteger, "ns", "since the recording began"},
    TableColumn{"connections_opened", kInteger, "count", "TCP connections opened by this host"},
    TableColumn{"connections_accepted", kInteger, "count", "TCP connections established for listeners"},
    TableColumn{"connections_closed", kInteger, "count", "TCP sockets that went to CLOSE"},
    TableColumn{"send_operations", kInteger, "count", "send operations on sockets"},
    TableColumn{"send_bytes", kInteger, "bytes", "sent"},
    TableColumn{"receive_operations", kInteger, "count", "receive operations on sockets"},
    TableColumn{"receive_bytes", kInteger, "bytes", "received"},
    TableColumn{"cpu_busy_ns", kInteger, "ns", "CPU time of the host: user, system, softirq and irq"},
    TableColumn{"lost", kInteger, "count", "waits or details of waits of this interval that are missing"}};

class WorkCursor : public CountedCursor {
 public:
  using CountedCursor::CountedCursor;
  [[nodiscard]] std::size_t rows(const QueryRun& run) const override { return run.labelled->run.intervals.size(); }
  [[nodiscard]] Cell cell(std::size_t column) override {
    const Interval& interval = run().intervals[row()];
    switch (column) {
      case 0: return run_number(run_index());
      case 1: return integer(row());
      case 2: return integer(interval.begin_ns);
      case 3: return integer(interval.end_ns);
      case 4: return work(interval.work.connections_active);
      case 5: return work(interval.work.connections_passive);
      case 6: return work(interval.work.connections_closed);
      case 7: return operations(interval.work.send_operations);
      case 8: return operations(interval.work.send_bytes);
      case 9: return operations(interval.work.receive_operations);
      case 10: return operations(interval.work.receive_bytes);
      case 11: return work(interval.work.cpu_busy_ns);
      default: return integer(interval.lost);
    }
  }

 private:
  [[nodiscard]] Cell work(std::uint64_t value) { return run().knows_work() ? integer(value) : Cell(); }
  [[nodiscard]] Cell operations(std::uint64_t value) { return run().operations_stopped ? Cell() : work(value); }
};

constexpr std::array kLossColumns{
    TableColumn{"run", kInteger, "", "runs.run"}, TableColumn{"reason", kText, "", "stable name of the reason"},
    TableColumn{"severity", kText, "", "totals: sums lack it; detail: single events do; info: nothing is missing"},
    TableColumn{"count", kInteger, "count", "how many"}, TableColumn{"meaning", kText, "", "the reason in words"}};

class LossesCursor : public CountedCursor {
 public:
  using CountedCursor::CountedCursor;
  [[nodiscard]] std::size_t rows(const QueryRun& run) const override { return run.labelled->run.losses.size(); }
  [[nodiscard]] Cell cell(std::size_t column) override {
    const Loss& loss = run().losses[row()];
    const trace::LossInfo* info = trace::find_loss(loss.reason);
    switch (column) {
      case 0: return run_number(run_index());
      case 1: return info == nullptr ? Cell() : text(info->name);
      case 2: return info == nullptr ? Cell() : text(severity(info->severity));
      case 3: return integer(loss.count);
      default: return info == nullptr ? Cell() : text(info->sentence);
    }
  }

 private:
  static std::string_view severity(trace::LossSeverity severity) {
    if (severity == trace::LossSeverity::kTotals) return "totals";
    return severity == trace::LossSeverity::kDetail ? "detail" : "info";
  }
};

}  // namespace

const QueryTable kRunsTable{"runs", "one row a trace", kRunColumns, open_cursor<RunsCursor>};
const QueryTable kWorkTable{"work", "what the host got done, by interval; NULL: not counted", kWorkColumns,
                            open_cursor<WorkCursor>};
const QueryTable kLossesTable{"losses", "what is missing, by reason", kLossColumns, open_cursor<LossesCursor>};

}  // namespace socklock::analyzer
