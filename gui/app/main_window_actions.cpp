// SPDX-License-Identifier: GPL-2.0-or-later
// What the menus do: opening, saving, exporting, undoing.
#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenuBar>
#include <QMessageBox>
#include <QPainter>
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
#include "gui/views/message_bar.h"
#include "gui/views/slice_table.h"
#include "gui/views/stacks_page.h"

namespace socklock::gui {

void MainWindow::makeActions() {
  makeFileMenu();
  makeEditMenu();
  QMenu* const runs = menuBar()->addMenu(tr("&Runs"));
  runs->addAction(tr("&Add, remove, label runs…"), this, [this] { sidesDialog(); });
  runs->addAction(tr("&Swap sides"), QKeySequence(Qt::CTRL | Qt::Key_T), this, &MainWindow::swapSides);
  QMenu* const view = menuBar()->addMenu(tr("&View"));
  for (int i = 0; i < pages_->count(); ++i)
    view->addAction(pages_->tabText(i), QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)), this,
                    [this, i] { pages_->setCurrentIndex(i); });
  QMenu* const help = menuBar()->addMenu(tr("&Help"));
  help->addAction(tr("&Keys"), QKeySequence::HelpContents, this, [this] {
    auto* const box = new QMessageBox(this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setWindowTitle(tr("Keys"));
    box->setText(
        tr("<table cellpadding=3>"
           "<tr><td>Ctrl+1 …</td><td>pages</td></tr>"
           "<tr><td>Ctrl+F</td><td>search in the page</td></tr>"
           "<tr><td>Ctrl+Z, Alt+Left</td><td>back: undo a filter, a grouping, a change of sides</td></tr>"
           "<tr><td>Ctrl+Shift+Z, Alt+Right</td><td>forward</td></tr>"
           "<tr><td>Ctrl+Backspace</td><td>no filter</td></tr>"
           "<tr><td>Arrows, Enter, Escape</td><td>in charts: move, choose, zoom out</td></tr>"
           "<tr><td>W A S D, wheel, drag</td><td>in the time line: zoom, move, select</td></tr>"
           "<tr><td>Ctrl+C</td><td>copy rows</td></tr></table>"));
    box->open();
  });
}

void MainWindow::makeFileMenu() {
  QMenu* const file = menuBar()->addMenu(tr("&File"));
  file->addAction(tr("&Open…"), QKeySequence::Open, this, &MainWindow::openDialog);
  file->addAction(tr("&Compare…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O), this, [this] { sidesDialog(); });
  file->addAction(tr("&Record…"), QKeySequence(Qt::CTRL | Qt::Key_R), this, [this] {
    auto* const dialog = new RecordDialog(this);
    connect(dialog, &RecordDialog::recorded, this, [this](const QString& name) { openUnsorted({name}); });
    dialog->show();
  });
  QMenu* const recent = file->addMenu(tr("Open &recent"));
  connect(recent, &QMenu::aboutToShow, this, [this, recent] {
    recent->clear();
    for (const RecentItem& item : recentItems())
      recent->addAction(item.text(), this, [this, item] { open(item.before, item.after); });
  });
  file->addSeparator();
  file->addAction(tr("&Save session…"), QKeySequence::Save, this, [this] {
    chooseFile(tr("Save session"), {tr("Sessions (*.socklock)")}, [this](const QString& name) { saveSessionTo(name); });
  });
  file->addAction(tr("&Export report…"), QKeySequence(Qt::CTRL | Qt::Key_E), this, [this] {
    QStringList formats;
    for (const analyzer::Format& format : analyzer::kFormats)
      formats.append(QStringLiteral("%1 (*.%2)").arg(shown(format.description), shown(format.ending)));
    // What people open with a click comes first.
    formats.move(static_cast<int>(analyzer::format_named("html") - analyzer::kFormats.data()), 0);
    chooseFile(tr("Export report"), formats, [this](const QString& name) { exportTo(name); });
  });
  file->addAction(tr("Save page as &image…"), this, [this] {
    chooseFile(tr("Save image"), {tr("SVG (*.svg)"), tr("PNG (*.png)")}, [this](const QString& name) {
      if (!saveImage(name)) message_->say(tr("cannot write '%1'").arg(name), {});
    });
  });
  file->addSeparator();
  file->addAction(tr("&Quit"), QKeySequence::Quit, this, &QWidget::close);
}

void MainWindow::makeEditMenu() {
  QMenu* const edit = menuBar()->addMenu(tr("&Edit"));
  QAction* const undo = session_.undoStack()->createUndoAction(this, tr("&Undo"));
  undo->setShortcuts({QKeySequence(QKeySequence::Undo), QKeySequence(Qt::ALT | Qt::Key_Left)});
  QAction* const redo = session_.undoStack()->createRedoAction(this, tr("&Redo"));
  redo->setShortcuts({QKeySequence(QKeySequence::Redo), QKeySequence(Qt::ALT | Qt::Key_Right)});
  edit->addActions({undo, redo});
  edit->addSeparator();
  edit->addAction(tr("&Search in the page"), QKeySequence::Find, this, &MainWindow::searchPage);
  edit->addAction(tr("&Clear filter"), QKeySequence(Qt::CTRL | Qt::Key_Backspace), this,
                  [this] { session_.setFilter({}, tr("clear filter")); });
  edit->addSeparator();
  edit->addAction(tr("Copy page as &image"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), this,
                  [this] { QApplication::clipboard()->setPixmap(pages_->currentWidget()->grab()); });
  edit->addAction(tr("Copy table as &Markdown"), this,
                  [this] { QApplication::clipboard()->setText(slices_->copyText(true)); });
}

void MainWindow::searchPage() {
  QLineEdit* const field = pages_->currentWidget() == stacks_ ? stacks_->search() : slices_->search();
  if (!field->isVisible()) pages_->setCurrentIndex(0);
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
  session_.ask(view->question);
  showPage(view->page);
}

bool MainWindow::saveSessionTo(const QString& file) {
  const auto saved = saveSession({session_.question(), pageName()}, file);
  if (!saved) message_->say(shown(saved.error().message()), shown(saved.error().hint));
  return saved.has_value();
}

void MainWindow::exportTo(const QString& file) {
  const FindingsPtr findings = session_.findings();
  if (!findings) return;
  statusBar()->showMessage(tr("Writing %1…").arg(file));
  exporter_.start([findings, file](Watch& /*watch*/) { return exportReport(*findings, file); },
                  [this, file](const Result<void>& result) {
                    if (result)
                      statusBar()->showMessage(tr("Written: %1").arg(file), 8000);
                    else
                      message_->say(shown(result.error().message()), shown(result.error().hint));
                    Q_EMIT exported(file, result.has_value());
                  });
}

bool MainWindow::saveImage(const QString& file) {
  QWidget* const page = pages_->currentWidget();
  if (!file.endsWith(QStringLiteral(".svg"), Qt::CaseInsensitive)) return page->grab().save(file);
  QSvgGenerator generator;
  generator.setFileName(file);
  generator.setSize(page->size());
  generator.setViewBox(page->rect());
  generator.setTitle(windowTitle());
  QPainter painter;
  if (!painter.begin(&generator)) return false;
  page->render(&painter);
  return painter.end();
}

void MainWindow::chooseFile(const QString& title, const QStringList& filters,
                            const std::function<void(const QString&)>& chosen) {
  auto* const dialog = new QFileDialog(this, title);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilters(filters);
  connect(dialog, &QFileDialog::fileSelected, this, [dialog, chosen](QString name) {
    // "HTML (*.html)": the ending that was chosen, where the name has none.
    const QString filter = dialog->selectedNameFilter();
    if (QFileInfo(name).suffix().isEmpty()) name += filter.mid(filter.indexOf(QLatin1Char('*')) + 1).chopped(1);
    chosen(name);
  });
  dialog->open();
}

QString MainWindow::pageName() const {
  return pages_->currentIndex() == 0
             ? QStringLiteral("comparison")
             : pages_->tabText(pages_->currentIndex()).toLower().replace(QLatin1Char(' '), QLatin1Char('-'));
}

bool MainWindow::showPage(const QString& name) {
  const int was = pages_->currentIndex();
  for (int i = 0; i < pages_->count(); ++i) {
    pages_->setCurrentIndex(i);
    if (pageName() == name) return true;
  }
  pages_->setCurrentIndex(was);
  return false;
}

}  // namespace socklock::gui
