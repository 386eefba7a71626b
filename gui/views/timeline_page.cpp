// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/timeline_page.h"

#include <QCheckBox>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QRadioButton>
#include <QSplitter>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

#include "analyzer/label/labelled_run.h"
#include "gui/models/event_model.h"
#include "gui/models/text.h"
#include "gui/views/timeline_view.h"

namespace socklock::gui {
namespace {

constexpr int kZoomSettleMs = 120;

}  // namespace

TimelinePage::TimelinePage(QWidget* parent)
    : QWidget(parent),
      view_(new TimelineView(this)),
      runs_{new QComboBox(this), new QComboBox(this)},
      table_side_(new QComboBox(this)),
      words_(new QLabel(this)),
      table_(new QTableView(this)),
      events_(new EventModel(this)) {
  auto* const waiters = new QRadioButton(tr("&waiters at a time"), this);
  auto* const rate = new QRadioButton(tr("waits a &second"), this);
  waiters->setChecked(true);
  auto* const lanes = new QComboBox(this);
  lanes->setObjectName(QStringLiteral("lanes"));
  lanes->addItem(tr("a lane per CPU"), static_cast<int>(LanesOf::kCpu));
  lanes->addItem(tr("a lane per thread"), static_cast<int>(LanesOf::kThread));
  lanes->setToolTip(
      tr("Lanes below each chart. Threads: the %1 that waited longest, the others together.").arg(kThreadLanes));
  auto* const whole = new QToolButton(this);
  whole->setText(tr("Whole run"));
  auto* const bar = new QHBoxLayout;
  for (QComboBox* const combo : runs_) bar->addWidget(combo);
  bar->addSpacing(12);
  bar->addWidget(waiters);
  bar->addWidget(rate);
  bar->addWidget(lanes);
  bar->addWidget(whole);
  auto* const hint = new QLabel(tr("Wheel, W S: zoom. Shift+wheel, A D: move. Drag: filter all views."), this);
  hint->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  bar->addSpacing(12);
  bar->addWidget(hint, 1);
  auto* const longest = new QToolButton(this);
  longest->setText(tr("Longest first"));
  auto* const below_bar = new QHBoxLayout;
  below_bar->addWidget(new QLabel(tr("Single waits"), this));
  below_bar->addWidget(table_side_);
  below_bar->addWidget(longest);
  below_bar->addWidget(words_);
  below_bar->addStretch();
  table_->setModel(events_);
  table_->setAlternatingRowColors(true);
  table_->setShowGrid(false);
  table_->setWordWrap(false);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
  table_->horizontalHeader()->setStretchLastSection(false);
  const std::array<int, EventModel::kColumns> widths{110, 80, 170, 190, 80, 190, 150, 70, 50};
  for (std::size_t i = 0; i < widths.size(); ++i) table_->setColumnWidth(static_cast<int>(i), widths[i]);
  auto* const below = new QWidget(this);
  auto* const below_layout = new QVBoxLayout(below);
  below_layout->setContentsMargins(0, 0, 0, 0);
  below_layout->addLayout(below_bar);
  below_layout->addWidget(table_);
  auto* const splitter = new QSplitter(Qt::Vertical, this);
  splitter->addWidget(view_);
  splitter->addWidget(below);
  splitter->setSizes({380, 200});
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addLayout(bar);
  layout->addWidget(splitter, 1);

  connect(rate, &QRadioButton::toggled, view_, &TimelineView::setRate);
  connect(lanes, &QComboBox::currentIndexChanged, this,
          [this, lanes] { view_->setLanes(static_cast<LanesOf>(lanes->currentData().toInt())); });
  connect(whole, &QToolButton::clicked, view_, &TimelineView::resetRange);
  connect(longest, &QToolButton::clicked, this, &TimelinePage::showLongestFirst);
  settle_timer_.setSingleShot(true);
  settle_timer_.setInterval(kZoomSettleMs);
  connect(&settle_timer_, &QTimer::timeout, this, &TimelinePage::showEvents);
  connect(view_, &TimelineView::rangeShown, this, [this] { settle_timer_.start(); });
  connect(view_, &TimelineView::rangeSelected, this,
          [this](const analyzer::TimeRange& range) { Q_EMIT rangeSelected(snapped(range)); });
  connect(table_side_, &QComboBox::activated, this, &TimelinePage::showEvents);
  for (QComboBox* const combo : runs_) connect(combo, &QComboBox::activated, this, &TimelinePage::load);
}

void TimelinePage::show(const FindingsPtr& findings) {
  const bool are_other_runs = !findings_ || findings_->question.before != findings->question.before ||
                              findings_->question.after != findings->question.after;
  findings_ = findings;
  if (are_other_runs) {
    cache_.clear();
    table_side_->clear();
    for (std::size_t side = 0; side < 2; ++side) {
      const auto& paths = side == 0 ? findings->runs->before_paths : findings->runs->after_paths;
      runs_[side]->clear();
      for (const std::string& path : paths)
        runs_[side]->addItem(QFileInfo(QString::fromStdString(path)).fileName(), QString::fromStdString(path));
      runs_[side]->setVisible(!paths.empty());
      if (!paths.empty())
        table_side_->addItem(!findings->isComparison() ? tr("recorded")
                             : side == 0               ? tr("before")
                                                       : tr("after"),
                             static_cast<int>(side));
    }
  }
  view_->setSelection(findings->question.filter.range);
  needs_load_ = true;
  if (isVisible()) load();
}

void TimelinePage::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (needs_load_) load();
}

void TimelinePage::load() {
  if (!findings_) return;
  needs_load_ = false;
  std::array<std::string, 2> paths;
  for (std::size_t side = 0; side < 2; ++side) paths[side] = runs_[side]->currentData().toString().toStdString();
  std::vector<std::string> classes;
  for (const auto& slice : findings_->comparison.classes) classes.push_back(slice.name);
  analyzer::Filter filter = findings_->question.filter;
  filter.range.reset();
  loader_.start(
      [paths, classes, filter, taxonomy = findings_->taxonomy, known = cache_](Watch& watch) {
        Loaded loaded;
        for (std::size_t side = 0; side < 2; ++side) {
          if (paths[side].empty()) continue;
          const auto found = known.find(paths[side]);
          EventsPtr events = found == known.end() ? nullptr : found->second;
          if (!events) {
            auto table = analyzer::load_events(paths[side], taxonomy,
                                               [&watch](std::uint64_t /*bytes*/) { return !watch.isStopped(); });
            if (!table) {
              loaded.error = table.error().message();
              continue;
            }
            events = std::make_shared<const analyzer::EventTable>(*std::move(table));
          }
          loaded.events[paths[side]] = events;
          loaded.sides[side] = makeTimeline(events, taxonomy, filter, classes);
        }
        return loaded;
      },
      [this](Loaded loaded) {
        data_ = loaded.sides;
        cache_ = std::move(loaded.events);  // those of other runs are let go
        for (std::size_t side = 0; side < 2; ++side) {
          const QString name = runs_[side]->currentText();
          const bool is_alone = !findings_->isComparison();
          view_->setSide(side, data_[side],
                         is_alone ? name : (side == 0 ? tr("before: %1") : tr("after: %1")).arg(name));
        }
        showEvents();
        if (!loaded.error.empty()) words_->setText(shown(loaded.error));
        Q_EMIT this->loaded();
      });
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

analyzer::TimeRange TimelinePage::snapped(analyzer::TimeRange range) const {
  if (!findings_ || findings_->runs->before.empty()) return range;
  return analyzer::whole_intervals(findings_->runs->before.front().run, range);
}

}  // namespace socklock::gui
