// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/acquisitions_page.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>

#include "analyzer/document/acquisitions_and_holds.h"
#include "analyzer/document/compared_acquisitions_and_holds.h"
#include "analyzer/label/labelled_run.h"
#include "gui/models/matrices.h"
#include "gui/models/table_model.h"
#include "gui/models/text.h"
#include "gui/views/chart.h"
#include "gui/views/heading.h"
#include "gui/views/item_views.h"
#include "gui/views/matrix_view.h"

namespace socklock::gui {
namespace {

std::vector<analyzer::Table> tablesOf(const Findings& findings) {
  if (findings.isComparison() || findings.filtered_before.size() != 1)
    return analyzer::acquisition_and_hold_tables(findings.comparison, findings.taxonomy, analyzer::Detail::kScreen, 0);
  return analyzer::acquisition_and_hold_tables(findings.filtered_before.front(), findings.taxonomy, 0);
}

}  // namespace

AcquisitionsPage::AcquisitionsPage(QWidget* parent)
    : Page(parent),
      title_(heading({}, this)),
      matrix_(new MatrixView(this)),
      values_(new MatrixValues(matrix_, this)),
      notes_(new QLabel(this)),
      tables_(new QTabWidget(this)) {
  describeAsChart(matrix_, tr("Wait for owners by the waiter's and the holder's call path"));
  notes_->setWordWrap(true);
  auto* const head = new QHBoxLayout;
  title_->setWordWrap(true);  // long as it is, it makes no window wider
  head->addWidget(title_, 1);
  head->addStretch();
  head->addWidget(values_);
  above_ = new QWidget(this);
  auto* const above_layout = new QVBoxLayout(above_);
  above_layout->setContentsMargins(0, 4, 0, 0);
  above_layout->addLayout(head);
  above_layout->addWidget(matrix_, 1);
  auto* const below = new QWidget(this);
  auto* const below_layout = new QVBoxLayout(below);
  below_layout->setContentsMargins(0, 4, 0, 0);
  below_layout->addWidget(notes_);
  below_layout->addWidget(tables_, 1);
  below_layout->addStretch();
  auto* const splitter = new QSplitter(Qt::Vertical, this);
  splitter->addWidget(above_);
  splitter->addWidget(below);
  splitter->setSizes({240, 340});
  splitter->setChildrenCollapsible(false);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(splitter);
  connect(matrix_, &MatrixView::activated, this, &AcquisitionsPage::narrow);
}

void AcquisitionsPage::showFindings(const FindingsPtr& findings) {
  setHeading(title_, tr("Who held the socket: waits of a call path (row) for an owner on another (column), per %1")
                         .arg(unitName(findings->comparison.unit)));
  values_->setVisible(findings->isComparison());
  Matrix matrix = waiterHolderMatrix(*findings);
  const int was = tables_->currentIndex();
  while (tables_->count() > 0) {
    QWidget* const table = tables_->widget(0);
    tables_->removeTab(0);
    delete table;
  }
  QStringList notes;
  for (const analyzer::Table& table : tablesOf(*findings)) {
    // "Acquisitions", "acquisitions, contention ratio: not measured (...)": such a note says itself what it is of.
    const QString title = shown(table.heading), note = shown(table.note);
    if (table.id == "socket_holders" && table.rows.empty() && !note.isEmpty())
      matrix.why_empty = note;
    else if (!note.isEmpty())
      notes.append(note.startsWith(title, Qt::CaseInsensitive) ? note.left(1).toUpper() + note.mid(1)
                                                               : QStringLiteral("%1: %2").arg(title, note));
    if (!table.rows.empty()) showTable(table);
  }
  matrix_->show(matrix);
  notes_->setText(notes.join(QLatin1Char('\n')));
  notes_->setVisible(!notes.isEmpty());
  tables_->setVisible(tables_->count() > 0);
  // Where nothing of it was measured, an empty chart says no more than the reasons do.
  const bool is_any_measured = tables_->count() > 0 || !matrix_->isEmpty();
  above_->setVisible(is_any_measured);
  if (was >= 0 && was < tables_->count()) tables_->setCurrentIndex(was);
}

void AcquisitionsPage::showTable(const analyzer::Table& table) {
  auto* const view = new QTableView(tables_);
  auto* const model = new TableModel(view);
  auto* const proxy = new QSortFilterProxyModel(view);
  model->show(table);
  proxy->setSourceModel(model);
  proxy->setSortRole(TableModel::kSortRole);
  setUpTable(view, shown(table.heading));
  view->setModel(proxy);
  view->setSortingEnabled(true);
  view->sortByColumn(-1, Qt::AscendingOrder);  // as the analyzer has them, until somebody chooses
  view->resizeColumnsToContents();
  tables_->addTab(view, shown(table.heading));
}

}  // namespace socklock::gui
