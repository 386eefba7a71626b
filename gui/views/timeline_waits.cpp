// SPDX-License-Identifier: GPL-2.0-or-later
// The lower part of the timeline page: single waits of what the timeline shows, as a table, and all that is known of
// the one that is chosen.
#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/models/event_search.h"
#include "gui/models/text.h"
#include "gui/models/wait_text.h"
#include "gui/views/cell_delegates.h"
#include "gui/views/item_views.h"
#include "gui/views/timeline_page.h"
#include "gui/views/timeline_view.h"

namespace socklock::gui {

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
  table_side_->setToolTip(tr("Of all its runs that are shown above"));
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
  setUpTableOfWaits();
  auto* const part = new QWidget(parent);
  auto* const layout = new QVBoxLayout(part);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addLayout(bar);
  layout->addWidget(table_);
  connect(longest, &QToolButton::clicked, this, &TimelinePage::showLongestFirst);
  connect(table_side_, &QComboBox::activated, this, &TimelinePage::showEvents);
  return part;
}

void TimelinePage::setUpTableOfWaits() {
  setUpTable(table_, tr("Single waits"));
  table_->setModel(events_);
  table_->setItemDelegateForColumn(EventModel::kClass, new ClassDelegate(this));
  table_->verticalHeader()->show();
  const std::array<int, EventModel::kColumns> widths{110, 80, 170, 190, 80, 190, 150, 70, 50, 140};
  for (std::size_t i = 0; i < widths.size(); ++i) table_->setColumnWidth(static_cast<int>(i), widths[i]);
  table_->horizontalHeader()->moveSection(EventModel::kRun, 0);
  table_->horizontalHeader()->setStretchLastSection(false);  // a number far from its row's others
  table_->setContextMenuPolicy(Qt::CustomContextMenu);
  connect(table_, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
    const QModelIndex row = table_->indexAt(at);
    if (!row.isValid()) return;
    auto* const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    addConditions(menu, events_->waitAt(row.row()));
    menu->addAction(tr("Copy"), this, [this] { QApplication::clipboard()->setText(rowsText(*table_, RowsAs::kText)); });
    menu->popup(table_->viewport()->mapToGlobal(at));
  });
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& current) { chooseRow(current.row()); });
}

// Of the side that is listed all runs that are shown.
std::vector<ListedRun> TimelinePage::listedRuns() const {
  const int side = table_side_->currentData().toInt();
  std::vector<ListedRun> runs;
  for (std::size_t run = 0; run < view_->runCount(); ++run)
    if (side == kBothSides || static_cast<int>(view_->run(run).side) == side)
      runs.push_back({run, view_->run(run).waits, view_->run(run).title});
  return runs;
}

void TimelinePage::showEvents() {
  sorter_.cancel();
  events_->show(listedRuns(), view_->range());
  const std::vector<ListedRun>& runs = events_->runs();
  table_->setColumnHidden(EventModel::kRun, runs.size() < 2);
  if (runs.empty()) return;
  std::size_t all = 0;
  QStringList without;
  for (const ListedRun& run : runs) {
    all += run.waits->events->size();
    if (run.waits->events->size() == 0) without.append(run.name);
  }
  QString words = (runs.size() > 1 ? tr("%1 in view, %2 in the runs") : tr("%1 in view, %2 in the run"))
                      .arg(count(static_cast<double>(events_->inRange())), count(static_cast<double>(all)));
  if (events_->inRange() > EventModel::kMaxRows)
    words += tr("; the first %1 are listed, zoom in for others").arg(count(static_cast<double>(EventModel::kMaxRows)));
  if (!without.isEmpty()) words += tr("; without single waits: %1").arg(without.join(QStringLiteral(", ")));
  if (all == 0)
    words = runs.size() > 1 ? tr("these traces hold no single waits, only summaries")
                            : tr("this trace holds no single waits, only summaries");
  words_->setText(words);
  words_->setToolTip(words);
  showFound();
}

void TimelinePage::showLongestFirst() {
  sorter_.start(
      [runs = events_->runs(), range = events_->range()](Watch& /*watch*/) { return longestFirst(runs, range); },
      [this](std::vector<ListedWait> order) {
        events_->setOrder(std::move(order));
        table_->scrollToTop();
      });
}

// A wait of the other side, or out of sight, is looked up first.
void TimelinePage::showChosen(const ChosenWait& wait) {
  const int side = static_cast<int>(view_->run(wait.run).side), listed = table_side_->currentData().toInt();
  if (listed != side && listed != kBothSides) {
    table_side_->setCurrentIndex(table_side_->findData(side));
    showEvents();
  }
  if (!events_->holds(wait)) showEvents();
  const int row = events_->rowOf(wait);
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
  const ChosenWait wait = events_->waitAt(row);
  view_->setChosen(wait);
  showDetails(wait);
}

void TimelinePage::showDetails(const ChosenWait& wait) {
  const TimelineRun& run = view_->run(wait.run);
  QString text = waitText(*run.waits, wait.event);
  if (view_->runCount() > 1) text.prepend(tr("%1\n").arg(run.title));
  details_->setPlainText(text);
}

}  // namespace socklock::gui
