// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/what_if.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

std::string ends(const std::string& low, const std::string& high) { return low == high ? low : low + " .. " + high; }

Figure ns_range(const Range& range) {
  return Figure::words(ends(format_ns(range.low), format_ns(range.high))).ranked(range.estimate);
}

std::string left_ends(double low, double high) { return ends(format_number(low, 2), format_number(high, 2)); }

Figure left_figure(const Prospect& after_ns, double before_ns) {
  if (before_ns <= 0) return Figure::not_measured("nothing waited here before");
  return Figure::words(left_ends(after_ns.model.low / before_ns, after_ns.model.high / before_ns))
      .ranked(after_ns.model.estimate / before_ns);
}

Figure wide_figure(const Prospect& after_ns, double before_ns) {
  if (before_ns <= 0) return Figure::not_measured("nothing waited here before");
  return Figure::words(left_ends(after_ns.low / before_ns, after_ns.high / before_ns))
      .ranked(after_ns.high / before_ns);
}

std::string row_name(const WhatIfRow& row) {
  return row.path ? fmt::format("{} × {}", row.lock_class, analyzer::name_of(*row.path)) : row.lock_class;
}

Table rows_table(const WhatIf& estimate) {
  Table table;
  table.id = "what_if";
  table.columns = {
      names_column("wait per " + estimate.unit_singular),
      {"measured", "measured", "Wait per unit of work in the recordings.", Unit::kNs},
      {"estimated", "estimated after",
       "Estimated wait per unit of work: the ends of what the model leaves "
       "open.",
       Unit::kNone},
      {"left", "left", "Estimated after divided by measured before.", Unit::kNone},
      {"interval", "with factor", "The same with the 95% interval of the runs and the model factor.", Unit::kNone}};
  const auto add = [&table](const std::string& name, double before_ns, const Prospect& after_ns) {
    table.rows.push_back({Figure::words(name), Figure::of(before_ns, Unit::kNs), ns_range(after_ns.model),
                          left_figure(after_ns, before_ns), wide_figure(after_ns, before_ns)});
  };
  for (const WhatIfRow& row : estimate.rows)
    if (row.touched) add(row_name(row), row.before_ns, row.after_ns);
  if (estimate.others.before_ns > 0) add("all other locks", estimate.others.before_ns, estimate.others.after_ns);
  add("all locks", estimate.before_ns, estimate.after_ns);
  return table;
}

std::string next_text(const WhatIf& estimate) {
  std::vector<const WhatIfRow*> rows;
  for (const WhatIfRow& row : estimate.rows)
    if (row.after_ns.model.estimate > 0) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](const WhatIfRow* a, const WhatIfRow* b) {
    return a->after_ns.model.estimate > b->after_ns.model.estimate;
  });
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, rows.size()); ++i)
    text +=
        fmt::format("{}{} ({})", i == 0 ? "" : ", ", row_name(*rows[i]), format_ns(rows[i]->after_ns.model.estimate));
  return text;
}

std::string source_text(const WhatIf& estimate) {
  return fmt::format("from {} {}, level {}, spinlocks {}, {} {}", estimate.runs, estimate.runs == 1 ? "run" : "runs",
                     estimate.level, name_of(estimate.spinlock_mode), format_count(estimate.work), estimate.unit);
}

std::string listed(const std::vector<std::string>& list) { return fmt::format("{}", fmt::join(list, "; ")); }

Section question_section(const WhatIf& estimate) {
  Section section;
  section.blocks.emplace_back(
      Paragraph{fmt::format("{} {}", question_of(estimate), kNoMeasurement), Paragraph::Kind::kLine});
  section.blocks.emplace_back(Paragraph{source_text(estimate), Paragraph::Kind::kLine});
  return section;
}

Section refusal_section(const WhatIf& estimate) {
  Section section{.heading = "Refused", .note = "Nothing is estimated where the model is known to fail."};
  section.blocks.emplace_back(Paragraph{"REFUSED: nothing is estimated.", Paragraph::Kind::kLine});
  for (const RefusedClass& refused : estimate.refused)
    section.blocks.emplace_back(Paragraph{refusal_text(refused), Paragraph::Kind::kWarning, "- "});
  if (estimate.measured) section.blocks.emplace_back(Paragraph{measured_text(estimate), Paragraph::Kind::kLine});
  return section;
}

Section words_section(const WhatIf& estimate) {
  Section section{.heading = "What it rests on"};
  Facts facts{{"left", left_text(estimate.left)}, {"speed", speed_text(estimate)}};
  for (const ModelFacts& model : estimate.models)
    facts.push_back({&model == &estimate.models.front() ? "model" : "", model_text(model)});
  if (const std::string next = next_text(estimate); !next.empty()) facts.push_back({"then", next});
  facts.push_back({"assumed", listed(assumptions_of(estimate))});
  facts.push_back({"can't know", listed(cannot_know(estimate))});
  if (estimate.measured) facts.push_back({"measured", measured_text(estimate)});
  if (const std::string sure = to_be_sure(estimate); !sure.empty()) facts.push_back({"to be sure", sure});
  section.blocks.push_back(std::move(facts));
  return section;
}

constexpr double kBarHeight = 9;

}  // namespace

Chart what_if_chart(const WhatIf& estimate) {
  if (estimate.is_refused() || estimate.rows.empty()) return {};
  double most = estimate.before_ns;
  for (const WhatIfRow& row : estimate.rows) most = std::max(most, row.after_ns.model.high);
  most = std::max({1.0, most, estimate.after_ns.model.high});
  const double scale = (kPlotRight - 90 - kPlotLeft) / most;
  Picture picture;
  double y = 16;
  const auto add = [&](const std::string& name, double before_ns, const Prospect& after_ns) {
    picture.text({kPlotLeft - 10, y + kBarHeight}, Anchor::kEnd, "t", cut(name, 34));
    picture.rect({kPlotLeft, y - 3}, std::max(1.0, before_ns * scale), kBarHeight, "f-before",
                 fmt::format("{}: measured {}", name, format_ns(before_ns)));
    picture.rect({kPlotLeft, y + kBarHeight - 1}, std::max(1.0, after_ns.model.estimate * scale), kBarHeight, "f-after",
                 fmt::format("{}: estimated {}", name, format_ns(after_ns.model.estimate)));
    const double low = kPlotLeft + after_ns.model.low * scale, high = kPlotLeft + after_ns.model.high * scale;
    for (double x = low; x + 3 < high; x += 6)
      picture.line({x, y + kBarHeight - 1 + kBarHeight}, {x + 3, y + kBarHeight - 1}, "axis");
    picture.text({std::max(high, kPlotLeft + before_ns * scale) + 6, y + kBarHeight}, Anchor::kStart, "s",
                 fmt::format("{} .. {}", format_ns(after_ns.model.low), format_ns(after_ns.model.high)));
    y += kRowHeight + 4;
  };
  std::size_t rows = 0;
  for (const WhatIfRow& row : estimate.rows)
    if (row.touched && ++rows <= kChartRows) add(row_name(row), row.before_ns, row.after_ns);
  add("all locks", estimate.before_ns, estimate.after_ns);
  picture.text(
      {kPlotLeft, y + 4}, Anchor::kStart, "s",
      "above measured, below estimated wait per " + estimate.unit_singular + "; hatched: what the model leaves open");
  return {"Measured and estimated wait", y + 10, std::move(picture)};
}

Table what_if_rows(const WhatIf& estimate) {
  Table table;
  for (const char* id : {"class", "path", "touched"}) table.columns.push_back({id, id});
  for (const char* id :
       {"before_wait_ns_per_unit", "estimated_low", "estimated", "estimated_high", "interval_low", "interval_high"})
    table.columns.push_back({id, id, "", Unit::kNs});
  for (const WhatIfRow& row : estimate.rows)
    table.rows.push_back(
        {Figure::words(row.lock_class), row.path ? Figure::term(analyzer::name_of(*row.path)) : Figure(),
         Figure::flag(row.touched), Figure::of(row.before_ns, Unit::kNs), Figure::of(row.after_ns.model.low, Unit::kNs),
         Figure::of(row.after_ns.model.estimate, Unit::kNs), Figure::of(row.after_ns.model.high, Unit::kNs),
         Figure::of(row.after_ns.low, Unit::kNs), Figure::of(row.after_ns.high, Unit::kNs)});
  return table;
}

Document what_if_document(const WhatIf& estimate, Detail detail) {
  Document document{.title = "socklock what-if", .headline = question_of(estimate)};
  document.footer = fmt::format("Made by socklock what-if: {}.", kNoMeasurement);
  if (detail == Detail::kRows) document.rows = what_if_rows(estimate);
  if (detail == Detail::kData) document.data = what_if_data(estimate);
  if (detail == Detail::kRows || detail == Detail::kData) return document;
  document.sections.push_back(question_section(estimate));
  if (estimate.is_refused()) {
    document.sections.push_back(refusal_section(estimate));
    return document;
  }
  if (detail >= Detail::kPage)
    document.sections.push_back({"Measured and estimated",
                                 "Estimated wait after the change beside what was measured.",
                                 {what_if_chart(estimate)}});
  document.sections.push_back({"Estimated wait", "", {rows_table(estimate)}});
  document.sections.push_back(words_section(estimate));
  return document;
}

Table class_prospects_table(const ClassProspects& prospects) {
  Table table;
  table.id = "prospects";
  table.columns = {
      {"class", "lock class", "Classes with at least 1% of the wait.", Unit::kNone, Align::kLeft},
      {"wait_share", "of the wait", "Measured share of all wait.", Unit::kShare},
      {"gone", "none left", "Estimated left of all wait, were there no wait for this class.", Unit::kNumber},
      {"split_2", "split 2", "Estimated left of all wait, were these locks split into 2.", Unit::kNone},
      {"split_8", "split 8", "The same of 8.", Unit::kNone},
      {"model", "model", "What the estimate rests on, or why there is none.", Unit::kNone, Align::kLeft}};
  for (const ClassProspect& prospect : prospects.classes) {
    const auto split = [&prospect](const std::optional<Prospect>& left) {
      if (!left) return Figure::not_measured(prospect.refusal ? prospect.refusal->detail : "");
      return Figure::words(left_ends(left->low, left->high)).ranked(left->model.estimate);
    };
    table.rows.push_back({Figure::words(prospect.lock_class), Figure::of(prospect.wait_share, Unit::kShare),
                          Figure::of(prospect.gone, Unit::kNumber, 2), split(prospect.split_2), split(prospect.split_8),
                          prospect.refusal ? Figure::term("refused: " + std::string(name_of(prospect.refusal->reason)))
                          : prospect.model ? Figure::term(name_of(prospect.model->kind))
                                           : Figure()});
  }
  return table;
}

Document class_prospects_document(const ClassProspects& prospects, Detail detail) {
  Document document{.title = "socklock what-if", .headline = "What each lock class would give"};
  document.footer = fmt::format("Made by socklock what-if: {}.", kNoMeasurement);
  if (detail == Detail::kRows) document.rows = class_prospects_table(prospects);
  if (detail == Detail::kData) document.data = class_prospects_data(prospects);
  if (detail == Detail::kRows || detail == Detail::kData) return document;
  Section section;
  section.blocks.emplace_back(Paragraph{
      fmt::format("What would be left of the wait per {}, {} measured in {} {}? {}", prospects.unit_singular,
                  format_ns(prospects.before_ns), prospects.runs, prospects.runs == 1 ? "run" : "runs", kNoMeasurement),
      Paragraph::Kind::kLine});
  document.sections.push_back(std::move(section));
  Table table = class_prospects_table(prospects);
  table.note = "left of all wait, estimated, with runs and model factor; - is refused: name the change to read why";
  document.sections.push_back({"Lock classes", "", {std::move(table)}});
  return document;
}

}  // namespace socklock::analyzer
