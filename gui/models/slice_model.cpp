// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/slice_model.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "gui/models/text.h"

namespace socklock::gui {
namespace {

using analyzer::SideMeasures;
using analyzer::SliceComparison;

constexpr double kMaxEffectSpan = 1024;

double spanOf(const SliceComparison& slice) {
  double span = 2;
  for (const auto& value : {slice.effect.ratio, slice.effect.low, slice.effect.high})
    if (value && *value > 0) span = std::max({span, *value, 1 / *value});
  return std::min(span, kMaxEffectSpan);
}

QVariant p99(const SideMeasures& side) {
  return side.stats.sums.contentions == 0 ? QStringLiteral("–") : ns(side.stats.quantile_ns(0.99));
}

QString qText(const SliceComparison& slice) {
  const auto& value = slice.effect.q ? slice.effect.q : slice.effect.p;
  return value ? QString::number(*value, 'g', 2) : QStringLiteral("–");
}

}  // namespace

void SliceModel::show(const FindingsPtr& findings) {
  beginResetModel();
  findings_ = findings;
  max_wait_ = 0;
  effect_span_ = 2;
  if (findings)
    for (const SliceComparison& slice : findings->groups) {
      max_wait_ = std::max({max_wait_, slice.before.wait_ns_per_unit, slice.after.wait_ns_per_unit});
      effect_span_ = std::max(effect_span_, spanOf(slice));
    }
  endResetModel();
}

int SliceModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() || !findings_ ? 0 : static_cast<int>(findings_->groups.size());
}

int SliceModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : kColumns; }

const SliceComparison* SliceModel::slice(int row) const {
  if (!findings_ || row < 0 || row >= rowCount()) return nullptr;
  return &findings_->groups[static_cast<std::size_t>(row)];
}

QString SliceModel::idOf(int column) {
  static const std::array<const char*, kColumns> kIds{
      "name",         "role",       "wait_before",        "wait_after",        "change",     "effect",
      "verdict",      "q",          "contentions_before", "contentions_after", "p99_before", "p99_after",
      "share_before", "share_after"};
  return QLatin1String(kIds[static_cast<std::size_t>(column)]);
}

bool SliceModel::isUseful(int column) const {
  if (!findings_ || findings_->isComparison()) return true;
  switch (column) {
    case kAfter:
    case kChange:
    case kEffect:
    case kVerdict:
    case kQ:
    case kContentionsAfter:
    case kP99After:
    case kShareAfter: return false;
    default: return true;
  }
}

double SliceModel::threshold() const { return findings_ ? findings_->comparison.criteria.threshold : 0.05; }

QVariant SliceModel::text(const SliceComparison& slice, int column) const {
  switch (column) {
    case kName: return shown(slice.name);
    case kRole: return slice.role ? shown(analyzer::name_of(*slice.role)) : QString();
    case kBefore: return ns(slice.before.wait_ns_per_unit);
    case kAfter: return ns(slice.after.wait_ns_per_unit);
    case kChange: return delta(slice.delta_ns());
    case kEffect: return effectText(slice);
    case kVerdict: return findings_->comparison.within_run_only ? tr("no verdict") : signedName(slice.verdict);
    case kQ: return qText(slice);
    case kContentionsBefore: return number(slice.before.contentions_per_unit);
    case kContentionsAfter: return number(slice.after.contentions_per_unit);
    case kP99Before: return p99(slice.before);
    case kP99After: return p99(slice.after);
    case kShareBefore: return percent(slice.before.wait_share);
    case kShareAfter: return percent(slice.after.wait_share);
    default: return {};
  }
}

QVariant SliceModel::sortKey(const SliceComparison& slice, int column) const {
  switch (column) {
    case kBefore: return slice.before.wait_ns_per_unit;
    case kAfter: return slice.after.wait_ns_per_unit;
    case kChange: return slice.delta_ns();
    case kEffect: return slice.effect.ratio.value_or(HUGE_VAL);
    case kVerdict: return static_cast<int>(slice.verdict);
    case kQ: return slice.effect.q ? *slice.effect.q : slice.effect.p.value_or(2);
    case kContentionsBefore: return slice.before.contentions_per_unit;
    case kContentionsAfter: return slice.after.contentions_per_unit;
    case kP99Before: return slice.before.stats.quantile_ns(0.99);
    case kP99After: return slice.after.stats.quantile_ns(0.99);
    case kShareBefore: return slice.before.wait_share;
    case kShareAfter: return slice.after.wait_share;
    default: return text(slice, column);
  }
}

QVariant SliceModel::data(const QModelIndex& index, int role) const {
  const SliceComparison* const found = index.isValid() ? slice(index.row()) : nullptr;
  if (found == nullptr) return {};
  switch (role) {
    case Qt::DisplayRole: return text(*found, index.column());
    case kSortRole: return sortKey(*found, index.column());
    case kSliceRole: return QVariant::fromValue(found);
    case kBarRole:
      if (max_wait_ <= 0) return {};
      if (index.column() == kBefore) return found->before.wait_ns_per_unit / max_wait_;
      if (index.column() == kAfter) return found->after.wait_ns_per_unit / max_wait_;
      return {};
    case Qt::TextAlignmentRole:
      if (index.column() == kName || index.column() == kRole || index.column() == kVerdict)
        return static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter);
      return static_cast<int>(Qt::AlignRight | Qt::AlignVCenter);
    case Qt::ToolTipRole:
      return QStringLiteral("%1: %2\n%3")
          .arg(title(index.column()), text(*found, index.column()).toString(), definition(index.column()));
    default: return {};
  }
}

QString SliceModel::title(int column) const {
  const bool two = !findings_ || findings_->isComparison();
  switch (column) {
    case kName: return tr(nameOf(findings_ ? findings_->question.grouping : Grouping::kClass));
    case kRole: return tr("role");
    case kBefore: return two ? tr("wait before") : tr("wait");
    case kAfter: return tr("wait after");
    case kChange: return tr("change");
    case kEffect: return tr("effect (interval), scale 1/%1× to %1×").arg(number(effect_span_));
    case kVerdict: return tr("verdict");
    case kQ: return tr("q");
    case kContentionsBefore: return two ? tr("contentions before") : tr("contentions");
    case kContentionsAfter: return tr("contentions after");
    case kP99Before: return two ? tr("p99 before") : tr("p99");
    case kP99After: return tr("p99 after");
    case kShareBefore: return two ? tr("wait share before") : tr("wait share");
    case kShareAfter: return tr("wait share after");
    default: return {};
  }
}

QString SliceModel::definition(int column) const {
  const QString unit = findings_ ? unitName(findings_->comparison.unit) : tr("unit of work");
  switch (column) {
    case kName: return tr("What the waits of a row have in common.");
    case kRole: return tr("What locks of different kernels have in common.");
    case kBefore:
    case kAfter:
      return tr("Sum of wait times divided by work, in ns per %1; mean over the runs of a side. Exact.").arg(unit);
    case kChange: return tr("Wait per %1 after, minus before. The rows add up to the whole.").arg(unit);
    case kEffect:
      return tr("Wait per %1 after, divided by before, with its confidence interval, on a logarithmic scale. The band "
                "holds changes too small to matter.")
          .arg(unit);
    case kVerdict: return tr("Improved or regressed: the whole interval lies beyond the band, and q is small enough.");
    case kQ: return tr("Share of false finds among rows with a value as small as this (Benjamini and Hochberg).");
    case kContentionsBefore:
    case kContentionsAfter: return tr("Acquisitions that had to wait, per %1. Exact.").arg(unit);
    case kP99Before:
    case kP99After: return tr("99 of 100 waits were shorter; within 1/16, the width of histogram buckets.");
    case kShareBefore:
    case kShareAfter: return tr("Wait divided by online CPUs times elapsed time.");
    default: return {};
  }
}

QVariant SliceModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::DisplayRole) return title(section);
  if (role == Qt::ToolTipRole) return definition(section);
  if (role == Qt::TextAlignmentRole)
    return section == kName || section == kRole || section == kVerdict ? QVariant(Qt::AlignLeft | Qt::AlignVCenter)
                                                                       : QVariant(Qt::AlignRight | Qt::AlignVCenter);
  return {};
}

}  // namespace socklock::gui
