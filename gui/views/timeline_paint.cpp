// SPDX-License-Identifier: GPL-2.0-or-later
// How the timeline is painted: of each run a heading, a chart and lanes; below and above all of them axis and legend.
#include <QImage>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <map>

#include "gui/models/text.h"
#include "gui/views/theme.h"
#include "gui/views/timeline_view.h"

namespace socklock::gui {
namespace {

// With no more waits than these in a view, each is painted by itself.
constexpr std::size_t kSingleWaits = 1500;
// Of more, that many say which class a lane has where, and paint at most so many pixels.
constexpr std::size_t kColouringWaits = 16000, kColouredPixels = 4'000'000;
// Lower lanes have no room for a name.
constexpr double kNamedLaneHeight = 8;
// Of a lane's colour, where little of a pixel's time was waited.
constexpr double kFaintestWaits = 0.45;
// Of the strip that has the colour of a run's side.
constexpr double kSideWidth = 4;

// 1, 2 or 5 times a power of ten that makes about `steps` of the span.
double tickOf(double span, double steps) {
  const double rough = span / steps, power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (rough <= factor * power) return factor * power;
  return 10 * power;
}

}  // namespace

double TimelineView::value(const analyzer::TimelineCell& cell, double column_ns) const {
  return is_rate_ ? analyzer::waits_per_second(cell, column_ns) : analyzer::mean_waiters(cell, column_ns);
}

std::size_t TimelineView::columnsOf(const Panel& panel) {
  return panel.cells.size() / panel.run->shown.waits->by_class->groups();
}

double TimelineView::columnNs(const Panel& panel) const {
  const analyzer::TimeRange shown_now = range();
  return static_cast<double>(shown_now.end_ns - shown_now.begin_ns) /
         static_cast<double>(std::max<std::size_t>(1, columnsOf(panel)));
}

double TimelineView::correction(const Panel& panel, std::size_t column) const {
  const TimelineData& waits = *panel.run->shown.waits;
  if (is_rate_ || !waits.is_sample) return 1;
  const std::size_t groups = waits.by_class->groups();
  double sum = 0;
  for (std::size_t group = 0; group < groups; ++group)
    sum += value(panel.cells[column * groups + group], columnNs(panel));
  return sum > waits.most_waiters ? waits.most_waiters / sum : 1;
}

double TimelineView::largestOf(const Panel& panel) const {
  const std::size_t groups = panel.run->shown.waits->by_class->groups();
  double max = 0;
  for (std::size_t column = 0; column < columnsOf(panel); ++column) {
    double sum = 0;
    for (std::size_t group = 0; group < groups; ++group)
      sum += value(panel.cells[column * groups + group], columnNs(panel));
    max = std::max(max, sum * correction(panel, column));
  }
  return max;
}

std::vector<TimelineView::Panel> TimelineView::filledPanels() const {
  auto list = panels();
  for (Panel& panel : list)
    panel.cells = panel.run->shown.waits->by_class->picture(
        range(), static_cast<std::size_t>(std::max(1.0, panel.chart.width())));
  return list;
}

double TimelineView::largest() const {
  double max = 0;
  for (const Panel& panel : filledPanels()) max = std::max(max, largestOf(panel));
  return max;
}

// Straight into the pixels: a rectangle each would cost more than all else.
void TimelineView::paintBars(QImage& image, const Panel& panel, double max) const {
  const Theme theme = themeOf(palette());
  const int height = image.height();
  const std::size_t groups = panel.run->shown.waits->by_class->groups();
  std::vector<QRgb> colours;
  for (std::size_t group = 0; group < groups; ++group) colours.push_back(theme.ofSeries(static_cast<int>(group)).rgb());
  auto* const pixels = reinterpret_cast<QRgb*>(image.bits());
  const auto stride = static_cast<std::size_t>(image.bytesPerLine()) / sizeof(QRgb);
  for (std::size_t column = 0; column < columnsOf(panel); ++column) {
    const double scale = correction(panel, column) / max * height;
    double sum = 0;
    int from = height;
    for (std::size_t group = 0; group < groups; ++group) {
      sum += value(panel.cells[column * groups + group], columnNs(panel));
      const int to = std::clamp(height - static_cast<int>(std::ceil(sum * scale)), 0, from);
      for (int y = to; y < from; ++y) pixels[static_cast<std::size_t>(y) * stride + column] = colours[group];
      from = to;
    }
  }
}

void TimelineView::paintScale(QPainter& painter, const Panel& panel, double max) const {
  const Theme theme = themeOf(palette());
  const double line = fontMetrics().height();
  painter.setPen(theme.soft);
  const QString unit = is_rate_ ? tr("/s") : QString();
  painter.drawText(QRectF(0, panel.chart.top() - 2, left() - 6, line), Qt::AlignRight,
                   (max >= 100 ? count(std::round(max)) : QString::number(max, 'g', 2)) + unit);
  painter.drawText(QRectF(0, panel.chart.bottom() - line, left() - 6, line), Qt::AlignRight, QStringLiteral("0"));
  painter.setPen(theme.line);
  painter.drawLine(panel.chart.bottomLeft(), panel.chart.bottomRight());
}

// In the colour of its side; the title says the same in words.
void TimelineView::paintHeading(QPainter& painter, const Panel& panel) const {
  const Theme theme = themeOf(palette());
  const double line = fontMetrics().height(), top = panel.chart.top() - line * 1.15;
  const QColor colour = panel.run->shown.side == 0 ? theme.before : theme.after;
  painter.fillRect(QRectF(0, top + line * 0.1, kSideWidth, panel.lanes.bottom() - top - line * 0.1), colour);
  QString title = panel.run->shown.title;
  if (panel.run->shown.waits->is_sample) title += tr(" (from a sample of the waits)");
  painter.setPen(colour);
  painter.drawText(QRectF(left(), top, panel.chart.width(), line), Qt::AlignLeft,
                   fontMetrics().elidedText(title, Qt::ElideMiddle, static_cast<int>(panel.chart.width())));
}

void TimelineView::paintRun(QPainter& painter, const Panel& panel, double max) const {
  paintHeading(painter, panel);
  if (panel.run->shown.waits->events->size() == 0) {
    painter.setPen(themeOf(palette()).soft);
    painter.drawText(panel.chart.united(panel.lanes), static_cast<int>(Qt::AlignCenter) | Qt::TextWordWrap,
                     tr("No single waits to show: what was recorded here are sums, which other pages show."));
    return;
  }
  paintChart(painter, panel, max);
  paintLanes(painter, panel);
}

void TimelineView::paintChart(QPainter& painter, const Panel& panel, double max) const {
  QImage image(static_cast<int>(columnsOf(panel)), std::max(1, static_cast<int>(panel.chart.height())),
               QImage::Format_RGB32);
  image.fill(themeOf(palette()).paper);
  paintBars(image, panel, max);
  painter.drawImage(panel.chart.topLeft(), image);
  paintScale(painter, panel, max);
}

void TimelineView::paintLaneNames(QPainter& painter, const Panel& panel) const {
  const auto names = laneNames(panel.number);
  const double lane = panel.lanes.height() / static_cast<double>(names.size());
  painter.setPen(themeOf(palette()).soft);
  if (lane < kNamedLaneHeight) {
    const QString text = lanes_of_ == LanesOf::kCpu ? tr("%1 CPUs") : tr("%1 lanes");
    painter.drawText(QRectF(0, panel.lanes.top(), left() - 6, panel.lanes.height()),
                     static_cast<int>(Qt::AlignRight | Qt::AlignVCenter), text.arg(names.size()));
    return;
  }
  const QFont was = painter.font();
  QFont small = was;
  small.setPixelSize(std::min(fontInfo().pixelSize(), static_cast<int>(lane) - 1));
  painter.setFont(small);
  for (std::size_t i = 0; i < names.size(); ++i)
    painter.drawText(QRectF(0, panel.lanes.top() + lane * static_cast<double>(i), left() - 6, lane),
                     static_cast<int>(Qt::AlignRight | Qt::AlignVCenter),
                     QFontMetrics(small).elidedText(
                         (pinned_.contains(names[i]) ? QStringLiteral("▲ ") : QString()) + shown(names[i]),
                         Qt::ElideMiddle, static_cast<int>(left() - kSideWidth) - 10));
  painter.setFont(was);
}

void TimelineView::paintLanes(QPainter& painter, const Panel& panel) const {
  const Theme theme = themeOf(palette());
  const TimelineData& waits = *panel.run->shown.waits;
  const Lanes& lanes = waits.lanes(lanes_of_);
  const std::size_t count = lanes.names.size(), shown_lanes = panel.run->lane_at.size();
  if (shown_lanes == 0 || panel.lanes.height() < static_cast<double>(shown_lanes)) return;
  painter.fillRect(panel.lanes, theme.faded(theme.zone, 0.5));
  paintLaneNames(painter, panel);
  const WaitsInView view = waits.inView(range());
  if (view.size() <= kSingleWaits) {
    paintSingleWaits(painter, panel, view);
    return;
  }
  const auto columns = static_cast<std::size_t>(std::max(1.0, panel.lanes.width()));
  const auto cells = lanes.waits->picture(range(), columns);
  const double column_ns = (end_ns_ - begin_ns_) / static_cast<double>(columns);
  const std::vector<int> classes = classesInLanes(panel, view, columns);
  QImage image(static_cast<int>(columns), static_cast<int>(shown_lanes), QImage::Format_RGB32);
  for (const std::uint32_t lane : panel.run->lane_at) {
    const std::size_t place = panel.run->place_of_lane[lane];
    auto* const pixels = reinterpret_cast<QRgb*>(image.scanLine(static_cast<int>(place)));
    for (std::size_t column = 0; column < columns; ++column) {
      const double waiters = analyzer::mean_waiters(cells[column * count + lane], column_ns);
      const int of_class = classes[place * columns + column];
      const QColor colour = of_class < 0 ? theme.ink : theme.ofSeries(of_class);
      pixels[column] =
          (waiters <= 0 ? theme.faded(theme.ink, 0.05)
                        : theme.faded(colour, kFaintestWaits + (1 - kFaintestWaits) * std::min(1.0, waiters)))
              .rgb();
    }
  }
  painter.drawImage(panel.lanes, image);
}

std::vector<int> TimelineView::classesInLanes(const Panel& panel, const WaitsInView& view, std::size_t columns) const {
  const TimelineData& waits = *panel.run->shown.waits;
  const auto& events = *waits.events;
  std::vector<int> classes(panel.run->lane_at.size() * columns, -1);
  std::vector<double> longest_ns(classes.size(), 0);
  std::size_t pixels = 0;
  const std::size_t step = 1 + view.size() / kColouringWaits;
  for (std::size_t i = 0; i < view.size() && pixels < kColouredPixels; i += step) {
    const std::size_t event = waits.eventAt(view, i);
    const std::uint32_t lane = waits.laneOf(lanes_of_, event);
    if (lane >= panel.run->place_of_lane.size() || panel.run->place_of_lane[lane] == kHidden) continue;
    const std::size_t row = panel.run->place_of_lane[lane] * columns;
    const auto wait_ns = static_cast<double>(events.wait_ns[event]), end_ns = static_cast<double>(events.end_ns[event]);
    const auto column_of = [&](double ns) {
      const double share = (ns - begin_ns_) / (end_ns_ - begin_ns_);
      return static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(columns - 1));
    };
    for (std::size_t column = column_of(end_ns - wait_ns); column <= column_of(end_ns); ++column, ++pixels) {
      if (wait_ns < longest_ns[row + column]) continue;
      longest_ns[row + column] = wait_ns;
      classes[row + column] = static_cast<int>(waits.group_of_kind[events.kind[event]]);
    }
  }
  return classes;
}

void TimelineView::paintSingleWaits(QPainter& painter, const Panel& panel, const WaitsInView& view) const {
  const Theme theme = themeOf(palette());
  const TimelineData& waits = *panel.run->shown.waits;
  for (std::size_t i = 0; i < view.size(); ++i) {
    const std::size_t event = waits.eventAt(view, i);
    const auto group = static_cast<int>(waits.group_of_kind[waits.events->kind[event]]);
    painter.fillRect(markOf(panel, event), theme.ofSeries(group));
  }
}

// What no run has is not there.
void TimelineView::paintLegend(QPainter& painter) const {
  const Theme theme = themeOf(palette());
  std::map<std::uint32_t, QString> names;
  for (const Run& run : runs_) {
    const TimelineData& waits = *run.shown.waits;
    for (const std::uint32_t group : waits.group_of_kind) names[group] = shown(waits.groups[group]);
  }
  double x = left();
  const double line = fontMetrics().height();
  for (const auto& [group, name] : names) {
    painter.fillRect(QRectF(x, line * 0.3, line * 0.7, line * 0.7), theme.ofSeries(static_cast<int>(group)));
    painter.setPen(theme.ink);
    painter.drawText(QPointF(x + line * 0.9, line), name);
    x += line * 1.9 + fontMetrics().horizontalAdvance(name);
  }
}

void TimelineView::paintAxis(QPainter& painter) const {
  // Of runs without single waits nothing has a time.
  if (std::all_of(runs_.begin(), runs_.end(), [](const Run& run) { return run.shown.waits->events->size() == 0; }))
    return;
  const Theme theme = themeOf(palette());
  const double line = fontMetrics().height();
  const double tick = tickOf(end_ns_ - begin_ns_, std::max(2.0, (right() - left()) / 130));
  const double first = std::ceil(begin_ns_ / tick) * tick;
  const auto ticks = static_cast<int>(std::floor((end_ns_ - first) / tick)) + 1;
  for (int i = 0; i < ticks; ++i) {
    const double at = first + i * tick;
    painter.setPen(theme.line);
    painter.drawLine(QPointF(xOf(at), height() - line * 1.5), QPointF(xOf(at), height() - line * 1.2));
    painter.setPen(theme.soft);
    const int digits = std::clamp(static_cast<int>(std::ceil(-std::log10(tick / 1e9))), 0, 9);
    const QString text = QString::number(at / 1e9, 'f', digits) + QStringLiteral(" s");
    const double wide = fontMetrics().horizontalAdvance(text) + 2.0;
    const double label = std::clamp(xOf(at) - wide / 2, 0.0, std::max(0.0, right() - wide));
    painter.drawText(QRectF(label, height() - line * 1.2, wide, line), Qt::AlignCenter, text);
  }
}

void TimelineView::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  const Theme theme = themeOf(palette());
  painter.fillRect(rect(), theme.paper);
  const double line = fontMetrics().height();
  const auto list = filledPanels();
  if (list.empty()) {
    painter.setPen(theme.soft);
    painter.drawText(rect(), Qt::AlignCenter, tr("Reading single waits…"));
    return;
  }
  // One scale for all, or their heights would not compare.
  double max = 1e-12;
  for (const Panel& panel : list) max = std::max(max, largestOf(panel));
  const QRectF area = runsArea();
  painter.setClipRect(area);
  for (const Panel& panel : list)
    if (panel.lanes.bottom() > area.top() && panel.chart.top() - line < area.bottom()) paintRun(painter, panel, max);
  paintSelections(painter, list);
  painter.setClipping(false);
  paintLegend(painter);
  paintAxis(painter);
  paintMarkers(painter);
  painter.setClipRect(area);
  paintChosen(painter, list);
}

}  // namespace socklock::gui
