// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "analyzer/render/compare_level2.h"
#include "analyzer/render/compare_text.h"
#include "analyzer/render/json_values.h"

namespace socklock::analyzer {
namespace {

using Json = nlohmann::ordered_json;

Json effect_json(const Effect& effect) {
  return {{"ratio", or_null(effect.ratio)}, {"low", or_null(effect.low)},
          {"high", or_null(effect.high)},   {"p", or_null(effect.p)},
          {"q", or_null(effect.q)},         {"runs_to_decide", or_null(effect.runs_more)}};
}

Json measures_json(const SideMeasures& measures) {
  const WaitStats& stats = measures.stats;
  return {{"contentions", stats.sums.contentions},
          {"gave_up", stats.sums.gave_up},
          {"wait_ns", stats.sums.wait_ns},
          {"contentions_per_unit", measures.contentions_per_unit},
          {"wait_ns_per_unit", measures.wait_ns_per_unit},
          {"wait_share", measures.wait_share},
          {"mean_ns", stats.mean_ns()},
          {"p50_ns", stats.quantile_ns(0.5)},
          {"p90_ns", stats.quantile_ns(0.9)},
          {"p99_ns", stats.quantile_ns(0.99)},
          {"p999_ns", stats.quantile_ns(0.999)},
          {"max_ns", stats.sums.wait_max_ns},
          {"acquisitions", nullptr},
          {"acquisitions_per_unit", nullptr},
          {"acquisitions_at_least", false},
          {"contention_ratio", nullptr}};
}

// Into the measures of a side.
void add_acquired(Json& measures, const std::optional<AcquiredSide>& side) {
  if (!side) return;
  measures["acquisitions"] = side->acquisitions;
  measures["acquisitions_per_unit"] = side->per_unit;
  measures["acquisitions_at_least"] = side->at_least;
  measures["contention_ratio"] = or_null(side->contention_ratio);
}

Json slice_json(const SliceComparison& slice, const Taxonomy& taxonomy, const Comparison& comparison) {
  Json row;
  if (slice.lock_class) row["class"] = taxonomy.at(*slice.lock_class).name;
  if (slice.role) row["role"] = name_of(*slice.role);
  row["path"] = slice.path ? Json(name_of(*slice.path)) : Json(nullptr);
  row["before"] = measures_json(slice.before);
  row["after"] = measures_json(slice.after);
  if (slice.lock_class)
    if (const AcquiredComparison* acquired = find_acquired(comparison, *slice.lock_class, slice.path)) {
      add_acquired(row["before"], acquired->before);
      add_acquired(row["after"], acquired->after);
    }
  row["effect"] = effect_json(slice.effect);
  row["verdict"] = name_of(slice.verdict);
  return row;
}

Json headline_json(const SliceComparison& headline) {
  return {{"measure", "wait_ns_per_unit"},
          {"locks", headline.name},
          {"before", headline.before.wait_ns_per_unit},
          {"after", headline.after.wait_ns_per_unit},
          {"before_measures", measures_json(headline.before)},
          {"after_measures", measures_json(headline.after)},
          {"effect", effect_json(headline.effect)},
          {"verdict", name_of(headline.verdict)}};
}

Json side_json(const SideSummary& side) {
  return {{"files", side.files},       {"label", side.label},
          {"workload", side.workload}, {"work", side.work},
          {"seconds", side.seconds},   {"cpu_ns_per_unit", side.cpu_ns_per_unit},
          {"lost", side.lost},         {"contentions", side.contentions}};
}

Json moved_json(const MovedWait& moved, const Taxonomy& taxonomy) {
  Json row{{"class", taxonomy.at(moved.lock_class).name},
           {"role", name_of(moved.role)},
           {"before_ns", moved.before_ns},
           {"after_ns", moved.after_ns},
           {"delta_ns", moved.after_ns - moved.before_ns},
           {"fate", name_of(moved.fate)},
           {"counterparts", Json::array()},
           {"paths", Json::array()}};
  for (const ClassId counterpart : moved.counterparts) row["counterparts"].push_back(taxonomy.at(counterpart).name);
  const auto change = [](const auto& part) {
    return Json{
        {"before_ns", part.before_ns}, {"after_ns", part.after_ns}, {"delta_ns", part.after_ns - part.before_ns}};
  };
  for (const auto& part : moved.paths) {
    Json& path = row["paths"].emplace_back(Json{{"path", name_of(part.path)}});
    path.update(change(part));
    path["functions"] = Json::array();
    for (const auto& function : part.functions)
      path["functions"].emplace_back(Json{{"function", function.name}}).update(change(function));
  }
  return row;
}

}  // namespace

std::string compare_json(const Comparison& comparison, const Taxonomy& taxonomy) {
  Json document{{"schema", "socklock.compare/1"},
                {"unit_of_work", name_of(comparison.unit)},
                {"confidence", comparison.criteria.confidence},
                {"threshold", comparison.criteria.threshold},
                {"seed", comparison.criteria.seed},
                {"within_run_only", comparison.within_run_only},
                {"pairs", comparison.pairs},
                {"sides", {{"before", side_json(comparison.before)}, {"after", side_json(comparison.after)}}},
                {"headline", headline_json(comparison.headline)},
                {"all_locks", slice_json(comparison.everything, taxonomy, comparison)},
                {"without_memory_and_scheduler", slice_json(comparison.quiet, taxonomy, comparison)}};
  document["headline"]["parts"] = Json::array();
  for (const SliceComparison& part : comparison.headline_parts) {
    Json& row = document["headline"]["parts"].emplace_back(Json{{"part", part.name}});
    row.update(slice_json(part, taxonomy, comparison));
  }
  document["cpu_per_unit"] = comparison.cpu ? Json{{"before_ns", comparison.before.cpu_ns_per_unit},
                                                   {"after_ns", comparison.after.cpu_ns_per_unit},
                                                   {"effect", effect_json(*comparison.cpu)},
                                                   {"verdict", name_of(comparison.cpu_verdict)}}
                                            : Json(nullptr);
  const auto add = [&](const char* key, const std::vector<SliceComparison>& slices) {
    Json& rows = document[key] = Json::array();
    for (const auto& slice : slices) rows.push_back(slice_json(slice, taxonomy, comparison));
  };
  add("roles", comparison.roles);
  add("classes", comparison.classes);
  for (const auto& slice : comparison.class_paths)
    document["classes"].push_back(slice_json(slice, taxonomy, comparison));
  add("send_path", comparison.send_path);
  document["moved"] = Json::array();
  for (const auto& moved : comparison.moved) document["moved"].push_back(moved_json(moved, taxonomy));
  document["net_change"] = {{"fell_ns", comparison.net.fell_ns},
                            {"rose_ns", comparison.net.rose_ns},
                            {"net_ns", comparison.net.net_ns},
                            {"moved_ns", comparison.net.moved_ns}};
  document["global_lock_answer"] = comparison.global_lock;
  document["send_path_answer"] = send_path_answer(comparison);
  add("tables_by_path", comparison.tables_by_path);
  document["acquisitions"] = acquired_json(comparison, taxonomy);
  document["holds"] = held_json(comparison, taxonomy);
  document["holders"] = holders_json(comparison);
  document["warnings"] = Json::array();
  for (const Warning& warning : comparison.warnings)
    document["warnings"].push_back({{"kind", name_of(warning.kind)},
                                    {"side", warning.side ? Json(name_of(*warning.side)) : Json(nullptr)},
                                    {"runs", warning.runs},
                                    {"message", message(warning)}});
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace socklock::analyzer
