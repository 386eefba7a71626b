// SPDX-License-Identifier: GPL-2.0-or-later
// What the window is opened with: traces, texts of other tools, sessions, recordings.
#include <QFileDialog>
#include <QInputDialog>
#include <QStatusBar>
#include <algorithm>

#include "gui/app/main_window.h"
#include "gui/app/recent.h"
#include "gui/app/session_file.h"
#include "gui/app/sides_dialog.h"
#include "gui/jobs/import_text.h"
#include "gui/models/text.h"
#include "gui/views/message_bar.h"

namespace socklock::gui {

void MainWindow::open(const QStringList& before, const QStringList& after) {
  message_->hide();
  if (before.size() == 1 && after.isEmpty() && before.front().endsWith(QLatin1String(kSessionEnding))) {
    openSession(before.front());
    return;
  }
  withTraces(before, after, [this](const QStringList& traces_before, const QStringList& traces_after) {
    bookmarks_.clear();
    session_.open(stdStrings(traces_before), stdStrings(traces_after));
  });
}

namespace {

struct ImportedSides {
  QStringList before, after;
  QStringList missing;  // what the texts did not say
};

Result<void> importAll(QStringList& paths, double seconds, QStringList& missing) {
  for (QString& path : paths) {
    if (isTrace(path)) continue;
    SOCKLOCK_TRY_ASSIGN(Imported imported, importText(path));
    if (!imported.missing.isEmpty() && seconds > 0) {
      SOCKLOCK_TRY_ASSIGN(imported, importText(path, seconds));
    }
    path = imported.trace;
    if (!imported.missing.isEmpty()) missing.append(imported.missing);
  }
  return {};
}

}  // namespace

void MainWindow::withTraces(const QStringList& before, const QStringList& after, TakeSides then, double seconds) {
  const QStringList all = before + after;
  if (std::all_of(all.begin(), all.end(), isTrace)) {
    then(before, after);
    return;
  }
  statusBar()->showMessage(tr("Importing…"));
  importer_.start(
      [before, after, seconds](Watch& /*watch*/) -> Result<ImportedSides> {
        ImportedSides sides{before, after, {}};
        SOCKLOCK_TRY(importAll(sides.before, seconds, sides.missing));
        SOCKLOCK_TRY(importAll(sides.after, seconds, sides.missing));
        return sides;
      },
      [this, before, after, then = std::move(then)](const Result<ImportedSides>& sides) {
        statusBar()->clearMessage();
        if (!sides) {
          message_->say(shown(sides.error().message()), shown(sides.error().hint));
          return;
        }
        then(sides->before, sides->after);
        if (sides->missing.isEmpty()) return;
        askDuration(sides->missing.join(QLatin1Char('\n')),
                    [this, before, after, then](double stated) { withTraces(before, after, then, stated); });
      });
}

// What a text does not say, who has it may know: the window has it open already, and opens it anew.
void MainWindow::askDuration(const QString& words, const std::function<void(double seconds)>& then) {
  auto* const dialog = new QInputDialog(this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("How long was recorded?"));
  dialog->setInputMode(QInputDialog::DoubleInput);
  dialog->setDoubleRange(0, 1e7);
  dialog->setDoubleDecimals(3);
  dialog->setLabelText(tr("%1\n\nSeconds of each recording, where you know it:").arg(words));
  connect(dialog, &QInputDialog::doubleValueSelected, this, [then](double seconds) {
    if (seconds > 0) then(seconds);
  });
  dialog->open();
}

void MainWindow::openUnsorted(const QStringList& paths) {
  if (paths.size() == 1) {
    open(paths, {});
    return;
  }
  withTraces(paths, {}, [this](const QStringList& traces, const QStringList& /*none*/) {
    QStringList before, after;
    guessSides(traces, before, after);
    sidesDialog()->setSides(before, after);
  });
}

void MainWindow::openDialog() {
  auto* const dialog =
      new QFileDialog(this, tr("Open traces"), {},
                      tr("Traces and sessions (*.slk *.socklock);;Traces (*.slk);;Text of perf, ftrace, "
                         "DTrace, lock_stat (*.txt *.csv *.gz);;Recordings of perf and trace-cmd (*.data "
                         "*.dat);;All files (*)"));
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

void MainWindow::openSession(const QString& file) {
  const auto view = loadSession(file);
  if (!view) {
    message_->say(shown(view.error().message()), shown(view.error().hint));
    return;
  }
  session_.undoStack()->clear();
  rememberRecent({{file}, {}});
  session_.ask(view->question);
  bookmarks_ = view->bookmarks;
  setStates(view->states);
  showPage(view->page);
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

}  // namespace socklock::gui
