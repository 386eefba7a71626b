// SPDX-License-Identifier: GPL-2.0-or-later
// One run or two over time, aligned at their beginnings: waits by class stacked, and a lane a CPU
// or thread. Zooming never filters; dragging selects a stretch, which does.
#pragma once

#include <QWidget>
#include <array>
#include <optional>
#include <vector>

#include "gui/jobs/timeline_data.h"

namespace socklock::gui {

class TimelineView : public QWidget {
  Q_OBJECT
 public:
  explicit TimelineView(QWidget* parent = nullptr);
  // 0: before or the only one, 1: after; null: not there.
  void setSide(std::size_t side, TimelineDataPtr waits, const QString& title);
  void setRate(bool contentions);  // else mean waiters
  void setLanes(LanesOf of);
  // Of a side, from the top.
  [[nodiscard]] std::vector<std::string> laneNames(std::size_t side) const;
  void setSelection(std::optional<analyzer::TimeRange> selection);
  void setRange(double begin_ns, double end_ns);
  void resetRange();
  [[nodiscard]] analyzer::TimeRange range() const;
  // The largest value that is shown now: the top of the axis.
  [[nodiscard]] double largest() const;
  QSize minimumSizeHint() const override { return {400, 200}; }

 Q_SIGNALS:
  void rangeShown(const socklock::analyzer::TimeRange& range);
  void rangeSelected(const socklock::analyzer::TimeRange& range);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  struct Side {
    TimelineDataPtr data;
    QString title;
  };
  struct Panel {
    const Side* side;
    QRectF chart;
    QRectF lanes;
    std::vector<analyzer::TimelineCell> cells;  // a column a pixel, in each all classes; only while painting
  };
  [[nodiscard]] std::vector<Panel> panels() const;
  [[nodiscard]] std::vector<Panel> filledPanels() const;
  [[nodiscard]] double largestOf(const Panel& panel) const;
  [[nodiscard]] double left() const;
  [[nodiscard]] double nsAt(double x) const;
  [[nodiscard]] double xOf(double ns) const;
  [[nodiscard]] double endNs() const;
  void zoom(double factor, double around_x);
  void pan(double share);
  void paintChart(QPainter& painter, const Panel& panel, double max) const;
  void paintLanes(QPainter& painter, const Panel& panel) const;
  void paintLaneNames(QPainter& painter, const Panel& panel) const;
  [[nodiscard]] QString tipAt(const Panel& panel, QPointF at) const;
  void paintSingleWaits(QPainter& painter, const Panel& panel, const WaitsInView& view) const;
  void paintStretch(QPainter& painter, double from, double to) const;
  void paintLegend(QPainter& painter) const;
  void paintAxis(QPainter& painter) const;
  [[nodiscard]] double value(const analyzer::TimelineCell& cell, double column_ns) const;
  // By what the values of a column are multiplied: 1, but where a sample says that more waited than there were.
  [[nodiscard]] double correction(const Panel& panel, std::size_t column) const;
  [[nodiscard]] static std::size_t columnsOf(const Panel& panel);
  [[nodiscard]] double columnNs(const Panel& panel) const;
  void paintBars(QImage& image, const Panel& panel, double max) const;
  void paintScale(QPainter& painter, const Panel& panel, double max) const;

  std::array<Side, 2> sides_;
  bool is_rate_ = false;
  LanesOf lanes_of_ = LanesOf::kCpu;
  double begin_ns_ = 0, end_ns_ = 1;
  std::optional<analyzer::TimeRange> selection_;
  std::optional<double> drag_from_x_;
  double drag_to_x_ = 0;
  bool is_panning_ = false;
};

}  // namespace socklock::gui
