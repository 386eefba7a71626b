// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/timeline_page.h"

#include <QHBoxLayout>
#include <QJsonArray>
#include <QJsonObject>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "analyzer/label/labelled_run.h"
#include "gui/models/event_search.h"
#include "gui/models/text.h"
#include "gui/views/run_chooser.h"
#include "gui/views/timeline_view.h"

namespace socklock::gui {
namespace {

constexpr int kZoomSettleMs = 120, kChoiceSettleMs = 250;
constexpr int kComboLetters = 10;
constexpr int kShowProgressMs = 200;
// Of what is between the markers; more scroll.
constexpr int kMarkerLines = 4;

}  // namespace

TimelinePage::TimelinePage(QWidget* parent)
    : Page(parent),
      view_(new TimelineView(this)),
      details_(new QPlainTextEdit(this)),
      markers_(new QLabel(this)),
      search_(new QLineEdit(this)),
      found_(new QLabel(this)),
      runs_{new RunChooser(tr("Runs of the side before"), this), new RunChooser(tr("Runs of the side after"), this)},
      table_side_(new QComboBox(this)),
      words_(new QLabel(this)),
      table_(new QTableView(this)),
      events_(new EventModel(this)),
      progress_(new QProgressBar(this)) {
  setUpProgress();
  auto* const splitter = new QSplitter(Qt::Vertical, this);
  splitter->addWidget(view_);
  auto* const below = new QSplitter(Qt::Horizontal, splitter);
  below->addWidget(makeTable(below));
  below->addWidget(makeDetails(below));
  below->setStretchFactor(0, 3);
  below->setStretchFactor(1, 1);
  splitter->addWidget(below);
  below_ = below;
  splitter->setSizes({380, 200});
  splitter->setChildrenCollapsible(false);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addLayout(makeControls());
  layout->addWidget(progress_);
  layout->addWidget(makeMarkers());
  layout->addWidget(splitter, 1);
  settle_timer_.setSingleShot(true);
  settle_timer_.setInterval(kZoomSettleMs);
  connect(&settle_timer_, &QTimer::timeout, this, &TimelinePage::showEvents);
  choice_timer_.setSingleShot(true);
  choice_timer_.setInterval(kChoiceSettleMs);
  connect(&choice_timer_, &QTimer::timeout, this, &TimelinePage::load);
  connect(view_, &TimelineView::rangeShown, this, [this] { settle_timer_.start(); });
  connect(view_, &TimelineView::rangeSelected, this, &TimelinePage::selectRange);
  connect(view_, &TimelineView::chosen, this, &TimelinePage::showChosen);
  connect(view_, &TimelineView::menuWanted, this, &TimelinePage::addConditions);
  connect(view_, &TimelineView::lanesWanted, this, &TimelinePage::chooseLanes);
  connect(view_, &TimelineView::markersChanged, this, &TimelinePage::showMarkers);
}

TimelinePage::~TimelinePage() = default;

QWidget* TimelinePage::makeMarkers() {
  markers_->setWordWrap(true);
  markers_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  markers_->setAlignment(Qt::AlignTop);
  markers_area_ = new QScrollArea(this);
  markers_area_->setWidget(markers_);
  markers_area_->setWidgetResizable(true);
  markers_area_->setFrameShape(QFrame::NoFrame);
  markers_area_->setAccessibleName(tr("Between the markers"));
  markers_area_->hide();
  return markers_area_;
}

void TimelinePage::showMarkers() {
  markers_->setText(view_->markersText());
  markers_area_->setVisible(!markers_->text().isEmpty());
  if (markers_->text().isEmpty()) return;
  const int most = kMarkerLines * markers_->fontMetrics().lineSpacing();
  const int wanted = markers_->heightForWidth(width());
  markers_area_->setFixedHeight(std::min(wanted, most));
  // Where all of it is seen it is no stop on the way of the keyboard.
  markers_area_->setFocusPolicy(wanted > most ? Qt::StrongFocus : Qt::NoFocus);
}

QLayout* TimelinePage::makeControls() {
  auto* const waiters = new QRadioButton(tr("&waiters at a time"), this);
  rate_ = new QRadioButton(tr("waits a &second"), this);
  waiters->setChecked(true);
  auto* const whole = new QToolButton(this);
  whole->setText(tr("Whole run"));
  hint_ = new QLabel(
      tr("Click a wait for its stack. Wheel: zoom. Drag: filter all views; with Shift one side. Right click: markers."),
      this);
  hint_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  hint_->setToolTip(hint_->text());
  auto* const bar = new QHBoxLayout;
  for (RunChooser* const runs : runs_) {
    bar->addWidget(runs, 1);
    connect(runs, &RunChooser::changed, &choice_timer_, qOverload<>(&QTimer::start));
  }
  bar->addSpacing(12);
  for (QWidget* const widget : std::initializer_list<QWidget*>{waiters, rate_}) bar->addWidget(widget);
  makeLaneControls(bar);
  bar->addWidget(whole);
  bar->addSpacing(12);
  bar->addWidget(hint_, 1);
  connect(rate_, &QRadioButton::toggled, view_, &TimelineView::setRate);
  connect(whole, &QToolButton::clicked, view_, &TimelineView::resetRange);
  return bar;
}

void TimelinePage::setCompact() { below_->hide(); }

void TimelinePage::makeLaneControls(QLayout* bar) {
  lanes_ = new QComboBox(this);
  lanes_->setObjectName(QStringLiteral("lanes"));
  lanes_->setAccessibleName(tr("Lanes"));
  lanes_->addItem(tr("a lane per CPU"), static_cast<int>(LanesOf::kCpu));
  lanes_->addItem(tr("a lane per thread"), static_cast<int>(LanesOf::kThread));
  lanes_->addItem(tr("a lane per class"), static_cast<int>(LanesOf::kClass));
  lanes_->addItem(tr("a lane per process"), static_cast<int>(LanesOf::kProcess));
  lanes_->setToolTip(
      tr("Lanes below each chart. Threads, processes and classes: the %1 that waited longest, the others "
         "together. A right click "
         "on a lane pins it to the top, hides it, or chooses which there are.")
          .arg(kThreadLanes));
  lane_order_ = new QComboBox(this);
  lane_order_->setObjectName(QStringLiteral("lane_order"));
  lane_order_->setAccessibleName(tr("Order of lanes"));
  lane_order_->addItem(tr("in their order"), static_cast<int>(LaneOrder::kAsIs));
  lane_order_->addItem(tr("longest wait first"), static_cast<int>(LaneOrder::kLongestFirst));
  lane_order_->addItem(tr("by name"), static_cast<int>(LaneOrder::kByName));
  // In a window of 1,024 pixels there is room for all of the bar.
  for (QComboBox* const box : {lanes_, lane_order_}) {
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(kComboLetters);
  }
  bar->addWidget(lanes_);
  bar->addWidget(lane_order_);
  connect(lanes_, &QComboBox::currentIndexChanged, this, [this] {
    lanes_of_ = static_cast<LanesOf>(lanes_->currentData().toInt());
    view_->setLanes(lanes_of_);
  });
  connect(lane_order_, &QComboBox::currentIndexChanged, this,
          [this] { view_->setLaneOrder(static_cast<LaneOrder>(lane_order_->currentData().toInt())); });
}

void TimelinePage::showFindings(const FindingsPtr& findings) {
  const bool are_other_runs = !findings_ || findings_->question.before != findings->question.before ||
                              findings_->question.after != findings->question.after;
  const bool are_other_paths = !findings_ || findings_->runs->before_paths != findings->runs->before_paths ||
                               findings_->runs->after_paths != findings->runs->after_paths;
  findings_ = findings;
  if (are_other_runs || are_other_paths) listRuns();
  if (are_other_runs || !findings->question.filter.has_range()) whole_runs_ = findings->runs;
  view_->setSelection(findings->question.filter.range, findings->question.filter.range_of_after());
  needs_load_ = true;
  if (isVisible()) load();
}

// Which were shown stays so where they are still there, on either side: runs are added, left out, and sides swapped.
void TimelinePage::listRuns() {
  std::vector<std::string> shown_before;
  for (const Wanted& run : wantedRuns()) shown_before.push_back(run.path);
  for (std::size_t side = 0; side < 2; ++side) {
    const auto& paths = side == 0 ? findings_->runs->before_paths : findings_->runs->after_paths;
    std::vector<std::size_t> chosen = chosenIn(awaited_, side);
    for (std::size_t run = 0; run < paths.size() && awaited_.isEmpty(); ++run) {
      const auto found = std::find(shown_before.begin(), shown_before.end(), paths[run]);
      if (found == shown_before.end()) continue;
      shown_before.erase(found);  // of one that is named twice as many as were shown
      chosen.push_back(run);
    }
    QStringList files;
    for (const std::string& path : paths) files.append(QString::fromStdString(path));
    runs_[side]->setRuns(runNames(files), files, chosen);
    runs_[side]->setVisible(!paths.empty());
  }
  const int was = table_side_->currentIndex();
  table_side_->clear();
  table_side_->addItem(findings_->isComparison() ? tr("before") : tr("recorded"), 0);
  if (findings_->isComparison()) {
    table_side_->addItem(tr("after"), 1);
    table_side_->addItem(tr("both"), kBothSides);
  }
  table_side_->setCurrentIndex(std::clamp(was, 0, table_side_->count() - 1));
}

std::vector<TimelinePage::Wanted> TimelinePage::wantedRuns() const {
  std::vector<Wanted> wanted;
  for (std::size_t side = 0; side < 2; ++side)
    for (const std::size_t run : runs_[side]->chosen()) {
      const bool is_alone = findings_ && !findings_->isComparison();
      const QString name = runs_[side]->name(run);
      wanted.push_back({side, runs_[side]->path(run).toStdString(),
                        is_alone ? name : (side == 0 ? tr("before: %1") : tr("after: %1")).arg(name)});
    }
  return wanted;
}

// Half a hint helps nobody: where it has no room, its tooltip and Help, Keys say it.
void TimelinePage::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  showMarkers();
  hint_->setForegroundRole(hint_->width() < hint_->sizeHint().width() ? QPalette::Window : QPalette::WindowText);
}

void TimelinePage::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (needs_load_) load();
}

void TimelinePage::load() {
  if (!findings_) return;
  needs_load_ = false;
  choice_timer_.stop();
  std::vector<Wanted> wanted = wantedRuns();
  TimelineRequest request{{}, findings_->runs->classes, findings_->question.filter, findings_->taxonomy, lanes_of_};
  for (const Wanted& run : wanted) request.paths.push_back(run.path);
  request.filter.range.reset();
  request.filter.range_after.reset();
  loader_.start([request = std::move(request)](Watch& watch) { return loadTimelines(request, watch); },
                [this, wanted = std::move(wanted)](const LoadedTimelines& loaded) { showLoaded(wanted, loaded); });
}

// Only where it takes long enough to be seen.
void TimelinePage::setUpProgress() {
  progress_->setRange(0, 1000);
  progress_->setAccessibleName(tr("Single waits read"));
  progress_->setFormat(tr("reading single waits: %p %"));
  progress_->hide();
  progress_timer_.setInterval(kShowProgressMs);
  connect(&progress_timer_, &QTimer::timeout, this, [this] {
    progress_->setValue(static_cast<int>(1000 * loader_.share()));
    progress_->show();
  });
  connect(&loader_, &Background::busyChanged, this, [this](bool is_busy) {
    progress_->setValue(0);
    progress_->hide();
    is_busy ? progress_timer_.start() : progress_timer_.stop();
  });
}

void TimelinePage::showLoaded(const std::vector<Wanted>& wanted, const LoadedTimelines& loaded) {
  std::vector<TimelineRun> runs;
  shown_.clear();
  for (std::size_t run = 0; run < wanted.size(); ++run) {
    if (!loaded.runs[run]) continue;
    shown_.push_back(wanted[run]);
    runs.push_back({wanted[run].side, loaded.runs[run], wanted[run].title});
  }
  searched_.reset();
  view_->setRuns(std::move(runs));
  if (!awaited_.isEmpty()) showZoom(std::exchange(awaited_, {}));
  showMarkers();
  showEvents();
  applyMoment();
  if (!view_->chosenWait()) details_->clear();
  QStringList errors;
  for (const std::string& error : loaded.errors) errors.append(shown(error));
  if (!errors.isEmpty()) words_->setText(errors.join(QStringLiteral("; ")));
  Q_EMIT this->loaded();
}

// Summaries are of whole intervals: the range is widened to those of every run, before a side has nothing in it.
void TimelinePage::selectRange(analyzer::TimeRange range, int side) {
  analyzer::Filter more;
  if (side == 1)
    more.range_after = range;
  else
    more.range = range;
  const std::vector<analyzer::LabelledRun> none;
  if (whole_runs_)
    more = analyzer::with_whole_intervals(more, side == 1 ? none : whole_runs_->before,
                                          side == 0 ? none : whole_runs_->after);
  // A stretch of the side before leaves that after as it is: by itself it has the one that is of both.
  if (side == 0)
    more.range_after = findings_->question.filter.range_of_after().value_or(analyzer::TimeRange{0, UINT64_MAX});
  narrow(more, tr("time"));
}

}  // namespace socklock::gui
