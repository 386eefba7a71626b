// SPDX-License-Identifier: GPL-2.0-or-later
// Runs over time below each other, aligned at their beginnings: of each the waits by class stacked, and a lane a CPU,
// thread or class. Zooming never filters; dragging selects a stretch, which does. A click on a lane chooses a wait; two
// markers measure. Where the runs need more room than there is, they scroll; legend and axis stay.
#pragma once

#include <QMenu>
#include <QScrollBar>
#include <QWidget>
#include <array>
#include <optional>
#include <set>
#include <vector>

#include "gui/jobs/timeline_data.h"

namespace socklock::gui {

struct Theme;

enum class LaneOrder { kAsIs, kLongestFirst, kByName };

struct TimelineRun {
  std::size_t side = 0;  // 0: before or the only one, 1: after
  TimelineDataPtr waits;
  QString title;
};

class TimelineView : public QWidget {
  Q_OBJECT
 public:
  explicit TimelineView(QWidget* parent = nullptr);
  // From the top. What is zoomed into stays so while any of the runs does.
  void setRuns(std::vector<TimelineRun> runs);
  [[nodiscard]] std::size_t runCount() const { return runs_.size(); }
  [[nodiscard]] const TimelineRun& run(std::size_t number) const { return runs_[number].shown; }
  void setRate(bool contentions);  // else mean waiters
  void setLanes(LanesOf of);
  void setLaneOrder(LaneOrder order);
  // A lane that is pinned is above all that are not.
  void pinLane(const std::string& name, bool is_pinned);
  // Of lanes of every kind by their names; where all would be hidden the last one stays.
  void hideLane(const std::string& name);
  void showAllLanes();
  void setHiddenLanes(std::set<std::string> names);
  void setPinnedLanes(std::set<std::string> names);
  [[nodiscard]] const std::set<std::string>& hiddenLanes() const { return hidden_; }
  [[nodiscard]] const std::set<std::string>& pinnedLanes() const { return pinned_; }
  // Of all runs, shown or hidden, in the order of the first that has them.
  [[nodiscard]] std::vector<std::string> allLanes() const;
  // Of a run, from the top.
  [[nodiscard]] std::vector<std::string> laneNames(std::size_t run) const;
  // A stretch of the side before, or of both, and that of the side after.
  void setSelection(std::optional<analyzer::TimeRange> before, std::optional<analyzer::TimeRange> after);
  void setRange(double begin_ns, double end_ns);
  void resetRange();
  [[nodiscard]] analyzer::TimeRange range() const;
  // Nothing of the run is out of sight.
  [[nodiscard]] bool isWhole() const { return begin_ns_ <= 0 && end_ns_ >= endNs(); }
  // The largest value that is shown now: the top of the axis.
  [[nodiscard]] double largest() const;
  // Marks the wait, and moves it into view where it is not; does not tell chosen().
  void setChosen(std::optional<ChosenWait> wait);
  [[nodiscard]] const std::optional<ChosenWait>& chosenWait() const { return chosen_; }
  // The same, as a click does it.
  void choose(std::optional<ChosenWait> wait);
  // Moves the run into sight, where it is not.
  void scrollTo(std::size_t run);
  [[nodiscard]] QScrollBar* scrollBar() const { return scroll_; }
  // In the middle of the wait's mark, where it is in view.
  [[nodiscard]] QPointF placeOf(const ChosenWait& wait) const;
  // In ns; both together have a stretch between them.
  void setMarkers(std::optional<double> a, std::optional<double> b);
  [[nodiscard]] std::optional<double> marker(std::size_t which) const { return markers_[which]; }
  // Time and sums between the markers: a line for the time, for each run, and for a side that has several; empty
  // without two markers.
  [[nodiscard]] QString markersText() const;
  QSize minimumSizeHint() const override { return {400, 120}; }

 Q_SIGNALS:
  void lanesWanted();
  // A menu about a wait is about to be shown: for who has more to offer.
  void menuWanted(QMenu* menu, const socklock::gui::ChosenWait& wait);
  void rangeShown(const socklock::analyzer::TimeRange& range);
  // `side`: only of that one; less than 0: of both.
  void rangeSelected(const socklock::analyzer::TimeRange& range, int side = -1);
  void chosen(const socklock::gui::ChosenWait& wait);
  void markersChanged();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool event(QEvent* event) override;

 private:
  static constexpr std::uint32_t kHidden = UINT32_MAX;
  struct Run {
    TimelineRun shown;
    std::vector<std::uint32_t> place_of_lane;  // from the top; kHidden: it has none
    std::vector<std::uint32_t> lane_at;        // the other way round
  };
  struct Panel {
    const Run* run;
    std::size_t number;  // of the run
    QRectF chart;
    QRectF lanes;
    std::vector<analyzer::TimelineCell> cells;  // a column a pixel, in each all classes; only while painting
  };
  [[nodiscard]] std::vector<Panel> panels() const;
  [[nodiscard]] std::vector<Panel> filledPanels() const;
  // Where runs are painted: between legend and axis.
  [[nodiscard]] QRectF runsArea() const;
  // Of each run.
  [[nodiscard]] double runHeight() const;
  // Of a run's height, at the most.
  [[nodiscard]] double shareOfLanes() const;
  void updateScrollBar();
  void orderAllLanes();
  [[nodiscard]] double largestOf(const Panel& panel) const;
  [[nodiscard]] double left() const;
  [[nodiscard]] double right() const;
  [[nodiscard]] double nsAt(double x) const;
  [[nodiscard]] double xOf(double ns) const;
  [[nodiscard]] double endNs() const;
  void orderLanes(Run& run) const;
  void zoom(double factor, double around_x);
  void pan(double share);
  [[nodiscard]] std::optional<ChosenWait> waitAt(QPointF at) const;
  [[nodiscard]] std::optional<std::uint32_t> laneUnder(const Panel& panel, QPointF at) const;
  // The run's number; nothing: there is none at this height.
  [[nodiscard]] std::optional<std::size_t> runAt(double y) const;
  void stepWait(int step);
  [[nodiscard]] QStringList sumsOf(analyzer::TimeRange range) const;
  void selectStretch(double from_x, double to_x, bool of_one_side);
  void paintChart(QPainter& painter, const Panel& panel, double max) const;
  void paintLanes(QPainter& painter, const Panel& panel) const;
  void paintLaneNames(QPainter& painter, const Panel& panel) const;
  [[nodiscard]] QString tipAt(const Panel& panel, QPointF at) const;
  // By place and column: the class of the longest wait there, of those that are looked at; -1: none.
  [[nodiscard]] std::vector<int> classesInLanes(const Panel& panel, const WaitsInView& view, std::size_t columns) const;
  void paintSingleWaits(QPainter& painter, const Panel& panel, const WaitsInView& view) const;
  [[nodiscard]] QRectF markOf(const Panel& panel, std::size_t event) const;
  void paintStretch(QPainter& painter, QRectF area) const;
  void paintSelections(QPainter& painter, const std::vector<Panel>& list) const;
  void paintMarkers(QPainter& painter) const;
  void paintChosen(QPainter& painter, const std::vector<Panel>& list) const;
  void paintLegend(QPainter& painter) const;
  void paintAxis(QPainter& painter) const;
  [[nodiscard]] double value(const analyzer::TimelineCell& cell, double column_ns) const;
  // By what the values of a column are multiplied: 1, but where a sample says that more waited than there were.
  [[nodiscard]] double correction(const Panel& panel, std::size_t column) const;
  [[nodiscard]] static std::size_t columnsOf(const Panel& panel);
  [[nodiscard]] double columnNs(const Panel& panel) const;
  void paintBars(QImage& image, const Panel& panel, double max) const;
  void paintScale(QPainter& painter, const Panel& panel, double max) const;
  void paintHeading(QPainter& painter, const Panel& panel) const;
  void paintRun(QPainter& painter, const Panel& panel, double max) const;

  std::vector<Run> runs_;
  QScrollBar* scroll_;
  bool is_rate_ = false;
  LanesOf lanes_of_ = LanesOf::kCpu;
  LaneOrder lane_order_ = LaneOrder::kAsIs;
  std::set<std::string> pinned_;
  std::set<std::string> hidden_;
  double begin_ns_ = 0, end_ns_ = 1;
  std::array<std::optional<analyzer::TimeRange>, 2> selections_;
  std::optional<ChosenWait> chosen_;
  std::array<std::optional<double>, 2> markers_;
  std::optional<double> drag_from_x_;
  double drag_to_x_ = 0;
  double drag_y_ = 0;
  bool is_panning_ = false;
  bool is_of_one_side_ = false;
};

}  // namespace socklock::gui
