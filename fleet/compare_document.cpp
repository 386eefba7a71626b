// SPDX-License-Identifier: GPL-2.0-or-later
// What a comparison of groups of hosts found, for people and programs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyzer/document/words.h"
#include "base/units.h"
#include "fleet/compare.h"

namespace socklock::fleet {
namespace {

using analyzer::Align;
using analyzer::DidEffect;
using analyzer::DidMethod;
using analyzer::Document;
using analyzer::Figure;
using analyzer::Paragraph;
using analyzer::Table;
using analyzer::Tone;
using analyzer::Unit;
using analyzer::Value;

Tone tone_of(FleetVerdict verdict) {
  switch (verdict) {
    case FleetVerdict::kImproved: return Tone::kBetter;
    case FleetVerdict::kRegressed: return Tone::kWorse;
    case FleetVerdict::kUnchanged: return Tone::kSame;
    case FleetVerdict::kInconclusive: return Tone::kUnclear;
  }
  return Tone::kPlain;
}

std::string times(double ratio) { return fmt::format("{}×", format_number(ratio, 3)); }

std::string interval_text(const DidEffect& effect) {
  if (!effect.low) return "";
  if (effect.high && effect.ratio && *effect.ratio <= 0) return fmt::format(" (≤ {})", times(*effect.high));
  if (!effect.high) return fmt::format(" (≥ {})", times(*effect.low));
  return fmt::format(" ({})", analyzer::range_text(*effect.low, *effect.high, 3));
}

std::string method_name(DidMethod method) {
  switch (method) {
    case DidMethod::kHosts: return "hosts";
    case DidMethod::kOneHost: return "one host";
    case DidMethod::kRare: return "rare";
    case DidMethod::kNotEnough: return "not enough";
  }
  return "";
}

Table classes_table(const FleetComparison& comparison, std::size_t limit) {
  Table table;
  table.id = "classes";
  table.heading = "By lock class";
  table.columns = {analyzer::names_column("lock class"),
                   {"verdict", "verdict", "of the class, by q", Unit::kNone, Align::kLeft},
                   {"ratio", "change",
                    "of a typical canary beyond that of a typical control; where many did not wait, of all contentions",
                    Unit::kTimes},
                   {"low", "from", "lower end of the interval", Unit::kTimes},
                   {"high", "to", "upper end of the interval", Unit::kTimes},
                   {"q", "q", "false discovery rate of Benjamini and Hochberg over the classes", Unit::kNumber},
                   {"canary_wait_ns_before", "canaries before",
                    "wait per " + comparison.unit + " of all canaries together", Unit::kNs},
                   {"canary_wait_ns_after", "after", "likewise", Unit::kNs}};
  for (const ComparedSlice& slice : comparison.classes) {
    const DidEffect& effect = slice.effect;
    table.rows.push_back({Figure::words(slice.name), Figure::term(name_of(slice.verdict)).toned(tone_of(slice.verdict)),
                          Figure::maybe(effect.ratio, Unit::kTimes), Figure::maybe(effect.low, Unit::kTimes),
                          Figure::maybe(effect.high, Unit::kTimes), Figure::maybe(slice.q, Unit::kNumber),
                          Figure::of(slice.canary_wait_before, Unit::kNs),
                          Figure::of(slice.canary_wait_after, Unit::kNs)});
  }
  table.cut_rows(limit);
  return table;
}

// Each host's own change, sorted: where the groups overlap is seen at once.
Table hosts_table(const DidEffect& effect, std::size_t limit) {
  Table table;
  table.id = "hosts";
  table.heading = "Hosts that changed most";
  table.columns = {
      analyzer::names_column("host"),
      {"group", "group", "canary or control", Unit::kNone, Align::kLeft},
      {"ratio", "change", "of the host itself: after divided by before, half a wait standing for none", Unit::kTimes}};
  std::vector<std::pair<double, std::pair<std::string, const char*>>> all;
  for (const auto& [host, change] : effect.canary_changes) all.push_back({change, {host, "canary"}});
  for (const auto& [host, change] : effect.control_changes) all.push_back({change, {host, "control"}});
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::abs(a.first) != std::abs(b.first) ? std::abs(a.first) > std::abs(b.first) : a.second < b.second;
  });
  for (const auto& [change, host] : all)
    table.rows.push_back(
        {Figure::words(host.first), Figure::term(host.second), Figure::of(std::exp(change), Unit::kTimes)});
  table.cut_rows(limit);
  return table;
}

Value effect_value(const ComparedSlice& slice) {
  const DidEffect& effect = slice.effect;
  Value value{Value::Object{}};
  value.add("name", slice.name);
  value.add("verdict", std::string(name_of(slice.verdict)));
  value.add("method", method_name(effect.method));
  value.add("ratio", effect.ratio);
  value.add("low", effect.low);
  value.add("high", effect.high);
  value.add("p", effect.p);
  value.add("q", slice.q);
  value.add("least_p", effect.least_p);
  value.add("canary_ratio", effect.canary_ratio);
  value.add("control_ratio", effect.control_ratio);
  value.add("total_ratio", effect.total_ratio);
  value.add("canaries", effect.canaries);
  value.add("controls", effect.controls);
  value.add("without_waits", effect.without_waits);
  value.add("canary_wait_ns_before", slice.canary_wait_before);
  value.add("canary_wait_ns_after", slice.canary_wait_after);
  return value;
}

Value group_value(const GroupFacts& group) {
  Value value{Value::Object{}};
  value.add("hosts", group.hosts);
  value.add("compared", group.compared);
  value.add("missing_before", group.missing_before);
  value.add("missing_after", group.missing_after);
  value.add("uncovered", group.uncovered);
  value.add("without_work", group.without_work);
  value.add("unlike", group.unlike);
  value.add("modes_changed", group.modes_changed);
  value.add("kernels_changed", group.kernels_changed);
  value.add("lost", group.lost);
  value.add("work_per_second_before", group.work_before);
  value.add("work_per_second_after", group.work_after);
  return value;
}

Value changes_value(const std::vector<std::pair<std::string, double>>& changes) {
  return analyzer::list_of(changes, [](const auto& change) {
    Value value{Value::Object{}};
    value.add("host", change.first);
    value.add("ratio", std::exp(change.second));
    return value;
  });
}

Value window_value(const Window& window) {
  Value value{Value::Object{}};
  value.add("begin_s", window.begin_s);
  value.add("end_s", window.end_s);
  return value;
}

Value data_of(const FleetComparison& comparison) {
  Value data{Value::Object{}};
  data.add("schema", "socklock.fleet-compare/1");
  data.add("verdict", std::string(name_of(comparison.headline.verdict)));
  data.add("no_verdict", comparison.no_verdict.empty() ? Value() : Value(comparison.no_verdict));
  data.add("before", window_value(comparison.before));
  data.add("after", window_value(comparison.after));
  data.add("unit_of_work", comparison.unit);
  data.add("confidence", comparison.confidence);
  data.add("threshold", comparison.threshold);
  data.add("condition", comparison.condition_text.empty() ? Value() : Value(comparison.condition_text));
  data.add("look", comparison.look_text.empty() ? Value() : Value(comparison.look_text));
  data.add("headline", effect_value(comparison.headline));
  data.add("placebo_p", comparison.placebo_p);
  data.add("canary", group_value(comparison.canary));
  data.add("control", group_value(comparison.control));
  data.add("classes", analyzer::list_of(comparison.classes, effect_value));
  data.add("canary_hosts", changes_value(comparison.headline.effect.canary_changes));
  data.add("control_hosts", changes_value(comparison.headline.effect.control_changes));
  data.add("warnings", Value(comparison.warnings));
  return data;
}

std::string headline_text(const FleetComparison& comparison) {
  const DidEffect& effect = comparison.headline.effect;
  if (effect.method == DidMethod::kNotEnough)
    return fmt::format("wait for the {} per {}: nothing that can be compared", comparison.headline.name,
                       comparison.unit);
  std::string text = fmt::format("wait for the {} per {}: ", comparison.headline.name, comparison.unit);
  text += !effect.ratio ? "no figure" : *effect.ratio <= 0 ? "gone" : times(*effect.ratio);
  text += interval_text(effect) + " of what it would have been";
  if (effect.p) text += fmt::format(", p = {}", format_number(*effect.p, 2));
  return text;
}

analyzer::Section verdict_section(const FleetComparison& comparison) {
  const DidEffect& effect = comparison.headline.effect;
  analyzer::Section section;
  section.is_verdict = true;
  const auto line = [&section](std::string text) {
    section.blocks.emplace_back(Paragraph{std::move(text), Paragraph::Kind::kLine});
  };
  line(fmt::format("Verdict: {}", name_of(comparison.headline.verdict)));
  line(headline_text(comparison));
  if (effect.has_typical_hosts())
    line(
        fmt::format("a typical canary changed to {}, a typical control to {}; over the whole groups' sums {} (no "
                    "verdict hangs on it)",
                    times(*effect.canary_ratio), times(*effect.control_ratio),
                    effect.total_ratio ? times(*effect.total_ratio) : "unknown"));
  line(fmt::format("{} canary and {} control hosts; before {} to {}, after {} to {} UTC", comparison.canary.compared,
                   comparison.control.compared, format_moment(comparison.before.begin_s),
                   format_moment(comparison.before.end_s), format_moment(comparison.after.begin_s),
                   format_moment(comparison.after.end_s)));
  if (comparison.placebo_p)
    line(fmt::format("before the change the groups {} (p = {} of the two halves of the window before)",
                     *comparison.placebo_p > 0.05 ? "did not move apart" : "moved apart",
                     format_number(*comparison.placebo_p, 2)));
  if (!comparison.look_text.empty()) line(comparison.look_text);
  return section;
}

}  // namespace

Document compare_document(const FleetComparison& comparison, std::size_t limit) {
  Document document;
  document.title = "socklock compare";
  document.headline = "What the change did to the fleet";
  document.columns = 110;
  document.verdict = name_of(comparison.headline.verdict);
  document.tone = tone_of(comparison.headline.verdict);
  document.sections.push_back(verdict_section(comparison));
  if (!comparison.warnings.empty()) {
    analyzer::Section section;
    section.heading = "Reasons to doubt";
    for (const std::string& warning : comparison.warnings)
      section.blocks.emplace_back(Paragraph{warning, Paragraph::Kind::kWarning, "warning: "});
    document.sections.push_back(std::move(section));
  }
  for (Table& table :
       std::vector<Table>{classes_table(comparison, limit), hosts_table(comparison.headline.effect, limit)}) {
    analyzer::Section section;
    section.heading = table.heading;
    section.blocks.emplace_back(std::move(table));
    document.sections.push_back(std::move(section));
  }
  document.rows = classes_table(comparison, 0);
  document.data = data_of(comparison);
  return document;
}

}  // namespace socklock::fleet
