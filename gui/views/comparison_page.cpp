// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/comparison_page.h"

#include <QHBoxLayout>
#include <QSplitter>
#include <QVBoxLayout>

#include "gui/models/matrices.h"
#include "gui/models/text.h"
#include "gui/views/chart.h"
#include "gui/views/heading.h"
#include "gui/views/matrix_view.h"
#include "gui/views/slice_table.h"
#include "gui/views/waterfall_view.h"

namespace socklock::gui {

ComparisonPage::ComparisonPage(QWidget* parent) : Page(parent) {
  auto* const rows = new QSplitter(Qt::Vertical, this);
  slices_ = new SliceTable(rows);
  rows->addWidget(slices_);
  auto* const below = new QSplitter(Qt::Horizontal, rows);
  below->addWidget(makeWaterfall(below));
  below->addWidget(makeMatrix(below));
  below->setSizes({560, 680});
  rows->addWidget(below);
  rows->setSizes({300, 300});
  rows->setChildrenCollapsible(false);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(rows);
  connect(slices_, &SliceTable::groupingChosen, this, [this](Grouping grouping) {
    Q_EMIT asked({tr("group by %1").arg(tr(nameOf(grouping))),
                  [grouping](Question& question) { question.grouping = grouping; }});
  });
  connect(slices_, &SliceTable::sliceActivated, this,
          [this](const analyzer::SliceComparison& slice) { narrow(conditionOf(slice), shown(slice.name)); });
  connect(slices_, &SliceTable::sliceLeftOut, this,
          [this](const analyzer::SliceComparison& slice) { leaveOut(conditionOf(slice), shown(slice.name)); });
  connect(slices_, &SliceTable::whatIfAsked, this, &ComparisonPage::whatIfAsked);
  connect(waterfall_, &WaterfallView::activated, this, &ComparisonPage::narrow);
  connect(matrix_, &MatrixView::activated, this, &ComparisonPage::narrow);
}

QWidget* ComparisonPage::makeWaterfall(QWidget* parent) {
  auto* const part = new QWidget(parent);
  waterfall_ = new WaterfallView(part);
  waterfall_title_ = heading({}, part);
  auto* const layout = new QVBoxLayout(part);
  layout->setContentsMargins(0, 6, 0, 0);
  layout->addWidget(waterfall_title_);
  layout->addWidget(waterfall_, 1);
  return part;
}

QWidget* ComparisonPage::makeMatrix(QWidget* parent) {
  auto* const part = new QWidget(parent);
  matrix_ = new MatrixView(part);
  describeAsChart(matrix_, tr("Wait by lock class and call path"));
  matrix_values_ = new MatrixValues(matrix_, part);
  auto* const head = new QHBoxLayout;
  head->addWidget(heading(tr("Which path: lock class × call path"), part));
  head->addStretch();
  head->addWidget(matrix_values_);
  auto* const layout = new QVBoxLayout(part);
  layout->setContentsMargins(0, 6, 0, 0);
  layout->addLayout(head);
  layout->addWidget(matrix_, 1);
  return part;
}

QLineEdit* ComparisonPage::search() const { return slices_->search(); }

analyzer::Filter ComparisonPage::conditionOf(const analyzer::SliceComparison& slice) const {
  analyzer::Filter more;
  switch (findings_->question.grouping) {
    case Grouping::kRole: more.role = slice.role; break;
    case Grouping::kInstance: more.instance = slice.name; break;
    case Grouping::kFunction: more.function = slice.name; break;
    case Grouping::kProcess: more.process = slice.name; break;
    case Grouping::kCgroup: more.cgroup = slice.name; break;
    case Grouping::kNetns: more.netns = slice.name; break;
    case Grouping::kClassPath:
    case Grouping::kPath: more.path = slice.path; [[fallthrough]];
    case Grouping::kClass:
      if (slice.lock_class) more.lock_class = findings_->taxonomy.at(*slice.lock_class).name;
      break;
  }
  return more;
}

void ComparisonPage::showFindings(const FindingsPtr& findings) {
  findings_ = findings;
  const bool two = findings->isComparison();
  const QString unit = unitName(findings->comparison.unit);
  setHeading(waterfall_title_,
             two ? tr("Where the wait went, per %1").arg(unit) : tr("What the wait is made of, per %1").arg(unit));
  matrix_values_->setVisible(two);
  slices_->show(findings);
  waterfall_->show(findings);
  matrix_->show(classPathMatrix(*findings));
}

}  // namespace socklock::gui
