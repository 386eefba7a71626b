// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/timeline_view.h"

#include <QHelpEvent>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "gui/models/text.h"
#include "gui/views/chart.h"

namespace socklock::gui {
namespace {

constexpr double kMinSpanNs = 100;
constexpr double kZoomStep = 1.25;
constexpr double kLaneHeight = 14, kLeastLaneHeight = 2;
// So many share the height of the view however low it is; of more each has a height that can be read, and they scroll.
constexpr std::size_t kNeverScrolled = 2;
constexpr double kLeastRunHeight = 84;
constexpr int kScrollStep = 40;

}  // namespace

TimelineView::TimelineView(QWidget* parent) : QWidget(parent), scroll_(new QScrollBar(Qt::Vertical, this)) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  describeAsChart(this, tr("Timeline of waits"));
  scroll_->setAccessibleName(tr("Runs of the timeline"));
  scroll_->setSingleStep(kScrollStep);
  scroll_->setCursor(Qt::ArrowCursor);
  scroll_->hide();
  connect(scroll_, &QScrollBar::valueChanged, this, qOverload<>(&QWidget::update));
}

void TimelineView::setRuns(std::vector<TimelineRun> runs) {
  const double was_end = endNs();
  const bool was_whole = isWhole();
  std::optional<ChosenWait> still_chosen;
  bool is_any_kept = false;
  const auto keep = [&](std::size_t number, std::size_t was_number) {
    const TimelineRun& run = runs[number];
    const TimelineRun& was = runs_[was_number].shown;
    // What is chosen is a position among the waits of one file.
    if (run.waits->events != was.waits->events) return;
    is_any_kept = true;
    if (!chosen_ || chosen_->run != was_number || run.side != was.side) return;
    if (run.waits->meets.empty() || run.waits->meets[chosen_->event])
      still_chosen = still_chosen.value_or(ChosenWait{number, chosen_->event});
  };
  for (std::size_t was = 0; was < runs_.size(); ++was) {
    if (was < runs.size()) keep(was, was);  // of a run that is shown twice the same one
    for (std::size_t number = 0; number < runs.size(); ++number) keep(number, was);
  }
  chosen_ = still_chosen;
  runs_.clear();
  QStringList titles;
  for (TimelineRun& run : runs) {
    titles.append(run.title);
    runs_.push_back({std::move(run), {}, {}});
  }
  setAccessibleDescription(titles.join(QStringLiteral(", ")));
  orderAllLanes();
  if (endNs() == was_end) return;
  was_whole || !is_any_kept ? resetRange() : setRange(begin_ns_, end_ns_);
}

void TimelineView::orderAllLanes() {
  for (Run& run : runs_) orderLanes(run);
  updateScrollBar();
  update();
}

void TimelineView::setRate(bool contentions) {
  is_rate_ = contentions;
  update();
}

void TimelineView::setLanes(LanesOf of) {
  lanes_of_ = of;
  orderAllLanes();
}

void TimelineView::setLaneOrder(LaneOrder order) {
  lane_order_ = order;
  orderAllLanes();
}

void TimelineView::pinLane(const std::string& name, bool is_pinned) {
  if (is_pinned)
    pinned_.insert(name);
  else
    pinned_.erase(name);
  orderAllLanes();
}

void TimelineView::hideLane(const std::string& name) {
  hidden_.insert(name);
  orderAllLanes();
}

void TimelineView::showAllLanes() { setHiddenLanes({}); }

void TimelineView::setHiddenLanes(std::set<std::string> names) {
  hidden_ = std::move(names);
  orderAllLanes();
}

void TimelineView::setPinnedLanes(std::set<std::string> names) {
  pinned_ = std::move(names);
  orderAllLanes();
}

std::vector<std::string> TimelineView::allLanes() const {
  std::vector<std::string> names;
  for (const Run& run : runs_)
    for (const std::string& name : run.shown.waits->lanes(lanes_of_).names)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  return names;
}

void TimelineView::orderLanes(Run& run) const {
  const Lanes& lanes = run.shown.waits->lanes(lanes_of_);
  run.lane_at.resize(lanes.names.size());
  std::iota(run.lane_at.begin(), run.lane_at.end(), 0U);
  const auto is_before = [&](std::uint32_t a, std::uint32_t b) {
    const bool is_a_pinned = pinned_.contains(lanes.names[a]), is_b_pinned = pinned_.contains(lanes.names[b]);
    if (is_a_pinned != is_b_pinned) return is_a_pinned;
    if (lane_order_ == LaneOrder::kLongestFirst) return lanes.wait_ns[a] > lanes.wait_ns[b];
    return lane_order_ == LaneOrder::kByName && lanes.names[a] < lanes.names[b];
  };
  std::stable_sort(run.lane_at.begin(), run.lane_at.end(), is_before);
  while (run.lane_at.size() > 1) {
    const auto hidden = std::find_if(run.lane_at.begin(), run.lane_at.end(),
                                     [&](std::uint32_t lane) { return hidden_.contains(lanes.names[lane]); });
    if (hidden == run.lane_at.end()) break;
    run.lane_at.erase(hidden);
  }
  run.place_of_lane.assign(lanes.names.size(), kHidden);
  for (std::uint32_t place = 0; place < run.lane_at.size(); ++place) run.place_of_lane[run.lane_at[place]] = place;
}

std::vector<std::string> TimelineView::laneNames(std::size_t run) const {
  std::vector<std::string> names;
  const Lanes& lanes = runs_[run].shown.waits->lanes(lanes_of_);
  for (const std::uint32_t lane : runs_[run].lane_at) names.push_back(lanes.names[lane]);
  return names;
}

void TimelineView::setSelection(std::optional<analyzer::TimeRange> before, std::optional<analyzer::TimeRange> after) {
  selections_ = {before, after};
  update();
}

double TimelineView::endNs() const {
  double end = 1;
  for (const Run& run : runs_) end = std::max(end, static_cast<double>(run.shown.waits->endNs()));
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
double TimelineView::right() const { return scroll_->isHidden() ? width() : scroll_->x(); }
double TimelineView::nsAt(double x) const {
  return begin_ns_ + (x - left()) / std::max(1.0, right() - left()) * (end_ns_ - begin_ns_);
}
double TimelineView::xOf(double ns) const {
  return left() + (ns - begin_ns_) / (end_ns_ - begin_ns_) * (right() - left());
}

void TimelineView::zoom(double factor, double around_x) {
  const double around = nsAt(std::max(left(), around_x));
  setRange(around - (around - begin_ns_) / factor, around + (end_ns_ - around) / factor);
}

void TimelineView::pan(double share) {
  const double by = share * (end_ns_ - begin_ns_);
  setRange(begin_ns_ + by, end_ns_ + by);
}

QRectF TimelineView::runsArea() const {
  const double edge = fontMetrics().height() * 1.6;
  return {0, edge, right(), std::max(0.0, height() - 2 * edge)};
}

double TimelineView::runHeight() const {
  const double visible = runsArea().height();
  const double room = visible / static_cast<double>(std::max<std::size_t>(1, runs_.size()));
  if (runs_.size() <= kNeverScrolled) return room;
  double least = kLeastRunHeight;
  for (const Run& run : runs_)
    least = std::max(least, static_cast<double>(run.lane_at.size()) * kLeastLaneHeight / shareOfLanes());
  return std::max(room, std::min(least + fontMetrics().height() * 1.6, visible));
}

double TimelineView::shareOfLanes() const { return lanes_of_ == LanesOf::kThread ? 0.65 : 0.5; }

void TimelineView::updateScrollBar() {
  const double visible = runsArea().height();
  const int hidden = static_cast<int>(std::ceil(runHeight() * static_cast<double>(runs_.size()) - visible - 0.5));
  const int wide = scroll_->sizeHint().width();
  scroll_->setVisible(hidden > 0 && visible > 0);
  scroll_->setGeometry(width() - wide, static_cast<int>(runsArea().top()), wide, static_cast<int>(visible));
  scroll_->setPageStep(static_cast<int>(visible));
  scroll_->setRange(0, std::max(0, hidden));
}

void TimelineView::scrollTo(std::size_t run) {
  const double top = runHeight() * static_cast<double>(run), bottom = top + runHeight();
  if (top < scroll_->value())
    scroll_->setValue(static_cast<int>(top));
  else if (bottom > scroll_->value() + runsArea().height())
    scroll_->setValue(static_cast<int>(std::ceil(bottom - runsArea().height())));
}

std::optional<std::size_t> TimelineView::runAt(double y) const {
  const QRectF area = runsArea();
  if (y < area.top() || y >= area.bottom()) return std::nullopt;
  const auto run = static_cast<std::size_t>((y - area.top() + scroll_->value()) / runHeight());
  return run < runs_.size() ? std::optional(run) : std::nullopt;
}

std::vector<TimelineView::Panel> TimelineView::panels() const {
  std::vector<Panel> list;
  const double line = fontMetrics().height(), room = runHeight();
  double y = runsArea().top() - scroll_->value();
  for (std::size_t number = 0; number < runs_.size(); ++number, y += room) {
    const Run& run = runs_[number];
    const auto lanes = static_cast<double>(std::max<std::size_t>(1, run.lane_at.size()));
    const double most = shareOfLanes() * room;
    const double wanted = std::min(most, std::clamp(most / lanes, kLeastLaneHeight, kLaneHeight) * lanes);
    Panel panel{&run, number, {left(), y + line * 1.2, right() - left(), room - line * 1.6 - wanted}, {}, {}};
    panel.lanes = QRectF(left(), panel.chart.bottom() + 2, panel.chart.width(), wanted);
    list.push_back(panel);
  }
  return list;
}

void TimelineView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  updateScrollBar();
}

void TimelineView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) updateScrollBar();
}

void TimelineView::wheelEvent(QWheelEvent* event) {
  const double steps = (event->angleDelta().y() != 0 ? event->angleDelta().y() : event->angleDelta().x()) / 120.0;
  const bool is_at_names = event->position().x() < left() || (event->modifiers() & Qt::ControlModifier) != 0;
  if (is_at_names && scroll_->maximum() > 0)
    scroll_->setValue(scroll_->value() - static_cast<int>(std::lround(2 * kScrollStep * steps)));
  else if ((event->modifiers() & (Qt::ShiftModifier | Qt::AltModifier)) != 0)
    pan(-0.1 * steps);
  else
    zoom(std::pow(kZoomStep, steps), event->position().x());
  event->accept();
}

QString TimelineView::tipAt(const Panel& panel, QPointF at) const {
  if (runAt(at.y()) != panel.number) return {};
  const TimelineData& waits = *panel.run->shown.waits;
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
