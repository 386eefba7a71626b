// SPDX-License-Identifier: GPL-2.0-or-later
// Single waits as a table of whatever length: a row is looked up when it is shown.
#pragma once

#include <QAbstractTableModel>
#include <memory>
#include <vector>

#include "analyzer/label/classify.h"
#include "gui/jobs/timeline_data.h"

namespace socklock::gui {

class EventModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { kTime, kWait, kClass, kInstance, kPath, kFunction, kProcess, kThread, kCpu, kColumns };

  explicit EventModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}
  // Those that were under way in the range, by their end.
  void show(const TimelineDataPtr& data, analyzer::TimeRange range);
  // Positions of events in another order; of what is shown.
  void setOrder(std::vector<std::uint32_t> events);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  // All that were under way in the range; rows end at kMaxRows, beyond which views get slow.
  [[nodiscard]] std::size_t inRange() const { return view_.size(); }
  static constexpr std::size_t kMaxRows = 1'000'000;
  [[nodiscard]] std::size_t eventAt(int row) const;
  // -1: it is not listed.
  [[nodiscard]] int rowOf(std::size_t event) const;
  [[nodiscard]] bool holds(std::size_t event) const { return rowOf(event) >= 0; }
  [[nodiscard]] const TimelineDataPtr& timeline() const { return data_; }
  [[nodiscard]] analyzer::TimeRange range() const { return range_; }

 private:
  [[nodiscard]] QString text(std::size_t event, int column) const;

  TimelineDataPtr data_;
  std::unique_ptr<analyzer::InstanceNames> names_;
  analyzer::TimeRange range_;
  WaitsInView view_;
  std::vector<std::uint32_t> order_;  // empty: by time
};

// Positions of the events in the range, longest wait first.
std::vector<std::uint32_t> longestFirst(const TimelineData& data, analyzer::TimeRange range);

}  // namespace socklock::gui
