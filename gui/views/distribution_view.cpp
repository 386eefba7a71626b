// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/distribution_view.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QRadioButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "gui/models/text.h"
#include "gui/views/chart.h"
#include "gui/views/theme.h"

namespace socklock::gui {
namespace {

// A logarithmic axis goes down to this part of its top.
constexpr double kLogDepth = 1e-5;
// A quantile of fewer waits than this for each beyond it would be one wait's.
constexpr double kWaitsBeyond = 1;
// Of a quantile, in heights of text; and how many there are of each side.
constexpr double kQuantileLine = 1.05;
constexpr double kQuantiles = 4;

// 1, 2 or 5 times a power of ten, at least this.
double roundedUp(double value) {
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (value <= factor * power * (1 + 1e-9)) return factor * power;
  return 10 * power;
}

// p99.9 of 17 waits is the longest of them, and says nothing of its own.
bool isMeant(const analyzer::Quantile& quantile, std::uint64_t waits) {
  return static_cast<double>(waits) * (1 - quantile.q) >= kWaitsBeyond * (1 - 1e-9);
}

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
  double max = 1;
  bool is_logarithmic = false;

  [[nodiscard]] double x(double ns) const {
    const double share = std::log(std::clamp(ns, low_ns, high_ns) / low_ns) / std::log(high_ns / low_ns);
    return plot.left() + plot.width() * share;
  }
  [[nodiscard]] double ns(double at_x) const {
    return low_ns * std::exp((at_x - plot.left()) / plot.width() * std::log(high_ns / low_ns));
  }
  [[nodiscard]] double y(double value) const {
    const double part = value / max;
    const double height = is_logarithmic ? 1 - std::log(std::max(part, kLogDepth)) / std::log(kLogDepth) : part;
    return plot.bottom() - plot.height() * height;
  }
};

DistributionView::DistributionView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  describeAsChart(this, tr("Distribution of wait times"));
}

void DistributionView::show(const FindingsPtr& findings) {
  findings_ = findings;
  update();
}

void DistributionView::setForm(DistributionOf form) {
  form_ = form;
  update();
}

void DistributionView::setLogarithmic(bool log) {
  is_logarithmic_ = log;
  update();
}

double DistributionView::largest() const { return axes().max; }

double DistributionView::scaleOf(const WaitTimes& times) const {
  return form_ == DistributionOf::kWaitsPerUnit ? times.waits_per_unit : 1;
}

QString DistributionView::valueText(double value) const {
  return form_ == DistributionOf::kWaitsPerUnit ? number(value) : percent(value);
}

DistributionView::Axes DistributionView::axes() const {
  Axes axes;
  const double line = fontMetrics().height();
  const double sides = findings_->isComparison() ? 2 : 1;
  axes.plot =
      QRectF(rect()).adjusted(line * 6.5, line, -line * 1.5, -line * (2 + sides * (kQuantiles * kQuantileLine + 0.6)));
  axes.is_logarithmic = is_logarithmic_;
  double low = HUGE_VAL, high = 0, max = 0;
  for (const WaitTimes* times : {&findings_->times_before, &findings_->times_after}) {
    for (const auto& bin : times->bins) {
      low = std::min(low, bin.low_ns);
      high = std::max(high, bin.high_ns);
      max = std::max(max, bin.share * scaleOf(*times));
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
  axes.max = form_ == DistributionOf::kCumulative ? 1 : roundedUp(std::max(max, 1e-12));
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
    const double value = is_logarithmic_ ? axes.max * std::pow(10, -i) : axes.max * i / 4;
    painter.setPen(theme.line);
    painter.drawLine(QPointF(axes.plot.left(), axes.y(value)), QPointF(axes.plot.right(), axes.y(value)));
    painter.setPen(theme.soft);
    painter.drawText(QRectF(0, axes.y(value) - line / 2, axes.plot.left() - 6, line),
                     static_cast<int>(Qt::AlignRight | Qt::AlignVCenter), valueText(value));
  }
}

QPainterPath DistributionView::cumulative(const Axes& axes, const WaitTimes& times) {
  QPainterPath path;
  double share = 0;
  path.moveTo(axes.plot.left(), axes.y(0));
  for (const auto& point : times.cumulative) {
    path.lineTo(axes.x(point.ns), axes.y(share));
    path.lineTo(axes.x(point.ns), axes.y(point.share));
    share = point.share;
  }
  if (share > 0) path.lineTo(axes.plot.right(), axes.y(share));
  return path;
}

QPainterPath DistributionView::histogram(const Axes& axes, const WaitTimes& times) const {
  QPainterPath path;
  const double scale = scaleOf(times);
  path.moveTo(axes.x(times.bins.front().low_ns), axes.plot.bottom());
  for (const auto& bin : times.bins) {
    path.lineTo(axes.x(bin.low_ns), axes.y(bin.share * scale));
    path.lineTo(axes.x(bin.high_ns), axes.y(bin.share * scale));
  }
  path.lineTo(axes.x(times.bins.back().high_ns), axes.plot.bottom());
  return path;
}

void DistributionView::paintSide(QPainter& painter, const Axes& axes, const WaitTimes& times,
                                 const QColor& colour) const {
  if (times.bins.empty()) return;
  const bool is_curve = form_ == DistributionOf::kCumulative;
  QColor fill = colour;
  fill.setAlphaF(0.25F);
  painter.setBrush(is_curve ? QBrush(Qt::NoBrush) : QBrush(fill));
  painter.setPen(QPen(colour, 2));
  painter.drawPath(is_curve ? cumulative(axes, times) : histogram(axes, times));
}

void DistributionView::paintQuantile(QPainter& painter, const Axes& axes, const analyzer::Quantile& quantile,
                                     const QPointF& at) const {
  const double line = fontMetrics().height();
  double left_end = at.x() - 4, right_end = at.x() + 4;
  if (quantile.low_ns) {
    const double low = axes.x(*quantile.low_ns), high = axes.x(*quantile.high_ns);
    painter.drawLine(QPointF(low, at.y()), QPointF(high, at.y()));
    for (const double end : {low, high}) painter.drawLine(QPointF(end, at.y() - 4), QPointF(end, at.y() + 4));
    left_end = std::min(left_end, low);
    right_end = std::max(right_end, high);
  }
  painter.drawEllipse(at, 4, 4);
  painter.setPen(themeOf(palette()).ink);
  const QString words = QStringLiteral("%1 %2").arg(quantileName(quantile.q), ns(quantile.ns));
  const double width = fontMetrics().horizontalAdvance(words);
  const bool fits_right = right_end + 8 + width < this->width();
  painter.drawText(QPointF(fits_right ? right_end + 8 : left_end - 8 - width, at.y() + line * 0.32), words);
}

void DistributionView::paintQuantiles(QPainter& painter, const Axes& axes, const WaitTimes& times, const QColor& colour,
                                      const QString& name, double y) const {
  const double line = fontMetrics().height();
  painter.setPen(colour);
  painter.drawText(QRectF(0, y - line / 2, axes.plot.left() - 6, line),
                   static_cast<int>(Qt::AlignRight | Qt::AlignVCenter), name);
  painter.drawText(QRectF(0, y + line / 2, axes.plot.left() - 6, line),
                   static_cast<int>(Qt::AlignRight | Qt::AlignVCenter),
                   tr("%1 waits").arg(count(static_cast<double>(times.waits))));
  for (const auto& quantile : times.quantiles) {
    painter.setPen(QPen(colour, 2));
    painter.setBrush(colour);
    if (isMeant(quantile, times.waits)) paintQuantile(painter, axes, quantile, {axes.x(quantile.ns), y});
    y += line * kQuantileLine;
  }
}

void DistributionView::paintPointer(QPainter& painter, const Axes& axes) const {
  if (pointer_x_ < axes.plot.left() || pointer_x_ > axes.plot.right()) return;
  const Theme theme = themeOf(palette());
  const double at_ns = axes.ns(pointer_x_);
  painter.setPen(QPen(theme.soft, 1, Qt::DashLine));
  painter.drawLine(QPointF(pointer_x_, axes.plot.top()), QPointF(pointer_x_, axes.plot.bottom()));
  const bool is_curve = form_ == DistributionOf::kCumulative;
  const auto text = [&](const WaitTimes& times) {
    return valueText(is_curve ? shareAt(times.cumulative, at_ns) : shareAt(times.bins, at_ns) * scaleOf(times));
  };
  QString words = (is_curve ? tr("at most %1: ") : tr("about %1: ")).arg(ns(at_ns)) + text(findings_->times_before);
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
    painter.drawText(rect(), Qt::AlignCenter,
                     findings_ && !findings_->comparison.before.knows_distribution
                         ? tr("How long single waits were is not known, only their sums.")
                         : tr("No waits to show."));
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

DistributionPage::DistributionPage(QWidget* parent)
    : Page(parent), view_(new DistributionView(this)), per_unit_(new QRadioButton(this)) {
  auto* const shares = new QRadioButton(tr("&Shares of the waits"), this);
  auto* const cumulative = new QRadioButton(tr("Share at &most so long"), this);
  auto* const log = new QCheckBox(tr("&Logarithmic"), this);
  per_unit_->setChecked(true);
  auto* const note = new QLabel(tr("Two bins an octave. Marks: quantiles, with the interval over runs"), this);
  note->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  note->setAlignment(Qt::AlignRight);
  auto* const bar = new QHBoxLayout;
  for (QWidget* const widget : std::initializer_list<QWidget*>{per_unit_, shares, cumulative, log})
    bar->addWidget(widget);
  bar->addWidget(note, 1);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addLayout(bar);
  layout->addWidget(view_, 1);
  for (const auto& [button, form] : {std::pair{per_unit_, DistributionOf::kWaitsPerUnit},
                                     {shares, DistributionOf::kShares},
                                     {cumulative, DistributionOf::kCumulative}})
    connect(button, &QRadioButton::clicked, view_, [view = view_, chosen = form] { view->setForm(chosen); });
  connect(log, &QCheckBox::toggled, view_, &DistributionView::setLogarithmic);
}

void DistributionPage::showFindings(const FindingsPtr& findings) {
  per_unit_->setText(tr("&Waits per %1").arg(unitName(findings->comparison.unit)));
  view_->show(findings);
}

}  // namespace socklock::gui
