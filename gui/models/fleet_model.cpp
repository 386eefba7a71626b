// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/fleet_model.h"

#include <algorithm>
#include <cmath>

#include "analyzer/document/compare.h"
#include "analyzer/document/words.h"
#include "gui/models/slice_model.h"
#include "gui/models/text.h"

namespace socklock::gui {
namespace {

using analyzer::Align;
using analyzer::Figure;
using analyzer::SliceComparison;
using analyzer::Unit;
using fleet::ComparedSlice;

// A dot for each host: canaries below the interval, controls above it, all relative to a typical control.
SliceComparison drawn(const ComparedSlice& of) {
  SliceComparison slice;
  slice.name = of.name;
  const analyzer::DidEffect& effect = of.effect;
  slice.effect.ratio = effect.ratio;
  slice.effect.low = effect.low;
  slice.effect.high = effect.high;
  slice.effect.p = effect.p;
  slice.effect.q = of.q;
  slice.verdict = verdictOf(of.verdict);
  slice.before.stats.sums.contentions = of.canary_wait_before > 0 ? 1 : 0;
  slice.after.stats.sums.contentions = of.canary_wait_after > 0 ? 1 : 0;
  slice.before.wait_ns_per_unit = 1;
  const double typical = effect.control_ratio && *effect.control_ratio > 0 ? *effect.control_ratio : 1;
  for (const auto& [host, change] : effect.control_changes)
    slice.before.wait_ns_per_unit_of_runs.push_back(std::exp(change) / typical);
  for (const auto& [host, change] : effect.canary_changes)
    slice.after.wait_ns_per_unit_of_runs.push_back(std::exp(change) / typical);
  return slice;
}

std::string effectWords(const ComparedSlice& of, const SliceComparison& slice) {
  return of.effect.method == analyzer::DidMethod::kNotEnough ? "–" : analyzer::effect_text(slice);
}

}  // namespace

analyzer::Verdict verdictOf(fleet::FleetVerdict verdict) {
  switch (verdict) {
    case fleet::FleetVerdict::kImproved: return analyzer::Verdict::kImproved;
    case fleet::FleetVerdict::kRegressed: return analyzer::Verdict::kRegressed;
    case fleet::FleetVerdict::kUnchanged: return analyzer::Verdict::kUnchanged;
    case fleet::FleetVerdict::kInconclusive: break;
  }
  return analyzer::Verdict::kInconclusive;
}

void FleetModel::showAnswer(const FleetAnswerPtr& answer) {
  answer_ = answer;
  slices_.clear();
  effect_span_ = 2;
  setBars({QStringLiteral("before_wait_ns_per_unit"), QStringLiteral("after_wait_ns_per_unit")});
  const std::string per = "wait of all canaries together per " + answer->comparison.unit;
  analyzer::Table table;
  table.id = "classes";
  table.columns = {
      analyzer::names_column("lock class"),
      {"before_wait_ns_per_unit", "canaries before", per, Unit::kNs},
      {"after_wait_ns_per_unit", "after", per, Unit::kNs},
      {"effect", "change beyond that of controls",
       "of a typical canary, divided by that of a typical control; a dot for each host: controls above, canaries below",
       Unit::kNone, Align::kLeft},
      {"q", "q", "false discovery rate over the classes", Unit::kNumber},
      {"verdict", "verdict", "of the class, by q", Unit::kNone, Align::kLeft}};
  for (const ComparedSlice& of : answer->comparison.classes) {
    const SliceComparison& slice = slices_.emplace_back(drawn(of));
    for (const auto& value : {slice.effect.ratio, slice.effect.low, slice.effect.high})
      if (value && *value > 0) effect_span_ = std::max({effect_span_, *value, 1 / *value});
    table.rows.push_back({Figure::words(of.name), Figure::of(of.canary_wait_before, Unit::kNs),
                          Figure::of(of.canary_wait_after, Unit::kNs), Figure::words(effectWords(of, slice)),
                          Figure::maybe(of.q, Unit::kNumber),
                          Figure::term(fleet::name_of(of.verdict)).toned(analyzer::tone_of(slice.verdict))});
  }
  effect_span_ = std::min(effect_span_, SliceModel::kMaxEffectSpan);
  show(std::move(table));
}

const ComparedSlice* FleetModel::compared(int row) const {
  if (!answer_) return nullptr;
  const auto& classes = answer_->comparison.classes;
  return row < 0 || row >= static_cast<int>(classes.size()) ? &answer_->comparison.headline
                                                            : &classes[static_cast<std::size_t>(row)];
}

QVariant FleetModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= static_cast<int>(slices_.size())) return {};
  const SliceComparison& slice = slices_[static_cast<std::size_t>(index.row())];
  const QString id = idOf(index.column());
  if (role == SliceModel::kSliceRole) return QVariant::fromValue(&slice);
  if (role == Qt::DisplayRole && id == QStringLiteral("verdict")) return signedName(slice.verdict);
  if (role == kToneRole && id == QStringLiteral("effect")) return static_cast<int>(analyzer::tone_of(slice.verdict));
  return TableModel::data(index, role);
}

}  // namespace socklock::gui
