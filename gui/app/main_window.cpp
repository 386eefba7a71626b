// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/main_window.h"

#include <QDragEnterEvent>
#include <QMimeData>
#include <QSettings>
#include <QStatusBar>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/app/pages.h"
#include "gui/app/recent.h"
#include "gui/app/record_dialog.h"
#include "gui/app/welcome_page.h"
#include "gui/models/text.h"
#include "gui/views/filter_bar.h"
#include "gui/views/message_bar.h"
#include "gui/views/page.h"
#include "gui/views/plain_labels.h"
#include "gui/views/theme.h"
#include "gui/views/verdict_strip.h"

namespace socklock::gui {
namespace {

constexpr QSize kDefaultSize{1280, 860};

}  // namespace

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
  keepLabelsPlain();
  setWindowTitle(tr("socklock"));
  setAcceptDrops(true);
  setStyleSheet(indicatorStyle(themeOf(palette())));
  makePages();
  layOutParts();
  makeActions();
  connectSession();
  connectViews();
  restoreLayout();
}

void MainWindow::makePages() {
  pages_->setDocumentMode(true);
  for (const PageKind& kind : pageKinds()) {
    Page* const page = kind.make(pages_);
    pages_->addTab(page, QObject::tr(kind.title));
    page_list_.push_back(page);
    connect(page, &Page::asked, this, [this](const QuestionStep& step) {
      Question question = session_.question();
      step.apply(question);
      session_.change(question, step.what);
    });
    connect(page, &Page::whatIfAsked, this, [this](const QString& lock_class) {
      showPage(QStringLiteral("what-if"));
      for (Page* const other : page_list_) other->chooseClass(lock_class);
    });
  }
}

void MainWindow::layOutParts() {
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
  progress_->setAccessibleName(tr("Progress"));
  progress_->hide();
  cancel_->setObjectName(QStringLiteral("cancel"));
  cancel_->hide();
  statusBar()->addPermanentWidget(progress_);
  statusBar()->addPermanentWidget(cancel_);
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
    // What is clicked meanwhile would replace the answer that is awaited.
    welcome_->setEnabled(!busy);
    statusBar()->showMessage(busy ? tr("Reading and measuring…") : QString());
  });
  connect(&session_, &Session::failed, this, [this](const Error& error) {
    const bool is_about_time = error.exit_code == ExitCode::kNotEnoughData && session_.failedQuestion().filter.range;
    message_->say(shown(error.message()), is_about_time
                                              ? tr("A run has nothing in that stretch of time; choose a longer one.")
                                              : shown(error.hint));
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
}

void MainWindow::showFindings(const FindingsPtr& findings) {
  const RecentItem opened{stringList(findings->question.before), stringList(findings->question.after)};
  rememberRecent(opened);
  welcome_->refresh();
  setWindowTitle(tr("%1 – socklock").arg(opened.text()));
  message_->hide();
  verdict_->show(findings);
  const auto kinds = pageKinds();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const bool is_other = !findings->isComparison() && kinds[i].title_of_one_side != nullptr;
    const QString title = QObject::tr(is_other ? kinds[i].title_of_one_side : kinds[i].title);
    pages_->setTabText(static_cast<int>(i), title);
    page_actions_[i]->setText(title);
    page_list_[i]->showFindings(findings);
  }
  for (QAction* const action : needs_traces_) action->setEnabled(true);
  filter_bar_->show(findings->question.filter);
  stack_->setCurrentIndex(1);
}

bool MainWindow::isSettled() const {
  return !session_.isBusy() &&
         std::all_of(page_list_.begin(), page_list_.end(), [](const Page* page) { return page->isSettled(); });
}

QString MainWindow::pageId() const {
  const std::string_view id = pageKinds()[static_cast<std::size_t>(pages_->currentIndex())].id;
  return QString::fromUtf8(id.data(), static_cast<qsizetype>(id.size()));
}

bool MainWindow::showPage(const QString& id) {
  const int page = pageNamed(id.toStdString());
  if (page < 0) return false;
  pages_->setCurrentIndex(page);
  return true;
}

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

bool MainWindow::isRecording() const {
  const auto dialogs = findChildren<RecordDialog*>();
  return std::any_of(dialogs.begin(), dialogs.end(), [](const RecordDialog* dialog) { return dialog->isRecording(); });
}

void MainWindow::closeEvent(QCloseEvent* event) {
  rememberLayout();
  if (!isRecording()) {
    QMainWindow::closeEvent(event);
    return;
  }
  // What was recorded until now is kept: the window closes once the recorder has written its trace to the end.
  event->ignore();
  message_->say(tr("Stopping the recording, to keep what was recorded…"), tr("The window closes when that is done."));
  for (RecordDialog* const dialog : findChildren<RecordDialog*>()) {
    if (!dialog->isRecording()) continue;
    connect(dialog, &RecordDialog::ended, this,
            [this] { QMetaObject::invokeMethod(this, &QWidget::close, Qt::QueuedConnection); });
    dialog->stop();
  }
}

void MainWindow::rememberLayout() const {
  QSettings settings;
  settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
  settings.setValue(QStringLiteral("window/folded"), verdict_->isFolded());
}

void MainWindow::restoreLayout() {
  const QSettings settings;
  resize(kDefaultSize);
  restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
  verdict_->setFolded(settings.value(QStringLiteral("window/folded")).toBool());
}

}  // namespace socklock::gui
