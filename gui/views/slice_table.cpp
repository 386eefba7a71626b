// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/slice_table.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QScopedValueRollback>
#include <QSettings>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/models/text.h"
#include "gui/views/cell_delegates.h"
#include "gui/views/effect_axis.h"
#include "gui/views/item_views.h"

namespace socklock::gui {
namespace {

// One side alone leaves room for more than two sides do. By ids: a column that is added moves no other.
QString hiddenKey(bool is_comparison) {
  return is_comparison ? QStringLiteral("columns/hidden_ids") : QStringLiteral("columns/hidden_ids_of_one_side");
}

QStringList hiddenColumns(bool is_comparison) {
  QStringList hidden;
  if (is_comparison)
    for (const char* const measure : {"contentions_per_unit", "p99_ns", "wait_share"})
      for (const char* const side : {"before_", "after_"}) hidden.append(QLatin1String(side) + QLatin1String(measure));
  return QSettings().value(hiddenKey(is_comparison), hidden).toStringList();
}

// Of the columns that there were: a version with others begins anew.
QString layoutKey(bool is_comparison) {
  return is_comparison ? QStringLiteral("columns/layout") : QStringLiteral("columns/layout_of_one_side");
}

QStringList idsOf(const SliceModel& model) {
  QStringList ids;
  for (int column = 0; column < model.columnCount(); ++column) ids.append(model.idOf(column));
  return ids;
}

bool isComparison(const SliceModel& model) { return model.findings() && model.findings()->isComparison(); }

}  // namespace

SliceTable::SliceTable(QWidget* parent)
    : QWidget(parent),
      model_(new SliceModel(this)),
      proxy_(new QSortFilterProxyModel(this)),
      table_(new QTableView(this)),
      search_(new QLineEdit(this)),
      grouping_(new QComboBox(this)),
      bar_(new BarDelegate(this)),
      effect_(new EffectDelegate(this)),
      tone_(new ToneDelegate(this)),
      class_(new ClassDelegate(this)) {
  setUpRows();
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  layout->addLayout(makeControls());
  layout->addWidget(table_);
  axis_ = new EffectAxis(table_, effect_, this);
  layout->addWidget(axis_);
  connect(table_->horizontalHeader(), &QWidget::customContextMenuRequested, this, &SliceTable::chooseColumns);
  connect(table_, &QWidget::customContextMenuRequested, this, &SliceTable::showContextMenu);
  connect(table_, &QTableView::activated, this, [this](const QModelIndex& index) {
    if (const auto* slice = model_->slice(proxy_->mapToSource(index).row())) Q_EMIT sliceActivated(*slice);
  });
  updateColumns();
}

SliceTable::~SliceTable() { rememberColumns(); }

void SliceTable::rememberColumns() const {
  if (!model_->findings()) return;
  QSettings settings;
  const QString key = layoutKey(isComparison(*model_));
  settings.setValue(key + QStringLiteral("_ids"), idsOf(*model_));
  settings.setValue(key, table_->horizontalHeader()->saveState());
  settings.setValue(key + QStringLiteral("_by_hand"), are_widths_by_hand_);
}

void SliceTable::restoreColumns() {
  const QScopedValueRollback fitting(is_fitting_, true);
  const QSettings settings;
  const QString key = layoutKey(isComparison(*model_));
  if (settings.value(key + QStringLiteral("_ids")).toStringList() != idsOf(*model_)) return;
  if (!table_->horizontalHeader()->restoreState(settings.value(key).toByteArray())) return;
  const QHeaderView* const header = table_->horizontalHeader();
  table_->sortByColumn(header->sortIndicatorSection(), header->sortIndicatorOrder());
  updateColumns();
  // Widths that fitted other figures cut these; those that somebody chose stay.
  are_widths_by_hand_ = settings.value(key + QStringLiteral("_by_hand")).toBool();
  if (!are_widths_by_hand_) fitColumns();
}

void SliceTable::setUpRows() {
  proxy_->setSourceModel(model_);
  proxy_->setSortRole(TableModel::kSortRole);
  proxy_->setFilterCaseSensitivity(Qt::CaseInsensitive);
  proxy_->setFilterKeyColumn(-1);
  setUpTable(table_, tr("Slices with their waits, effects and verdicts"));
  table_->setModel(proxy_);
  table_->setSortingEnabled(true);
  table_->horizontalHeader()->setContextMenuPolicy(Qt::CustomContextMenu);
  table_->horizontalHeader()->setSectionsMovable(true);
  table_->horizontalHeader()->setStretchLastSection(false);
  table_->setContextMenuPolicy(Qt::CustomContextMenu);
  connect(table_->horizontalHeader(), &QHeaderView::sectionResized, this, [this](int column) {
    // The column that takes what is left follows the window.
    if (is_fitting_ || table_->horizontalHeader()->sectionResizeMode(column) == QHeaderView::Stretch) return;
    are_widths_by_hand_ = true;
  });
}

// Which columns there are depends on what is shown.
void SliceTable::setUpColumns() {
  for (int column = 0; column < model_->columnCount(); ++column) {
    const QString id = model_->idOf(column);
    QAbstractItemDelegate* delegate = column == 0 ? class_ : nullptr;
    if (id == QStringLiteral("effect")) delegate = effect_;
    if (id == QStringLiteral("verdict")) delegate = tone_;
    if (id.endsWith(QStringLiteral("_wait_ns_per_unit"))) delegate = bar_;
    table_->setItemDelegateForColumn(column, delegate);
  }
  // As the analyzer has them, most wait on either side first: by one side's, what is new would be last.
  table_->sortByColumn(-1, Qt::DescendingOrder);
}

QLayout* SliceTable::makeControls() {
  search_->setPlaceholderText(tr("search rows"));
  search_->setAccessibleName(tr("Search rows"));
  search_->setClearButtonEnabled(true);
  search_->setMaximumWidth(260);
  for (int i = 0; i < kGroupings; ++i) grouping_->addItem(tr(nameOf(static_cast<Grouping>(i))), i);
  grouping_->setCurrentIndex(static_cast<int>(Grouping::kClass));
  grouping_->setAccessibleName(tr("Group rows by"));
  auto* const bar = new QHBoxLayout;
  auto* const label = new QLabel(tr("&Group by"), this);
  label->setBuddy(grouping_);
  bar->addWidget(label);
  bar->addWidget(grouping_);
  bar->addStretch();
  bar->addWidget(search_);
  connect(search_, &QLineEdit::textChanged, proxy_, &QSortFilterProxyModel::setFilterFixedString);
  connect(grouping_, &QComboBox::activated, this,
          [this](int index) { Q_EMIT groupingChosen(static_cast<Grouping>(index)); });
  return bar;
}

void SliceTable::show(const FindingsPtr& findings) {
  const bool are_other_columns = !model_->findings() || isComparison(*model_) != findings->isComparison();
  if (are_other_columns) rememberColumns();
  {
    const QScopedValueRollback fitting(is_fitting_, true);
    model_->showFindings(findings);
  }
  effect_->setScale(model_->effectSpan(), model_->threshold());
  int longest = 0;
  if (const int effect = model_->columnOf(QStringLiteral("effect")); effect >= 0)
    for (int row = 0; row < model_->rowCount(); ++row)
      longest =
          std::max(longest, table_->fontMetrics().horizontalAdvance(model_->index(row, effect).data().toString()));
  effect_->setTextWidth(longest);
  grouping_->setCurrentIndex(static_cast<int>(findings->question.grouping));
  updateColumns();
  if (!are_other_columns) {  // widths and order that somebody chose stay, through every filter
    if (!are_widths_by_hand_) fitColumns();
    return;
  }
  are_widths_by_hand_ = false;
  setUpColumns();
  fitColumns();
  restoreColumns();
}

void SliceTable::fitColumns() {
  const QScopedValueRollback fitting(is_fitting_, true);
  table_->resizeColumnsToContents();
  QHeaderView* const header = table_->horizontalHeader();
  header->setSectionResizeMode(QHeaderView::Interactive);
  const int effect = model_->columnOf(QStringLiteral("effect"));
  header->setSectionResizeMode(effect >= 0 && !table_->isColumnHidden(effect) ? effect : 0, QHeaderView::Stretch);
  table_->setColumnWidth(0, std::max(table_->columnWidth(0), 190));
  for (int column = 0; column < model_->columnCount(); ++column)
    if (model_->idOf(column).endsWith(QStringLiteral("_wait_ns_per_unit")))
      table_->setColumnWidth(column, std::max(table_->columnWidth(column), 110));
}

void SliceTable::updateColumns() {
  const QScopedValueRollback fitting(is_fitting_, true);
  const QStringList hidden = hiddenColumns(isComparison(*model_));
  for (int column = 0; column < model_->columnCount(); ++column)
    table_->setColumnHidden(column, column != 0 && hidden.contains(model_->idOf(column)));
  axis_->setColumn(model_->columnOf(QStringLiteral("effect")));
}

void SliceTable::chooseColumns(const QPoint& at) {
  auto* const menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  for (int column = 1; column < model_->columnCount(); ++column) {
    QAction* const action = menu->addAction(model_->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
    action->setCheckable(true);
    action->setChecked(!table_->isColumnHidden(column));
    connect(action, &QAction::toggled, this, [this, column](bool shown) {
      const bool is_comparison = isComparison(*model_);
      QStringList hidden = hiddenColumns(is_comparison);
      hidden.removeAll(model_->idOf(column));
      if (!shown) hidden.append(model_->idOf(column));
      QSettings().setValue(hiddenKey(is_comparison), hidden);
      updateColumns();
    });
  }
  menu->popup(table_->horizontalHeader()->mapToGlobal(at));
}

void SliceTable::showContextMenu(const QPoint& at) {
  auto* const menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const auto* const slice = model_->slice(proxy_->mapToSource(table_->indexAt(at)).row());
  if (slice != nullptr) {
    menu->addAction(tr("Show only “%1”").arg(shown(slice->name)), this,
                    [this, wanted = *slice] { Q_EMIT sliceActivated(wanted); });
    menu->addAction(tr("Leave out “%1”").arg(shown(slice->name)), this,
                    [this, unwanted = *slice] { Q_EMIT sliceLeftOut(unwanted); })
        // A class on a path is two conditions: to leave out what meets both is not to leave out what meets either.
        ->setEnabled(grouping_->currentIndex() != static_cast<int>(Grouping::kClassPath));
  }
  if (slice != nullptr && slice->lock_class)
    menu->addAction(tr("What if this lock…"), this,
                    [this, name = QString::fromStdString(model_->findings()->taxonomy.at(*slice->lock_class).name)] {
                      Q_EMIT whatIfAsked(name);
                    });
  for (const auto& [title, form] : {std::pair{tr("Copy"), RowsAs::kText}, {tr("Copy as Markdown"), RowsAs::kMarkdown}})
    menu->addAction(title, this, [this, form = form] { QApplication::clipboard()->setText(rowsText(*table_, form)); });
  menu->popup(table_->viewport()->mapToGlobal(at));
}

}  // namespace socklock::gui
