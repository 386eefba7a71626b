// SPDX-License-Identifier: GPL-2.0-or-later
// The timeline of a run of each side, the single waits of what it shows, and all that is known of a chosen one.
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QTableView>
#include <QTimer>
#include <array>
#include <map>
#include <string>

#include "gui/jobs/background.h"
#include "gui/jobs/timeline_data.h"
#include "gui/views/page.h"

namespace socklock::gui {

class EventModel;
class TimelineView;
struct ChosenWait;

class TimelinePage : public Page {
  Q_OBJECT
 public:
  explicit TimelinePage(QWidget* parent = nullptr);
  // Reads single waits only when the page is seen: they are most of a trace.
  void showFindings(const FindingsPtr& findings) override;
  // Without the table: below another page there is little room.
  void setCompact();
  [[nodiscard]] bool isSettled() const override { return !isVisible() || !isBusy(); }

  [[nodiscard]] TimelineView* view() const { return view_; }
  [[nodiscard]] EventModel* events() const { return events_; }
  [[nodiscard]] QTableView* table() const { return table_; }
  // Of the chosen wait: stack, thread, lock, who got the lock before.
  [[nodiscard]] QString details() const { return details_->toPlainText(); }
  [[nodiscard]] QString markersText() const { return markers_->text(); }
  [[nodiscard]] bool isBusy() const { return loader_.isBusy() || needs_load_ || settle_timer_.isActive(); }

 Q_SIGNALS:
  void loaded();

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  using EventsByPath = std::map<std::string, EventsPtr>;
  struct Request {
    std::array<std::string, 2> paths;  // empty: no such side
    std::vector<std::string> classes;
    analyzer::Filter filter;
    analyzer::Taxonomy taxonomy;
    EventsByPath known;
    LanesOf lanes = LanesOf::kCpu;
  };
  struct Loaded {
    std::array<TimelineDataPtr, 2> sides;
    EventsByPath events;
    std::string error;
  };
  QLayout* makeControls();
  void makeLaneControls(QLayout* bar);
  QWidget* makeTable(QWidget* parent);
  QWidget* makeDetails(QWidget* parent);
  void showChosen(const ChosenWait& wait);
  void showDetails(const ChosenWait& wait);
  void chooseRow(int row);
  void listRuns();
  void load();
  static Loaded loadSides(const Request& request, const Watch& watch);
  static Result<EventsPtr> loadEvents(const std::string& path, const Request& request, const Watch& watch);
  void showLoaded(Loaded loaded);
  void showEvents();
  void showLongestFirst();
  void selectRange(analyzer::TimeRange range, int side);

  FindingsPtr findings_;
  std::shared_ptr<const LoadedRuns> whole_runs_;  // not cut to a time range
  TimelineView* view_;
  QPlainTextEdit* details_;
  QWidget* below_ = nullptr;
  QLabel* markers_;
  LanesOf lanes_of_ = LanesOf::kCpu;
  std::array<QComboBox*, 2> runs_;
  QComboBox* table_side_;
  QLabel* words_;
  QTableView* table_;
  EventModel* events_;
  std::array<TimelineDataPtr, 2> data_;
  EventsByPath cache_;
  Background loader_;
  Background sorter_;
  QTimer settle_timer_;  // the table follows when zooming has come to rest
  bool needs_load_ = false;
};

}  // namespace socklock::gui
