// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/live_page.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QSplitter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "analyzer/measure/conditions.h"
#include "gui/models/live_model.h"
#include "gui/models/text.h"
#include "gui/models/wait_text.h"
#include "gui/views/heading.h"
#include "gui/views/item_views.h"
#include "gui/views/theme.h"
#include "gui/views/timeline_view.h"

namespace socklock::gui {
namespace {

// How the wait of a row went, as bars.
class HistoryDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    QStyledItemDelegate::paint(painter, option, index);
    const auto history = index.data(LiveModel::kHistoryRole).value<QList<double>>();
    const QRectF area = QRectF(option.rect).adjusted(4, 3, -4, -3);
    const double wide = area.width() / kTicks;
    const bool is_selected = (option.state & QStyle::State_Selected) != 0;
    const QColor bar = is_selected ? option.palette.color(QPalette::HighlightedText) : themeOf(option.palette).before;
    for (qsizetype i = 0; i < history.size(); ++i) {
      const double high = history[i] * area.height();
      const double x = area.right() - static_cast<double>(history.size() - i) * wide;
      painter->fillRect(QRectF(x, area.bottom() - high, std::max(1.0, wide - 1), high), bar);
    }
  }

 private:
  static constexpr double kTicks = 12;
};

QString nameOf(analyzer::LiveGroup group) {
  switch (group) {
    case analyzer::LiveGroup::kClass: return LivePage::tr("lock class");
    case analyzer::LiveGroup::kPath: return LivePage::tr("call path");
    case analyzer::LiveGroup::kNetns: return LivePage::tr("network namespace");
    default: return shown(analyzer::name_of(group));
  }
}

}  // namespace

LivePage::LivePage(QWidget* parent)
    : QWidget(parent),
      source_(heading({}, this)),
      figures_(new QLabel(this)),
      grouping_(new QComboBox(this)),
      lanes_(new QComboBox(this)),
      search_(new QLineEdit(this)),
      all_(new QPushButton(tr("Show &all"), this)),
      freeze_(new QPushButton(tr("Free&ze"), this)),
      save_(new QPushButton(tr("Sa&ve the last minute…"), this)),
      open_(new QPushButton(tr("A&nalyze it"), this)),
      stop_(new QPushButton(tr("S&top"), this)),
      view_(new TimelineView(this)),
      details_(new QPlainTextEdit(this)),
      model_(new LiveModel(this)),
      table_(new QTableView(this)) {
  setUpTable(table_, tr("Rates of the last seconds"));
  table_->setModel(model_);
  table_->setItemDelegateForColumn(6, new HistoryDelegate(table_));
  table_->horizontalHeader()->setStretchLastSection(true);
  details_->setReadOnly(true);
  details_->setTabChangesFocus(true);
  details_->setAccessibleName(tr("The chosen wait"));
  details_->setPlaceholderText(tr("Freeze, and click a wait in a lane: its stack, thread and lock."));
  auto* const splitter = new QSplitter(Qt::Vertical, this);
  splitter->addWidget(view_);
  auto* const below = new QSplitter(Qt::Horizontal, splitter);
  below->addWidget(table_);
  below->addWidget(details_);
  below->setStretchFactor(0, 3);
  below->setStretchFactor(1, 1);
  splitter->addWidget(below);
  splitter->setSizes({340, 260});
  splitter->setChildrenCollapsible(false);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addLayout(makeHead());
  layout->addLayout(makeControls());
  layout->addWidget(splitter, 1);
  connect(view_, &TimelineView::chosen, this, [this](const ChosenWait& wait) {
    if (moment_ && moment_->waits) details_->setPlainText(waitText(*moment_->waits, wait.event));
  });
  connect(table_, &QTableView::activated, this,
          [this](const QModelIndex& index) { feed_->showOnly(model_->index(index.row(), 0).data().toString()); });
}

QLayout* LivePage::makeHead() {
  figures_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  figures_->setWordWrap(true);
  auto* const head = new QHBoxLayout;
  head->addWidget(source_);
  head->addSpacing(16);
  head->addWidget(figures_, 1);
  for (QPushButton* const button : {freeze_, save_, open_, stop_}) head->addWidget(button);
  freeze_->setCheckable(true);
  freeze_->setToolTip(tr("What is recorded meanwhile is shown when it goes on."));
  connect(freeze_, &QPushButton::toggled, this, &LivePage::setFrozen);
  connect(save_, &QPushButton::clicked, this, &LivePage::saveWanted);
  connect(open_, &QPushButton::clicked, this, &LivePage::openWanted);
  connect(stop_, &QPushButton::clicked, this, &LivePage::stop);
  return head;
}

QLayout* LivePage::makeControls() {
  for (const analyzer::LiveGroup group : analyzer::live_groups())
    grouping_->addItem(nameOf(group), static_cast<int>(group));
  grouping_->setAccessibleName(tr("Group rows by"));
  lanes_->addItem(tr("a lane per CPU"), static_cast<int>(LanesOf::kCpu));
  lanes_->addItem(tr("a lane per thread"), static_cast<int>(LanesOf::kThread));
  lanes_->addItem(tr("a lane per class"), static_cast<int>(LanesOf::kClass));
  lanes_->addItem(tr("a lane per process"), static_cast<int>(LanesOf::kProcess));
  lanes_->setAccessibleName(tr("Lanes"));
  search_->setPlaceholderText(tr("search rows"));
  search_->setAccessibleName(tr("Search rows"));
  search_->setClearButtonEnabled(true);
  search_->setMaximumWidth(260);
  all_->hide();
  auto* const label = new QLabel(tr("&Group by"), this);
  label->setBuddy(grouping_);
  auto* const bar = new QHBoxLayout;
  bar->addWidget(label);
  bar->addWidget(grouping_);
  bar->addWidget(lanes_);
  bar->addWidget(all_);
  bar->addStretch();
  bar->addWidget(search_);
  connect(grouping_, &QComboBox::activated, this,
          [this] { feed_->groupBy(static_cast<analyzer::LiveGroup>(grouping_->currentData().toInt())); });
  connect(lanes_, &QComboBox::activated, this, [this] {
    const auto lanes = static_cast<LanesOf>(lanes_->currentData().toInt());
    view_->setLanes(lanes);
    feed_->setLanes(lanes);
  });
  connect(all_, &QPushButton::clicked, this, [this] { feed_->showAll(); });
  connect(search_, &QLineEdit::textChanged, this, &LivePage::showRows);
  return bar;
}

Result<void> LivePage::watch(const analyzer::Taxonomy& taxonomy, const LiveSource& source) {
  feed_ = std::make_unique<LiveFeed>(taxonomy);
  moment_.reset();
  shown_begin_ns_ = -1;
  view_->setRuns({});
  freeze_->setChecked(false);
  grouping_->setCurrentIndex(0);
  details_->clear();
  source_->setText(tr("Live: %1").arg(source.name));
  figures_->setText(source.recorder.isEmpty() ? tr("Waiting for the recorder…") : tr("The recorder starts…"));
  stop_->setEnabled(true);
  connectFeed();
  return feed_->start(source);
}

void LivePage::connectFeed() {
  connect(feed_.get(), &LiveFeed::looked, this, &LivePage::show);
  connect(feed_.get(), &LiveFeed::failed, this, &LivePage::failed);
  connect(feed_.get(), &LiveFeed::saved, this, &LivePage::saved);
  connect(feed_.get(), &LiveFeed::ended, this, [this] {
    stop_->setEnabled(false);
    source_->setText(tr("Was live: %1").arg(feed_->source().name));
    Q_EMIT ended();
  });
}

void LivePage::stop() {
  if (!feed_) return;
  stop_->setEnabled(false);
  feed_->stop();
}

void LivePage::saveTo(const QString& file) {
  if (feed_) feed_->save(file);
}

void LivePage::setFrozen(bool is_frozen) {
  if (feed_) feed_->freeze(is_frozen);
}

void LivePage::show(const LiveMomentPtr& moment) {
  const LiveMomentPtr was = std::exchange(moment_, moment);
  const analyzer::LiveTotals& sums = moment->totals;
  if (moment->has_rates) {
    QString words = tr("%1 waits a second, %2 of wait a second").arg(number(sums.waits), ns(sums.wait_ns));
    if (moment->knows_run_delay && sums.wait_ns > 0)
      words += tr(", %1 of it for a CPU").arg(percent(sums.run_delay_ns / sums.wait_ns));
    if (sums.connections > 0) words += tr(", %1 connections a second").arg(number(sums.connections));
    words += tr(", %1 lost; kept: %2 s").arg(count(static_cast<double>(sums.lost))).arg(moment->kept_s, 0, 'f', 0);
    figures_->setText(words);
  }
  QStringList conditions;
  for (const std::string& text : analyzer::condition_texts(moment->filter)) conditions.append(shown(text));
  all_->setVisible(!conditions.isEmpty());
  all_->setText(tr("Show &all, not only %1").arg(conditions.join(QStringLiteral(", "))));
  showRows();
  if (!was || was->waits != moment->waits) showWaits();
}

// The row that was chosen stays so, wherever it is now.
void LivePage::showRows() {
  if (!moment_) return;
  const bool is_first = model_->columnCount() == 0;
  const QModelIndex current = table_->currentIndex();
  const QString chosen = current.isValid() ? model_->index(current.row(), 0).data().toString() : QString();
  model_->showMoment(moment_, grouping_->currentText().toStdString(), search_->text());
  if (const int row = model_->rowOf(chosen); row >= 0) table_->setCurrentIndex(model_->index(row, 0));
  if (!is_first) return;
  const std::initializer_list<int> widths{260, 110, 110, 80, 100, 80};
  int column = 0;
  for (const int width : widths) table_->setColumnWidth(column++, width);
}

// A stretch that somebody looks at moves with its waits; the whole stays the whole.
void LivePage::showWaits() {
  if (!moment_->waits) return;
  const auto was = view_->range();
  const bool is_whole = shown_begin_ns_ < 0 || view_->isWhole();
  const auto begin_ns = static_cast<double>(moment_->waits_begin_ns);
  const double moved_ns = begin_ns - std::exchange(shown_begin_ns_, begin_ns);
  view_->setRuns({{0, moment_->waits, tr("the last minute")}});
  if (is_whole)
    view_->resetRange();
  else
    view_->setRange(static_cast<double>(was.begin_ns) - moved_ns, static_cast<double>(was.end_ns) - moved_ns);
}

}  // namespace socklock::gui
