// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/document/acquisitions_and_holds.h"
#include "analyzer/document/info.h"
#include "analyzer/document/report_charts.h"
#include "analyzer/document/stacks_data.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/work_unit.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

std::string heading_of(By by) {
  switch (by) {
    case By::kClass: return "lock class";
    case By::kPath: return "call path";
    case By::kClassPath: return "lock class × call path";
    case By::kFunction: return "waiting function";
    case By::kProcess: return "process";
    case By::kContext: return "context";
    case By::kInstance: return "lock";
    case By::kCgroup: return "cgroup";
    case By::kNetns: return "network namespace";
  }
  return "";
}

std::string sampling_text(const StackSampling& sampling) {
  if (sampling.is_part)
    return "waits without a call stack are filed by shares of the sample where class or path do not follow (±: its 95% "
           "error)";
  const std::uint64_t all = sampling.sampled + sampling.exact + sampling.estimated + sampling.unknown;
  std::string text =
      fmt::format("{} of the waits have call stacks; class and path of {} are known without",
                  format_percent(share_of(sampling.sampled, all)), format_percent(share_of(sampling.exact, all)));
  if (sampling.estimated > 0)
    text += fmt::format(", {} are filed by shares of the sample (±: its 95% error)",
                        format_percent(share_of(sampling.estimated, all)));
  if (sampling.unknown > 0) text += fmt::format(", {} not at all", format_percent(share_of(sampling.unknown, all)));
  if (sampling.path_checked > 0)
    text += fmt::format("; where both are known, {} of {} stacks say another path than the system call",
                        sampling.path_disagreed, format_count(static_cast<double>(sampling.path_checked)));
  return text;
}

Block line(std::string text, std::string lead = "") {
  return Paragraph{std::move(text), Paragraph::Kind::kLine, std::move(lead)};
}

void add_totals(std::vector<Block>& blocks, const LabelledRun& run) {
  const Totals totals = total(run);
  const auto& all = totals.all.sums;
  const auto& socket = totals.socket.sums;
  blocks.push_back(line(fmt::format(
      "{} waits, {} in all; {} waits, {} of the socket layer", format_count(static_cast<double>(all.contentions)),
      format_ns(static_cast<double>(all.wait_ns)), format_count(static_cast<double>(socket.contentions)),
      format_ns(static_cast<double>(socket.wait_ns)))));
  const Run* const pointer = &run.run;
  const WorkUnit unit = default_work_unit(std::span(&pointer, 1));
  if (const double work = work_in(run.run, unit); work > 0)
    blocks.push_back(line(fmt::format("{} {}: {} of wait for each", format_count(work), name_of(unit),
                                      format_ns(static_cast<double>(all.wait_ns) / work))));
  if (const std::string why = why_unmeasured(run.run, WorkUnit::kConnections); !why.empty())
    blocks.push_back(line(fmt::format("wait per connection: not measured ({})", why)));
  if (run.run.operations_stopped)
    blocks.push_back(
        line(fmt::format("wait per operation: not measured ({})", why_unmeasured(run.run, WorkUnit::kOperations))));
  if (socket.wait_ns > 0)
    blocks.push_back(line(fmt::format("of the socket layer's wait {} has a lock class, {} a call path",
                                      format_percent(share_of(totals.socket_classified_wait_ns, socket.wait_ns)),
                                      format_percent(share_of(totals.socket_with_path_wait_ns, socket.wait_ns)))));
}

// What of the run's wait was for a CPU; empty where that is not known, or nothing slept.
std::string run_delay_text(const LabelledRun& run) {
  constexpr double kMost = 0.5;
  const WaitSums& sums = total(run).all.sums;
  if (!run.run.facts.knows_run_delay || sums.run_delay_ns == 0) return "";
  const double share = share_of(sums.run_delay_ns, sums.wait_ns);
  return fmt::format("{} of the wait was for a CPU, not for a lock{}", format_percent(share),
                     share >= kMost ? ": it is CPUs that are waited for" : "");
}

// What the run is, what is missing, and what the figures rest on.
Section facts_section(const LabelledRun& run, const ReportOptions& options) {
  const RunFacts& facts = run.run.facts;
  Section section;
  section.blocks.push_back(line(run_line(run.run)));
  if (!options.filter.empty())
    section.blocks.push_back(line(fmt::format("only a part of the waits: {}; work, CPU time and losses are of all",
                                              fmt::join(options.filter, ", "))));
  add_totals(section.blocks, run);
  if (std::string text = run_delay_text(run); !text.empty()) section.blocks.push_back(line(std::move(text)));
  if (facts.min_wait_ns > 0)
    section.blocks.push_back(
        line(fmt::format("call stacks and single events of waits of {} or longer only; shorter ones are in the sums",
                         format_ns(static_cast<double>(facts.min_wait_ns)))));
  if (options.from_events) section.blocks.push_back(line("from single events: those that were lost are missing"));
  if (!facts.origin.empty()) section.blocks.push_back(line("imported by " + facts.origin));
  for (const std::string& note : facts.notes)
    if (!facts.origin.empty() || note.starts_with("redacted")) section.blocks.push_back(line(note, "  "));
  if (run.sampling.used) section.blocks.push_back(line(sampling_text(run.sampling)));
  for (std::string& loss : losses_lines(run.run)) section.blocks.push_back(line(std::move(loss)));
  return section;
}

Table slices_table(const LabelledRun& run, const Taxonomy& taxonomy, By by, const ReportOptions& options) {
  Table table;
  table.id = name_of(by);
  table.columns.push_back(
      {std::string(name_of(by)), heading_of(by), "What the waits of a row have in common.", Unit::kNone, Align::kLeft});
  // Without a sample everything is exact.
  std::vector<const SliceMeasure*> measures = slice_measures_at(kRunTable);
  if (!run.sampling.used) std::erase(measures, &slice_measure("error"));
  if (!run.run.facts.knows_run_delay) std::erase(measures, &slice_measure("run_delay_share"));
  for (const SliceMeasure* measure : measures) table.columns.push_back(measure->column);
  const auto whole_wait_ns = static_cast<double>(total(run).all.sums.wait_ns);
  for (const Slice& slice : sorted_slices(run, taxonomy, by, options.order)) {
    auto& row = table.rows.emplace_back();
    row.push_back(Figure::words(slice.name));
    const SliceValues values = values_of(run, slice, whole_wait_ns);
    for (const SliceMeasure* measure : measures) row.push_back(measure->figure(values));
  }
  table.cut_rows(options.limit);
  return table;
}

void add_chart(Document& document, std::string heading, std::string note, Chart chart) {
  if (!chart.is_empty()) document.sections.push_back({std::move(heading), std::move(note), {std::move(chart)}});
}

}  // namespace

std::vector<By> tables_of(const ReportOptions& options) {
  return options.by ? std::vector<By>{*options.by} : std::vector<By>{By::kClass, By::kPath, By::kClassPath};
}

std::vector<Slice> sorted_slices(const LabelledRun& run, const Taxonomy& taxonomy, By by, SliceOrder order) {
  std::vector<Slice> slices = break_down(run, taxonomy, by);
  sort_slices(slices, order);
  return slices;
}

SliceValues values_of(const LabelledRun& run, const Slice& slice, double whole_wait_ns) {
  return {.stats = slice.stats,
          .knows_distribution = knows_distribution(run.run.facts),
          .knows_run_delay = run.run.facts.knows_run_delay,
          .contentions_error = slice.error.contentions,
          .wait_ns_error = slice.error.wait_ns,
          .whole_wait_ns = whole_wait_ns};
}

void add_interactive_data(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options,
                          Document& document) {
  document.data = report_data(run, taxonomy, options);
  // Of the whole run: its work is one unit.
  const Side side{{&run, 1, {}}};
  document.stacks = stacks_data(stacks_by_class_path(side, {}), taxonomy);
}

Document report_document(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options,
                         Detail detail) {
  Document document{.title = "socklock report", .headline = "What sockets waited for"};
  document.footer = "Made by socklock report.";
  if (detail == Detail::kRows) document.rows = report_rows(run, taxonomy, options);
  if (detail == Detail::kData) document.data = report_data(run, taxonomy, options);
  if (detail == Detail::kRows || detail == Detail::kData) return document;
  document.sections.push_back(facts_section(run, options));
  if (detail >= Detail::kPage) {
    add_chart(document, "Wait by lock class and call path", "Of the whole run.", wait_bars(run, taxonomy));
    add_chart(document, "Wait times", "Share of all waits by how long they took, two bins an octave; below, quantiles.",
              wait_times(run));
    add_chart(document, "Timeline", "Wait of all locks per second, interval by interval.", run_timeline(run));
  }
  for (const By by : tables_of(options))
    document.sections.push_back({"By " + heading_of(by), "", {slices_table(run, taxonomy, by, options)}});
  if (options.by) return document;
  for (Table& table : acquisition_and_hold_tables(run, taxonomy, options.limit)) {
    std::string heading = table.heading;
    document.sections.push_back({std::move(heading), "", {std::move(table)}});
  }
  return document;
}

}  // namespace socklock::analyzer
