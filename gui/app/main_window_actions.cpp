// SPDX-License-Identifier: GPL-2.0-or-later
// What the menus do: saving, exporting, undoing; opening is in main_window_open.cpp.
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
#include <QStatusBar>
#include <QSvgGenerator>
#include <algorithm>

#include "analyzer/export/exporter.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/render/formats.h"
#include "gui/app/experiment_dialog.h"
#include "gui/app/main_window.h"
#include "gui/app/recent.h"
#include "gui/app/record_dialog.h"
#include "gui/app/sides_dialog.h"
#include "gui/jobs/export.h"
#include "gui/models/glossary.h"
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

std::vector<HelpRow> words() {
  std::vector<HelpRow> rows;
  for (const Term& term : glossary()) rows.push_back({term.word, term.meaning});
  return rows;
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
  makeFleetMenu();
  makeBookmarkMenu();
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
  timeline_below_ = view->addAction(tr("Timeline &below every page"), QKeySequence(Qt::CTRL | Qt::Key_L), this,
                                    [this] { showTimelineDock(timeline_below_->isChecked()); });
  timeline_below_->setCheckable(true);
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
      if (action->menu() != nullptr) continue;
      QStringList keys;
      for (const QKeySequence& key : action->shortcuts()) keys.append(key.toString(QKeySequence::NativeText));
      if (!keys.isEmpty()) rows.push_back({keys.join(QStringLiteral(", ")), plainTitle(action->text())});
    }
  rows.push_back({tr("Arrows, Enter, Escape"), tr("in charts: move, choose, zoom out")});
  rows.push_back({tr("W A S D, wheel"), tr("in the timeline: zoom and move")});
  rows.push_back({tr("Drag, F, Home"), tr("in the timeline: choose a stretch, show it, show the whole run")});
  rows.push_back({tr("Click, N, P"), tr("in the timeline: choose a wait, the next or the one before in its lane")});
  rows.push_back({tr("[ ]"), tr("in the timeline: markers A and B in the middle; right click: where it is")});
  rows.push_back({tr("Page Up, Page Down, Ctrl+wheel"), tr("in the timeline: scroll its runs")});
  rows.push_back({tr("Arrow down, Space, Enter"), tr("in the list of runs: open it, mark one more, show one alone")});
  rows.push_back({tr("Delete"), tr("on a run: leave it out")});
  rows.push_back({tr("Ctrl+C"), tr("copy rows of a table")});
  showHelp(this, tr("Keys"), rows);
}

void MainWindow::makeFileMenu() {
  QMenu* const file = menuBar()->addMenu(tr("&File"));
  file->addAction(tr("&Open…"), QKeySequence::Open, this, &MainWindow::openDialog);
  file->addAction(tr("&Compare…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O), this, [this] { sidesDialog(); });
  file->addAction(tr("&Record…"), QKeySequence(Qt::CTRL | Qt::Key_R), this, &MainWindow::record);
  file->addAction(tr("&Live…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_V), this, &MainWindow::live);
  file->addAction(tr("New &window"), QKeySequence::New, this, &MainWindow::openWindow);
  file->addAction(tr("E&xperiment…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_R), this, &MainWindow::experiment);
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
    chooseFile(tr("Export report"), reportFilters(), [this](const QString& name) { exportTo(name); });
  }));
  needs_traces_.push_back(file->addAction(tr("Export i&nteractive page…"), this, [this] {
    chooseFile(tr("Export interactive page"), {tr("Interactive HTML page (*.html)")},
               [this](const QString& name) { exportTo(name, PageKindOfHtml::kInteractive); });
  }));
  makeToolMenu(file);
  needs_traces_.push_back(file->addAction(tr("Save page as &image…"), this, [this] {
    chooseFile(tr("Save image"), {tr("SVG (*.svg)"), tr("PNG (*.png)")}, [this](const QString& name) {
      if (!saveImage(name)) message_->say(tr("cannot write '%1'").arg(name), {});
    });
  }));
}

QStringList MainWindow::reportFilters() {
  QStringList formats;
  for (const analyzer::Format& format : analyzer::kFormats)
    formats.append(QStringLiteral("%1 (*.%2)").arg(shown(format.description), shown(format.ending)));
  // What people open with a click comes first.
  formats.move(static_cast<int>(analyzer::format_named("html") - analyzer::kFormats.data()), 0);
  return formats;
}

// Each by the analyzer's table of exporters.
void MainWindow::makeToolMenu(QMenu* file) {
  QMenu* const tools = file->addMenu(tr("Export for &another tool"));
  for (const analyzer::Exporter* const exporter : analyzer::exporters()) {
    const QString name = QLatin1String(exporter->name);
    needs_traces_.push_back(tools->addAction(
        QStringLiteral("%1: %2").arg(name, QLatin1String(exporter->summary)), this, [this, exporter, name] {
          chooseFile(tr("Export for another tool"), {QStringLiteral("%1 (*)").arg(name)},
                     [this, exporter](const QString& chosen) { exportForTool(*exporter, chosen); });
        }));
  }
}

void MainWindow::experiment() {
  auto* const dialog = new ExperimentDialog(this);
  // The folder's manifest says which run is of which side.
  connect(dialog, &ExperimentDialog::recorded, this, [this](const QString& folder) { open({folder}, {folder}); });
  dialog->show();
}

void MainWindow::record() {
  auto* const dialog = new RecordDialog(this);
  connect(dialog, &RecordDialog::recorded, this, &MainWindow::openRecorded);
  dialog->show();
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
  edit->addAction(tr("Se&ttings…"), QKeySequence::Preferences, this, [this] {
    auto* const dialog = new SettingsDialog(loadSettings(), this);
    connect(dialog, &SettingsDialog::chosen, this, &MainWindow::applySettings);
    dialog->open();
  });
  needs_traces_.push_back(edit->addAction(tr("Copy table as &Markdown"), this, &MainWindow::copyTable));
  needs_traces_.push_back(edit->addAction(tr("Copy as command &line"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_L),
                                          this, &MainWindow::copyCommandLine));
}

void MainWindow::copyCommandLine() {
  const QString command = shownCommandLine();
  if (command.isEmpty()) return;
  QApplication::clipboard()->setText(command);
  statusBar()->showMessage(tr("Copied: %1").arg(command), 8000);
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

void MainWindow::swapSides() {
  Question question = session_.question();
  if (!question.isComparison()) return;
  std::swap(question.before, question.after);
  std::swap(question.label_before, question.label_after);
  session_.change(question, tr("swap sides"));
}

bool MainWindow::saveSessionTo(const QString& file) {
  const auto saved = saveSession({session_.question(), pageId(), bookmarks_, states()}, file);
  if (!saved) message_->say(shown(saved.error().message()), shown(saved.error().hint));
  return saved.has_value();
}

void MainWindow::showExported(const QString& file, const Result<void>& result) {
  statusBar()->clearMessage();
  if (result)
    statusBar()->showMessage(tr("Written: %1").arg(file), 8000);
  else
    message_->say(shown(result.error().message()), shown(result.error().hint));
  Q_EMIT exported(file, result.has_value());
}

void MainWindow::exportTo(const QString& file, PageKindOfHtml html) {
  if (auto document = fleetDocument()) {
    exporter_.start(
        [document = *std::move(document), file](Watch& /*watch*/) { return exportDocument(document, file); },
        [this, file](const Result<void>& result) { showExported(file, result); });
    return;
  }
  const FindingsPtr findings = session_.findings();
  if (!findings) return;
  statusBar()->showMessage(tr("Writing %1…").arg(file));
  exporter_.start([findings, file, html](Watch& /*watch*/) { return exportReport(*findings, file, html); },
                  [this, file](const Result<void>& result) { showExported(file, result); });
}

void MainWindow::exportForTool(const analyzer::Exporter& exporter, const QString& file) {
  const FindingsPtr findings = session_.findings();
  if (!findings) return;
  statusBar()->showMessage(tr("Writing %1…").arg(file));
  exporter_.start([findings, file, &exporter](Watch& /*watch*/) { return exportFor(exporter, *findings, file); },
                  [this, file](const Result<QStringList>& result) {
                    showExported(result ? result->join(QStringLiteral(", ")) : file,
                                 result ? Result<void>() : Result<void>(fail(result.error())));
                  });
}

void MainWindow::applySettings(const Settings& settings) {
  const bool is_other_theme = settings.theme != loadSettings().theme;
  saveSettings(settings);
  session_.setDefaults(settings.confidence, settings.threshold);
  if (is_other_theme) setTheme(settings.theme);
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
