// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/main_window.h"

#include <QApplication>
#include <QDragEnterEvent>
#include <QMimeData>
#include <QSettings>
#include <QStatusBar>
#include <QVBoxLayout>
#include <algorithm>

#include "analyzer/measure/conditions.h"
#include "gui/app/pages.h"
#include "gui/app/recent.h"
#include "gui/app/record_dialog.h"
#include "gui/app/welcome_page.h"
#include "gui/models/text.h"
#include "gui/views/filter_bar.h"
#include "gui/views/fleet_page.h"
#include "gui/views/live_page.h"
#include "gui/views/message_bar.h"
#include "gui/views/page.h"
#include "gui/views/plain_labels.h"
#include "gui/views/theme.h"
#include "gui/views/timeline_page.h"
#include "gui/views/verdict_strip.h"

namespace socklock::gui {
namespace {

constexpr QSize kDefaultSize{1280, 860};
// A window that is lower has no room for details of the verdict above each page.
constexpr int kSmallHeight = 800;
const QString kFoldKey = QStringLiteral("window/fold_verdict");

}  // namespace

MainWindow::MainWindow(analyzer::Taxonomy taxonomy)
    : session_(std::move(taxonomy)),
      stack_(new QStackedWidget(this)),
      welcome_(new WelcomePage(this)),
      live_(new LivePage(this)),
      fleet_(new FleetPage(this)),
      fleet_top_(new FleetTopPage(this)),
      message_(new MessageBar(this)),
      filter_bar_(new FilterBar(this)),
      verdict_(new VerdictStrip(this)),
      pages_(new QTabWidget(this)),
      progress_(new QProgressBar(this)),
      cancel_(new QPushButton(tr("Cancel"), this)),
      fleet_cancel_(new QPushButton(tr("Cancel"), this)) {
  keepLabelsPlain();
  setWindowTitle(tr("socklock"));
  setAcceptDrops(true);
  setStyleSheet(indicatorStyle(themeOf(palette())));
  makePages();
  layOutParts();
  makeActions();
  connectSession();
  connectViews();
  connectLive();
  restoreLayout();
  const Settings settings = loadSettings();
  session_.setDefaults(settings.confidence, settings.threshold);
}

void MainWindow::makePages() {
  pages_->setDocumentMode(true);
  for (const PageKind& kind : pageKinds()) {
    Page* const page = kind.make(pages_);
    pages_->addTab(page, QObject::tr(kind.title));
    page_list_.push_back(page);
    connectPage(page);
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
  for (QWidget* const instead : std::initializer_list<QWidget*>{live_, fleet_, fleet_top_}) stack_->addWidget(instead);
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
  fleet_cancel_->hide();
  statusBar()->addPermanentWidget(fleet_cancel_);
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
    const bool is_about_time =
        error.exit_code == ExitCode::kNotEnoughData && session_.failedQuestion().filter.has_range();
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
  connect(filter_bar_, &FilterBar::removed, this, [this](const analyzer::Condition& condition) {
    session_.setFilter(analyzer::without(session_.question().filter, condition),
                       tr("remove %1").arg(shown(condition.kind)));
  });
  connect(filter_bar_, &FilterBar::cleared, this, [this] { session_.setFilter({}, tr("clear filter")); });
  connect(pages_, &QTabWidget::currentChanged, this, &MainWindow::makeRoom);
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
  if (docked_ != nullptr) docked_->showFindings(findings);
  for (QAction* const action : needs_traces_) action->setEnabled(true);
  filter_bar_->show(findings->question.filter);
  stack_->setCurrentIndex(1);
}

// Every page asks for its steps in the same way, and so does the timeline below them.
void MainWindow::connectPage(Page* page) {
  connect(page, &Page::asked, this, [this](const QuestionStep& step) {
    Question question = session_.question();
    step.apply(question);
    session_.change(question, step.what);
  });
  connect(page, &Page::momentAsked, this, [this](const QString& trace, quint64 begin_ns, quint64 end_ns) {
    showPage(QStringLiteral("timeline"));
    qobject_cast<TimelinePage*>(shownPage())->showMoment(trace, begin_ns, end_ns);
  });
  connect(page, &Page::whatIfAsked, this, [this](const QString& lock_class) {
    showPage(QStringLiteral("what-if"));
    for (Page* const other : page_list_) other->chooseClass(lock_class);
  });
}

void MainWindow::showTimelineDock(bool is_wanted) {
  if (dock_ == nullptr && !is_wanted) return;
  if (dock_ == nullptr) {
    dock_ = new QDockWidget(tr("Timeline"), this);
    dock_->setObjectName(QStringLiteral("timeline_dock"));
    docked_ = new TimelinePage(dock_);
    docked_->setCompact();
    connectPage(docked_);
    dock_->setWidget(docked_);
    addDockWidget(Qt::BottomDockWidgetArea, dock_);
    resizeDocks({dock_}, {height() / 3}, Qt::Vertical);
    if (session_.findings()) docked_->showFindings(session_.findings());
  }
  dock_->setVisible(is_wanted);
}

bool MainWindow::isSettled() const {
  return !session_.isBusy() && !importer_.isBusy() && !fleet_job_.isBusy() &&
         (docked_ == nullptr || docked_->isSettled()) &&
         std::all_of(page_list_.begin(), page_list_.end(), [](const Page* page) { return page->isSettled(); });
}

QString MainWindow::pageId() const {
  const std::string_view id = pageKinds()[static_cast<std::size_t>(pages_->currentIndex())].id;
  return QString::fromUtf8(id.data(), static_cast<qsizetype>(id.size()));
}

Page* MainWindow::shownPage() const { return page_list_[static_cast<std::size_t>(pages_->currentIndex())]; }

QJsonObject MainWindow::states() const {
  QJsonObject states;
  const auto kinds = pageKinds();
  for (std::size_t page = 0; page < page_list_.size(); ++page)
    if (const QJsonObject state = page_list_[page]->state(); !state.isEmpty())
      states[QLatin1String(kinds[page].id.data(), static_cast<qsizetype>(kinds[page].id.size()))] = state;
  return states;
}

void MainWindow::setStates(const QJsonObject& states) {
  const auto kinds = pageKinds();
  for (std::size_t page = 0; page < page_list_.size(); ++page)
    page_list_[page]->setState(
        states[QLatin1String(kinds[page].id.data(), static_cast<qsizetype>(kinds[page].id.size()))].toObject());
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
  if (live_->isRecording()) return true;
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
  const auto close_again = [this] { QMetaObject::invokeMethod(this, &QWidget::close, Qt::QueuedConnection); };
  for (RecordDialog* const dialog : findChildren<RecordDialog*>()) {
    if (!dialog->isRecording()) continue;
    connect(dialog, &RecordDialog::ended, this, close_again);
    dialog->stop();
  }
  if (!live_->isRecording()) return;
  connect(live_, &LivePage::ended, this, close_again);
  live_->stop();
}

void MainWindow::rememberLayout() const {
  QSettings settings;
  settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
  settings.setValue(QStringLiteral("window/state"), saveState());
  if (const auto folded = verdict_->chosenFold()) settings.setValue(kFoldKey, *folded);
  forEachSplitter(
      [&settings](const QString& key, const QSplitter& splitter) { settings.setValue(key, splitter.saveState()); });
  settings.setValue(QStringLiteral("window/page"), pageId());
  settings.setValue(QStringLiteral("window/timeline_below"), timeline_below_->isChecked());
}

void MainWindow::restoreLayout() {
  const QSettings settings;
  resize(kDefaultSize);
  restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
  if (settings.contains(kFoldKey)) verdict_->setFolded(settings.value(kFoldKey).toBool());
  forEachSplitter([&settings](const QString& key, QSplitter& splitter) {
    if (settings.contains(key)) splitter.restoreState(settings.value(key).toByteArray());
  });
  showPage(settings.value(QStringLiteral("window/page")).toString());
  timeline_below_->setChecked(settings.value(QStringLiteral("window/timeline_below")).toBool());
  showTimelineDock(timeline_below_->isChecked());
  restoreState(settings.value(QStringLiteral("window/state")).toByteArray());
}

// In the order in which pages make theirs, which is a page's own.
void MainWindow::forEachSplitter(const std::function<void(const QString& key, QSplitter& splitter)>& visit) const {
  const auto kinds = pageKinds();
  for (std::size_t page = 0; page < page_list_.size(); ++page) {
    int number = 0;
    const QString id = QString::fromUtf8(kinds[page].id.data(), static_cast<qsizetype>(kinds[page].id.size()));
    for (QSplitter* const splitter : page_list_[page]->findChildren<QSplitter*>())
      visit(QStringLiteral("window/splitters/%1-%2").arg(id).arg(number++), *splitter);
  }
}

// Charts come before sentences: what the verdict says in detail is a key away.
void MainWindow::makeRoom() { verdict_->setShort(height() < kSmallHeight || pages_->currentIndex() != 0); }

void MainWindow::setTheme(const QString& theme) {
  std::vector<MainWindow*> windows;
  for (QWidget* const widget : QApplication::topLevelWidgets())
    if (auto* const window = qobject_cast<MainWindow*>(widget)) windows.push_back(window);
  // A style sheet keeps the palette that was there before it.
  for (MainWindow* const window : windows) window->setStyleSheet({});
  applyTheme(theme);
  for (MainWindow* const window : windows) window->takeColours();
}

// Those that were chosen for a palette are chosen anew.
void MainWindow::takeColours() {
  setStyleSheet(indicatorStyle(themeOf(palette())));
  if (!session_.findings()) return;
  verdict_->show(session_.findings());
  for (Page* const page : page_list_) page->showFindings(session_.findings());
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  makeRoom();
  QMainWindow::resizeEvent(event);
}

}  // namespace socklock::gui
