// SPDX-License-Identifier: GPL-2.0-or-later
// What the menus do: opening, saving, exporting, undoing.
#include <QApplication>
#include <QBuffer>
#include <QClipboard>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenuBar>
#include <QPainter>
#include <QSettings>
#include <QStatusBar>
#include <QSvgGenerator>

#include "analyzer/render/formats.h"
#include "gui/app/main_window.h"
#include "gui/app/recent.h"
#include "gui/app/record_dialog.h"
#include "gui/app/session_file.h"
#include "gui/app/sides_dialog.h"
#include "gui/jobs/export.h"
#include "gui/models/text.h"
#include "gui/views/item_views.h"
#include "gui/views/message_bar.h"
#include "gui/views/page.h"
#include "gui/views/verdict_strip.h"

namespace socklock::gui {
namespace {

struct HelpRow {
  QString name;
  QString words;
};

// "&Open…" without what marks its letter.
QString plainTitle(QString title) { return title.remove(QLatin1Char('&')); }

// The words of the screen that a newcomer can't know.
std::vector<HelpRow> words() {
  const auto tr = [](const char* text) { return QObject::tr(text); };
  return {
      {tr("contention"), tr("an acquisition of a lock that had to wait")},
      {tr("wait per connection"),
       tr("the sum of all waits divided by the work done meanwhile: per connection, operation "
          "or second")},
      {tr("effect, ×"), tr("that after, divided by that before: 0.04× is 96% less")},
      {tr("interval"), tr("where the effect lies with 95% confidence, as runs of a side vary")},
      {tr("q"), tr("of the rows with a value as small as this, the share that are chance")},
      {tr("inconclusive"), tr("the runs do not tell: neither a change nor that there is none")},
      {tr("role"), tr("what locks of different kernels have in common: connection table, listener, …")},
      {tr("owner"), tr("who holds a socket by lock_sock(), while others sleep or queue for it")},
      {tr("call path"), tr("what the waiting thread was about: setup, send, receive, input, teardown, …")},
      {tr("bucket"), tr("one of the locks of a hash table")},
  };
}

// Begins where the last file was chosen.
void useLastFolder(QFileDialog* dialog) {
  const QString key = QStringLiteral("window/folder");
  const QString folder = QSettings().value(key).toString();
  if (!folder.isEmpty()) dialog->setDirectory(folder);
  QObject::connect(dialog, &QFileDialog::fileSelected, dialog,
                   [key](const QString& file) { QSettings().setValue(key, QFileInfo(file).absolutePath()); });
}

void showHelp(QWidget* parent, const QString& title, const std::vector<HelpRow>& rows) {
  auto* const dialog = new QDialog(parent);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(title);
  auto* const form = new QFormLayout(dialog);
  for (const HelpRow& row : rows) {
    auto* const label = new QLabel(row.words, dialog);
    label->setWordWrap(true);
    label->setMinimumWidth(420);
    form->addRow(row.name, label);
  }
  auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
  QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
  form->addRow(buttons);
  dialog->show();
}

}  // namespace

void MainWindow::makeActions() {
  makeFileMenu();
  makeEditMenu();
  QMenu* const runs = menuBar()->addMenu(tr("&Runs"));
  runs->addAction(tr("&Add, remove, label runs…"), this, [this] { sidesDialog(); });
  needs_traces_.push_back(
      runs->addAction(tr("&Swap sides"), QKeySequence(Qt::CTRL | Qt::Key_T), this, &MainWindow::swapSides));
  makeViewMenu();
  makeHelpMenu();
  for (QAction* const action : needs_traces_) action->setEnabled(false);
}

void MainWindow::makeViewMenu() {
  QMenu* const view = menuBar()->addMenu(tr("&View"));
  for (int i = 0; i < pages_->count(); ++i)
    page_actions_.push_back(view->addAction(pages_->tabText(i),
                                            QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)), this,
                                            [this, i] { pages_->setCurrentIndex(i); }));
  view->addSeparator();
  view->addAction(tr("&Fold the verdict"), QKeySequence(Qt::CTRL | Qt::Key_D), this,
                  [this] { verdict_->setFolded(!verdict_->isFolded()); });
}

void MainWindow::makeHelpMenu() {
  QMenu* const help = menuBar()->addMenu(tr("&Help"));
  help->addAction(tr("&Keys"), QKeySequence::HelpContents, this, &MainWindow::showKeys);
  help->addAction(tr("&Words"), this, [this] { showHelp(this, tr("Words"), words()); });
  help->addAction(tr("&About socklock"), this, [this] {
    showHelp(this, tr("About socklock"),
             {{tr("Version"), QStringLiteral(SOCKLOCK_VERSION)},
              {tr("License"), QStringLiteral("GPL-2.0-or-later")},
              {tr("Manual"), QStringLiteral("man socklock-gui, man socklock-compare")}});
  });
}

void MainWindow::showKeys() {
  std::vector<HelpRow> rows;
  // Those of the menus, as they are, so that none can be forgotten.
  for (const QAction* const menu : menuBar()->actions())
    for (const QAction* const action : menu->menu()->actions()) {
      QStringList keys;
      for (const QKeySequence& key : action->shortcuts()) keys.append(key.toString(QKeySequence::NativeText));
      if (!keys.isEmpty()) rows.push_back({keys.join(QStringLiteral(", ")), plainTitle(action->text())});
    }
  rows.push_back({tr("Arrows, Enter, Escape"), tr("in charts: move, choose, zoom out")});
  rows.push_back({tr("W A S D, wheel"), tr("in the timeline: zoom and move")});
  rows.push_back({tr("Drag, F, Home"), tr("in the timeline: choose a stretch, show it, show the whole run")});
  rows.push_back({tr("Ctrl+C"), tr("copy rows of a table")});
  showHelp(this, tr("Keys"), rows);
}

void MainWindow::makeFileMenu() {
  QMenu* const file = menuBar()->addMenu(tr("&File"));
  file->addAction(tr("&Open…"), QKeySequence::Open, this, &MainWindow::openDialog);
  file->addAction(tr("&Compare…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O), this, [this] { sidesDialog(); });
  file->addAction(tr("&Record…"), QKeySequence(Qt::CTRL | Qt::Key_R), this, &MainWindow::record);
  QMenu* const recent = file->addMenu(tr("Open recen&t"));
  connect(recent, &QMenu::aboutToShow, this, [this, recent] { openRecent(recent); });
  file->addSeparator();
  makeSaveActions(file);
  file->addSeparator();
  file->addAction(tr("&Quit"), QKeySequence::Quit, this, &QWidget::close);
}

void MainWindow::openRecent(QMenu* menu) {
  menu->clear();
  for (const RecentItem& item : recentItems()) {
    QAction* const action = menu->addAction(item.text(), this, [this, item] { open(item.before, item.after); });
    action->setToolTip((item.before + item.after).join(QLatin1Char('\n')));
  }
  menu->setToolTipsVisible(true);
}

void MainWindow::makeSaveActions(QMenu* file) {
  needs_traces_.push_back(file->addAction(tr("&Save session…"), QKeySequence::Save, this, [this] {
    chooseFile(tr("Save session"), {tr("Sessions (*.socklock)")}, [this](const QString& name) { saveSessionTo(name); });
  }));
  needs_traces_.push_back(file->addAction(tr("&Export report…"), QKeySequence(Qt::CTRL | Qt::Key_E), this, [this] {
    QStringList formats;
    for (const analyzer::Format& format : analyzer::kFormats)
      formats.append(QStringLiteral("%1 (*.%2)").arg(shown(format.description), shown(format.ending)));
    // What people open with a click comes first.
    formats.move(static_cast<int>(analyzer::format_named("html") - analyzer::kFormats.data()), 0);
    chooseFile(tr("Export report"), formats, [this](const QString& name) { exportTo(name); });
  }));
  needs_traces_.push_back(file->addAction(tr("Save page as &image…"), this, [this] {
    chooseFile(tr("Save image"), {tr("SVG (*.svg)"), tr("PNG (*.png)")}, [this](const QString& name) {
      if (!saveImage(name)) message_->say(tr("cannot write '%1'").arg(name), {});
    });
  }));
}

void MainWindow::record() {
  auto* const dialog = new RecordDialog(this);
  connect(dialog, &RecordDialog::recorded, this, &MainWindow::openRecorded);
  dialog->show();
}

// What is open is not given up for a recording: the sides can be chosen, and undone.
void MainWindow::openRecorded(const QString& file) {
  if (session_.question().before.empty()) {
    open({file}, {});
    return;
  }
  SidesDialog* const dialog = sidesDialog();
  dialog->setSides(dialog->before(), dialog->after() + QStringList{file});
}

void MainWindow::makeEditMenu() {
  QMenu* const edit = menuBar()->addMenu(tr("&Edit"));
  QAction* const undo = session_.undoStack()->createUndoAction(this, tr("&Undo"));
  undo->setShortcuts({QKeySequence(QKeySequence::Undo), QKeySequence(Qt::ALT | Qt::Key_Left)});
  QAction* const redo = session_.undoStack()->createRedoAction(this, tr("&Redo"));
  redo->setShortcuts({QKeySequence(QKeySequence::Redo), QKeySequence(Qt::ALT | Qt::Key_Right)});
  edit->addActions({undo, redo});
  edit->addSeparator();
  QAction* const search = edit->addAction(tr("&Search in the page"), QKeySequence::Find, this, &MainWindow::searchPage);
  const auto follow = [this, search](int page) {
    search->setEnabled(page_list_[static_cast<std::size_t>(page)]->search() != nullptr);
  };
  connect(pages_, &QTabWidget::currentChanged, this, follow);
  edit->addAction(tr("&Clear filter"), QKeySequence(Qt::CTRL | Qt::Key_Backspace), this,
                  [this] { session_.setFilter({}, tr("clear filter")); });
  edit->addSeparator();
  needs_traces_.push_back(edit->addAction(tr("Copy page as &image"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C),
                                          this, [this] { QApplication::clipboard()->setPixmap(pages_->grab()); }));
  needs_traces_.push_back(edit->addAction(tr("Copy table as &Markdown"), this, &MainWindow::copyTable));
}

// Of the page that is shown: the table with the keyboard, or its first.
void MainWindow::copyTable() {
  auto* view = qobject_cast<QAbstractItemView*>(focusWidget());
  if (view == nullptr || !pages_->currentWidget()->isAncestorOf(view))
    for (auto* const candidate : pages_->currentWidget()->findChildren<QAbstractItemView*>())
      if (view == nullptr && candidate->isVisible() && qobject_cast<QHeaderView*>(candidate) == nullptr)
        view = candidate;
  if (view != nullptr) QApplication::clipboard()->setText(rowsText(*view, RowsAs::kMarkdown));
}

void MainWindow::searchPage() {
  QLineEdit* const field = page_list_[static_cast<std::size_t>(pages_->currentIndex())]->search();
  if (field == nullptr) return;
  field->setFocus();
  field->selectAll();
}

void MainWindow::open(const QStringList& before, const QStringList& after) {
  message_->hide();
  if (before.size() == 1 && after.isEmpty() && before.front().endsWith(QLatin1String(kSessionEnding))) {
    openSession(before.front());
    return;
  }
  session_.open(stdStrings(before), stdStrings(after));
}

void MainWindow::openUnsorted(const QStringList& paths) {
  if (paths.size() == 1) {
    open(paths, {});
    return;
  }
  QStringList before, after;
  guessSides(paths, before, after);
  sidesDialog()->setSides(before, after);
}

void MainWindow::openDialog() {
  auto* const dialog = new QFileDialog(this, tr("Open traces"), {},
                                       tr("Traces and sessions (*.slk *.socklock);;Traces (*.slk);;All files (*)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFiles);
  useLastFolder(dialog);
  connect(dialog, &QFileDialog::filesSelected, this, &MainWindow::openUnsorted);
  dialog->open();
}

SidesDialog* MainWindow::sidesDialog() {
  auto* const dialog = new SidesDialog(this);
  const Question& question = session_.question();
  dialog->setSides(stringList(question.before), stringList(question.after));
  dialog->setLabels(shown(question.label_before), shown(question.label_after));
  connect(dialog, &SidesDialog::chosen, this,
          [this](const QStringList& before, const QStringList& after, const QString& label_before,
                 const QString& label_after) {
            Question changed = session_.question();
            changed.before = stdStrings(before);
            changed.after = stdStrings(after);
            changed.label_before = label_before.toStdString();
            changed.label_after = label_after.toStdString();
            message_->hide();
            // The first runs are nothing to go back from.
            session_.question().before.empty() ? session_.ask(changed) : session_.change(changed, tr("other runs"));
          });
  dialog->open();
  return dialog;
}

void MainWindow::swapSides() {
  Question question = session_.question();
  if (!question.isComparison()) return;
  std::swap(question.before, question.after);
  std::swap(question.label_before, question.label_after);
  session_.change(question, tr("swap sides"));
}

void MainWindow::openSession(const QString& file) {
  const auto view = loadSession(file);
  if (!view) {
    message_->say(shown(view.error().message()), shown(view.error().hint));
    return;
  }
  session_.undoStack()->clear();
  rememberRecent({{file}, {}});
  session_.ask(view->question);
  showPage(view->page);
}

bool MainWindow::saveSessionTo(const QString& file) {
  const auto saved = saveSession({session_.question(), pageId()}, file);
  if (!saved) message_->say(shown(saved.error().message()), shown(saved.error().hint));
  return saved.has_value();
}

void MainWindow::exportTo(const QString& file) {
  const FindingsPtr findings = session_.findings();
  if (!findings) return;
  statusBar()->showMessage(tr("Writing %1…").arg(file));
  exporter_.start([findings, file](Watch& /*watch*/) { return exportReport(*findings, file); },
                  [this, file](const Result<void>& result) {
                    statusBar()->clearMessage();
                    if (result)
                      statusBar()->showMessage(tr("Written: %1").arg(file), 8000);
                    else
                      message_->say(shown(result.error().message()), shown(result.error().hint));
                    Q_EMIT exported(file, result.has_value());
                  });
}

bool MainWindow::saveImage(const QString& file) {
  QWidget* const page = pages_->currentWidget();
  if (!file.endsWith(QStringLiteral(".svg"), Qt::CaseInsensitive)) return writePicture(file, page->grab()).has_value();
  QByteArray bytes;
  QBuffer buffer(&bytes);
  QSvgGenerator generator;
  generator.setOutputDevice(&buffer);
  generator.setSize(page->size());
  generator.setViewBox(page->rect());
  generator.setTitle(windowTitle());
  QPainter painter;
  if (!painter.begin(&generator)) return false;
  page->render(&painter);
  return painter.end() && writeWhole(file, bytes).has_value();
}

void MainWindow::chooseFile(const QString& title, const QStringList& filters,
                            const std::function<void(const QString&)>& chosen) {
  auto* const dialog = new QFileDialog(this, title);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilters(filters);
  dialog->setLabelText(QFileDialog::LookIn, tr("Save in"));
  dialog->selectFile(tr("socklock-report"));
  useLastFolder(dialog);
  connect(dialog, &QFileDialog::fileSelected, this, [dialog, chosen](QString name) {
    // "HTML (*.html)": the ending that was chosen, where the name has none.
    const QString filter = dialog->selectedNameFilter();
    if (QFileInfo(name).suffix().isEmpty()) name += filter.mid(filter.indexOf(QLatin1Char('*')) + 1).chopped(1);
    chosen(name);
  });
  dialog->open();
}

}  // namespace socklock::gui
