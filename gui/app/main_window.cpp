// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/main_window.h"

#include <QDragEnterEvent>
#include <QMimeData>
#include <QSettings>
#include <QSplitter>
#include <QStatusBar>
#include <QVBoxLayout>

#include "gui/app/recent.h"
#include "gui/app/welcome_page.h"
#include "gui/models/matrices.h"
#include "gui/models/text.h"
#include "gui/views/bucket_view.h"
#include "gui/views/distribution_view.h"
#include "gui/views/filter_bar.h"
#include "gui/views/heading.h"
#include "gui/views/level2_page.h"
#include "gui/views/matrix_view.h"
#include "gui/views/message_bar.h"
#include "gui/views/slice_table.h"
#include "gui/views/stacks_page.h"
#include "gui/views/timeline_page.h"
#include "gui/views/verdict_strip.h"
#include "gui/views/waterfall_view.h"

namespace socklock::gui {

MainWindow::MainWindow(analyzer::Taxonomy taxonomy)
    : session_(std::move(taxonomy)),
      stack_(new QStackedWidget(this)),
      welcome_(new WelcomePage(this)),
      message_(new MessageBar(this)),
      filter_bar_(new FilterBar(this)),
      verdict_(new VerdictStrip(this)),
      pages_(new QTabWidget(this)),
      progress_(new QProgressBar(this)),
      cancel_(new QPushButton(tr("Cancel"), this)) {
  setWindowTitle(tr("socklock"));
  setAcceptDrops(true);
  pages_->setDocumentMode(true);
  pages_->addTab(makeComparisonPage(), tr("Comparison"));
  stacks_ = new StacksPage(this);
  distribution_ = new DistributionPage(this);
  buckets_ = new BucketPage(this);
  pages_->addTab(stacks_, tr("Stacks"));
  pages_->addTab(distribution_, tr("Wait times"));
  pages_->addTab(buckets_, tr("Buckets"));
  level2_ = new Level2Page(this);
  pages_->addTab(level2_, tr("Held"));
  timeline_ = new TimelinePage(this);
  pages_->addTab(timeline_, tr("Time line"));
  auto* const shown_page = new QWidget(this);
  auto* const page_layout = new QVBoxLayout(shown_page);
  page_layout->setContentsMargins(0, 0, 0, 0);
  page_layout->setSpacing(6);
  page_layout->addWidget(verdict_);
  page_layout->addWidget(filter_bar_);
  page_layout->addWidget(pages_, 1);
  stack_->addWidget(welcome_);
  stack_->addWidget(shown_page);
  auto* const central = new QWidget(this);
  auto* const layout = new QVBoxLayout(central);
  layout->setContentsMargins(8, 8, 8, 4);
  layout->addWidget(message_);
  layout->addWidget(stack_, 1);
  setCentralWidget(central);
  progress_->setRange(0, 1000);
  progress_->setMaximumWidth(260);
  progress_->hide();
  cancel_->setObjectName(QStringLiteral("cancel"));
  cancel_->hide();
  statusBar()->addPermanentWidget(progress_);
  statusBar()->addPermanentWidget(cancel_);
  makeActions();
  connectSession();
  connectViews();
  restoreGeometry(QSettings().value(QStringLiteral("window/geometry")).toByteArray());
}

QWidget* MainWindow::makeComparisonPage() {
  auto* const page = new QSplitter(Qt::Vertical, this);
  slices_ = new SliceTable(page);
  page->addWidget(slices_);
  auto* const below = new QSplitter(Qt::Horizontal, page);
  auto* const left = new QWidget(below);
  waterfall_ = new WaterfallView(left);
  waterfall_title_ = heading({}, left);
  auto* const left_layout = new QVBoxLayout(left);
  left_layout->setContentsMargins(0, 6, 0, 0);
  left_layout->addWidget(waterfall_title_);
  left_layout->addWidget(waterfall_, 1);
  auto* const right = new QWidget(below);
  matrix_ = new MatrixView(right);
  matrix_->setAccessibleName(tr("Wait by lock class and call path"));
  matrix_values_ = new MatrixValues(matrix_, right);
  auto* const right_head = new QHBoxLayout;
  right_head->addWidget(heading(tr("Which path: lock class × call path"), right));
  right_head->addStretch();
  right_head->addWidget(matrix_values_);
  auto* const right_layout = new QVBoxLayout(right);
  right_layout->setContentsMargins(0, 6, 0, 0);
  right_layout->addLayout(right_head);
  right_layout->addWidget(matrix_, 1);
  below->addWidget(left);
  below->addWidget(right);
  below->setSizes({560, 680});
  page->addWidget(below);
  page->setSizes({300, 300});
  page->setChildrenCollapsible(false);
  return page;
}

void MainWindow::connectSession() {
  connect(&session_, &Session::findingsChanged, this, &MainWindow::showFindings);
  connect(&session_, &Session::questionChanged, this, [this] { filter_bar_->show(session_.question().filter); });
  connect(&session_, &Session::progressed, this,
          [this](double share) { progress_->setValue(static_cast<int>(1000 * share)); });
  connect(&session_, &Session::busyChanged, this, [this](bool busy) {
    progress_->setValue(0);
    progress_->setVisible(busy);
    cancel_->setVisible(busy);
    statusBar()->showMessage(busy ? tr("Reading and measuring…") : QString());
  });
  connect(&session_, &Session::failed, this, [this](const Error& error) {
    message_->say(shown(error.message()), shown(error.hint));
    // The question that failed is not what is on the screen.
    if (session_.findings()) filter_bar_->show(session_.findings()->question.filter);
  });
  connect(&session_, &Session::cancelled, this, [this] { statusBar()->showMessage(tr("Cancelled."), 4000); });
  connect(cancel_, &QPushButton::clicked, &session_, &Session::cancel);
}

void MainWindow::connectViews() {
  connect(welcome_, &WelcomePage::openWanted, this, &MainWindow::openDialog);
  connect(welcome_, &WelcomePage::compareWanted, this, [this] { sidesDialog(); });
  connect(welcome_, &WelcomePage::recentChosen, this,
          [this](const RecentItem& item) { open(item.before, item.after); });
  connect(filter_bar_, &FilterBar::removed, this, [this](const QString& kind) {
    session_.setFilter(analyzer::without(session_.question().filter, kind.toStdString()), tr("remove %1").arg(kind));
  });
  connect(filter_bar_, &FilterBar::cleared, this, [this] { session_.setFilter({}, tr("clear filter")); });
  connect(verdict_, &VerdictStrip::unitChosen, this, [this](analyzer::WorkUnit unit) {
    Question question = session_.question();
    question.unit = unit;
    session_.change(question, tr("per %1").arg(unitName(unit)));
  });
  connect(slices_, &SliceTable::groupingChosen, this, [this](Grouping grouping) {
    Question question = session_.question();
    question.grouping = grouping;
    session_.change(question, tr("group by %1").arg(tr(nameOf(grouping))));
  });
  connect(slices_, &SliceTable::sliceActivated, this, &MainWindow::filterBySlice);
  connect(stacks_, &StacksPage::functionFiltered, this, [this](const QString& function) {
    analyzer::Filter filter = session_.question().filter;
    filter.frame = function.toStdString();
    session_.setFilter(filter, function);
  });
  connect(buckets_->view(), &BucketView::bucketActivated, this, [this](const QString& instance) {
    analyzer::Filter filter = session_.question().filter;
    filter.instance = instance.toStdString();
    session_.setFilter(filter, instance);
  });
  connect(timeline_, &TimelinePage::rangeSelected, this, [this](const analyzer::TimeRange& range) {
    analyzer::Filter filter = session_.question().filter;
    filter.range = range;
    session_.setFilter(filter, tr("time"));
  });
  connect(waterfall_, &WaterfallView::classActivated, this, [this](const QString& name) {
    analyzer::Filter filter = session_.question().filter;
    filter.lock_class = name.toStdString();
    session_.setFilter(filter, name);
  });
  connect(matrix_, &MatrixView::cellActivated, this, [this](const QString& lock_class, const QString& path) {
    analyzer::Filter filter = session_.question().filter;
    if (!lock_class.isEmpty()) filter.lock_class = lock_class.toStdString();
    if (!path.isEmpty()) filter.path = analyzer::call_path_named(path.toStdString());
    session_.setFilter(filter, lock_class.isEmpty() ? path : lock_class);
  });
  connect(level2_, &Level2Page::waiterActivated, this, [this](analyzer::CallPath path) {
    analyzer::Filter filter = session_.question().filter;
    filter.path = path;
    session_.setFilter(filter, shown(analyzer::name_of(path)));
  });
}

void MainWindow::filterBySlice(const analyzer::SliceComparison& slice) {
  analyzer::Filter filter = session_.question().filter;
  switch (session_.question().grouping) {
    case Grouping::kRole: filter.role = slice.role; break;
    case Grouping::kInstance: filter.instance = slice.name; break;
    case Grouping::kFunction: filter.function = slice.name; break;
    case Grouping::kProcess: filter.process = slice.name; break;
    case Grouping::kClassPath:
    case Grouping::kPath: filter.path = slice.path; [[fallthrough]];
    case Grouping::kClass:
      if (slice.lock_class) filter.lock_class = session_.taxonomy().at(*slice.lock_class).name;
      break;
  }
  session_.setFilter(filter, shown(slice.name));
}

void MainWindow::showFindings(const FindingsPtr& findings) {
  const bool two = findings->isComparison();
  const RecentItem opened{stringList(findings->question.before), stringList(findings->question.after)};
  rememberRecent(opened);
  setWindowTitle(
      tr("%1 – socklock")
          .arg(RecentItem{stringList(findings->question.before), stringList(findings->question.after)}.text()));
  pages_->setTabText(0, two ? tr("Comparison") : tr("Overview"));
  const QString unit = unitName(findings->comparison.unit);
  waterfall_title_->setText(two ? tr("Where the wait went, per %1").arg(unit)
                                : tr("What the wait is made of, per %1").arg(unit));
  matrix_values_->setVisible(two);
  verdict_->show(findings);
  slices_->show(findings);
  waterfall_->show(findings);
  matrix_->show(classPathMatrix(*findings));
  stacks_->show(findings);
  distribution_->show(findings);
  buckets_->show(findings);
  level2_->show(findings);
  timeline_->show(findings);
  filter_bar_->show(findings->question.filter);
  stack_->setCurrentIndex(1);
}

bool MainWindow::isSettled() const { return !session_.isBusy() && !(timeline_->isVisible() && timeline_->isBusy()); }

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  QStringList paths;
  for (const QUrl& url : event->mimeData()->urls())
    if (url.isLocalFile()) paths.append(url.toLocalFile());
  if (paths.isEmpty()) return;
  event->acceptProposedAction();
  openUnsorted(paths);
}

void MainWindow::closeEvent(QCloseEvent* event) {
  QSettings().setValue(QStringLiteral("window/geometry"), saveGeometry());
  QMainWindow::closeEvent(event);
}

}  // namespace socklock::gui
