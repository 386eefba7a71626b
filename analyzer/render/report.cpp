// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/render/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "analyzer/measure/work_unit.h"
#include "analyzer/render/info.h"
#include "analyzer/render/level2.h"
#include "analyzer/render/text_table.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

using Json = nlohmann::ordered_json;

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// Of the share of wait.
std::string error_text(const SamplingError& error, std::uint64_t whole_ns) {
  if (error.wait_ns <= 0 || whole_ns == 0) return "exact";
  return format_percent(error.wait_ns / static_cast<double>(whole_ns));
}

// Where only sums are known, there are no quantiles.
std::string quantile_text(const Run& run, const WaitStats& stats, double q) {
  return knows_distribution(run.facts) ? format_ns(stats.quantile_ns(q)) : "–";
}

std::string sampling_text(const StackSampling& sampling) {
  if (!sampling.used) return "";
  const std::uint64_t all = sampling.sampled + sampling.exact + sampling.estimated + sampling.unknown;
  std::string text =
      fmt::format("{} of the waits have call stacks; class and path of {} are known without",
                  format_percent(share(sampling.sampled, all)), format_percent(share(sampling.exact, all)));
  if (sampling.estimated > 0)
    text += fmt::format(", {} are filed by shares of the sample (±: its 95% error)",
                        format_percent(share(sampling.estimated, all)));
  if (sampling.unknown > 0) text += fmt::format(", {} not at all", format_percent(share(sampling.unknown, all)));
  if (sampling.path_checked > 0)
    text += fmt::format("; where both are known, {} of {} stacks say another path than the system call",
                        sampling.path_disagreed, format_count(static_cast<double>(sampling.path_checked)));
  return wrapped(text, "  ");
}

std::string table_text(const LabelledRun& run, const Taxonomy& taxonomy, By by, const ReportOptions& options,
                       std::uint64_t whole_ns) {
  const std::vector<Slice> slices = sorted_slices(run, taxonomy, by, options.order);
  // Without a sample the column is empty, and takes no place.
  const std::string error_heading = run.sampling.used ? "±" : "";
  TextTable table({{heading_of(by), TextTable::Align::kLeft},
                   {"waits", {}},
                   {"wait", {}},
                   {"share", {}},
                   {error_heading, {}},
                   {"p50", {}},
                   {"p99", {}},
                   {"max", {}}});
  const std::size_t shown = options.limit == 0 ? slices.size() : std::min(options.limit, slices.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const WaitStats& stats = slices[i].stats;
    table.add({slices[i].name, format_count(static_cast<double>(stats.sums.contentions)),
               format_ns(static_cast<double>(stats.sums.wait_ns)), format_percent(share(stats.sums.wait_ns, whole_ns)),
               run.sampling.used ? error_text(slices[i].error, whole_ns) : "", quantile_text(run.run, stats, 0.5),
               quantile_text(run.run, stats, 0.99), format_ns(static_cast<double>(stats.sums.wait_max_ns))});
  }
  std::string text = table.text();
  if (shown < slices.size()) text += fmt::format("({} more; --limit 0 shows all)\n", slices.size() - shown);
  return text;
}

std::string level2_text(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options) {
  std::string text;
  for (const FigureTable& figures : level2_tables(run, taxonomy, options.limit)) {
    text += "\n";
    if (!figures.rows.empty()) {
      std::vector<TextTable::Column> columns;
      for (const std::string& title : figures.titles) columns.push_back({title, {}});
      columns.front().align = TextTable::Align::kLeft;
      TextTable table(columns);
      for (const auto& row : figures.rows) table.add(row);
      text += table.text();
    }
    if (figures.more > 0) text += fmt::format("({} more; --limit 0 shows all)\n", figures.more);
    if (!figures.note.empty()) text += wrapped(printable(figures.note), "  ");
  }
  return text;
}

std::string totals_text(const LabelledRun& run, const Totals& totals) {
  const auto& all = totals.all.sums;
  const auto& socket = totals.socket.sums;
  std::string text = fmt::format(
      "{} waits, {} in all; {} waits, {} of the socket layer\n", format_count(static_cast<double>(all.contentions)),
      format_ns(static_cast<double>(all.wait_ns)), format_count(static_cast<double>(socket.contentions)),
      format_ns(static_cast<double>(socket.wait_ns)));
  const Run* const pointer = &run.run;
  const WorkUnit unit = default_work_unit(std::span(&pointer, 1));
  if (const double work = work_in(run.run, unit); work > 0)
    text += fmt::format("{} {}: {} of wait for each\n", format_count(work), name_of(unit),
                        format_ns(static_cast<double>(all.wait_ns) / work));
  if (const std::string why = why_unmeasured(run.run, WorkUnit::kConnections); !why.empty())
    text += fmt::format("wait per connection: not measured ({})\n", why);
  if (socket.wait_ns > 0)
    text += fmt::format("of the socket layer's wait {} has a lock class, {} a call path\n",
                        format_percent(share(totals.socket_classified_wait_ns, socket.wait_ns)),
                        format_percent(share(totals.socket_with_path_wait_ns, socket.wait_ns)));
  return text;
}

Json stats_json(const Run& run, const WaitStats& stats) {
  const auto quantile = [&](double q) { return knows_distribution(run.facts) ? Json(stats.quantile_ns(q)) : Json(); };
  return {{"contentions", stats.sums.contentions},
          {"gave_up", stats.sums.gave_up},
          {"wait_ns", stats.sums.wait_ns},
          {"mean_ns", stats.mean_ns()},
          {"p50_ns", quantile(0.5)},
          {"p90_ns", quantile(0.9)},
          {"p99_ns", quantile(0.99)},
          {"p999_ns", quantile(0.999)},
          {"max_ns", stats.sums.wait_max_ns},
          {"acquisitions", nullptr}};
}

Json sampling_json(const StackSampling& sampling) {
  if (!sampling.used) return nullptr;
  return {{"sampled", sampling.sampled},           {"exact", sampling.exact},
          {"estimated", sampling.estimated},       {"unknown", sampling.unknown},
          {"path_checked", sampling.path_checked}, {"path_disagreed", sampling.path_disagreed}};
}

Json slice_json(const LabelledRun& run, const AcquisitionCounts& counts, const Slice& slice, const Taxonomy& taxonomy,
                By by) {
  Json row;
  if (slice.lock_class) {
    row["class"] = taxonomy.at(*slice.lock_class).name;
    row["role"] = name_of(taxonomy.at(*slice.lock_class).role);
  }
  if (slice.path) row["path"] = name_of(*slice.path);
  if (by != By::kClass && by != By::kPath && by != By::kClassPath) row[std::string(name_of(by))] = slice.name;
  row.update(stats_json(run.run, slice.stats));
  if (slice.lock_class && (by == By::kClass || by == By::kClassPath)) {
    const auto acquisitions = slice.path ? counts.of(*slice.lock_class, *slice.path) : counts.of(*slice.lock_class);
    const auto ratio =
        contention_ratio(run.run, taxonomy, *slice.lock_class, slice.stats.sums.contentions, acquisitions);
    if (acquisitions) row["acquisitions"] = acquisitions->count;
    row["acquisitions_at_least"] = acquisitions && acquisitions->at_least;
    row["contention_ratio"] = ratio ? Json(*ratio) : Json(nullptr);
  }
  row["contentions_error"] = slice.error.contentions;
  row["wait_ns_error"] = slice.error.wait_ns;
  return row;
}

std::string key_of(By by) { return by == By::kClassPath ? "by_class_path" : fmt::format("by_{}", name_of(by)); }

}  // namespace

std::string heading_of(By by) {
  switch (by) {
    case By::kClass: return "lock class";
    case By::kPath: return "call path";
    case By::kClassPath: return "lock class × call path";
    case By::kFunction: return "waiting function";
    case By::kProcess: return "process";
    case By::kContext: return "context";
    case By::kInstance: return "lock";
  }
  return "";
}

std::vector<By> tables_of(const ReportOptions& options) {
  return options.by ? std::vector<By>{*options.by} : std::vector<By>{By::kClass, By::kPath, By::kClassPath};
}

std::string report_facts(const LabelledRun& run, const ReportOptions& options) {
  std::string text = run_line(run.run);
  if (!options.filter.empty())
    text += fmt::format("only a part of the waits: {}; how far sampled stacks may be off is not stated for a part\n",
                        fmt::join(options.filter, ", "));
  text += totals_text(run, total(run));
  if (options.from_events) text += "from single events: those that were lost are missing\n";
  if (!run.run.facts.origin.empty()) text += wrapped("imported by " + run.run.facts.origin, "  ");
  for (const std::string& note : run.run.facts.notes)
    if (!run.run.facts.origin.empty() || note.starts_with("redacted")) text += wrapped(note, "  ", "  ");
  return text + sampling_text(run.sampling) + losses_text(run.run);
}

std::vector<Slice> sorted_slices(const LabelledRun& run, const Taxonomy& taxonomy, By by, SliceOrder order) {
  std::vector<Slice> slices = break_down(run, taxonomy, by);
  sort_slices(slices, order);
  return slices;
}

std::string report_text(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options) {
  const std::uint64_t whole_ns = total(run).all.sums.wait_ns;
  std::string text = report_facts(run, options);
  for (const By by : tables_of(options)) text += "\n" + table_text(run, taxonomy, by, options, whole_ns);
  if (!options.by) text += level2_text(run, taxonomy, options);
  return text;
}

std::string report_json(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options) {
  const Totals totals = total(run);
  Json document{{"schema", "socklock.report/1"},
                {"file", run.run.path},
                {"label", run.run.facts.label},
                {"duration_ns", run.run.facts.knows.duration ? Json(run.run.duration_ns()) : Json()},
                {"rows_from", options.from_events ? "events" : "summaries"},
                {"lost", run.run.lost()},
                {"notes", run.run.facts.notes},
                {"work", work_json(run.run.work)}};
  if (!options.filter.empty()) document["filter"] = options.filter;
  document["total"] = {{"contentions", totals.all.sums.contentions},
                       {"wait_ns", totals.all.sums.wait_ns},
                       {"socket",
                        {{"contentions", totals.socket.sums.contentions},
                         {"wait_ns", totals.socket.sums.wait_ns},
                         {"classified_wait_share", share(totals.socket_classified_wait_ns, totals.socket.sums.wait_ns)},
                         {"path_wait_share", share(totals.socket_with_path_wait_ns, totals.socket.sums.wait_ns)}}}};
  document["sampling"] = sampling_json(run.sampling);
  const AcquisitionCounts counts(run.run, taxonomy);
  std::vector<By> tables{By::kClass, By::kPath, By::kClassPath, By::kFunction, By::kContext};
  if (options.from_events) tables.push_back(By::kProcess);
  if (options.by && std::find(tables.begin(), tables.end(), *options.by) == tables.end()) tables.push_back(*options.by);
  for (const By by : tables) {
    std::vector<Slice> slices = break_down(run, taxonomy, by);
    sort_slices(slices, options.order);
    Json& rows = document[key_of(by)] = Json::array();
    for (const Slice& slice : slices) rows.push_back(slice_json(run, counts, slice, taxonomy, by));
  }
  document["acquisitions"] = acquisitions_json(run, taxonomy);
  document["holds"] = holds_json(run, taxonomy);
  document["holders"] = holders_json(run, taxonomy);
  document["cpu_profile"] = cpu_profile_json(run);
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace socklock::analyzer
