// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/item_views.h"

#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QShortcut>
#include <QTableView>
#include <QTreeView>
#include <vector>

namespace socklock::gui {
namespace {

void setUp(QAbstractItemView* view, const QString& name) {
  view->setAccessibleName(name);
  view->setAlternatingRowColors(true);
  view->setSelectionBehavior(QAbstractItemView::SelectRows);
  view->setSelectionMode(QAbstractItemView::ExtendedSelection);
  view->setTabKeyNavigation(false);
  auto* const copy = new QShortcut(QKeySequence::Copy, view);
  copy->setContext(Qt::WidgetShortcut);
  QObject::connect(copy, &QShortcut::activated, view,
                   [view] { QApplication::clipboard()->setText(rowsText(*view, RowsAs::kText)); });
}

const QHeaderView* headerOf(const QAbstractItemView& view) {
  if (const auto* const table = qobject_cast<const QTableView*>(&view)) return table->horizontalHeader();
  if (const auto* const tree = qobject_cast<const QTreeView*>(&view)) return tree->header();
  return nullptr;
}

std::vector<int> shownColumns(const QHeaderView& header) {
  std::vector<int> columns;
  for (int visual = 0; visual < header.count(); ++visual)
    if (!header.isSectionHidden(header.logicalIndex(visual))) columns.push_back(header.logicalIndex(visual));
  return columns;
}

// From the top, those of a tree as deep as they are.
void addRows(const QAbstractItemModel& model, const QModelIndex& parent, std::vector<QModelIndex>& rows) {
  for (int row = 0; row < model.rowCount(parent); ++row) {
    const QModelIndex index = model.index(row, 0, parent);  // what is in `rows` moves when it grows
    rows.push_back(index);
    addRows(model, index, rows);
  }
}

QString lineOf(const QStringList& cells, RowsAs form) {
  if (form == RowsAs::kText) return cells.join(QLatin1Char('\t')) + QLatin1Char('\n');
  QStringList escaped = cells;
  for (QString& cell : escaped) cell.replace(QLatin1Char('|'), QStringLiteral("\\|"));
  return QStringLiteral("| ") + escaped.join(QStringLiteral(" | ")) + QStringLiteral(" |\n");
}

}  // namespace

void setUpTable(QTableView* table, const QString& name) {
  setUp(table, name);
  table->setShowGrid(false);
  table->setWordWrap(false);
  table->verticalHeader()->hide();
  table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + 9);
}

void setUpTree(QTreeView* tree, const QString& name) {
  setUp(tree, name);
  tree->setUniformRowHeights(true);
}

QString rowsText(const QAbstractItemView& view, RowsAs form) {
  const QHeaderView* const header = headerOf(view);
  if (header == nullptr || view.model() == nullptr) return {};
  const std::vector<int> columns = shownColumns(*header);
  QStringList titles, rules;
  for (const int column : columns) {
    titles.append(view.model()->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
    rules.append(QStringLiteral("---"));
  }
  QString text = lineOf(titles, form);
  if (form == RowsAs::kMarkdown) text += lineOf(rules, form);
  std::vector<QModelIndex> rows;
  addRows(*view.model(), {}, rows);
  const bool is_all = !view.selectionModel()->hasSelection();
  for (const QModelIndex& row : rows) {
    if (!is_all && !view.selectionModel()->isRowSelected(row.row(), row.parent())) continue;
    QStringList cells;
    for (const int column : columns) cells.append(row.siblingAtColumn(column).data().toString());
    text += lineOf(cells, form);
  }
  return text;
}

}  // namespace socklock::gui
