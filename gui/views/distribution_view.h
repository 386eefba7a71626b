// SPDX-License-Identifier: GPL-2.0-or-later
// How long waits took on both sides, over each other: as a histogram of how many there were for the work done, of
// shares of each side's waits, or as the share of waits at most so long; below, quantiles with their intervals. The
// time axis is logarithmic.
#pragma once

#include <QPainterPath>

#include "gui/views/page.h"

class QRadioButton;

namespace socklock::gui {

enum class DistributionOf { kWaitsPerUnit, kShares, kCumulative };

class DistributionView : public QWidget {
  Q_OBJECT
 public:
  explicit DistributionView(QWidget* parent = nullptr);
  void show(const FindingsPtr& findings);
  void setForm(DistributionOf form);
  void setLogarithmic(bool log);
  // The top of the axis.
  [[nodiscard]] double largest() const;
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
  void paintQuantile(QPainter& painter, const Axes& axes, const analyzer::Quantile& quantile, const QPointF& at) const;
  void paintPointer(QPainter& painter, const Axes& axes) const;
  [[nodiscard]] QPainterPath histogram(const Axes& axes, const WaitTimes& times) const;
  [[nodiscard]] static QPainterPath cumulative(const Axes& axes, const WaitTimes& times);
  // What the height of a share of a side's waits is.
  [[nodiscard]] double scaleOf(const WaitTimes& times) const;
  [[nodiscard]] QString valueText(double value) const;

  FindingsPtr findings_;
  DistributionOf form_ = DistributionOf::kWaitsPerUnit;
  bool is_logarithmic_ = false;
  double pointer_x_ = -1;
};

// The view with its switches.
class DistributionPage : public Page {
  Q_OBJECT
 public:
  explicit DistributionPage(QWidget* parent = nullptr);
  void showFindings(const FindingsPtr& findings) override;
  [[nodiscard]] DistributionView* view() const { return view_; }

 private:
  DistributionView* view_;
  QRadioButton* per_unit_;
};

}  // namespace socklock::gui
