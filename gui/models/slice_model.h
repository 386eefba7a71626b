// SPDX-License-Identifier: GPL-2.0-or-later
// The slices that the first page lists: the analyzer's table of them, and for what is drawn the slices themselves.
#pragma once

#include "gui/jobs/analysis.h"
#include "gui/models/table_model.h"

namespace socklock::gui {

class SliceModel : public TableModel {
  Q_OBJECT
 public:
  enum Role { kSliceRole = kBarRole + 1 };
  static constexpr double kMaxEffectSpan = 1024;

  using TableModel::TableModel;
  void showFindings(const FindingsPtr& findings);
  QVariant data(const QModelIndex& index, int role) const override;

  [[nodiscard]] const analyzer::SliceComparison* slice(int row) const;
  // Largest ratio, or inverse of one, that the effect column has to show; at least 2.
  [[nodiscard]] double effectSpan() const { return effect_span_; }
  [[nodiscard]] double threshold() const;
  [[nodiscard]] const FindingsPtr& findings() const { return findings_; }

 private:
  FindingsPtr findings_;
  double effect_span_ = 2;
};

}  // namespace socklock::gui
