// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/distribution_view.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QRadioButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "gui/models/text.h"
#include "gui/views/theme.h"

namespace socklock::gui {
namespace {

// Shares below this lie on the bottom of a logarithmic axis.
constexpr double kMinShare = 1e-5;
// Of a quantile, in heights of text; and how many there are of each side.
constexpr double kQuantileLine = 1.05;
constexpr double kQuantiles = 4;

QString quantileName(double q) { return QStringLiteral("p") + QString::number(100 * q, 'g', 4); }

double shareAt(const std::vector<analyzer::CumulativePoint>& points, double at_ns) {
  const auto after =
      std::find_if(points.begin(), points.end(), [at_ns](const auto& point) { return point.ns > at_ns; });
  return after == points.begin() ? 0 : std::prev(after)->share;
}

double shareAt(const std::vector<analyzer::DistributionBin>& bins, double at_ns) {
  const auto found = std::find_if(bins.begin(), bins.end(),
                                  [at_ns](const auto& bin) { return at_ns >= bin.low_ns && at_ns < bin.high_ns; });
  return found == bins.end() ? 0 : found->share;
}

}  // namespace

struct DistributionView::Axes {
  QRectF plot;
  double low_ns = 1, high_ns = 10;
  double max_share = 1;
  bool log_shares = false;

  [[nodiscard]] double x(double ns) const {
    const double share = std::log(std::clamp(ns, low_ns, high_ns) / low_ns) / std::log(high_ns / low_ns);
    return plot.left() + plot.width() * share;
  }
  [[nodiscard]] double ns(double at_x) const {
    return low_ns * std::exp((at_x - plot.left()) / plot.width() * std::log(high_ns / low_ns));
  }
  [[nodiscard]] double y(double share) const {
    const double height = log_shares
                              ? std::log(std::max(share, kMinShare) / kMinShare) / std::log(max_share / kMinShare)
                              : share / max_share;
    return plot.bottom() - plot.height() * height;
  }
};

DistributionView::DistributionView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setAccessibleName(tr("Distribution of wait times"));
}

void DistributionView::show(const FindingsPtr& findings) {
  findings_ = findings;
  update();
}

void DistributionView::setCumulative(bool cumulative) {
  cumulative_ = cumulative;
  update();
}

void DistributionView::setLogShares(bool log) {
  log_shares_ = log;
  update();
}

DistributionView::Axes DistributionView::axes() const {
  Axes axes;
  const double line = fontMetrics().height();
  const double sides = findings_->isComparison() ? 2 : 1;
  axes.plot =
      QRectF(rect()).adjusted(line * 4.5, line, -line * 1.5, -line * (2 + sides * (kQuantiles * kQuantileLine + 0.6)));
  axes.log_shares = log_shares_;
  double low = HUGE_VAL, high = 0, share = 0;
  for (const WaitTimes* times : {&findings_->times_before, &findings_->times_after}) {
    for (const auto& bin : times->bins) {
      low = std::min(low, bin.low_ns);
      high = std::max(high, bin.high_ns);
      share = std::max(share, bin.share);
    }
    for (const auto& quantile : times->quantiles) {
      low = std::min(low, quantile.low_ns.value_or(quantile.ns));
      high = std::max(high, std::min(quantile.high_ns.value_or(quantile.ns), 1e12));
    }
  }
  if (high > low) {
    axes.low_ns = std::max(1.0, low);
    axes.high_ns = high;
  }
  axes.max_share = cumulative_ ? 1 : std::max(share, kMinShare * 10);
  return axes;
}

void DistributionView::paintGrid(QPainter& painter, const Axes& axes) const {
  const Theme theme = themeOf(palette());
  const double line = fontMetrics().height();
  const auto last = static_cast<int>(std::floor(std::log10(axes.high_ns)));
  for (auto power = static_cast<int>(std::ceil(std::log10(axes.low_ns))); power <= last; ++power) {
    const double tick = std::pow(10, power);
    painter.setPen(theme.line);
    painter.drawLine(QPointF(axes.x(tick), axes.plot.top()), QPointF(axes.x(tick), height()));
    painter.setPen(theme.soft);
    painter.drawText(QRectF(axes.x(tick) - 50, axes.plot.bottom() + 3, 100, line), Qt::AlignCenter, ns(tick));
  }
  for (int i = 0; i <= 4; ++i) {
    const double share = log_shares_ ? axes.max_share * std::pow(10, -i) : axes.max_share * i / 4;
    painter.setPen(theme.line);
    painter.drawLine(QPointF(axes.plot.left(), axes.y(share)), QPointF(axes.plot.right(), axes.y(share)));
    painter.setPen(theme.soft);
    painter.drawText(QRectF(0, axes.y(share) - line / 2, axes.plot.left() - 6, line),
                     static_cast<int>(Qt::AlignRight | Qt::AlignVCenter), percent(share));
  }
}

void DistributionView::paintSide(QPainter& painter, const Axes& axes, const WaitTimes& times,
                                 const QColor& colour) const {
  QPainterPath path;
  if (cumulative_) {
    double share = 0;
    path.moveTo(axes.plot.left(), axes.y(0));
    for (const auto& point : times.cumulative) {
      path.lineTo(axes.x(point.ns), axes.y(share));
      path.lineTo(axes.x(point.ns), axes.y(point.share));
      share = point.share;
    }
    if (share > 0) path.lineTo(axes.plot.right(), axes.y(share));
    painter.setBrush(Qt::NoBrush);
  } else {
    if (times.bins.empty()) return;
    path.moveTo(axes.x(times.bins.front().low_ns), axes.plot.bottom());
    for (const auto& bin : times.bins) {
      path.lineTo(axes.x(bin.low_ns), axes.y(bin.share));
      path.lineTo(axes.x(bin.high_ns), axes.y(bin.share));
    }
    path.lineTo(axes.x(times.bins.back().high_ns), axes.plot.bottom());
    QColor fill = colour;
    fill.setAlphaF(0.25F);
    painter.setBrush(fill);
  }
  painter.setPen(QPen(colour, 2));
  painter.drawPath(path);
}

void DistributionView::paintQuantiles(QPainter& painter, const Axes& axes, const WaitTimes& times, const QColor& colour,
                                      const QString& name, double y) const {
  const double line = fontMetrics().height();
  painter.setPen(colour);
  painter.drawText(QRectF(0, y - line / 2, axes.plot.left() - 6, line),
                   static_cast<int>(Qt::AlignRight | Qt::AlignVCenter), name);
  for (const auto& quantile : times.quantiles) {
    const double x = axes.x(quantile.ns);
    double right = x + 4;
    painter.setPen(QPen(colour, 2));
    if (quantile.low_ns) {
      const double low = axes.x(*quantile.low_ns), high = axes.x(*quantile.high_ns);
      painter.drawLine(QPointF(low, y), QPointF(high, y));
      painter.drawLine(QPointF(low, y - 4), QPointF(low, y + 4));
      painter.drawLine(QPointF(high, y - 4), QPointF(high, y + 4));
      right = std::max(right, high);
    }
    painter.setBrush(colour);
    painter.drawEllipse(QPointF(x, y), 4, 4);
    painter.setPen(themeOf(palette()).ink);
    const QString words = QStringLiteral("%1 %2").arg(quantileName(quantile.q), ns(quantile.ns));
    const double width = fontMetrics().horizontalAdvance(words);
    const double left_end = quantile.low_ns ? axes.x(*quantile.low_ns) : x - 4;
    const bool fits_right = right + 8 + width < this->width();
    painter.drawText(QPointF(fits_right ? right + 8 : left_end - 8 - width, y + line * 0.32), words);
    y += line * kQuantileLine;
  }
}

void DistributionView::paintPointer(QPainter& painter, const Axes& axes) const {
  if (pointer_x_ < axes.plot.left() || pointer_x_ > axes.plot.right()) return;
  const Theme theme = themeOf(palette());
  const double at_ns = axes.ns(pointer_x_);
  painter.setPen(QPen(theme.soft, 1, Qt::DashLine));
  painter.drawLine(QPointF(pointer_x_, axes.plot.top()), QPointF(pointer_x_, axes.plot.bottom()));
  const auto text = [&](const WaitTimes& times) {
    return percent(cumulative_ ? shareAt(times.cumulative, at_ns) : shareAt(times.bins, at_ns));
  };
  QString words = tr(cumulative_ ? "at most %1: " : "about %1: ").arg(ns(at_ns)) + text(findings_->times_before);
  if (findings_->isComparison()) words += tr(" before, %1 after").arg(text(findings_->times_after));
  const double width = fontMetrics().horizontalAdvance(words) + 12;
  const double left = std::min(pointer_x_ + 8, axes.plot.right() - width);
  const QRectF box(left, axes.plot.top() + 2, width, fontMetrics().height() + 6);
  painter.fillRect(box, theme.card);
  painter.setPen(theme.ink);
  painter.drawText(box, Qt::AlignCenter, words);
}

void DistributionView::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const Theme theme = themeOf(palette());
  painter.fillRect(rect(), theme.paper);
  if (!findings_ || (findings_->times_before.bins.empty() && findings_->times_after.bins.empty())) {
    painter.setPen(theme.soft);
    painter.drawText(rect(), Qt::AlignCenter, tr("No waits to show."));
    return;
  }
  const Axes axes = this->axes();
  const double line = fontMetrics().height();
  paintGrid(painter, axes);
  paintSide(painter, axes, findings_->times_before, theme.before);
  if (findings_->isComparison()) paintSide(painter, axes, findings_->times_after, theme.after);
  paintQuantiles(painter, axes, findings_->times_before, theme.before,
                 findings_->isComparison() ? tr("■ before") : tr("waits"), axes.plot.bottom() + line * 2.2);
  if (findings_->isComparison())
    paintQuantiles(painter, axes, findings_->times_after, theme.after, tr("■ after"),
                   axes.plot.bottom() + line * (2.8 + kQuantiles * kQuantileLine));
  paintPointer(painter, axes);
}

void DistributionView::mouseMoveEvent(QMouseEvent* event) {
  pointer_x_ = event->position().x();
  update();
}

void DistributionView::leaveEvent(QEvent* /*event*/) {
  pointer_x_ = -1;
  update();
}

DistributionPage::DistributionPage(QWidget* parent) : QWidget(parent), view_(new DistributionView(this)) {
  auto* const histogram = new QRadioButton(tr("&Histogram (two bins an octave)"), this);
  auto* const cumulative = new QRadioButton(tr("&Share of waits at most so long"), this);
  auto* const log = new QCheckBox(tr("&Logarithmic shares"), this);
  histogram->setChecked(true);
  auto* const note = new QLabel(tr("Marks: quantiles of a typical run, with the interval over runs"), this);
  auto* const bar = new QHBoxLayout;
  for (QWidget* const widget :
       {static_cast<QWidget*>(histogram), static_cast<QWidget*>(cumulative), static_cast<QWidget*>(log)})
    bar->addWidget(widget);
  bar->addStretch();
  bar->addWidget(note);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addLayout(bar);
  layout->addWidget(view_, 1);
  connect(cumulative, &QRadioButton::toggled, view_, &DistributionView::setCumulative);
  connect(log, &QCheckBox::toggled, view_, &DistributionView::setLogShares);
}

}  // namespace socklock::gui
