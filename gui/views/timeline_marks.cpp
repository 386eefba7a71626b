// SPDX-License-Identifier: GPL-2.0-or-later
// What is chosen and marked on the timeline, by mouse and keyboard: a wait, two markers, a stretch.
#include <QContextMenuEvent>
#include <QMenu>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "gui/models/text.h"
#include "gui/views/theme.h"
#include "gui/views/timeline_view.h"

namespace socklock::gui {
namespace {

constexpr double kDragPixels = 4;
constexpr double kKeyZoom = 1.25;
// A wait is hit that far from its mark.
constexpr double kHitPixels = 3;
constexpr std::size_t kNamedClasses = 3;

double beginOf(const analyzer::EventTable& events, std::size_t event) {
  return static_cast<double>(events.end_ns[event]) - static_cast<double>(events.wait_ns[event]);
}

QString seconds(double value_ns) { return QString::number(value_ns / 1e9, 'f', 6) + QStringLiteral(" s"); }

using ClassCells = std::vector<analyzer::TimelineCell>;

void addCells(const ClassCells& more, ClassCells& cells) {
  cells.resize(std::max(cells.size(), more.size()));
  for (std::size_t group = 0; group < more.size(); ++group) {
    cells[group].wait_ns += more[group].wait_ns;
    cells[group].count += more[group].count;
  }
}

// "before: 12 waits ended, 3.4 ms of wait, 0.2 waiting on average (tcp.bhash 2 ms, ...)"; `cells` by class, of all that
// was waited in `span_ns`.
QString sumsText(const QString& title, const ClassCells& cells, const std::vector<std::string>& groups,
                 double span_ns) {
  analyzer::TimelineCell all;
  std::vector<std::size_t> order;
  for (std::size_t group = 0; group < cells.size(); ++group) {
    all.wait_ns += cells[group].wait_ns;
    all.count += cells[group].count;
    if (cells[group].wait_ns > 0) order.push_back(group);
  }
  std::sort(order.begin(), order.end(),
            [&cells](std::size_t a, std::size_t b) { return cells[a].wait_ns > cells[b].wait_ns; });
  QStringList classes;
  for (const std::size_t group : order)
    if (static_cast<std::size_t>(classes.size()) < kNamedClasses)
      classes.append(QStringLiteral("%1 %2").arg(shown(groups[group]), ns(cells[group].wait_ns)));
  QString text = TimelineView::tr("%1: %2 waits ended, %3 of wait, %4 waiting on average")
                     .arg(title, count(static_cast<double>(all.count)), ns(all.wait_ns),
                          QString::number(analyzer::mean_waiters(all, span_ns), 'g', 3));
  if (!classes.isEmpty()) text += QStringLiteral(" (%1)").arg(classes.join(QStringLiteral(", ")));
  return text;
}

}  // namespace

void TimelineView::setMarkers(std::optional<double> a, std::optional<double> b) {
  markers_ = {a, b};
  update();
  Q_EMIT markersChanged();
}

QString TimelineView::markersText() const {
  if (!markers_[0] || !markers_[1]) return {};
  const double from = std::min(*markers_[0], *markers_[1]), to = std::max(*markers_[0], *markers_[1]);
  const analyzer::TimeRange range{static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(std::ceil(to))};
  QStringList lines{tr("A %1, B %2: %3 between").arg(seconds(*markers_[0]), seconds(*markers_[1]), ns(to - from))};
  if (range.end_ns > range.begin_ns) lines += sumsOf(range);
  return lines.join(QLatin1Char('\n'));
}

QStringList TimelineView::sumsOf(analyzer::TimeRange range) const {
  const auto span_ns = static_cast<double>(range.end_ns - range.begin_ns);
  const auto sides = std::count_if(runs_.begin(), runs_.end(), [](const Run& run) { return run.shown.side != 0; });
  const bool is_one_side = sides == 0 || sides == std::ssize(runs_);
  QStringList lines;
  for (const std::size_t side : {0U, 1U}) {
    ClassCells of_side;
    QStringList of_runs;
    for (const Run& run : runs_) {
      if (run.shown.side != side) continue;
      const TimelineData& waits = *run.shown.waits;
      const ClassCells cells = waits.by_class->picture(range, 1);
      of_runs.append(sumsText(run.shown.title, cells, waits.groups, span_ns));
      addCells(cells, of_side);
    }
    const auto runs = of_runs.size();
    const QString name = is_one_side ? tr("all %1 runs") : side == 0 ? tr("before, %1 runs") : tr("after, %1 runs");
    // Runs of one question have the same classes in the same order.
    if (runs > 1)
      lines.append(
          sumsText(name.arg(runs), of_side, runs_.front().shown.waits->groups, span_ns * static_cast<double>(runs)));
    lines += of_runs;
  }
  return lines;
}

QRectF TimelineView::markOf(const Panel& panel, std::size_t event) const {
  const TimelineData& waits = *panel.run->shown.waits;
  const double lane = panel.lanes.height() / static_cast<double>(panel.run->lane_at.size());
  const std::uint32_t number = waits.laneOf(lanes_of_, event);
  // Of a thread or class that nothing is shown of, or whose lane is hidden.
  if (number >= panel.run->place_of_lane.size() || panel.run->place_of_lane[number] == kHidden) return {};
  const auto end = static_cast<double>(waits.events->end_ns[event]);
  const double from = std::max(left(), xOf(beginOf(*waits.events, event)));
  const double place = panel.run->place_of_lane[number];
  return {from, panel.lanes.top() + lane * place + 0.5, std::max(1.0, std::min(xOf(end), right()) - from),
          std::max(1.0, lane - 1)};
}

QPointF TimelineView::placeOf(const ChosenWait& wait) const {
  for (const Panel& panel : panels())
    if (panel.number == wait.run) return markOf(panel, wait.event).center();
  return {};
}

std::optional<std::uint32_t> TimelineView::laneUnder(const Panel& panel, QPointF at) const {
  const auto count = panel.run->lane_at.size();
  if (count == 0 || runAt(at.y()) != panel.number || at.y() < panel.lanes.top() || at.y() >= panel.lanes.bottom())
    return std::nullopt;
  const auto place =
      static_cast<std::size_t>((at.y() - panel.lanes.top()) / panel.lanes.height() * static_cast<double>(count));
  return place < count ? std::optional(panel.run->lane_at[place]) : std::nullopt;
}

// Of those in the lane that were under way there the longest: it is what can be seen.
std::optional<ChosenWait> TimelineView::waitAt(QPointF at) const {
  for (const Panel& panel : panels()) {
    const auto lane = laneUnder(panel, at);
    if (!lane) continue;
    const TimelineData& waits = *panel.run->shown.waits;
    const double from = std::max(0.0, nsAt(at.x() - kHitPixels)), to = std::max(0.0, nsAt(at.x() + kHitPixels));
    const WaitsInView view =
        waits.inView({static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(std::ceil(to))});
    std::optional<ChosenWait> longest;
    for (std::size_t i = 0; i < view.size(); ++i) {
      const std::size_t event = waits.eventAt(view, i);
      if (waits.laneOf(lanes_of_, event) != *lane) continue;
      if (!longest || waits.events->wait_ns[event] > waits.events->wait_ns[longest->event])
        longest = ChosenWait{panel.number, event};
    }
    return longest;
  }
  return std::nullopt;
}

void TimelineView::setChosen(std::optional<ChosenWait> wait) {
  if (wait && wait->run >= runs_.size()) return;
  chosen_ = wait;
  if (wait) {
    const auto& events = *runs_[wait->run].shown.waits->events;
    const double begin = beginOf(events, wait->event), end = static_cast<double>(events.end_ns[wait->event]);
    const double span = end_ns_ - begin_ns_;
    if (end < begin_ns_ || begin > end_ns_) setRange((begin + end - span) / 2, (begin + end + span) / 2);
    if (const double y = placeOf(*wait).y(); y < runsArea().top() || y > runsArea().bottom()) scrollTo(wait->run);
  }
  update();
}

void TimelineView::choose(std::optional<ChosenWait> wait) {
  setChosen(wait);
  if (wait) Q_EMIT chosen(*wait);
}

// The wait before or behind the chosen one in its lane.
void TimelineView::stepWait(int step) {
  if (!chosen_) return;
  const TimelineData& waits = *runs_[chosen_->run].shown.waits;
  const std::uint32_t lane = waits.laneOf(lanes_of_, chosen_->event);
  const MatchingEvents& matching = waits.matching;
  auto at = static_cast<std::ptrdiff_t>(matching.firstAt(chosen_->event));
  for (at += step; at >= 0 && at < static_cast<std::ptrdiff_t>(matching.size()); at += step) {
    const std::size_t event = matching[static_cast<std::size_t>(at)];
    if (waits.laneOf(lanes_of_, event) != lane) continue;
    choose(ChosenWait{chosen_->run, event});
    return;
  }
}

void TimelineView::paintStretch(QPainter& painter, QRectF area) const {
  const Theme theme = themeOf(palette());
  QColor fill = theme.after;
  fill.setAlphaF(0.16F);
  painter.fillRect(area, fill);
  painter.setPen(theme.after);
  painter.drawLine(area.topLeft(), area.bottomLeft());
  painter.drawLine(area.topRight(), area.bottomRight());
}

void TimelineView::paintSelections(QPainter& painter, const std::vector<Panel>& list) const {
  const auto area_of = [](const Panel& panel, double from, double to) {
    return QRectF(QPointF(from, panel.chart.top()), QPointF(to, panel.lanes.bottom()));
  };
  const std::optional<std::size_t> run = is_of_one_side_ ? runAt(drag_y_) : std::nullopt;
  for (const Panel& panel : list) {
    const std::size_t side = panel.run->shown.side;
    if (const auto& selection = selections_[side])
      paintStretch(painter, area_of(panel, std::max(left(), xOf(static_cast<double>(selection->begin_ns))),
                                    std::min(right(), xOf(static_cast<double>(selection->end_ns)))));
    const bool is_dragged = drag_from_x_ && !is_panning_ && std::abs(drag_to_x_ - *drag_from_x_) >= kDragPixels;
    const bool is_here = !is_of_one_side_ || (run && runs_[*run].shown.side == side);
    if (is_dragged && is_here)
      paintStretch(painter, area_of(panel, std::min(*drag_from_x_, drag_to_x_), std::max(*drag_from_x_, drag_to_x_)));
  }
}

void TimelineView::paintMarkers(QPainter& painter) const {
  const Theme theme = themeOf(palette());
  const double line = fontMetrics().height();
  for (std::size_t which = 0; which < markers_.size(); ++which) {
    if (!markers_[which]) continue;
    const double x = xOf(*markers_[which]);
    if (x < left() || x > right()) continue;
    painter.setPen(QPen(theme.ink, 1.5, which == 0 ? Qt::SolidLine : Qt::DashLine));
    painter.drawLine(QPointF(x, line * 1.4), QPointF(x, height() - line * 1.4));
    const QRectF flag(x, line * 1.4, line, line);
    painter.fillRect(flag, theme.ink);
    painter.setPen(theme.paper);
    painter.drawText(flag, Qt::AlignCenter, which == 0 ? QStringLiteral("A") : QStringLiteral("B"));
  }
}

void TimelineView::paintChosen(QPainter& painter, const std::vector<Panel>& list) const {
  if (!chosen_) return;
  for (const Panel& panel : list) {
    if (panel.number != chosen_->run) continue;
    const QRectF mark = markOf(panel, chosen_->event);
    if (mark.right() < left() || mark.left() > right()) continue;
    painter.setPen(QPen(themeOf(palette()).ink, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(mark.adjusted(-2, -1.5, 2, 1.5));
  }
}

void TimelineView::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::RightButton) return;
  is_panning_ = event->button() == Qt::MiddleButton || (event->modifiers() & Qt::ControlModifier) != 0;
  is_of_one_side_ = (event->modifiers() & Qt::ShiftModifier) != 0;
  drag_from_x_ = drag_to_x_ = std::max(left(), event->position().x());
  drag_y_ = event->position().y();
}

void TimelineView::mouseMoveEvent(QMouseEvent* event) {
  if (!drag_from_x_) return;
  const double x = std::clamp(event->position().x(), left(), right());
  if (is_panning_) {
    pan((drag_to_x_ - x) / std::max(1.0, right() - left()));
  }
  drag_to_x_ = x;
  update();
}

void TimelineView::mouseReleaseEvent(QMouseEvent* event) {
  if (!drag_from_x_) return;
  const double from = std::min(*drag_from_x_, drag_to_x_), to = std::max(*drag_from_x_, drag_to_x_);
  drag_from_x_.reset();
  update();
  if (is_panning_) return;
  if (to - from < kDragPixels)
    choose(waitAt(event->position()));
  else
    selectStretch(from, to, is_of_one_side_);
}

void TimelineView::selectStretch(double from_x, double to_x, bool of_one_side) {
  const std::optional<std::size_t> run = of_one_side ? runAt(drag_y_) : std::nullopt;
  const int side = run ? static_cast<int>(runs_[*run].shown.side) : -1;
  Q_EMIT rangeSelected(
      {static_cast<std::uint64_t>(std::max(0.0, nsAt(from_x))), static_cast<std::uint64_t>(nsAt(to_x))}, side);
}

void TimelineView::keyPressEvent(QKeyEvent* event) {
  const double middle = (left() + right()) / 2;
  switch (event->key()) {
    case Qt::Key_W:
    case Qt::Key_Plus: zoom(kKeyZoom, middle); break;
    case Qt::Key_S:
    case Qt::Key_Minus: zoom(1 / kKeyZoom, middle); break;
    case Qt::Key_A:
    case Qt::Key_Left: pan(-0.1); break;
    case Qt::Key_D:
    case Qt::Key_Right: pan(0.1); break;
    case Qt::Key_F:
      if (selections_[0])
        setRange(static_cast<double>(selections_[0]->begin_ns), static_cast<double>(selections_[0]->end_ns));
      break;
    case Qt::Key_Up: scroll_->triggerAction(QScrollBar::SliderSingleStepSub); break;
    case Qt::Key_Down: scroll_->triggerAction(QScrollBar::SliderSingleStepAdd); break;
    case Qt::Key_PageUp: scroll_->triggerAction(QScrollBar::SliderPageStepSub); break;
    case Qt::Key_PageDown: scroll_->triggerAction(QScrollBar::SliderPageStepAdd); break;
    case Qt::Key_N: stepWait(1); break;
    case Qt::Key_P: stepWait(-1); break;
    case Qt::Key_BracketLeft: setMarkers(nsAt(middle), markers_[1]); break;
    case Qt::Key_BracketRight: setMarkers(markers_[0], nsAt(middle)); break;
    case Qt::Key_Escape:
      setMarkers(std::nullopt, std::nullopt);
      setChosen(std::nullopt);
      break;
    case Qt::Key_Home:
    case Qt::Key_0: resetRange(); break;
    default: QWidget::keyPressEvent(event);
  }
}

void TimelineView::contextMenuEvent(QContextMenuEvent* event) {
  auto* const menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const double at = std::max(0.0, nsAt(std::max(left(), static_cast<double>(event->pos().x()))));
  menu->addAction(tr("Marker A here"), this, [this, at] { setMarkers(at, markers_[1]); });
  menu->addAction(tr("Marker B here"), this, [this, at] { setMarkers(markers_[0], at); });
  if (const auto wait = waitAt(event->pos())) {
    const auto& events = *runs_[wait->run].shown.waits->events;
    const double begin = beginOf(events, wait->event), end = static_cast<double>(events.end_ns[wait->event]);
    menu->addAction(tr("Markers at both ends of this wait"), this, [this, begin, end] { setMarkers(begin, end); });
    menu->addAction(tr("Zoom to this wait"), this, [this, begin, end] { setRange(2 * begin - end, 2 * end - begin); });
    Q_EMIT menuWanted(menu, *wait);
  }
  if (markers_[0] && markers_[1]) {
    const auto from = static_cast<std::uint64_t>(std::min(*markers_[0], *markers_[1]));
    const auto to = static_cast<std::uint64_t>(std::max(*markers_[0], *markers_[1]));
    menu->addAction(tr("Show only what is between the markers"), this, [this, from, to] {
      Q_EMIT rangeSelected({from, to});
    });
    menu->addAction(tr("Clear markers"), this, [this] { setMarkers(std::nullopt, std::nullopt); });
  }
  for (const Panel& panel : panels())
    if (const auto lane = laneUnder(panel, event->pos())) {
      const std::string name = panel.run->shown.waits->lanes(lanes_of_).names[*lane];
      const bool is_pinned = pinned_.contains(name);
      menu->addAction((is_pinned ? tr("Unpin %1") : tr("Pin %1 to the top")).arg(shown(name)), this,
                      [this, name, is_pinned] { pinLane(name, !is_pinned); });
      menu->addAction(tr("Hide %1").arg(shown(name)), this, [this, name] { hideLane(name); });
    }
  menu->addAction(tr("Choose lanes…"), this, &TimelineView::lanesWanted);
  if (!hidden_.empty()) menu->addAction(tr("Show hidden lanes"), this, &TimelineView::showAllLanes);
  menu->popup(event->globalPos());
}

}  // namespace socklock::gui
