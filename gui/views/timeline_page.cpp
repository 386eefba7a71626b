// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/timeline_page.h"

#include <QApplication>
#include <QClipboard>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonObject>
#include <QRadioButton>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>

#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_runs.h"
#include "base/out_of_memory.h"
#include "gui/models/event_model.h"
#include "gui/models/event_search.h"
#include "gui/models/text.h"
#include "gui/models/wait_text.h"
#include "gui/views/cell_delegates.h"
#include "gui/views/item_views.h"
#include "gui/views/lanes_dialog.h"
#include "gui/views/timeline_view.h"

namespace socklock::gui {
namespace {

constexpr int kZoomSettleMs = 120;
constexpr int kComboLetters = 10;
constexpr int kComboFrame = 44;  // around the letters
constexpr int kShowProgressMs = 200;
// Of the work for a side; the rest is making what is drawn.
constexpr double kReadShare = 0.85;

std::uint64_t bytesOf(const std::string& path) { return std::max<std::uint64_t>(1, analyzer::bytes_of({path})); }

// Waits that are read, for as long as somebody shows them: the page and the dock show the same.
struct SharedEvents {
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<const analyzer::EventTable>> by_path;
};

SharedEvents& sharedOnes() {
  static SharedEvents shared;
  return shared;
}

EventsPtr sharedEvents(const std::string& path) {
  SharedEvents& shared = sharedOnes();
  const std::lock_guard lock(shared.mutex);
  const auto found = shared.by_path.find(path);
  return found == shared.by_path.end() ? nullptr : found->second.lock();
}

void shareEvents(const std::string& path, const EventsPtr& events) {
  SharedEvents& shared = sharedOnes();
  const std::lock_guard lock(shared.mutex);
  shared.by_path[path] = events;
}

}  // namespace

TimelinePage::TimelinePage(QWidget* parent)
    : Page(parent),
      view_(new TimelineView(this)),
      details_(new QPlainTextEdit(this)),
      markers_(new QLabel(this)),
      search_(new QLineEdit(this)),
      found_(new QLabel(this)),
      runs_{new QComboBox(this), new QComboBox(this)},
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
  markers_->setWordWrap(true);
  markers_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  markers_->hide();
  layout->addWidget(progress_);
  layout->addWidget(markers_);
  layout->addWidget(splitter, 1);
  settle_timer_.setSingleShot(true);
  settle_timer_.setInterval(kZoomSettleMs);
  connect(&settle_timer_, &QTimer::timeout, this, &TimelinePage::showEvents);
  connect(view_, &TimelineView::rangeShown, this, [this] { settle_timer_.start(); });
  connect(view_, &TimelineView::rangeSelected, this, &TimelinePage::selectRange);
  connect(view_, &TimelineView::chosen, this, &TimelinePage::showChosen);
  connect(view_, &TimelineView::menuWanted, this, &TimelinePage::addConditions);
  connect(view_, &TimelineView::lanesWanted, this, &TimelinePage::chooseLanes);
  connect(view_, &TimelineView::markersChanged, this, [this] {
    markers_->setText(view_->markersText());
    markers_->setVisible(!markers_->text().isEmpty());
  });
}

TimelinePage::~TimelinePage() = default;

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
  runs_[0]->setAccessibleName(tr("Run of the side before"));
  runs_[1]->setAccessibleName(tr("Run of the side after"));
  for (QComboBox* const combo : runs_) {
    combo->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    bar->addWidget(combo, 1);
    connect(combo, &QComboBox::activated, this, &TimelinePage::load);
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
  for (QComboBox* const box : {lanes_, lane_order_, runs_[0], runs_[1]}) {
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

QWidget* TimelinePage::makeDetails(QWidget* parent) {
  details_->setReadOnly(true);
  details_->setAccessibleName(tr("The chosen wait"));
  details_->setPlaceholderText(tr("A click on a wait in a lane, or on a row, shows its stack, thread and lock here."));
  details_->setParent(parent);
  details_->setTabChangesFocus(true);
  return details_;
}

QWidget* TimelinePage::makeTable(QWidget* parent) {
  auto* const longest = new QToolButton(this);
  longest->setText(tr("Longest first"));
  table_side_->setAccessibleName(tr("Side whose single waits are listed"));
  auto* const bar = new QHBoxLayout;
  bar->addWidget(new QLabel(tr("Single waits"), this));
  bar->addWidget(table_side_);
  bar->addWidget(longest);
  words_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);  // a sentence makes no window wider
  bar->addWidget(words_, 1);
  search_->setPlaceholderText(tr("search single waits"));
  search_->setAccessibleName(tr("Search single waits"));
  search_->setToolTip(
      tr("Class, instance, path, any function of the stack, process or thread; Enter: the next one, "
         "Shift+Enter: the one before"));
  search_->setClearButtonEnabled(true);
  search_->setMaximumWidth(220);
  bar->addWidget(found_);
  bar->addWidget(search_);
  connect(search_, &QLineEdit::textChanged, this, [this] {
    searched_.reset();
    showFound();
  });
  connect(search_, &QLineEdit::returnPressed, this,
          [this] { stepFound(QApplication::keyboardModifiers().testFlag(Qt::ShiftModifier) ? -1 : 1); });
  setUpTable(table_, tr("Single waits"));
  table_->setModel(events_);
  table_->setItemDelegateForColumn(EventModel::kClass, new ClassDelegate(this));
  table_->verticalHeader()->show();
  const std::array<int, EventModel::kColumns> widths{110, 80, 170, 190, 80, 190, 150, 70, 50};
  for (std::size_t i = 0; i < widths.size(); ++i) table_->setColumnWidth(static_cast<int>(i), widths[i]);
  table_->horizontalHeader()->setStretchLastSection(false);  // a number far from its row's others
  auto* const part = new QWidget(parent);
  auto* const layout = new QVBoxLayout(part);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addLayout(bar);
  layout->addWidget(table_);
  connect(longest, &QToolButton::clicked, this, &TimelinePage::showLongestFirst);
  connect(table_side_, &QComboBox::activated, this, &TimelinePage::showEvents);
  table_->setContextMenuPolicy(Qt::CustomContextMenu);
  connect(table_, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
    const QModelIndex row = table_->indexAt(at);
    if (!row.isValid()) return;
    auto* const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    addConditions(menu, {tableSide(), events_->eventAt(row.row())});
    menu->addAction(tr("Copy"), this, [this] { QApplication::clipboard()->setText(rowsText(*table_, RowsAs::kText)); });
    menu->popup(table_->viewport()->mapToGlobal(at));
  });
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& current) { chooseRow(current.row()); });
  return part;
}

void TimelinePage::showFindings(const FindingsPtr& findings) {
  const bool are_other_runs = !findings_ || findings_->question.before != findings->question.before ||
                              findings_->question.after != findings->question.after;
  findings_ = findings;
  if (are_other_runs) listRuns();
  if (are_other_runs || !findings->question.filter.has_range()) whole_runs_ = findings->runs;
  view_->setSelection(findings->question.filter.range, findings->question.filter.range_of_after());
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
    const int wanted = awaited_[QStringLiteral("runs")].toArray().at(static_cast<qsizetype>(side)).toInt();
    if (wanted > 0 && wanted < runs_[side]->count()) runs_[side]->setCurrentIndex(wanted);
    const QString name = !findings_->isComparison() ? tr("recorded") : side == 0 ? tr("before") : tr("after");
    // Whole names where there is room.
    int longest = 0;
    for (int run = 0; run < runs_[side]->count(); ++run)
      longest = std::max(longest, fontMetrics().horizontalAdvance(runs_[side]->itemText(run)));
    runs_[side]->setMaximumWidth(std::max(runs_[side]->minimumSizeHint().width(), longest + kComboFrame));
    if (!paths.empty()) table_side_->addItem(name, static_cast<int>(side));
  }
}

// Half a hint helps nobody: where it has no room, its tooltip and Help, Keys say it.
void TimelinePage::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  hint_->setForegroundRole(hint_->width() < hint_->sizeHint().width() ? QPalette::Window : QPalette::WindowText);
}

void TimelinePage::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (needs_load_) load();
}

void TimelinePage::load() {
  if (!findings_) return;
  needs_load_ = false;
  Request request{{}, {}, findings_->question.filter, findings_->taxonomy, cache_, lanes_of_};
  for (std::size_t side = 0; side < 2; ++side)
    request.paths[side] = runs_[side]->currentData().toString().toStdString();
  request.classes = findings_->runs->classes;
  request.filter.range.reset();
  request.filter.range_after.reset();
  loader_.start([request = std::move(request)](Watch& watch) { return loadSides(request, watch); },
                [this](Loaded loaded) { showLoaded(std::move(loaded)); });
}

Result<EventsPtr> TimelinePage::loadEvents(const std::string& path, const Request& request, const Watch& watch,
                                           const Advance& advance) {
  const auto found = request.known.find(path);
  if (found != request.known.end()) return found->second;
  if (EventsPtr shared = sharedEvents(path)) return shared;
  const auto goes_on = [&watch, &advance, of = static_cast<double>(bytesOf(path))](std::uint64_t bytes) {
    advance(kReadShare * static_cast<double>(bytes) / of);
    return !watch.isStopped();
  };
  SOCKLOCK_TRY_ASSIGN(
      auto table, within_memory([&] { return analyzer::load_events(path, request.taxonomy, {.progress = goes_on}); }));
  auto events = std::make_shared<const analyzer::EventTable>(std::move(table));
  shareEvents(path, events);
  return events;
}

TimelinePage::Loaded TimelinePage::loadSides(const Request& request, Watch& watch) {
  const std::array<double, 2> bytes{static_cast<double>(bytesOf(request.paths[0])),
                                    static_cast<double>(bytesOf(request.paths[1]))};
  std::array<std::atomic<double>, 2> done{};  // of all of the work
  const auto load_side = [&](std::size_t side) -> Result<TimelineDataPtr> {
    if (request.paths[side].empty()) return TimelineDataPtr();
    const Advance advance = [&, side](double share) {
      done[side] = share * bytes[side] / (bytes[0] + bytes[1]);
      watch.setShare(done[0] + done[1]);
    };
    SOCKLOCK_TRY_ASSIGN(const EventsPtr events, loadEvents(request.paths[side], request, watch, advance));
    auto made = makeTimeline(events, request.taxonomy, request.filter, request.classes, request.lanes);
    advance(1);
    return made;
  };
  // Both at a time where the system has a thread for that; of one file on both sides the second finds what the first
  // read.
  const auto policy =
      request.paths[0] == request.paths[1] ? std::launch::deferred : std::launch::async | std::launch::deferred;
  auto after = std::async(policy, load_side, 1);
  const std::array<Result<TimelineDataPtr>, 2> both{load_side(0), after.get()};
  Loaded loaded;
  for (std::size_t side = 0; side < 2; ++side) {
    if (!both[side])
      loaded.error = both[side].error().message();
    else if (loaded.sides[side] = *both[side]; loaded.sides[side])
      loaded.events[request.paths[side]] = loaded.sides[side]->events;
  }
  return loaded;
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

void TimelinePage::showLoaded(Loaded loaded) {
  data_ = loaded.sides;
  cache_ = std::move(loaded.events);  // those of other runs are let go
  for (std::size_t side = 0; side < 2; ++side) {
    const QString name = runs_[side]->currentText();
    const bool is_alone = !findings_->isComparison();
    view_->setSide(side, data_[side], is_alone ? name : (side == 0 ? tr("before: %1") : tr("after: %1")).arg(name));
  }
  if (!awaited_.isEmpty()) showZoom(std::exchange(awaited_, {}));
  applyMoment();
  showEvents();
  if (!loaded.error.empty()) words_->setText(shown(loaded.error));
  Q_EMIT this->loaded();
}

void TimelinePage::showEvents() {
  const std::size_t side = tableSide();
  sorter_.cancel();
  if (events_->timeline() != data_[side]) searched_.reset();
  events_->show(data_[side], view_->range());
  if (!data_[side]) return;
  const auto& events = *data_[side]->events;
  QString words = tr("%1 in view, %2 in the run")
                      .arg(count(static_cast<double>(events_->inRange())), count(static_cast<double>(events.size())));
  if (events_->inRange() > EventModel::kMaxRows)
    words += tr("; the first %1 are listed, zoom in for others").arg(count(static_cast<double>(EventModel::kMaxRows)));
  if (events.size() == 0) words = tr("this trace holds no single waits, only summaries");
  words_->setText(words);
  showFound();
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

// A wait of the other side, or out of sight, is looked up first.
void TimelinePage::showChosen(const ChosenWait& wait) {
  if (const int at = table_side_->findData(static_cast<int>(wait.side)); at >= 0 && at != table_side_->currentIndex()) {
    table_side_->setCurrentIndex(at);
    showEvents();
  }
  if (!events_->holds(wait.event)) showEvents();
  const int row = events_->rowOf(wait.event);
  if (row >= 0) {
    const QSignalBlocker quiet(table_->selectionModel());
    table_->selectRow(row);
    table_->viewport()->update();
    table_->doItemsLayout();  // rows that were listed just now have no place yet
    table_->scrollTo(events_->index(row, 0));
  }
  showDetails(wait);
}

void TimelinePage::chooseRow(int row) {
  if (row < 0 || row >= events_->rowCount()) return;
  const ChosenWait wait{tableSide(), events_->eventAt(row)};
  view_->setChosen(wait);
  showDetails(wait);
}

void TimelinePage::showDetails(const ChosenWait& wait) {
  if (const auto& waits = data_[wait.side]) details_->setPlainText(waitText(*waits, wait.event));
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
