// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <map>

#include "analyzer/document/acquisitions_and_holds.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/cpu_profile.h"
#include "analyzer/measure/distinct.h"
#include "analyzer/measure/holders.h"
#include "analyzer/measure/holds.h"
#include "analyzer/measure/owners.h"

namespace socklock::analyzer {
namespace {

Value hold_data(const HoldStats& stats, const Taxonomy& taxonomy) {
  const auto threads = count_distinct(stats.threads);
  return Value::Object{{"class", taxonomy.at(stats.lock_class).name},
                       {"role", name_of(taxonomy.at(stats.lock_class).role)},
                       {"path", path_data(stats.path)},
                       {"samples", stats.samples},
                       {"holds", stats.holds.sums.contentions},
                       {"hold_ns", stats.holds.sums.wait_ns},
                       {"mean_ns", stats.holds.mean_ns()},
                       {"p50_ns", hold_quantile(stats, 0.5)},
                       {"p90_ns", hold_quantile(stats, 0.9)},
                       {"p99_ns", hold_quantile(stats, 0.99)},
                       {"max_ns", stats.holds.sums.wait_max_ns},
                       {"backlog_ns", stats.backlog_ns},
                       {"backlogs", stats.backlogs},
                       {"off_cpu_ns", stats.off_cpu_ns ? Value(*stats.off_cpu_ns) : Value()},
                       {"threads", threads ? Value(*threads) : Value()}};
}

Value calls_data(const Run& run) {
  std::map<std::string, std::uint64_t> by_function;
  for (const CallCount& call : run.calls) by_function[run.dictionaries.at(call.function).symbol] += call.calls;
  return list_of(by_function, [](const auto& entry) {
    return Value::Object{{"function", entry.first}, {"calls", entry.second}};
  });
}

}  // namespace

Value path_data(const std::optional<CallPath>& path) { return path ? Value(name_of(*path)) : Value(); }

Value acquisitions_data(const LabelledRun& run, const Taxonomy& taxonomy) {
  const AcquisitionCounts counts(run.run, taxonomy);
  Value rows = Value::List{};
  for (const By by : {By::kClass, By::kClassPath})
    for (const AcquisitionRow& row : acquisition_rows(run, taxonomy, by))
      rows.add(Value::Object{{"class", taxonomy.at(row.lock_class).name},
                             {"role", name_of(taxonomy.at(row.lock_class).role)},
                             {"path", path_data(row.path)},
                             {"acquisitions", row.acquisitions.count},
                             {"at_least", row.acquisitions.at_least},
                             {"contentions", row.contentions},
                             {"contention_ratio", row.ratio}});
  return Value::Object{{"measured", counts.measured()},
                       {"reason", counts.why_not()},
                       {"by_class_path", std::move(rows)},
                       {"calls", calls_data(run.run)}};
}

Value holds_data(const LabelledRun& run, const Taxonomy& taxonomy) {
  const std::string why = holds_why_not(run.run);
  Value rows = Value::List{};
  for (const bool by_path : {false, true})
    for (const HoldStats& stats : hold_stats(run.run, taxonomy, by_path)) rows.add(hold_data(stats, taxonomy));
  return Value::Object{{"measured", why.empty()}, {"reason", why}, {"by_class_path", std::move(rows)}};
}

Value holders_data(const LabelledRun& run, const Taxonomy& taxonomy) {
  const std::string why = holds_why_not(run.run);
  const std::vector<HolderCell> matrix = holder_matrix(run);
  const std::array all_of{total_wait_ns(matrix, false), total_wait_ns(matrix, true)};
  const auto cell_data = [&all_of](const HolderCell& cell) {
    const auto all_ns = static_cast<double>(all_of[cell.of_table ? 1 : 0]);
    return Value::Object{{"lock", cell.of_table ? "table" : "socket"},
                         {"waiter_path", name_of(cell.waiter)},
                         {"holder_path", path_data(cell.holder)},
                         {"waits", cell.waits},
                         {"wait_ns", cell.wait_ns},
                         {"share", all_ns > 0 ? static_cast<double>(cell.wait_ns) / all_ns : 0}};
  };
  const auto detail_data = [&taxonomy](const HolderDetail& row) {
    return Value::Object{{"class", taxonomy.at(row.lock_class).name},
                         {"waiter_path", name_of(row.cell.waiter)},
                         {"holder_path", path_data(row.cell.holder)},
                         {"holder_function", row.function.empty() ? Value() : Value(row.function)},
                         {"waits", row.cell.waits},
                         {"wait_ns", row.cell.wait_ns}};
  };
  return Value::Object{{"measured", why.empty()},
                       {"reason", why},
                       {"matrix", list_of(matrix, cell_data)},
                       {"by_function", list_of(holder_details(run), detail_data)}};
}

Value owners_data(const LabelledRun& run, const Taxonomy& taxonomy) {
  const auto cell_data = [&taxonomy](const OwnerCell& cell) {
    Value row = Value::Object{{"class", taxonomy.at(cell.lock_class).name},
                              {"waiter_path", name_of(cell.waiter)},
                              {"owner_path", path_data(cell.owner)},
                              {"waits", cell.waits},
                              {"wait_ns", cell.wait_ns},
                              {"contended_ns", cell.contended_ns}};
    for (const auto& [key, state] : {std::pair{"running_ns", OwnerState::kRunning},
                                     {"runnable_ns", OwnerState::kRunnable},
                                     {"asleep_ns", OwnerState::kAsleep}})
      row.add(key, cell.wait_ns_by_state[static_cast<std::size_t>(state)]);
    return row;
  };
  const auto text_or_null = [](const std::string& text) { return text.empty() ? Value() : Value(text); };
  const auto detail_data = [&](const OwnerDetail& row) {
    return Value::Object{{"class", taxonomy.at(row.lock_class).name},
                         {"owner", row.owner},
                         {"cgroup", row.cgroup},
                         {"state", name_of(row.state)},
                         {"function", text_or_null(row.function)},
                         {"root", text_or_null(row.root)},
                         {"waits", row.waits},
                         {"wait_ns", row.wait_ns},
                         {"contended_ns", row.contended_ns}};
  };
  return Value::Object{{"matrix", list_of(owner_matrix(run), cell_data)},
                       {"by_owner", list_of(owner_details(run), detail_data)}};
}

Value cpu_profile_data(const LabelledRun& run) {
  if (run.run.cpu_profile.hz == 0) return {};
  const CpuSlices slices = cpu_slices(run);
  const auto rows = [&run](const char* key, const std::vector<CpuSlice>& of) {
    return list_of(of, [&run, key](const CpuSlice& slice) {
      return Value::Object{{key, slice.name}, {"samples", slice.samples}, {"cpu_ns", cpu_ns(run.run, slice.samples)}};
    });
  };
  return Value::Object{{"hz", run.run.cpu_profile.hz},
                       {"samples", slices.all},
                       {"user_samples", slices.user},
                       {"by_path", rows("path", slices.by_path)},
                       {"by_function", rows("function", slices.by_function)}};
}

}  // namespace socklock::analyzer
