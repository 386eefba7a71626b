// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/timeline_page.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QRadioButton>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>

#include "analyzer/label/labelled_run.h"
#include "base/out_of_memory.h"
#include "gui/models/event_model.h"
#include "gui/models/text.h"
#include "gui/views/item_views.h"
#include "gui/views/timeline_view.h"

namespace socklock::gui {
namespace {

constexpr int kZoomSettleMs = 120;

}  // namespace

TimelinePage::TimelinePage(QWidget* parent)
    : Page(parent),
      view_(new TimelineView(this)),
      runs_{new QComboBox(this), new QComboBox(this)},
      table_side_(new QComboBox(this)),
      words_(new QLabel(this)),
      table_(new QTableView(this)),
      events_(new EventModel(this)) {
  auto* const splitter = new QSplitter(Qt::Vertical, this);
  splitter->addWidget(view_);
  splitter->addWidget(makeTable(splitter));
  splitter->setSizes({380, 200});
  splitter->setChildrenCollapsible(false);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addLayout(makeControls());
  layout->addWidget(splitter, 1);
  settle_timer_.setSingleShot(true);
  settle_timer_.setInterval(kZoomSettleMs);
  connect(&settle_timer_, &QTimer::timeout, this, &TimelinePage::showEvents);
  connect(view_, &TimelineView::rangeShown, this, [this] { settle_timer_.start(); });
  connect(view_, &TimelineView::rangeSelected, this, &TimelinePage::selectRange);
}

QLayout* TimelinePage::makeControls() {
  auto* const waiters = new QRadioButton(tr("&waiters at a time"), this);
  auto* const rate = new QRadioButton(tr("waits a &second"), this);
  waiters->setChecked(true);
  auto* const lanes = new QComboBox(this);
  lanes->setObjectName(QStringLiteral("lanes"));
  lanes->setAccessibleName(tr("Lanes"));
  lanes->addItem(tr("a lane per CPU"), static_cast<int>(LanesOf::kCpu));
  lanes->addItem(tr("a lane per thread"), static_cast<int>(LanesOf::kThread));
  lanes->setToolTip(
      tr("Lanes below each chart. Threads: the %1 that waited longest, the others together.").arg(kThreadLanes));
  auto* const whole = new QToolButton(this);
  whole->setText(tr("Whole run"));
  auto* const hint = new QLabel(tr("Wheel, W S: zoom. Shift+wheel, A D: move. Drag: filter all views."), this);
  hint->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  auto* const bar = new QHBoxLayout;
  runs_[0]->setAccessibleName(tr("Run of the side before"));
  runs_[1]->setAccessibleName(tr("Run of the side after"));
  for (QComboBox* const combo : runs_) {
    bar->addWidget(combo);
    connect(combo, &QComboBox::activated, this, &TimelinePage::load);
  }
  bar->addSpacing(12);
  for (QWidget* const widget : std::initializer_list<QWidget*>{waiters, rate, lanes, whole}) bar->addWidget(widget);
  bar->addSpacing(12);
  bar->addWidget(hint, 1);
  connect(rate, &QRadioButton::toggled, view_, &TimelineView::setRate);
  connect(lanes, &QComboBox::currentIndexChanged, this,
          [this, lanes] { view_->setLanes(static_cast<LanesOf>(lanes->currentData().toInt())); });
  connect(whole, &QToolButton::clicked, view_, &TimelineView::resetRange);
  return bar;
}

QWidget* TimelinePage::makeTable(QWidget* parent) {
  auto* const longest = new QToolButton(this);
  longest->setText(tr("Longest first"));
  table_side_->setAccessibleName(tr("Side whose single waits are listed"));
  auto* const bar = new QHBoxLayout;
  bar->addWidget(new QLabel(tr("Single waits"), this));
  bar->addWidget(table_side_);
  bar->addWidget(longest);
  bar->addWidget(words_);
  bar->addStretch();
  setUpTable(table_, tr("Single waits"));
  table_->setModel(events_);
  table_->verticalHeader()->show();
  const std::array<int, EventModel::kColumns> widths{110, 80, 170, 190, 80, 190, 150, 70, 50};
  for (std::size_t i = 0; i < widths.size(); ++i) table_->setColumnWidth(static_cast<int>(i), widths[i]);
  table_->horizontalHeader()->setStretchLastSection(true);
  auto* const part = new QWidget(parent);
  auto* const layout = new QVBoxLayout(part);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addLayout(bar);
  layout->addWidget(table_);
  connect(longest, &QToolButton::clicked, this, &TimelinePage::showLongestFirst);
  connect(table_side_, &QComboBox::activated, this, &TimelinePage::showEvents);
  return part;
}

void TimelinePage::showFindings(const FindingsPtr& findings) {
  const bool are_other_runs = !findings_ || findings_->question.before != findings->question.before ||
                              findings_->question.after != findings->question.after;
  findings_ = findings;
  if (are_other_runs) listRuns();
  if (are_other_runs || !findings->question.filter.range) whole_runs_ = findings->runs;
  view_->setSelection(findings->question.filter.range);
  needs_load_ = true;
  if (isVisible()) load();
}

void TimelinePage::listRuns() {
  cache_.clear();
  table_side_->clear();
  for (std::size_t side = 0; side < 2; ++side) {
    const auto& paths = side == 0 ? findings_->runs->before_paths : findings_->runs->after_paths;
    runs_[side]->clear();
    for (const std::string& path : paths)
      runs_[side]->addItem(QFileInfo(QString::fromStdString(path)).fileName(), QString::fromStdString(path));
    runs_[side]->setVisible(!paths.empty());
    const QString name = !findings_->isComparison() ? tr("recorded") : side == 0 ? tr("before") : tr("after");
    if (!paths.empty()) table_side_->addItem(name, static_cast<int>(side));
  }
}

void TimelinePage::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (needs_load_) load();
}

void TimelinePage::load() {
  if (!findings_) return;
  needs_load_ = false;
  Request request{{}, {}, findings_->question.filter, findings_->taxonomy, cache_};
  for (std::size_t side = 0; side < 2; ++side)
    request.paths[side] = runs_[side]->currentData().toString().toStdString();
  for (const auto& slice : findings_->comparison.classes) request.classes.push_back(slice.name);
  request.filter.range.reset();
  loader_.start([request = std::move(request)](Watch& watch) { return loadSides(request, watch); },
                [this](Loaded loaded) { showLoaded(std::move(loaded)); });
}

Result<EventsPtr> TimelinePage::loadEvents(const std::string& path, const Request& request, const Watch& watch) {
  const auto found = request.known.find(path);
  if (found != request.known.end()) return found->second;
  const auto goes_on = [&watch](std::uint64_t /*bytes*/) { return !watch.isStopped(); };
  SOCKLOCK_TRY_ASSIGN(auto table,
                      within_memory([&] { return analyzer::load_events(path, request.taxonomy, goes_on); }));
  return std::make_shared<const analyzer::EventTable>(std::move(table));
}

TimelinePage::Loaded TimelinePage::loadSides(const Request& request, const Watch& watch) {
  Loaded loaded;
  for (std::size_t side = 0; side < 2; ++side) {
    const std::string& path = request.paths[side];
    if (path.empty()) continue;
    const auto events = loadEvents(path, request, watch);
    if (!events) {
      loaded.error = events.error().message();
      continue;
    }
    loaded.events[path] = *events;
    loaded.sides[side] = makeTimeline(*events, request.taxonomy, request.filter, request.classes);
  }
  return loaded;
}

void TimelinePage::showLoaded(Loaded loaded) {
  data_ = loaded.sides;
  cache_ = std::move(loaded.events);  // those of other runs are let go
  for (std::size_t side = 0; side < 2; ++side) {
    const QString name = runs_[side]->currentText();
    const bool is_alone = !findings_->isComparison();
    view_->setSide(side, data_[side], is_alone ? name : (side == 0 ? tr("before: %1") : tr("after: %1")).arg(name));
  }
  showEvents();
  if (!loaded.error.empty()) words_->setText(shown(loaded.error));
  Q_EMIT this->loaded();
}

void TimelinePage::showEvents() {
  const auto side = static_cast<std::size_t>(std::max(0, table_side_->currentData().toInt()));
  sorter_.cancel();
  events_->show(data_[side], view_->range());
  if (!data_[side]) return;
  const auto& events = *data_[side]->events;
  QString words = tr("%1 in view, %2 in the run")
                      .arg(count(static_cast<double>(events_->inRange())), count(static_cast<double>(events.size())));
  if (events_->inRange() > EventModel::kMaxRows)
    words += tr("; the first %1 are listed, zoom in for others").arg(count(static_cast<double>(EventModel::kMaxRows)));
  if (events.size() == 0) words = tr("this trace holds no single waits, only summaries");
  words_->setText(words);
}

void TimelinePage::showLongestFirst() {
  const TimelineDataPtr waits = events_->timeline();
  if (!waits) return;
  sorter_.start([waits, range = events_->range()](Watch& /*watch*/) { return longestFirst(*waits, range); },
                [this](std::vector<std::uint32_t> order) {
                  events_->setOrder(std::move(order));
                  table_->scrollToTop();
                });
}

// Summaries are of whole intervals: the range is widened to those of every run, before a side has nothing in it.
void TimelinePage::selectRange(analyzer::TimeRange range) {
  analyzer::Filter more;
  more.range = range;
  if (whole_runs_)
    for (const auto* const runs : {&whole_runs_->before, &whole_runs_->after}) {
      const analyzer::TimeRange whole = analyzer::whole_intervals(*runs, range);
      more.range->begin_ns = std::min(more.range->begin_ns, whole.begin_ns);
      more.range->end_ns = std::max(more.range->end_ns, whole.end_ns);
    }
  narrow(more, tr("time"));
}

}  // namespace socklock::gui
