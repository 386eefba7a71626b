// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/what_if_view.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "gui/models/text.h"
#include "gui/views/chart.h"
#include "gui/views/theme.h"

namespace socklock::gui {
namespace {

constexpr double kNameWidth = 190, kFigureWidth = 210, kBarHeight = 16, kRowHeight = 52, kAxisHeight = 20;
constexpr double kLastNumber = 64;

QString rangeText(const analyzer::Prospect& after_ns) {
  const std::string low = format_ns(after_ns.model.low), high = format_ns(after_ns.model.high);
  return shown(low == high ? "estimated " + low : "estimated " + low + " .. " + high);
}

}  // namespace

WhatIfView::WhatIfView(QWidget* parent) : QWidget(parent) {
  setMinimumHeight(260);
  describeAsChart(this, tr("Measured and estimated wait"));
}

void WhatIfView::show(const WhatIfAnswer& answer) {
  answer_ = answer;
  bars_.clear();
  const analyzer::WhatIf& estimate = answer_.estimate;
  if (!estimate.is_refused() && estimate.runs > 0) {
    const double touched_ns = estimate.touched_before_ns;
    const analyzer::Prospect& left = estimate.touched_left;
    bars_.push_back({shown(answer_.choice.lock_class),
                     touched_ns,
                     {left.model * touched_ns, left.low * touched_ns, left.high * touched_ns}});
    bars_.push_back({tr("all locks"), estimate.before_ns, estimate.after_ns});
  }
  most_ns_ = 1;
  for (const Bar& bar : bars_) most_ns_ = std::max({most_ns_, bar.before_ns, bar.after_ns.high});
  most_left_ = 1;
  for (const WhatIfPoint& point : answer_.curve) most_left_ = std::max(most_left_, point.left.high);
  most_left_ = std::min(most_left_, 2.0);
  update();
}

QString WhatIfView::curveAxis() const {
  return answer_.choice.kind == WhatIfKind::kShorter ? tr("estimated left of all wait, by how much shorter holds are")
                                                     : tr("estimated left of all wait, by the number of locks");
}

void WhatIfView::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const Theme theme = themeOf(palette());
  painter.fillRect(rect(), theme.paper);
  if (bars_.empty()) return;
  const double bars_height = kRowHeight * static_cast<double>(bars_.size()) + kAxisHeight;
  const QRectF whole = QRectF(rect()).adjusted(8, 6, -8, -6);
  paintBars(painter, theme, QRectF(whole.topLeft(), QSizeF(whole.width(), bars_height)));
  if (!answer_.curve.empty()) paintCurve(painter, theme, whole.adjusted(0, bars_height + 12, 0, 0));
}

void WhatIfView::paintBars(QPainter& painter, const Theme& theme, const QRectF& area) const {
  painter.setPen(theme.soft);
  painter.drawText(
      QRectF(area.left() + kNameWidth, area.bottom() - kAxisHeight, area.width() - kNameWidth, kAxisHeight),
      Qt::AlignLeft | Qt::AlignVCenter,
      tr("wait per %1: above measured, below estimated; hatched: with runs and model factor")
          .arg(shown(answer_.estimate.unit_singular)));
  QRectF row(area.left(), area.top(), area.width(), kRowHeight);
  for (const Bar& bar : bars_) {
    paintBar(painter, theme, bar, row);
    row.translate(0, kRowHeight);
  }
}

void WhatIfView::paintBar(QPainter& painter, const Theme& theme, const Bar& bar, const QRectF& row) const {
  const double left = row.left() + kNameWidth, width = std::max(10.0, row.width() - kNameWidth - kFigureWidth);
  const auto at = [&](double ns) { return left + width * std::min(1.0, ns / most_ns_); };
  painter.setPen(theme.ink);
  painter.drawText(QRectF(row.left(), row.top(), kNameWidth - 10, 2 * kBarHeight + 6),
                   Qt::AlignRight | Qt::AlignVCenter,
                   painter.fontMetrics().elidedText(bar.name, Qt::ElideMiddle, static_cast<int>(kNameWidth - 10)));
  painter.fillRect(QRectF(left, row.top() + 2, std::max(1.0, at(bar.before_ns) - left), kBarHeight), theme.before);
  const double below = row.top() + kBarHeight + 6;
  painter.fillRect(QRectF(left, below, std::max(1.0, at(bar.after_ns.model.estimate) - left), kBarHeight), theme.after);
  const QRectF range(at(bar.after_ns.low), below, std::max(2.0, at(bar.after_ns.high) - at(bar.after_ns.low)),
                     kBarHeight);
  painter.fillRect(range, QBrush(theme.ink, Qt::BDiagPattern));
  painter.setPen(theme.soft);
  painter.drawRect(range);
  painter.setPen(theme.ink);
  const double words = left + width + 8;
  painter.drawText(QRectF(words, row.top() + 2, kFigureWidth - 8, kBarHeight), Qt::AlignLeft | Qt::AlignVCenter,
                   tr("measured %1").arg(shown(format_ns(bar.before_ns))));
  painter.drawText(QRectF(words, below, kFigureWidth - 8, kBarHeight), Qt::AlignLeft | Qt::AlignVCenter,
                   rangeText(bar.after_ns));
}

void WhatIfView::paintCurve(QPainter& painter, const Theme& theme, const QRectF& area) const {
  const QRectF plot = area.adjusted(48, kAxisHeight, -16, -kAxisHeight);
  if (plot.height() < 40 || plot.width() < 80) return;
  const auto x = [&](double number) { return plot.left() + plot.width() * std::log2(number) / std::log2(kLastNumber); };
  const auto y = [&](double left) { return plot.bottom() - plot.height() * std::min(1.0, left / most_left_); };
  painter.setPen(theme.soft);
  painter.drawText(QRectF(area.left(), area.top(), area.width(), kAxisHeight), Qt::AlignLeft | Qt::AlignVCenter,
                   curveAxis());
  for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    painter.setPen(theme.line);
    painter.drawLine(QPointF(plot.left(), y(share)), QPointF(plot.right(), y(share)));
    painter.setPen(theme.soft);
    painter.drawText(QRectF(area.left(), y(share) - 8, 42, 16), Qt::AlignRight | Qt::AlignVCenter,
                     QString::number(share));
  }
  for (double number = 1; number <= kLastNumber; number *= 2)
    painter.drawText(QRectF(x(number) - 20, plot.bottom() + 2, 40, kAxisHeight - 2), Qt::AlignCenter,
                     QString::number(number));
  QPolygonF band, line;
  for (const WhatIfPoint& point : answer_.curve) {
    band.append({x(point.number), y(point.left.high)});
    line.append({x(point.number), y(point.left.model.estimate)});
  }
  for (auto point = answer_.curve.rbegin(); point != answer_.curve.rend(); ++point)
    band.append({x(point->number), y(point->left.low)});
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme.faded(theme.after, 0.15));
  painter.drawPolygon(band);
  painter.setBrush(QBrush(theme.soft, Qt::BDiagPattern));
  painter.drawPolygon(band);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(theme.after, 2));
  painter.drawPolyline(line);
  painter.setPen(QPen(theme.ink, 1, Qt::DashLine));
  const double chosen = x(std::clamp(answer_.choice.number, 1.0, kLastNumber));
  painter.drawLine(QPointF(chosen, plot.top()), QPointF(chosen, plot.bottom()));
}

}  // namespace socklock::gui
