// SPDX-License-Identifier: GPL-2.0-or-later
// How long waits took on both sides, over each other: as a histogram or as the share of waits at most so long;
// below, quantiles with their intervals. The time axis is logarithmic.
#pragma once

#include <QWidget>

#include "gui/jobs/analysis.h"

namespace socklock::gui {

class DistributionView : public QWidget {
  Q_OBJECT
 public:
  explicit DistributionView(QWidget* parent = nullptr);
  void show(const FindingsPtr& findings);
  void setCumulative(bool cumulative);
  void setLogShares(bool log);
  QSize minimumSizeHint() const override { return {400, 260}; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  struct Axes;
  [[nodiscard]] Axes axes() const;
  void paintGrid(QPainter& painter, const Axes& axes) const;
  void paintSide(QPainter& painter, const Axes& axes, const WaitTimes& times, const QColor& colour) const;
  void paintQuantiles(QPainter& painter, const Axes& axes, const WaitTimes& times, const QColor& colour,
                      const QString& name, double y) const;
  void paintPointer(QPainter& painter, const Axes& axes) const;

  FindingsPtr findings_;
  bool cumulative_ = false;
  bool log_shares_ = false;
  double pointer_x_ = -1;
};

// The view with its switches.
class DistributionPage : public QWidget {
  Q_OBJECT
 public:
  explicit DistributionPage(QWidget* parent = nullptr);
  void show(const FindingsPtr& findings) { view_->show(findings); }
  [[nodiscard]] DistributionView* view() const { return view_; }

 private:
  DistributionView* view_;
};

}  // namespace socklock::gui
