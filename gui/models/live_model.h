// SPDX-License-Identifier: GPL-2.0-or-later
// Rates of the last seconds, a row a class, path, process ..., and how they went.
#pragma once

#include "gui/jobs/live_feed.h"
#include "gui/models/table_model.h"

namespace socklock::gui {

class LiveModel : public TableModel {
  Q_OBJECT
 public:
  // QList<double>: wait in a second by tick, each 0 to 1 of the largest of all rows, the last one last.
  enum Role { kHistoryRole = TableModel::kBarRole + 100 };

  using TableModel::TableModel;
  // `group`: what rows are of, in words; only rows whose name has `sought`.
  void showMoment(const LiveMomentPtr& moment, const std::string& group, const QString& sought);
  QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] int rowOf(const QString& name) const;  // -1: not there

 private:
  std::vector<std::vector<double>> histories_;
};

}  // namespace socklock::gui
