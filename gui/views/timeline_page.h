// SPDX-License-Identifier: GPL-2.0-or-later
// The time line of a run of each side, and the single waits of what it shows.
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QTableView>
#include <QTimer>
#include <QWidget>
#include <array>
#include <map>
#include <string>

#include "gui/jobs/analysis.h"
#include "gui/jobs/background.h"
#include "gui/jobs/timeline_data.h"

namespace socklock::gui {

class EventModel;
class TimelineView;

class TimelinePage : public QWidget {
  Q_OBJECT
 public:
  explicit TimelinePage(QWidget* parent = nullptr);
  // Reads single waits only when the page is seen: they are most of a trace.
  void show(const FindingsPtr& findings);

  [[nodiscard]] TimelineView* view() const { return view_; }
  [[nodiscard]] EventModel* events() const { return events_; }
  [[nodiscard]] QTableView* table() const { return table_; }
  [[nodiscard]] bool isBusy() const { return loader_.isBusy() || needs_load_ || settle_timer_.isActive(); }

 Q_SIGNALS:
  void rangeSelected(const socklock::analyzer::TimeRange& range);
  void loaded();

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  struct Loaded {
    std::array<TimelineDataPtr, 2> sides;
    std::map<std::string, EventsPtr> events;
    std::string error;
  };
  void load();
  void showEvents();
  void showLongestFirst();
  [[nodiscard]] analyzer::TimeRange snapped(analyzer::TimeRange range) const;

  FindingsPtr findings_;
  TimelineView* view_;
  std::array<QComboBox*, 2> runs_;
  QComboBox* table_side_;
  QLabel* words_;
  QTableView* table_;
  EventModel* events_;
  std::array<TimelineDataPtr, 2> data_;
  std::map<std::string, EventsPtr> cache_;  // by path
  Background loader_;
  Background sorter_;
  QTimer settle_timer_;  // the table follows when zooming has come to rest
  bool needs_load_ = false;
};

}  // namespace socklock::gui
