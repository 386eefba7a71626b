// SPDX-License-Identifier: GPL-2.0-or-later
// Lock classes of a fleet, with what a change did to the hosts that have it: for the delegates of the first page.
#pragma once

#include <vector>

#include "analyzer/compare/compare.h"
#include "gui/jobs/fleet_job.h"
#include "gui/models/table_model.h"

namespace socklock::gui {

analyzer::Verdict verdictOf(fleet::FleetVerdict verdict);

class FleetModel : public TableModel {
  Q_OBJECT
 public:
  explicit FleetModel(QObject* parent = nullptr) : TableModel(parent) {}
  void showAnswer(const FleetAnswerPtr& answer);
  QVariant data(const QModelIndex& index, int role) const override;
  // -1: of all classes together.
  [[nodiscard]] const fleet::ComparedSlice* compared(int row) const;
  [[nodiscard]] double effectSpan() const { return effect_span_; }

 private:
  FleetAnswerPtr answer_;
  std::vector<analyzer::SliceComparison> slices_;  // as EffectDelegate draws them
  double effect_span_ = 2;
};

}  // namespace socklock::gui
