// SPDX-License-Identifier: GPL-2.0-or-later
// The timeline of a run of each side, the single waits of what it shows, and all that is known of a chosen one.
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QRadioButton>
#include <QTableView>
#include <QTimer>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "gui/jobs/background.h"
#include "gui/jobs/timeline_data.h"
#include "gui/views/page.h"

namespace socklock::gui {

class EventModel;
class EventSearch;
class LanesDialog;
class TimelineView;
struct ChosenWait;

class TimelinePage : public Page {
  Q_OBJECT
 public:
  explicit TimelinePage(QWidget* parent = nullptr);
  ~TimelinePage() override;
  // Reads single waits only when the page is seen: they are most of a trace.
  void showFindings(const FindingsPtr& findings) override;
  // Without the table: below another page there is little room.
  void setCompact();
  // What of the page a session keeps: runs, lanes, zoom, markers.
  [[nodiscard]] QJsonObject state() const override;
  void setState(const QJsonObject& state) override;
  // Looks in all that is known of single waits; Enter chooses the next one, Shift+Enter the one before.
  [[nodiscard]] QLineEdit* search() const override { return search_; }
  [[nodiscard]] QString foundText() const { return found_->text(); }
  // Zooms to a stretch of a trace, and chooses the wait that fills it.
  void showMoment(const QString& trace, std::uint64_t begin_ns, std::uint64_t end_ns);
  // Of the lanes that there are now.
  LanesDialog* chooseLanes();
  [[nodiscard]] bool isSettled() const override { return !isVisible() || !isBusy(); }

  [[nodiscard]] TimelineView* view() const { return view_; }
  [[nodiscard]] EventModel* events() const { return events_; }
  [[nodiscard]] QTableView* table() const { return table_; }
  // Of the chosen wait: stack, thread, lock, who got the lock before.
  [[nodiscard]] QString details() const { return details_->toPlainText(); }
  [[nodiscard]] QString markersText() const { return markers_->text(); }
  [[nodiscard]] QProgressBar* progress() const { return progress_; }
  [[nodiscard]] bool isBusy() const { return loader_.isBusy() || needs_load_ || settle_timer_.isActive(); }

 Q_SIGNALS:
  void loaded();

 protected:
  void showEvent(QShowEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

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
  // Adds to the share of a load that is done.
  using Advance = std::function<void(double share)>;
  void setUpProgress();
  static Loaded loadSides(const Request& request, Watch& watch);
  static Result<EventsPtr> loadEvents(const std::string& path, const Request& request, const Watch& watch,
                                      const Advance& advance);
  void showLoaded(Loaded loaded);
  void showEvents();
  void showLongestFirst();
  void selectRange(analyzer::TimeRange range, int side);
  void addConditions(QMenu* menu, const ChosenWait& wait);
  void showZoom(const QJsonObject& state);
  void showFound();
  void stepFound(int step);
  [[nodiscard]] std::size_t tableSide() const;
  void applyMoment();

  struct Moment {
    std::size_t side = 0;
    std::uint64_t begin_ns = 0, end_ns = 0;
  };

  FindingsPtr findings_;
  std::shared_ptr<const LoadedRuns> whole_runs_;  // not cut to a time range
  TimelineView* view_;
  QPlainTextEdit* details_;
  QWidget* below_ = nullptr;
  QLabel* markers_;
  QLabel* hint_ = nullptr;
  LanesOf lanes_of_ = LanesOf::kCpu;
  QComboBox* lanes_ = nullptr;
  QComboBox* lane_order_ = nullptr;
  QRadioButton* rate_ = nullptr;
  QLineEdit* search_;
  QLabel* found_;
  std::unique_ptr<EventSearch> searched_;
  QJsonObject awaited_;           // of a session, until its runs are there
  std::optional<Moment> moment_;  // likewise
  std::array<QComboBox*, 2> runs_;
  QComboBox* table_side_;
  QLabel* words_;
  QTableView* table_;
  EventModel* events_;
  QProgressBar* progress_;
  std::array<TimelineDataPtr, 2> data_;
  EventsByPath cache_;
  Background loader_;
  Background sorter_;
  QTimer progress_timer_;
  QTimer settle_timer_;  // the table follows when zooming has come to rest
  bool needs_load_ = false;
};

}  // namespace socklock::gui
