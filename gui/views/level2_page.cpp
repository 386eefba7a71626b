// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/level2_page.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QSplitter>
#include <QTableWidget>
#include <QVBoxLayout>

#include "analyzer/document/acquisitions_and_holds.h"
#include "analyzer/document/compared_acquisitions_and_holds.h"
#include "analyzer/label/labelled_run.h"
#include "gui/models/matrices.h"
#include "gui/models/text.h"
#include "gui/views/heading.h"
#include "gui/views/matrix_view.h"

namespace socklock::gui {
namespace {

std::vector<analyzer::Table> tablesOf(const Findings& findings) {
  if (findings.isComparison() || findings.filtered_before.size() != 1)
    return analyzer::acquisition_and_hold_tables(findings.comparison, findings.taxonomy, analyzer::Detail::kScreen, 0);
  return analyzer::acquisition_and_hold_tables(findings.filtered_before.front(), findings.taxonomy, 0);
}

}  // namespace

Level2Page::Level2Page(QWidget* parent)
    : QWidget(parent),
      title_(heading({}, this)),
      matrix_(new MatrixView(this)),
      values_(new MatrixValues(matrix_, this)),
      notes_(new QLabel(this)),
      tables_(new QTabWidget(this)) {
  matrix_->setAccessibleName(tr("Wait for owners by the waiter's and the holder's call path"));
  notes_->setWordWrap(true);
  auto* const head = new QHBoxLayout;
  head->addWidget(title_);
  head->addStretch();
  head->addWidget(values_);
  auto* const above = new QWidget(this);
  auto* const above_layout = new QVBoxLayout(above);
  above_layout->setContentsMargins(0, 4, 0, 0);
  above_layout->addLayout(head);
  above_layout->addWidget(matrix_, 1);
  auto* const below = new QWidget(this);
  auto* const below_layout = new QVBoxLayout(below);
  below_layout->setContentsMargins(0, 4, 0, 0);
  below_layout->addWidget(notes_);
  below_layout->addWidget(tables_, 1);
  auto* const splitter = new QSplitter(Qt::Vertical, this);
  splitter->addWidget(above);
  splitter->addWidget(below);
  splitter->setSizes({240, 340});
  splitter->setChildrenCollapsible(false);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(splitter);
  connect(matrix_, &MatrixView::cellActivated, this, [this](const QString& waiter, const QString& /*holder*/) {
    if (const auto path = analyzer::call_path_named(waiter.toStdString())) Q_EMIT waiterActivated(*path);
  });
}

void Level2Page::show(const FindingsPtr& findings) {
  title_->setText(tr("Who held the socket: waits of a call path (row) for an owner on another (column), per %1")
                      .arg(unitName(findings->comparison.unit)));
  values_->setVisible(findings->isComparison());
  matrix_->show(waiterHolderMatrix(*findings));
  const QString was = tables_->tabText(tables_->currentIndex());
  while (tables_->count() > 0) {
    QWidget* const table = tables_->widget(0);
    tables_->removeTab(0);
    delete table;
  }
  QStringList notes;
  for (const analyzer::Table& table : tablesOf(*findings)) {
    if (!table.note.empty()) notes.append(shown(table.note));
    if (!table.rows.empty()) showTable(table);
  }
  notes_->setText(notes.join(QLatin1Char('\n')));
  notes_->setVisible(!notes.isEmpty());
  for (int i = 0; i < tables_->count(); ++i)
    if (tables_->tabText(i) == was) tables_->setCurrentIndex(i);
}

void Level2Page::showTable(const analyzer::Table& table) {
  auto* const view = new QTableWidget(static_cast<int>(table.rows.size()), static_cast<int>(table.columns.size()));
  view->setEditTriggers(QAbstractItemView::NoEditTriggers);
  view->setAlternatingRowColors(true);
  view->setShowGrid(false);
  view->verticalHeader()->hide();
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    const analyzer::Column& described = table.columns[column];
    const auto alignment =
        Qt::AlignVCenter | (described.align == analyzer::Align::kLeft ? Qt::AlignLeft : Qt::AlignRight);
    auto* const title = new QTableWidgetItem(shown(described.title));
    title->setTextAlignment(alignment);
    title->setToolTip(shown(described.definition));
    view->setHorizontalHeaderItem(static_cast<int>(column), title);
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      const analyzer::Figure& figure = table.rows[row][column];
      auto* const item = new QTableWidgetItem(shown(figure.text()));
      item->setTextAlignment(alignment);
      item->setToolTip(shown(figure.why_not()));
      view->setItem(static_cast<int>(row), static_cast<int>(column), item);
    }
  }
  view->resizeColumnsToContents();
  tables_->addTab(view, shown(table.heading));
}

}  // namespace socklock::gui
