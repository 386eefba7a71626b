// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/render/level2.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "analyzer/measure/breakdown.h"
#include "analyzer/measure/cpu_profile.h"
#include "analyzer/measure/holders.h"
#include "analyzer/measure/holds.h"
#include "analyzer/measure/work_unit.h"
#include "analyzer/render/json_values.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

using Json = nlohmann::ordered_json;

// Of one class, or of one class on one call path.
struct AcquisitionRow {
  std::string name;
  ClassId lock_class = kUnclassified;
  std::optional<CallPath> path;
  Acquisitions acquisitions;
  std::uint64_t contentions = 0;
  std::optional<double> ratio;
};

// Most acquisitions first; by class, or by class and path. What was not acquired is left out.
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

std::string spinlock_note(const Run& run) {
  if (run.facts.spinlock_mode == SpinlockMode::kTestAndSet)
    return "waits for spinlocks are not seen with test-and-set spinlocks, so they have no contention ratio";
  if (run.facts.spinlock_mode == SpinlockMode::kNative)
    return "the first waiter of a native spinlock is not seen: contention ratios of spinlocks are lower bounds";
  return "";
}

FigureTable acquisition_table(const LabelledRun& run, const Taxonomy& taxonomy, By by) {
  FigureTable table;
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
  table.titles = {by == By::kClass ? "acquisitions" : "acquisitions × call path", "acquired",
                  fmt::format("per {}", singular_of(unit)), "contended", "ratio"};
  for (const AcquisitionRow& row : acquisition_rows(run, taxonomy, by))
    table.rows.push_back(
        {row.name, acquisitions_text(row.acquisitions), work > 0 ? acquisitions_text(row.acquisitions, work) : "",
         format_count(static_cast<double>(row.contentions)), ratio_text(row.ratio, row.acquisitions.at_least)});
  if (by == By::kClass) table.note = spinlock_note(run.run);
  return table;
}

FigureTable hold_table(const LabelledRun& run, const Taxonomy& taxonomy) {
  FigureTable table;
  table.heading = "Hold times";
  if (const std::string why = holds_why_not(run.run); !why.empty()) {
    table.note = fmt::format("hold times: not measured ({})", why);
    return table;
  }
  const bool by_path = run.run.facts.knows.acquisition_paths;
  const auto quantile = [&](const HoldStats& stats, double q) {
    return knows_distribution(run.run.facts) ? format_ns(stats.holds.quantile_ns(q)) : "–";
  };
  table.titles = {by_path ? "held × call path" : "held", "samples", "mean", "p50", "p99", "max", "backlog"};
  for (const HoldStats& stats : hold_stats(run.run, taxonomy, by_path)) {
    const auto hold_ns = static_cast<double>(stats.holds.sums.wait_ns);
    table.rows.push_back(
        {class_name(taxonomy, stats.lock_class, stats.path), format_count(static_cast<double>(stats.samples)),
         format_ns(stats.holds.mean_ns()), quantile(stats, 0.5), quantile(stats, 0.99),
         format_ns(static_cast<double>(stats.holds.sums.wait_max_ns)),
         stats.backlogs == 0 || hold_ns <= 0 ? "" : format_percent(static_cast<double>(stats.backlog_ns) / hold_ns)});
  }
  if (!run.run.facts.origin.empty()) {
    table.note = fmt::format("of every hold, as {} has them", run.run.facts.origin);
    return table;
  }
  table.note =
      "sampled; of a table's locks: the span of the function that takes one, an upper bound. Backlog: of the hold "
      "time, what went into segments that came meanwhile";
  return table;
}

std::string holder_name(const std::optional<CallPath>& holder) {
  return holder ? std::string(name_of(*holder)) : "(not known)";
}

FigureTable holder_table(const LabelledRun& run, bool of_table) {
  FigureTable table;
  table.heading = of_table ? "Who held the table's lock: waiter × holder" : "Who held the socket: waiter × holder";
  const std::string why = holds_why_not(run.run);
  if (!why.empty()) {
    if (!of_table) table.note = fmt::format("who held it: not measured ({})", why);
    return table;
  }
  const std::vector<HolderCell> matrix = holder_matrix(run);
  const auto all_ns = static_cast<double>(total_wait_ns(matrix, of_table));
  table.titles = {of_table ? "waits for a bucket's lock" : "waits for the owner", "waits", "wait", "share"};
  for (const HolderCell& cell : matrix) {
    if (cell.of_table != of_table) continue;
    table.rows.push_back({fmt::format("{} waits for {}", name_of(cell.waiter), holder_name(cell.holder)),
                          format_count(static_cast<double>(cell.waits)), format_ns(static_cast<double>(cell.wait_ns)),
                          format_percent(all_ns > 0 ? static_cast<double>(cell.wait_ns) / all_ns : 0)});
  }
  if (!of_table && table.rows.empty()) table.note = "nothing waited for the owner of a socket";
  if (of_table && !table.rows.empty())
    table.note = "by waits whose call stack was taken, which stand for all; partly inferred (docs/level2.md)";
  return table;
}

FigureTable holder_function_table(const LabelledRun& run, const Taxonomy& taxonomy) {
  FigureTable table;
  table.heading = "What holders were in";
  table.titles = {"lock class: waiter × holder, in", "waits", "wait"};
  for (const HolderDetail& row : holder_details(run)) {
    if (!row.cell.holder || row.function.empty()) continue;
    table.rows.push_back({fmt::format("{}: {} × {}, {}", taxonomy.at(row.lock_class).name, name_of(row.cell.waiter),
                                      name_of(*row.cell.holder), row.function),
                          format_count(static_cast<double>(row.cell.waits)),
                          format_ns(static_cast<double>(row.cell.wait_ns))});
  }
  if (!table.rows.empty())
    table.note = "of waits whose holder's stack was taken, or its function noted: the same sample as waiters' stacks";
  return table;
}

FigureTable cpu_table(const LabelledRun& run, bool by_function) {
  FigureTable table;
  if (run.run.cpu_profile.hz == 0) return table;
  const CpuSlices slices = cpu_slices(run);
  table.heading = by_function ? "What the kernel ran, by function" : "What the kernel ran, by call path";
  table.titles = {by_function ? "on the CPU in the kernel: function" : "on the CPU in the kernel: call path", "samples",
                  "CPU time", "share"};
  for (const CpuSlice& slice : by_function ? slices.by_function : slices.by_path)
    table.rows.push_back({slice.name, format_count(static_cast<double>(slice.samples)),
                          format_ns(cpu_ns(run.run, slice.samples)),
                          format_percent(static_cast<double>(slice.samples) /
                                         static_cast<double>(std::max<std::uint64_t>(1, slices.all)))});
  if (!by_function)
    table.note = fmt::format("{} samples a second of each CPU that was not idle; {} of {} were outside the kernel",
                             run.run.cpu_profile.hz, format_count(static_cast<double>(slices.user)),
                             format_count(static_cast<double>(slices.all)));
  return table;
}

Json path_json(const std::optional<CallPath>& path) { return path ? Json(name_of(*path)) : Json(nullptr); }

}  // namespace

std::string class_name(const Taxonomy& taxonomy, ClassId lock_class, std::optional<CallPath> path) {
  const std::string& name = taxonomy.at(lock_class).name;
  return path ? fmt::format("{} × {}", name, name_of(*path)) : name;
}

void FigureTable::cut(std::size_t limit) {
  if (limit == 0 || rows.size() <= limit) return;
  more = rows.size() - limit;
  rows.resize(limit);
}

std::string acquisitions_text(const Acquisitions& acquisitions, double work) {
  const auto count = static_cast<double>(acquisitions.count);
  return (acquisitions.at_least ? "≥ " : "") + (work == 0 ? format_count(count) : format_number(count / work, 3));
}

std::string ratio_text(const std::optional<double>& ratio, bool at_least) {
  if (!ratio) return "not seen";
  return (at_least && *ratio > 0 ? "≤ " : "") + format_percent(*ratio);
}

std::vector<FigureTable> level2_tables(const LabelledRun& run, const Taxonomy& taxonomy, std::size_t limit) {
  const AcquisitionCounts counts(run.run, taxonomy);
  std::vector<FigureTable> tables;
  if (!counts.measured() && !holds_why_not(run.run).empty()) {
    FigureTable& nothing = tables.emplace_back();
    nothing.heading = "Acquisitions, hold times, holders";
    nothing.note =
        fmt::format("acquisitions, contention ratio, hold times, holders: not measured ({})", counts.why_not());
    tables.insert(tables.end(), {cpu_table(run, false), cpu_table(run, true)});
  } else {
    tables = {acquisition_table(run, taxonomy, By::kClass),
              acquisition_table(run, taxonomy, By::kClassPath),
              hold_table(run, taxonomy),
              holder_table(run, false),
              holder_table(run, true),
              holder_function_table(run, taxonomy),
              cpu_table(run, false),
              cpu_table(run, true)};
  }
  tables.erase(std::remove_if(tables.begin(), tables.end(),
                              [](const FigureTable& table) { return table.rows.empty() && table.note.empty(); }),
               tables.end());
  for (FigureTable& table : tables) table.cut(limit);
  return tables;
}

Json acquisitions_json(const LabelledRun& run, const Taxonomy& taxonomy) {
  const AcquisitionCounts counts(run.run, taxonomy);
  Json document{{"measured", counts.measured()}, {"reason", counts.why_not()}, {"by_class_path", Json::array()}};
  for (const By by : {By::kClass, By::kClassPath})
    for (const AcquisitionRow& row : acquisition_rows(run, taxonomy, by))
      document["by_class_path"].push_back({{"class", taxonomy.at(row.lock_class).name},
                                           {"role", name_of(taxonomy.at(row.lock_class).role)},
                                           {"path", path_json(row.path)},
                                           {"acquisitions", row.acquisitions.count},
                                           {"at_least", row.acquisitions.at_least},
                                           {"contentions", row.contentions},
                                           {"contention_ratio", or_null(row.ratio)}});
  Json& calls = document["calls"] = Json::array();
  std::map<std::string, std::uint64_t> by_function;
  for (const CallCount& call : run.run.calls) by_function[run.run.dictionaries.at(call.function).symbol] += call.calls;
  for (const auto& [function, count] : by_function) calls.push_back({{"function", function}, {"calls", count}});
  return document;
}

Json holds_json(const LabelledRun& run, const Taxonomy& taxonomy) {
  const std::string why = holds_why_not(run.run);
  Json document{{"measured", why.empty()}, {"reason", why}, {"by_class_path", Json::array()}};
  const auto quantile = [&](const HoldStats& stats, double q) {
    return knows_distribution(run.run.facts) ? Json(stats.holds.quantile_ns(q)) : Json();
  };
  for (const bool by_path : {false, true})
    for (const HoldStats& stats : hold_stats(run.run, taxonomy, by_path))
      document["by_class_path"].push_back({{"class", taxonomy.at(stats.lock_class).name},
                                           {"role", name_of(taxonomy.at(stats.lock_class).role)},
                                           {"path", path_json(stats.path)},
                                           {"samples", stats.samples},
                                           {"holds", stats.holds.sums.contentions},
                                           {"hold_ns", stats.holds.sums.wait_ns},
                                           {"mean_ns", stats.holds.mean_ns()},
                                           {"p50_ns", quantile(stats, 0.5)},
                                           {"p90_ns", quantile(stats, 0.9)},
                                           {"p99_ns", quantile(stats, 0.99)},
                                           {"max_ns", stats.holds.sums.wait_max_ns},
                                           {"backlog_ns", stats.backlog_ns},
                                           {"backlogs", stats.backlogs}});
  return document;
}

Json holders_json(const LabelledRun& run, const Taxonomy& taxonomy) {
  const std::string why = holds_why_not(run.run);
  Json document{{"measured", why.empty()}, {"reason", why}, {"matrix", Json::array()}, {"by_function", Json::array()}};
  const std::vector<HolderCell> matrix = holder_matrix(run);
  const std::array all_of{total_wait_ns(matrix, false), total_wait_ns(matrix, true)};
  for (const HolderCell& cell : matrix) {
    const auto all_ns = static_cast<double>(all_of[cell.of_table ? 1 : 0]);
    document["matrix"].push_back({{"lock", cell.of_table ? "table" : "socket"},
                                  {"waiter_path", name_of(cell.waiter)},
                                  {"holder_path", path_json(cell.holder)},
                                  {"waits", cell.waits},
                                  {"wait_ns", cell.wait_ns},
                                  {"share", all_ns > 0 ? static_cast<double>(cell.wait_ns) / all_ns : 0}});
  }
  for (const HolderDetail& row : holder_details(run))
    document["by_function"].push_back({{"class", taxonomy.at(row.lock_class).name},
                                       {"waiter_path", name_of(row.cell.waiter)},
                                       {"holder_path", path_json(row.cell.holder)},
                                       {"holder_function", row.function.empty() ? Json(nullptr) : Json(row.function)},
                                       {"waits", row.cell.waits},
                                       {"wait_ns", row.cell.wait_ns}});
  return document;
}

Json cpu_profile_json(const LabelledRun& run) {
  if (run.run.cpu_profile.hz == 0) return nullptr;
  const CpuSlices slices = cpu_slices(run);
  Json document{{"hz", run.run.cpu_profile.hz}, {"samples", slices.all}, {"user_samples", slices.user}};
  const auto rows = [&run](const char* key, const std::vector<CpuSlice>& of) {
    Json list = Json::array();
    for (const CpuSlice& slice : of)
      list.push_back({{key, slice.name}, {"samples", slice.samples}, {"cpu_ns", cpu_ns(run.run, slice.samples)}});
    return list;
  };
  document["by_path"] = rows("path", slices.by_path);
  document["by_function"] = rows("function", slices.by_function);
  return document;
}

}  // namespace socklock::analyzer
