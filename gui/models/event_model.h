// SPDX-License-Identifier: GPL-2.0-or-later
// Single waits as a table of whatever length: a row is looked up when it is shown.
#pragma once

#include <QAbstractTableModel>
#include <QString>
#include <memory>
#include <vector>

#include "analyzer/label/classify.h"
#include "gui/jobs/timeline_data.h"

namespace socklock::gui {

// A run whose waits are listed.
struct ListedRun {
  std::size_t run = 0;  // its number on the timeline
  TimelineDataPtr waits;
  QString name;
};

// A row of the table: many millions may be sorted at a time.
struct ListedWait {
  std::uint32_t part = 0;  // position among the runs that are listed
  std::uint32_t event = 0;
};

class EventModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { kTime, kWait, kClass, kInstance, kPath, kFunction, kProcess, kThread, kCpu, kRun, kColumns };

  explicit EventModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}
  // Those that were under way in the range: one run after the other, of each by their end.
  void show(std::vector<ListedRun> runs, analyzer::TimeRange range);
  // In another order; of what is shown.
  void setOrder(std::vector<ListedWait> waits);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  // All that were under way in the range; rows end at kMaxRows, beyond which views get slow.
  [[nodiscard]] std::size_t inRange() const;
  static constexpr std::size_t kMaxRows = 1'000'000;
  [[nodiscard]] ChosenWait waitAt(int row) const;
  [[nodiscard]] std::size_t eventAt(int row) const { return waitAt(row).event; }
  // -1: it is not listed.
  [[nodiscard]] int rowOf(const ChosenWait& wait) const;
  [[nodiscard]] bool holds(const ChosenWait& wait) const { return rowOf(wait) >= 0; }
  [[nodiscard]] const std::vector<ListedRun>& runs() const { return runs_; }
  // Of the first run; null: none is listed.
  [[nodiscard]] TimelineDataPtr timeline() const { return runs_.empty() ? nullptr : runs_.front().waits; }
  [[nodiscard]] analyzer::TimeRange range() const { return range_; }

 private:
  struct Part {
    std::unique_ptr<analyzer::InstanceNames> names;
    WaitsInView view;
  };
  [[nodiscard]] ListedWait listedAt(int row) const;
  [[nodiscard]] QString text(const ListedWait& wait, int column) const;

  std::vector<ListedRun> runs_;
  std::vector<Part> parts_;  // of each run
  analyzer::TimeRange range_;
  std::vector<ListedWait> order_;  // empty: by run and time
};

// The waits of all runs in the range, longest wait first.
std::vector<ListedWait> longestFirst(const std::vector<ListedRun>& runs, analyzer::TimeRange range);

}  // namespace socklock::gui
