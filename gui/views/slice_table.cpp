// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/slice_table.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QSettings>
#include <QShortcut>
#include <QVBoxLayout>
#include <set>

#include "gui/models/text.h"
#include "gui/views/cell_delegates.h"

namespace socklock::gui {
namespace {

// One side alone leaves room for more than two sides do.
QString hiddenKey(bool is_comparison) {
  return is_comparison ? QStringLiteral("columns/hidden") : QStringLiteral("columns/hiddenOfOneSide");
}

QSet<int> hiddenColumns(bool is_comparison) {
  QStringList hidden;
  if (is_comparison)
    for (const int column : {SliceModel::kContentionsBefore, SliceModel::kContentionsAfter, SliceModel::kP99Before,
                             SliceModel::kP99After, SliceModel::kShareBefore, SliceModel::kShareAfter})
      hidden.append(QString::number(column));
  QSet<int> columns;
  for (const QString& column : QSettings().value(hiddenKey(is_comparison), hidden).toStringList())
    columns.insert(column.toInt());
  return columns;
}

void rememberHidden(bool is_comparison, const QSet<int>& hidden) {
  QStringList list;
  for (const int column : hidden) list.append(QString::number(column));
  QSettings().setValue(hiddenKey(is_comparison), list);
}

}  // namespace

SliceTable::SliceTable(QWidget* parent)
    : QWidget(parent),
      model_(new SliceModel(this)),
      proxy_(new QSortFilterProxyModel(this)),
      table_(new QTableView(this)),
      search_(new QLineEdit(this)),
      grouping_(new QComboBox(this)),
      effect_(new EffectDelegate(this)) {
  proxy_->setSourceModel(model_);
  proxy_->setSortRole(SliceModel::kSortRole);
  proxy_->setFilterCaseSensitivity(Qt::CaseInsensitive);
  proxy_->setFilterKeyColumn(-1);
  table_->setModel(proxy_);
  table_->setSortingEnabled(true);
  table_->sortByColumn(SliceModel::kBefore, Qt::DescendingOrder);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setAlternatingRowColors(true);
  table_->setShowGrid(false);
  table_->setWordWrap(false);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(table_->fontMetrics().height() + 9);
  table_->horizontalHeader()->setContextMenuPolicy(Qt::CustomContextMenu);
  table_->horizontalHeader()->setSectionsMovable(true);
  table_->horizontalHeader()->setStretchLastSection(false);
  table_->setContextMenuPolicy(Qt::CustomContextMenu);
  table_->setItemDelegateForColumn(SliceModel::kBefore, new BarDelegate(this));
  table_->setItemDelegateForColumn(SliceModel::kAfter, new BarDelegate(this));
  table_->setItemDelegateForColumn(SliceModel::kEffect, effect_);
  table_->setItemDelegateForColumn(SliceModel::kVerdict, new VerdictDelegate(this));
  table_->setAccessibleName(tr("Slices with their waits, effects and verdicts"));
  search_->setPlaceholderText(tr("search rows"));
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
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  layout->addLayout(bar);
  layout->addWidget(table_);

  connect(search_, &QLineEdit::textChanged, proxy_, &QSortFilterProxyModel::setFilterFixedString);
  connect(grouping_, &QComboBox::activated, this,
          [this](int index) { Q_EMIT groupingChosen(static_cast<Grouping>(index)); });
  connect(table_->horizontalHeader(), &QWidget::customContextMenuRequested, this, &SliceTable::chooseColumns);
  connect(table_, &QWidget::customContextMenuRequested, this, &SliceTable::showContextMenu);
  connect(table_, &QTableView::activated, this, [this](const QModelIndex& index) {
    if (const auto* slice = model_->slice(proxy_->mapToSource(index).row())) Q_EMIT sliceActivated(*slice);
  });
  auto* const copy_key = new QShortcut(QKeySequence::Copy, table_);
  copy_key->setContext(Qt::WidgetShortcut);
  connect(copy_key, &QShortcut::activated, this, [this] { copy(false); });
  updateColumns();
}

void SliceTable::show(const FindingsPtr& findings) {
  model_->show(findings);
  effect_->setScale(model_->effectSpan(), model_->threshold());
  if (findings) grouping_->setCurrentIndex(static_cast<int>(findings->question.grouping));
  updateColumns();
  table_->resizeColumnsToContents();
  table_->horizontalHeader()->setSectionResizeMode(QHeaderView::Interactive);
  table_->horizontalHeader()->setSectionResizeMode(
      model_->isUseful(SliceModel::kEffect) && !table_->isColumnHidden(SliceModel::kEffect) ? SliceModel::kEffect
                                                                                            : SliceModel::kName,
      QHeaderView::Stretch);
  table_->setColumnWidth(SliceModel::kName, std::max(table_->columnWidth(SliceModel::kName), 190));
  for (const int column : {SliceModel::kBefore, SliceModel::kAfter})
    table_->setColumnWidth(column, std::max(table_->columnWidth(column), 110));
}

void SliceTable::updateColumns() {
  const QSet<int> hidden = hiddenColumns(model_->isUseful(SliceModel::kEffect));
  for (int column = 0; column < SliceModel::kColumns; ++column)
    table_->setColumnHidden(column,
                            column != SliceModel::kName && (hidden.contains(column) || !model_->isUseful(column)));
}

void SliceTable::chooseColumns(const QPoint& at) {
  auto* const menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  for (int column = 1; column < SliceModel::kColumns; ++column) {
    if (!model_->isUseful(column)) continue;
    QAction* const action = menu->addAction(model_->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
    action->setCheckable(true);
    action->setChecked(!table_->isColumnHidden(column));
    connect(action, &QAction::toggled, this, [this, column](bool shown) {
      const bool is_comparison = model_->isUseful(SliceModel::kEffect);
      QSet<int> hidden = hiddenColumns(is_comparison);
      shown ? (void)hidden.remove(column) : (void)hidden.insert(column);
      rememberHidden(is_comparison, hidden);
      updateColumns();
    });
  }
  menu->popup(table_->horizontalHeader()->mapToGlobal(at));
}

void SliceTable::showContextMenu(const QPoint& at) {
  auto* const menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const auto* const slice = model_->slice(proxy_->mapToSource(table_->indexAt(at)).row());
  if (slice != nullptr)
    menu->addAction(tr("Show only “%1”").arg(shown(slice->name)), this,
                    [this, wanted = *slice] { Q_EMIT sliceActivated(wanted); });
  menu->addAction(tr("Copy"), this, [this] { copy(false); });
  menu->addAction(tr("Copy as Markdown"), this, [this] { copy(true); });
  menu->popup(table_->viewport()->mapToGlobal(at));
}

QString SliceTable::copyText(bool markdown) const {
  const QString between = markdown ? QStringLiteral(" | ") : QStringLiteral("\t");
  const QString begin = markdown ? QStringLiteral("| ") : QString();
  const QString end = markdown ? QStringLiteral(" |\n") : QStringLiteral("\n");
  QStringList titles, rules;
  QVector<int> columns;
  const QHeaderView* const header = table_->horizontalHeader();
  for (int visual = 0; visual < header->count(); ++visual) {
    const int column = header->logicalIndex(visual);
    if (table_->isColumnHidden(column)) continue;
    columns.append(column);
    titles.append(proxy_->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
    rules.append(QStringLiteral("---"));
  }
  QString text = begin + titles.join(between) + end;
  if (markdown) text += begin + rules.join(between) + end;
  std::set<int> rows;
  for (const QModelIndex& index : table_->selectionModel()->selectedRows()) rows.insert(index.row());
  for (int row = 0; row < proxy_->rowCount(); ++row) {
    if (!rows.empty() && !rows.contains(row)) continue;
    QStringList cells;
    for (const int column : columns) {
      QString cell = proxy_->index(row, column).data().toString();
      cells.append(markdown ? cell.replace(QLatin1Char('|'), QStringLiteral("\\|")) : cell);
    }
    text += begin + cells.join(between) + end;
  }
  return text;
}

void SliceTable::copy(bool markdown) const { QApplication::clipboard()->setText(copyText(markdown)); }

}  // namespace socklock::gui
