// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/slice_model.h"

#include <algorithm>

#include "analyzer/document/compare.h"
#include "analyzer/document/words.h"
#include "analyzer/label/labelled_run.h"
#include "gui/jobs/class_colours.h"
#include "gui/models/text.h"

namespace socklock::gui {
namespace {

using analyzer::SliceComparison;

double spanOf(const SliceComparison& slice) {
  double span = 2;
  for (const auto& value : {slice.effect.ratio, slice.effect.low, slice.effect.high})
    if (value && *value > 0) span = std::max({span, *value, 1 / *value});
  return std::min(span, SliceModel::kMaxEffectSpan);
}

}  // namespace

void SliceModel::showFindings(const FindingsPtr& findings) {
  findings_ = findings;
  effect_span_ = 2;
  setBars({QStringLiteral("before_wait_ns_per_unit"), QStringLiteral("after_wait_ns_per_unit")});
  if (!findings) {
    show({});
    return;
  }
  for (const SliceComparison& slice : findings->groups) effect_span_ = std::max(effect_span_, spanOf(slice));
  show(analyzer::slices_table(findings->groups, findings->comparison, nameOf(findings->question.grouping),
                              analyzer::Detail::kScreen));
}

const SliceComparison* SliceModel::slice(int row) const {
  if (!findings_ || row < 0 || row >= rowCount()) return nullptr;
  return &findings_->groups[static_cast<std::size_t>(row)];
}

double SliceModel::threshold() const { return findings_ ? findings_->comparison.criteria.threshold : 0.05; }

QVariant SliceModel::data(const QModelIndex& index, int role) const {
  const SliceComparison* const found = index.isValid() ? slice(index.row()) : nullptr;
  if (found == nullptr) return {};
  const QString id = idOf(index.column());
  if (role == kSliceRole) return QVariant::fromValue(found);
  if (role == kSeriesRole && index.column() == 0 && found->lock_class)
    return seriesOf(findings_->runs->classes, findings_->taxonomy.at(*found->lock_class).name);
  // The sign says what the colour says.
  if (role == Qt::DisplayRole && id == QStringLiteral("verdict"))
    return verdictText(findings_->comparison, found->verdict);
  // Interval and verdict have one colour; single runs have none.
  if (role == kToneRole && findings_->comparison.within_run_only) return static_cast<int>(analyzer::Tone::kPlain);
  if (role == kToneRole && id == QStringLiteral("effect")) return static_cast<int>(analyzer::tone_of(found->verdict));
  if (role == Qt::ToolTipRole && (id == QStringLiteral("verdict") || id == QStringLiteral("effect")))
    if (const std::string why = analyzer::why_undecided(*found, findings_->comparison); !why.empty())
      return TableModel::data(index, role).toString() + QStringLiteral("\n") +
             tr("%1: %2.").arg(shown(analyzer::name_of(found->verdict)), shown(why));
  return TableModel::data(index, role);
}

}  // namespace socklock::gui
