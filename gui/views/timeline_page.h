// SPDX-License-Identifier: GPL-2.0-or-later
// The timeline of runs of each side, one or several, the single waits of what it shows, and all that is known of a
// chosen one.
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QRadioButton>
#include <QScrollArea>
#include <QTableView>
#include <QTimer>
#include <array>
#include <memory>
#include <optional>
#include <string>

#include "gui/jobs/background.h"
#include "gui/jobs/timeline_data.h"
#include "gui/jobs/timeline_load.h"
#include "gui/models/event_model.h"
#include "gui/views/page.h"

namespace socklock::gui {

class LanesDialog;
class RunChooser;
class RunsSearch;
class TimelineView;

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
  // Zooms to a stretch of a trace, which is shown if it is not, and chooses the wait that fills it.
  void showMoment(const QString& trace, std::uint64_t begin_ns, std::uint64_t end_ns);
  // Of the lanes that there are now.
  LanesDialog* chooseLanes();
  [[nodiscard]] bool isSettled() const override { return !isVisible() || !isBusy(); }

  // Of the side before, or the only one, and of that after.
  [[nodiscard]] RunChooser* runs(std::size_t side) const { return runs_[side]; }
  [[nodiscard]] QComboBox* tableSide() const { return table_side_; }
  [[nodiscard]] TimelineView* view() const { return view_; }
  [[nodiscard]] EventModel* events() const { return events_; }
  [[nodiscard]] QTableView* table() const { return table_; }
  // Of the chosen wait: stack, thread, lock, who got the lock before.
  [[nodiscard]] QString details() const { return details_->toPlainText(); }
  [[nodiscard]] QString markersText() const { return markers_->text(); }
  [[nodiscard]] QString words() const { return words_->text(); }
  [[nodiscard]] QProgressBar* progress() const { return progress_; }
  [[nodiscard]] bool isBusy() const {
    return loader_.isBusy() || needs_load_ || settle_timer_.isActive() || choice_timer_.isActive();
  }

 Q_SIGNALS:
  void loaded();

 protected:
  void showEvent(QShowEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  static constexpr int kBothSides = -1;  // of the table
  // A run that is to be shown.
  struct Wanted {
    std::size_t side = 0;
    std::string path;
    QString title;
  };
  QLayout* makeControls();
  QWidget* makeMarkers();
  void makeLaneControls(QLayout* bar);
  QWidget* makeTable(QWidget* parent);
  QWidget* makeDetails(QWidget* parent);
  void showChosen(const ChosenWait& wait);
  void showDetails(const ChosenWait& wait);
  void chooseRow(int row);
  void listRuns();
  void load();
  [[nodiscard]] std::vector<Wanted> wantedRuns() const;
  // What a session says of a side; empty: nothing.
  [[nodiscard]] static std::vector<std::size_t> chosenIn(const QJsonObject& state, std::size_t side);
  [[nodiscard]] QJsonValue chosenRuns(std::size_t side) const;
  void setUpProgress();
  void showLoaded(const std::vector<Wanted>& wanted, const LoadedTimelines& loaded);
  void showMarkers();
  void showEvents();
  void showLongestFirst();
  void selectRange(analyzer::TimeRange range, int side);
  void addConditions(QMenu* menu, const ChosenWait& wait);
  void showZoom(const QJsonObject& state);
  void showFound();
  void stepFound(int step);
  [[nodiscard]] std::vector<ListedRun> listedRuns() const;
  void setUpTableOfWaits();
  void applyMoment();

  struct Moment {
    std::size_t side = 0, run = 0;  // of the side
    std::string path;
    std::uint64_t begin_ns = 0, end_ns = 0;
  };

  FindingsPtr findings_;
  std::shared_ptr<const LoadedRuns> whole_runs_;  // not cut to a time range
  TimelineView* view_;
  QPlainTextEdit* details_;
  QWidget* below_ = nullptr;
  QLabel* markers_;
  QScrollArea* markers_area_ = nullptr;
  QLabel* hint_ = nullptr;
  LanesOf lanes_of_ = LanesOf::kCpu;
  QComboBox* lanes_ = nullptr;
  QComboBox* lane_order_ = nullptr;
  QRadioButton* rate_ = nullptr;
  QLineEdit* search_;
  QLabel* found_;
  std::unique_ptr<RunsSearch> searched_;
  QJsonObject awaited_;           // of a session, until its runs are there
  std::optional<Moment> moment_;  // likewise
  std::array<RunChooser*, 2> runs_;
  QComboBox* table_side_;
  QLabel* words_;
  QTableView* table_;
  EventModel* events_;
  QProgressBar* progress_;
  std::vector<Wanted> shown_;  // what the view shows
  Background loader_;
  Background sorter_;
  QTimer progress_timer_;
  QTimer settle_timer_;  // the table follows when zooming has come to rest
  QTimer choice_timer_;  // runs are read when their marks have come to rest
  bool needs_load_ = false;
};

}  // namespace socklock::gui
