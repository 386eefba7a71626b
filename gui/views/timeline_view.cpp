// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/timeline_view.h"

#include <QHelpEvent>
#include <QImage>
#include <QPainter>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "gui/models/text.h"
#include "gui/views/chart.h"
#include "gui/views/theme.h"

namespace socklock::gui {
namespace {

constexpr double kMinSpanNs = 100;
// With no more waits than these in a view, each is painted by itself.
constexpr std::size_t kSingleWaits = 1500;
// Of more, that many say which class a lane has where, and paint at most so many pixels.
constexpr std::size_t kColouringWaits = 16000, kColouredPixels = 4'000'000;
constexpr double kZoomStep = 1.25;
constexpr double kLaneHeight = 14;
// Lower lanes have no room for a name.
constexpr double kNamedLaneHeight = 8;
// Of a lane's colour, where little of a pixel's time was waited.
constexpr double kFaintestWaits = 0.45;

// 1, 2 or 5 times a power of ten that makes about `steps` of the span.
double tickOf(double span, double steps) {
  const double rough = span / steps, power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (rough <= factor * power) return factor * power;
  return 10 * power;
}

}  // namespace

TimelineView::TimelineView(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  describeAsChart(this, tr("Timeline of waits"));
}

void TimelineView::setSide(std::size_t side, TimelineDataPtr waits, const QString& title) {
  const double was = endNs();
  // What was chosen is a position among the waits of one file.
  const bool are_same_waits = waits && sides_[side].data && waits->events == sides_[side].data->events;
  const bool is_kept =
      are_same_waits && chosen_ && (waits->meets.empty() || chosen_->side != side || waits->meets[chosen_->event]);
  if (chosen_ && chosen_->side == side && !is_kept) chosen_.reset();
  sides_[side] = {std::move(waits), title, {}, {}};
  orderLanes(sides_[side]);
  if (endNs() != was) resetRange();
  update();
}

void TimelineView::setRate(bool contentions) {
  is_rate_ = contentions;
  update();
}

void TimelineView::setLanes(LanesOf of) {
  lanes_of_ = of;
  for (Side& side : sides_) orderLanes(side);
  update();
}

void TimelineView::setLaneOrder(LaneOrder order) {
  lane_order_ = order;
  for (Side& side : sides_) orderLanes(side);
  update();
}

void TimelineView::pinLane(const std::string& name, bool is_pinned) {
  if (is_pinned)
    pinned_.insert(name);
  else
    pinned_.erase(name);
  for (Side& side : sides_) orderLanes(side);
  update();
}

void TimelineView::hideLane(const std::string& name) {
  hidden_.insert(name);
  for (Side& side : sides_) orderLanes(side);
  update();
}

void TimelineView::showAllLanes() { setHiddenLanes({}); }

void TimelineView::setHiddenLanes(std::set<std::string> names) {
  hidden_ = std::move(names);
  for (Side& side : sides_) orderLanes(side);
  update();
}

void TimelineView::setPinnedLanes(std::set<std::string> names) {
  pinned_ = std::move(names);
  for (Side& side : sides_) orderLanes(side);
  update();
}

std::vector<std::string> TimelineView::allLanes() const {
  std::vector<std::string> names;
  for (const Side& side : sides_) {
    if (!side.data) continue;
    for (const std::string& name : side.data->lanes(lanes_of_).names)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

void TimelineView::orderLanes(Side& side) const {
  side.lane_at.clear();
  if (!side.data) return;
  const Lanes& lanes = side.data->lanes(lanes_of_);
  side.lane_at.resize(lanes.names.size());
  std::iota(side.lane_at.begin(), side.lane_at.end(), 0U);
  const auto is_before = [&](std::uint32_t a, std::uint32_t b) {
    const bool is_a_pinned = pinned_.count(lanes.names[a]) > 0, is_b_pinned = pinned_.count(lanes.names[b]) > 0;
    if (is_a_pinned != is_b_pinned) return is_a_pinned;
    if (lane_order_ == LaneOrder::kLongestFirst) return lanes.wait_ns[a] > lanes.wait_ns[b];
    return lane_order_ == LaneOrder::kByName && lanes.names[a] < lanes.names[b];
  };
  std::stable_sort(side.lane_at.begin(), side.lane_at.end(), is_before);
  while (side.lane_at.size() > 1) {
    const auto hidden = std::find_if(side.lane_at.begin(), side.lane_at.end(),
                                     [&](std::uint32_t lane) { return hidden_.count(lanes.names[lane]) > 0; });
    if (hidden == side.lane_at.end()) break;
    side.lane_at.erase(hidden);
  }
  side.place_of_lane.assign(lanes.names.size(), kHidden);
  for (std::uint32_t place = 0; place < side.lane_at.size(); ++place) side.place_of_lane[side.lane_at[place]] = place;
}

std::vector<std::string> TimelineView::laneNames(std::size_t side) const {
  std::vector<std::string> names;
  if (!sides_[side].data) return names;
  const Lanes& lanes = sides_[side].data->lanes(lanes_of_);
  for (const std::uint32_t lane : sides_[side].lane_at) names.push_back(lanes.names[lane]);
  return names;
}

void TimelineView::setSelection(std::optional<analyzer::TimeRange> before, std::optional<analyzer::TimeRange> after) {
  selections_ = {before, after};
  update();
}

double TimelineView::endNs() const {
  double end = 1;
  for (const Side& side : sides_)
    if (side.data) end = std::max(end, static_cast<double>(side.data->endNs()));
  return end;
}

void TimelineView::setRange(double begin_ns, double end_ns) {
  const double span = std::clamp(end_ns - begin_ns, kMinSpanNs, std::max(kMinSpanNs, endNs()));
  begin_ns_ = std::clamp(begin_ns, 0.0, std::max(0.0, endNs() - span));
  end_ns_ = begin_ns_ + span;
  update();
  Q_EMIT rangeShown(range());
}

void TimelineView::resetRange() { setRange(0, endNs()); }

analyzer::TimeRange TimelineView::range() const {
  return {static_cast<std::uint64_t>(begin_ns_), static_cast<std::uint64_t>(std::ceil(end_ns_))};
}

double TimelineView::left() const { return fontMetrics().averageCharWidth() * 12.0; }
double TimelineView::nsAt(double x) const {
  return begin_ns_ + (x - left()) / std::max(1.0, width() - left()) * (end_ns_ - begin_ns_);
}
double TimelineView::xOf(double ns) const {
  return left() + (ns - begin_ns_) / (end_ns_ - begin_ns_) * (width() - left());
}

void TimelineView::zoom(double factor, double around_x) {
  const double around = nsAt(std::max(left(), around_x));
  setRange(around - (around - begin_ns_) / factor, around + (end_ns_ - around) / factor);
}

void TimelineView::pan(double share) {
  const double by = share * (end_ns_ - begin_ns_);
  setRange(begin_ns_ + by, end_ns_ + by);
}

std::vector<TimelineView::Panel> TimelineView::panels() const {
  std::vector<Panel> list;
  const double line = fontMetrics().height();
  const double top = line * 1.6, bottom = height() - line * 1.6;
  double count = 0;
  for (const Side& side : sides_) count += side.data ? 1 : 0;
  double y = top;
  for (std::size_t number = 0; number < sides_.size(); ++number) {
    const Side& side = sides_[number];
    if (!side.data) continue;
    const double room = (bottom - top) / count;
    const auto lanes = static_cast<double>(std::max<std::size_t>(1, side.lane_at.size()));
    const double share = lanes_of_ == LanesOf::kThread ? 0.65 : 0.5;
    const double wanted = std::min(share * room, std::clamp(share * room / lanes, 2.0, kLaneHeight) * lanes);
    Panel panel{&side, number, {left(), y + line * 1.2, width() - left(), room - line * 1.6 - wanted}, {}, {}};
    panel.lanes = QRectF(left(), panel.chart.bottom() + 2, panel.chart.width(), wanted);
    list.push_back(panel);
    y += room;
  }
  return list;
}

double TimelineView::value(const analyzer::TimelineCell& cell, double column_ns) const {
  return is_rate_ ? analyzer::waits_per_second(cell, column_ns) : analyzer::mean_waiters(cell, column_ns);
}

std::size_t TimelineView::columnsOf(const Panel& panel) {
  return panel.cells.size() / panel.side->data->by_class->groups();
}

double TimelineView::columnNs(const Panel& panel) const {
  const analyzer::TimeRange shown_now = range();
  return static_cast<double>(shown_now.end_ns - shown_now.begin_ns) /
         static_cast<double>(std::max<std::size_t>(1, columnsOf(panel)));
}

double TimelineView::correction(const Panel& panel, std::size_t column) const {
  const TimelineData& waits = *panel.side->data;
  if (is_rate_ || !waits.is_sample) return 1;
  const std::size_t groups = waits.by_class->groups();
  double sum = 0;
  for (std::size_t group = 0; group < groups; ++group)
    sum += value(panel.cells[column * groups + group], columnNs(panel));
  return sum > waits.most_waiters ? waits.most_waiters / sum : 1;
}

double TimelineView::largestOf(const Panel& panel) const {
  const std::size_t groups = panel.side->data->by_class->groups();
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
    panel.cells =
        panel.side->data->by_class->picture(range(), static_cast<std::size_t>(std::max(1.0, panel.chart.width())));
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
  const std::size_t groups = panel.side->data->by_class->groups();
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
  QString title = panel.side->title;
  if (panel.side->data->is_sample) title += tr(" (from a sample of the waits)");
  painter.drawText(QRectF(left(), panel.chart.top() - line * 1.15, panel.chart.width(), line), Qt::AlignLeft, title);
  painter.setPen(theme.line);
  painter.drawLine(panel.chart.bottomLeft(), panel.chart.bottomRight());
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
                         (pinned_.count(names[i]) > 0 ? QStringLiteral("▲ ") : QString()) + shown(names[i]),
                         Qt::ElideMiddle, static_cast<int>(left()) - 8));
  painter.setFont(was);
}

void TimelineView::paintLanes(QPainter& painter, const Panel& panel) const {
  const Theme theme = themeOf(palette());
  const TimelineData& waits = *panel.side->data;
  const Lanes& lanes = waits.lanes(lanes_of_);
  const std::size_t count = lanes.names.size(), shown_lanes = panel.side->lane_at.size();
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
  for (const std::uint32_t lane : panel.side->lane_at) {
    const std::size_t place = panel.side->place_of_lane[lane];
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
  const TimelineData& waits = *panel.side->data;
  const auto& events = *waits.events;
  std::vector<int> classes(panel.side->lane_at.size() * columns, -1);
  std::vector<double> longest_ns(classes.size(), 0);
  std::size_t pixels = 0;
  const std::size_t step = 1 + view.size() / kColouringWaits;
  for (std::size_t i = 0; i < view.size() && pixels < kColouredPixels; i += step) {
    const std::size_t event = waits.eventAt(view, i);
    const std::uint32_t lane = waits.laneOf(lanes_of_, event);
    if (lane >= panel.side->place_of_lane.size() || panel.side->place_of_lane[lane] == kHidden) continue;
    const std::size_t row = panel.side->place_of_lane[lane] * columns;
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
  const TimelineData& waits = *panel.side->data;
  for (std::size_t i = 0; i < view.size(); ++i) {
    const std::size_t event = waits.eventAt(view, i);
    const auto group = static_cast<int>(waits.group_of_kind[waits.events->kind[event]]);
    painter.fillRect(markOf(panel, event), theme.ofSeries(group));
  }
}

// What neither side has is not there.
void TimelineView::paintLegend(QPainter& painter) const {
  const Theme theme = themeOf(palette());
  std::map<std::uint32_t, QString> names;
  for (const Side& side : sides_) {
    if (!side.data) continue;
    for (const std::uint32_t group : side.data->group_of_kind) names[group] = shown(side.data->groups[group]);
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
  const Theme theme = themeOf(palette());
  const double line = fontMetrics().height();
  const double tick = tickOf(end_ns_ - begin_ns_, std::max(2.0, (width() - left()) / 130));
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
    const double label = std::clamp(xOf(at) - wide / 2, 0.0, std::max(0.0, width() - wide));
    painter.drawText(QRectF(label, height() - line * 1.2, wide, line), Qt::AlignCenter, text);
  }
}

void TimelineView::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  const Theme theme = themeOf(palette());
  painter.fillRect(rect(), theme.paper);
  const auto list = filledPanels();
  if (list.empty()) {
    painter.setPen(theme.soft);
    painter.drawText(rect(), Qt::AlignCenter, tr("Reading single waits…"));
    return;
  }
  if (std::all_of(list.begin(), list.end(), [](const Panel& panel) { return panel.side->data->events->size() == 0; })) {
    painter.setPen(theme.soft);
    painter.drawText(rect(), static_cast<int>(Qt::AlignCenter) | Qt::TextWordWrap,
                     tr("No single waits to show: what was recorded here are sums, which other pages show."));
    return;
  }
  // One scale for both, or their heights would not compare.
  double max = 1e-12;
  for (const Panel& panel : list) max = std::max(max, largestOf(panel));
  for (const Panel& panel : list) {
    paintChart(painter, panel, max);
    paintLanes(painter, panel);
  }
  paintLegend(painter);
  paintAxis(painter);
  paintSelections(painter, list);
  paintMarkers(painter);
  paintChosen(painter, list);
}

void TimelineView::wheelEvent(QWheelEvent* event) {
  const double steps = (event->angleDelta().y() != 0 ? event->angleDelta().y() : event->angleDelta().x()) / 120.0;
  if ((event->modifiers() & (Qt::ShiftModifier | Qt::AltModifier)) != 0)
    pan(-0.1 * steps);
  else
    zoom(std::pow(kZoomStep, steps), event->position().x());
  event->accept();
}

QString TimelineView::tipAt(const Panel& panel, QPointF at) const {
  const TimelineData& waits = *panel.side->data;
  const double from = nsAt(at.x()), to = nsAt(at.x() + 1);
  const analyzer::TimeRange stretch{static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(std::ceil(to))};
  QString text = tr("%1 s and the next %2").arg(QString::number(from / 1e9, 'f', 6), ns(to - from));
  const auto add = [&text](const std::string& name, const analyzer::TimelineCell& cell) {
    text += tr("\n%1: %2 waits ended, %3 of wait")
                .arg(shown(name), count(static_cast<double>(cell.count)), ns(cell.wait_ns));
  };
  if (panel.chart.contains(at)) {
    const auto cells = waits.by_class->picture(stretch, 1);
    for (std::size_t group = 0; group < cells.size(); ++group)
      if (cells[group].wait_ns > 0 || cells[group].count > 0) add(waits.groups[group], cells[group]);
    return text;
  }
  const Lanes& lanes = waits.lanes(lanes_of_);
  if (lanes.names.empty() || !panel.lanes.contains(at)) return {};
  const auto lane = laneUnder(panel, at);
  if (!lane) return {};
  add(lanes.names[*lane], lanes.waits->picture(stretch, 1)[*lane]);
  return text;
}

bool TimelineView::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* const help = static_cast<QHelpEvent*>(event);
  for (const Panel& panel : panels()) {
    const QString text = tipAt(panel, help->pos());
    if (text.isEmpty()) continue;
    QToolTip::showText(help->globalPos(), text, this);
    return true;
  }
  QToolTip::hideText();
  return true;
}

}  // namespace socklock::gui
