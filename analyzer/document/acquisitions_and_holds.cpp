// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/acquisitions_and_holds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyzer/document/slice_columns.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/acquisitions.h"
#include "analyzer/measure/breakdown.h"
#include "analyzer/measure/cpu_profile.h"
#include "analyzer/measure/distinct.h"
#include "analyzer/measure/holders.h"
#include "analyzer/measure/holds.h"
#include "analyzer/measure/owners.h"
#include "analyzer/measure/work_unit.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

std::string spinlock_note(const Run& run) {
  if (run.facts.spinlock_mode == SpinlockMode::kTestAndSet)
    return "waits for spinlocks are not seen with test-and-set spinlocks, so they have no contention ratio";
  if (run.facts.spinlock_mode == SpinlockMode::kNative)
    return "the first waiter of a native spinlock is not seen: contention ratios of spinlocks are lower bounds";
  return "";
}

// The first column names; what rows have in common is said by `title`.
Figure ratio_figure(const std::optional<double>& ratio, bool at_least) {
  return Figure::maybe(ratio, Unit::kShare, "waits for this lock can't be seen")
      .bounded(at_least && ratio && *ratio > 0 ? Bound::kAtMost : Bound::kNone);
}

Table acquisition_table(const LabelledRun& run, const Taxonomy& taxonomy, By by) {
  Table table;
  table.id = by == By::kClass ? "acquisitions" : "acquisitions_by_path";
  table.heading = by == By::kClass ? "Acquisitions" : "Acquisitions by call path";
  const AcquisitionCounts counts(run.run, taxonomy);
  if (!counts.measured()) {
    if (by == By::kClass)
      table.note = fmt::format("acquisitions, contention ratio: not measured ({})", counts.why_not());
    return table;
  }
  const Run* const pointer = &run.run;
  const WorkUnit unit = default_work_unit(std::span(&pointer, 1));
  const double work = work_in(run.run, unit);
  table.columns = {names_column(by == By::kClass ? "acquisitions" : "acquisitions × call path"),
                   {"acquisitions", "acquired", "How often the locks were taken.", Unit::kCount},
                   {"acquisitions_per_unit", fmt::format("per {}", singular_of(unit)),
                    "How often the locks were taken, divided by work.", Unit::kNumber},
                   {"contentions", "contended", "Acquisitions that had to wait.", Unit::kCount},
                   slice_measure("contention_ratio").column};
  table.columns.back().title = "ratio";
  for (const AcquisitionRow& row : acquisition_rows(run, taxonomy, by)) {
    const bool at_least = row.acquisitions.at_least;
    const Bound bound = at_least ? Bound::kAtLeast : Bound::kNone;
    table.rows.push_back(
        {Figure::words(row.name), Figure::count(row.acquisitions.count).bounded(bound),
         work > 0 ? Figure::of(static_cast<double>(row.acquisitions.count) / work, Unit::kNumber).bounded(bound)
                  : Figure::not_measured("no work was counted"),
         Figure::count(row.contentions), ratio_figure(row.ratio, at_least)});
  }
  if (by == By::kClass) table.note = spinlock_note(run.run);
  return table;
}

Figure off_cpu_figure(const HoldStats& stats) {
  if (!stats.off_cpu_ns) return Figure::not_measured("recorded without it");
  return Figure::share(static_cast<double>(*stats.off_cpu_ns), static_cast<double>(stats.holds.sums.wait_ns));
}

Figure threads_figure(const HoldStats& stats) {
  const auto threads = count_distinct(stats.threads);
  return threads ? Figure::of(std::round(*threads), Unit::kNumber) : Figure();
}

Table hold_table(const LabelledRun& run, const Taxonomy& taxonomy) {
  Table table;
  table.id = "holds";
  table.heading = "Hold times";
  if (const std::string why = holds_why_not(run.run); !why.empty()) {
    table.note = fmt::format("hold times: not measured ({})", why);
    return table;
  }
  const bool by_path = run.run.facts.knows.acquisition_paths;
  table.columns = {
      names_column(by_path ? "held × call path" : "held"),
      {"samples", "samples", "Holds that were timed.", Unit::kCount},
      {"mean_ns", "mean", "Mean hold time.", Unit::kNs},
      {"p50_ns", "p50", "The median hold time.", Unit::kNs},
      {"p99_ns", "p99", "99 of 100 holds were shorter.", Unit::kNs},
      {"max_ns", "max", "The longest hold.", Unit::kNs},
      {"backlog_share", "backlog", "Of the hold time, what went into segments that arrived meanwhile.", Unit::kShare},
      {"off_cpu_share", "off CPU", "Of the hold time, in which the holder did not run.", Unit::kShare},
      {"threads", "threads", "Distinct threads among the holds that were timed, to 13%.", Unit::kNumber}};
  for (const HoldStats& stats : hold_stats(run.run, taxonomy, by_path))
    table.rows.push_back(
        {Figure::words(class_name(taxonomy, stats.lock_class, stats.path)), Figure::count(stats.samples),
         Figure::of(stats.holds.mean_ns(), Unit::kNs), hold_quantile(stats, 0.5), hold_quantile(stats, 0.99),
         Figure::whole(stats.holds.sums.wait_max_ns, Unit::kNs),
         stats.backlogs == 0
             ? Figure()
             : Figure::share(static_cast<double>(stats.backlog_ns), static_cast<double>(stats.holds.sums.wait_ns)),
         off_cpu_figure(stats), threads_figure(stats)});
  if (!run.run.facts.origin.empty()) {
    table.note = fmt::format("of every hold, as {} has them", run.run.facts.origin);
    return table;
  }
  table.note =
      "sampled; of a table's locks: the span of the function that takes one, an upper bound, or with --probe-spinlocks "
      "the lock's own time. Backlog: of the hold "
      "time, what went into segments that arrived in the meantime";
  return table;
}

Table holder_table(const LabelledRun& run, bool of_table) {
  Table table;
  table.id = of_table ? "table_holders" : "socket_holders";
  table.heading = of_table ? "Who held the table's lock: waiter × holder" : "Who held the socket: waiter × holder";
  const std::string why = holds_why_not(run.run);
  if (!why.empty()) {
    if (!of_table) table.note = fmt::format("who held it: not measured ({})", why);
    return table;
  }
  const std::vector<HolderCell> matrix = holder_matrix(run);
  const auto all_ns = static_cast<double>(total_wait_ns(matrix, of_table));
  table.columns = {names_column(of_table ? "waits for a bucket's lock" : "waits for the owner"),
                   {"waits", "waits", "Waits by who waited and who held.", Unit::kCount},
                   {"wait_ns", "wait", "Sum of wait times.", Unit::kNs},
                   {"share", "share", "Of the wait in this table.", Unit::kShare}};
  for (const HolderCell& cell : matrix) {
    if (cell.of_table != of_table) continue;
    table.rows.push_back({Figure::words(waits_for_text(cell.waiter, cell.holder)), Figure::count(cell.waits),
                          Figure::whole(cell.wait_ns, Unit::kNs),
                          Figure::share(static_cast<double>(cell.wait_ns), all_ns)});
  }
  if (!of_table && table.rows.empty())
    table.note = run.run.facts.origin.empty() ? "nothing waited for the owner of a socket"
                                              : fmt::format("who held it: {} does not say", run.run.facts.origin);
  if (of_table && !table.rows.empty())
    table.note = "by waits whose call stack was taken, which stand for all; partly inferred (docs/level2.md)";
  return table;
}

Table holder_function_table(const LabelledRun& run, const Taxonomy& taxonomy) {
  Table table;
  table.id = "holder_functions";
  table.heading = "What holders were in";
  table.columns = {names_column("lock class: waiter × holder, in"),
                   {"waits", "waits", "Waits by what the holder was in.", Unit::kCount},
                   {"wait_ns", "wait", "Sum of wait times.", Unit::kNs}};
  for (const HolderDetail& row : holder_details(run)) {
    if (!row.cell.holder || row.function.empty()) continue;
    table.rows.push_back({Figure::words(fmt::format("{}: {} × {}, {}", taxonomy.at(row.lock_class).name,
                                                    name_of(row.cell.waiter), name_of(*row.cell.holder), row.function)),
                          Figure::count(row.cell.waits), Figure::whole(row.cell.wait_ns, Unit::kNs)});
  }
  if (!table.rows.empty())
    table.note = "of waits whose holder's stack was taken, or its function noted: the same sample as waiters' stacks";
  return table;
}

Table owner_table(const LabelledRun& run, const Taxonomy& taxonomy) {
  Table table;
  table.id = "owners";
  table.heading = "Who owned locks that others slept for: waiter × owner";
  const std::vector<OwnerCell> matrix = owner_matrix(run);
  if (matrix.empty()) return table;
  table.columns = {
      names_column("lock class: waiter × owner"),
      {"waits", "waits", "Waits by who waited and who owned the lock.", Unit::kCount},
      {"wait_ns", "wait", "Sum of wait times.", Unit::kNs},
      {"contended_ns", "held", "Time in which owners held the lock and others waited, each moment once.", Unit::kNs},
      {"running", "ran", "Of that time: the owner was running when the wait began.", Unit::kShare},
      {"runnable", "no CPU", "The owner could have run, and had no CPU.", Unit::kShare},
      {"asleep", "slept", "The owner was asleep.", Unit::kShare}};
  for (const OwnerCell& cell : matrix) {
    const auto wait_ns = static_cast<double>(cell.wait_ns);
    // Traces that lack the time that it was held have the wait.
    const bool knows_held = cell.contended_ns > 0;
    const auto share = [&](OwnerState state) {
      if (!cell.owner) return Figure::not_measured("it is not known who owned it");
      const auto& by_state = knows_held ? cell.contended_ns_by_state : cell.wait_ns_by_state;
      return Figure::share(static_cast<double>(by_state[static_cast<std::size_t>(state)]),
                           knows_held ? static_cast<double>(cell.contended_ns) : wait_ns);
    };
    const Figure held = knows_held ? Figure::whole(cell.contended_ns, Unit::kNs)
                                   : Figure::not_measured("how long it was held while others waited is not known");
    table.rows.push_back(
        {Figure::words(fmt::format("{}: {} × {}", taxonomy.at(cell.lock_class).name, name_of(cell.waiter),
                                   cell.owner ? name_of(*cell.owner) : "not known")),
         Figure::count(cell.waits), Figure::whole(cell.wait_ns, Unit::kNs), held, share(OwnerState::kRunning),
         share(OwnerState::kRunnable), share(OwnerState::kAsleep)});
  }
  table.note =
      "of mutexes, rwsems and rt-mutexes, by waits whose call stack was taken, which stand for all; readers of a rwsem "
      "are not known";
  return table;
}

Table owner_detail_table(const LabelledRun& run, const Taxonomy& taxonomy) {
  Table table;
  table.id = "owner_threads";
  table.heading = "What owners did";
  table.columns = {names_column("lock class: owner, what it did"),
                   {"cgroup", "cgroup", "Of the owner.", Unit::kNone, Align::kLeft},
                   {"waits", "waits", "Waits for it.", Unit::kCount},
                   {"wait_ns", "wait", "Sum of wait times.", Unit::kNs}};
  for (const OwnerDetail& row : owner_details(run)) {
    std::string text = fmt::format("{}: {}, {}", taxonomy.at(row.lock_class).name, row.owner, name_of(row.state));
    if (!row.function.empty()) text += " in " + row.function;
    if (!row.root.empty()) text += fmt::format(", waits for {}", row.root);
    table.rows.push_back({Figure::words(text), Figure::words(row.cgroup), Figure::count(row.waits),
                          Figure::whole(row.wait_ns, Unit::kNs)});
  }
  return table;
}

Table cpu_table(const LabelledRun& run, bool by_function) {
  Table table;
  if (run.run.cpu_profile.hz == 0) return table;
  const CpuSlices slices = cpu_slices(run);
  table.id = by_function ? "cpu_by_function" : "cpu_by_path";
  table.heading = by_function ? "What the kernel ran, by function" : "What the kernel ran, by call path";
  table.columns = {
      names_column(by_function ? "on the CPU in the kernel: function" : "on the CPU in the kernel: call path"),
      {"samples", "samples", "Samples that found the kernel there.", Unit::kCount},
      {"cpu_ns", "CPU time", "What the samples stand for.", Unit::kNs},
      {"share", "share", "Of all samples of CPUs that were not idle.", Unit::kShare}};
  for (const CpuSlice& slice : by_function ? slices.by_function : slices.by_path)
    table.rows.push_back({Figure::words(slice.name), Figure::count(slice.samples),
                          Figure::of(cpu_ns(run.run, slice.samples), Unit::kNs),
                          Figure::share(static_cast<double>(slice.samples), static_cast<double>(slices.all))});
  if (!by_function)
    table.note = fmt::format("{} samples a second of each CPU that was not idle; {} of {} were outside the kernel",
                             run.run.cpu_profile.hz, format_count(static_cast<double>(slices.user)),
                             format_count(static_cast<double>(slices.all)));
  return table;
}

}  // namespace

std::string class_name(const Taxonomy& taxonomy, ClassId lock_class, std::optional<CallPath> path) {
  const std::string& name = taxonomy.at(lock_class).name;
  return path ? fmt::format("{} × {}", name, name_of(*path)) : name;
}

std::vector<AcquisitionRow> acquisition_rows(const LabelledRun& run, const Taxonomy& taxonomy, By by) {
  const AcquisitionCounts counts(run.run, taxonomy);
  const std::vector<Slice> slices = break_down(run, taxonomy, by);
  std::vector<AcquisitionRow> rows;
  const auto add = [&](ClassId lock_class, std::optional<CallPath> path) {
    const auto acquisitions = path ? counts.of(lock_class, *path) : counts.of(lock_class);
    if (!acquisitions || acquisitions->count == 0) return;
    const auto slice = std::find_if(slices.begin(), slices.end(),
                                    [&](const Slice& s) { return s.lock_class == lock_class && s.path == path; });
    AcquisitionRow row{class_name(taxonomy, lock_class, path), lock_class, path, *acquisitions, 0, std::nullopt};
    if (slice != slices.end()) row.contentions = slice->stats.sums.contentions;
    row.ratio = contention_ratio(run.run, taxonomy, lock_class, row.contentions, acquisitions);
    rows.push_back(std::move(row));
  };
  for (const ClassId lock_class : counts.classes()) {
    if (by == By::kClass) {
      add(lock_class, std::nullopt);
      continue;
    }
    for (std::size_t path = 0; path < kCallPaths; ++path) add(lock_class, static_cast<CallPath>(path));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const AcquisitionRow& a, const AcquisitionRow& b) {
    return a.acquisitions.count > b.acquisitions.count;
  });
  return rows;
}

Figure hold_quantile(const HoldStats& stats, double q) {
  if (!stats.holds.knows_lengths()) return Figure::not_measured("only sums are known, not single holds");
  return Figure::of(stats.holds.quantile_ns(q), Unit::kNs);
}

std::string waits_for_text(CallPath waiter, const std::optional<CallPath>& holder) {
  return fmt::format("{} waits for {}", name_of(waiter), holder ? name_of(*holder) : "(not known)");
}

std::vector<Table> acquisition_and_hold_tables(const LabelledRun& run, const Taxonomy& taxonomy, std::size_t limit) {
  const AcquisitionCounts counts(run.run, taxonomy);
  std::vector<Table> tables;
  if (!counts.measured() && !holds_why_not(run.run).empty()) {
    Table& nothing = tables.emplace_back();
    nothing.id = "acquisitions";
    nothing.heading = "Acquisitions, hold times, holders";
    nothing.note =
        fmt::format("acquisitions, contention ratio, hold times, holders: not measured ({})", counts.why_not());
  } else {
    tables = {acquisition_table(run, taxonomy, By::kClass),
              acquisition_table(run, taxonomy, By::kClassPath),
              hold_table(run, taxonomy),
              holder_table(run, false),
              holder_table(run, true),
              holder_function_table(run, taxonomy)};
  }
  tables.push_back(owner_table(run, taxonomy));
  tables.push_back(owner_detail_table(run, taxonomy));
  for (const bool by_function : {false, true}) tables.push_back(cpu_table(run, by_function));
  std::erase_if(tables, [](const Table& table) { return table.rows.empty() && table.note.empty(); });
  for (Table& table : tables) table.cut_rows(limit);
  return tables;
}

}  // namespace socklock::analyzer
