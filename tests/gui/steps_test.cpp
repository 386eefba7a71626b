// SPDX-License-Identifier: GPL-2.0-or-later
// From a change to an answer without leaving the window: runs left out, filters out, other tools' files in and out,
// the command line of what is shown, experiments, settings.
#include <gtest/gtest.h>

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QDoubleSpinBox>
#include <QFile>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include "analyzer/export/exporter.h"
#include "analyzer/label/labelled_run.h"
#include "gui/app/command_line_text.h"
#include "gui/app/experiment_dialog.h"
#include "gui/app/session_file.h"
#include "gui/app/settings.h"
#include "gui/jobs/import_text.h"
#include "gui/jobs/recording.h"
#include "gui/models/stack_tree_model.h"
#include "gui/models/text.h"
#include "gui/views/filter_bar.h"
#include "gui/views/icicle_view.h"
#include "gui/views/runs_page.h"
#include "gui/views/slice_table.h"
#include "gui/views/stacks_page.h"
#include "gui/views/theme.h"
#include "gui/views/verdict_strip.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

QString textOf(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

TEST(Runs, are_a_dot_and_a_row_each_and_a_click_chooses_one) {
  const auto window = openExample();
  ASSERT_TRUE(window->showPage(QStringLiteral("runs")));
  RunsPage& page = partOf<RunsPage>(*window);
  EXPECT_EQ(page.model()->rowCount(), 12);
  QTest::mouseClick(page.view(), Qt::LeftButton, {}, page.view()->placeOf(3).toPoint());
  EXPECT_EQ(page.view()->chosenRun(), 3);
  EXPECT_EQ(page.table()->currentIndex().row(), 3);
  EXPECT_TRUE(page.leaveOutButton()->isEnabled());
}

TEST(Runs, that_are_left_out_are_out_of_everything_and_named) {
  const auto window = openExample();
  ASSERT_TRUE(window->showPage(QStringLiteral("runs")));
  RunsPage& page = partOf<RunsPage>(*window);
  const std::string file = window->session().findings()->comparison.after.files[1];
  page.table()->selectRow(7);
  page.leaveOutButton()->click();
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  const auto& findings = *window->session().findings();
  EXPECT_EQ(findings.comparison.after.files.size(), 5U);
  EXPECT_EQ(findings.runs->after.size(), 5U);
  EXPECT_TRUE(std::any_of(findings.comparison.warnings.begin(), findings.comparison.warnings.end(),
                          [&file](const analyzer::Warning& warning) {
                            return warning.kind == analyzer::WarningKind::kRunsLeftOut &&
                                   warning.runs == std::vector<std::string>{file};
                          }));
  EXPECT_TRUE(commandLineText(findings).contains(QStringLiteral("--leave-out")));
  EXPECT_TRUE(page.takeBackButton()->isVisible());
  page.takeBackButton()->click();
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  EXPECT_EQ(window->session().findings()->comparison.after.files.size(), 6U);
}

TEST(Steps, leave_out_what_a_row_shows_and_sessions_keep_that) {
  const auto window = openExample();
  const auto& classes = window->session().findings()->comparison.classes;
  const analyzer::SliceComparison first = classes.front();
  Q_EMIT partOf<SliceTable>(*window).sliceLeftOut(first);
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  const auto findings = window->session().findings();
  for (const auto& slice : findings->comparison.classes) EXPECT_NE(slice.name, first.name);
  auto* const chip = window->filterBar()->findChild<QToolButton*>(QStringLiteral("chip_class"));
  ASSERT_NE(chip, nullptr);
  EXPECT_TRUE(chip->text().startsWith(QStringLiteral("not class"))) << qPrintable(chip->text());
  const QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("view.socklock"));
  ASSERT_TRUE(window->saveSessionTo(file));
  const auto again = loadSession(file);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->question.filter, findings->question.filter);
  chip->click();
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  EXPECT_TRUE(window->session().question().filter.is_empty());
}

// What the window shows is what the command prints, to the digit.
TEST(Steps, copy_what_is_shown_as_a_command_line) {
  const auto window = openExample();
  analyzer::Filter filter;
  filter.path = analyzer::CallPath::kSetup;
  filter.left_out = {{"class", "mmap_lock", true}};
  window->session().setFilter(filter, QStringLiteral("a part"));
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  for (QAction* const action : window->findChildren<QAction*>())
    if (action->text() == QStringLiteral("Copy as command &line")) action->trigger();
  const QString command = QApplication::clipboard()->text();
  EXPECT_TRUE(command.startsWith(QStringLiteral("socklock compare --path setup --class '!mmap_lock' ")))
      << qPrintable(command);
  QProcess shell;
  const QString script = QString(command).replace(QStringLiteral("socklock compare"),
                                                  QStringLiteral("\"$1\" compare --format md --limit 0 -o \"$0\""));
  const QTemporaryDir folder;
  const QString printed = folder.filePath(QStringLiteral("printed.md")),
                shown = folder.filePath(QStringLiteral("shown.md"));
  shell.start(QStringLiteral("sh"), {QStringLiteral("-c"), script, printed, QStringLiteral(SOCKLOCK_PROGRAM)});
  ASSERT_TRUE(shell.waitForFinished(60'000));
  QSignalSpy exported(window.get(), &MainWindow::exported);
  window->exportTo(shown);
  ASSERT_TRUE(exported.count() > 0 || exported.wait(60'000));
  EXPECT_FALSE(textOf(shown).isEmpty());
  EXPECT_EQ(textOf(shown), textOf(printed)) << shell.readAllStandardError().toStdString();
}

TEST(Steps, hand_over_to_other_tools) {
  const auto window = openExample();
  const QTemporaryDir folder;
  QSignalSpy exported(window.get(), &MainWindow::exported);
  window->exportForTool(*analyzer::find_exporter("pprof"), folder.filePath(QStringLiteral("diff.pb.gz")));
  ASSERT_TRUE(exported.count() > 0 || exported.wait(60'000));
  EXPECT_EQ(QDir(folder.path()).entryList(QDir::Files),
            QStringList({QStringLiteral("diff-after.pb.gz"), QStringLiteral("diff-before.pb.gz")}));
  window->exportForTool(*analyzer::find_exporter("folded"), folder.filePath(QStringLiteral("stacks.folded")));
  ASSERT_TRUE(exported.count() > 1 || exported.wait(60'000));
  EXPECT_TRUE(textOf(folder.filePath(QStringLiteral("stacks.folded"))).contains(QLatin1Char(';')));
  window->exportTo(folder.filePath(QStringLiteral("page.html")), PageKindOfHtml::kInteractive);
  ASSERT_TRUE(exported.count() > 2 || exported.wait(60'000));
  EXPECT_TRUE(textOf(folder.filePath(QStringLiteral("page.html"))).contains(QStringLiteral("id=\"socklock-stacks\"")));
  EXPECT_GT(textOf(folder.filePath(QStringLiteral("page.html"))).count(QStringLiteral("\"f\"")), 20);
}

TEST(Steps, open_what_other_tools_recorded) {
  const QString folder = QStringLiteral(SOCKLOCK_SOURCE "/tests/");
  EXPECT_TRUE(isTrace(exampleRuns(QStringLiteral("before")).front()));
  for (const char* const text : {"data/perf/shared.txt.gz", "golden/inputs/lock_stat.txt",
                                 "golden/inputs/perf_lock_csv.txt", "data/freebsd/before-mutex.txt"}) {
    const QString path = folder + QLatin1String(text);
    EXPECT_FALSE(isTrace(path)) << text;
    MainWindow window(analyzer::Taxonomy::built_in());
    window.show();
    window.open({path}, {});
    ASSERT_TRUE(QTest::qWaitFor([&window] { return window.isSettled() && window.session().findings(); }, 60'000))
        << text;
    EXPECT_GT(window.session().findings()->comparison.before.contentions, 0U) << text;
  }
}

TEST(Steps, hide_frames_and_filter_nothing) {
  const auto window = openExample();
  ASSERT_TRUE(window->showPage(QStringLiteral("stacks")));
  StacksPage& page = partOf<StacksPage>(*window);
  const auto& stacks = window->session().findings()->comparison.stacks;
  const std::string hidden = stacks.children.front().children.front().function;
  page.hiddenFrames()->setText(QString::fromStdString(hidden) + QStringLiteral(", __sched*"));
  Q_EMIT page.hiddenFrames()->editingFinished();
  for (std::size_t frame = 0; frame < page.icicle()->frameCount(); ++frame) {
    EXPECT_NE(page.icicle()->nameOf(frame).toStdString(), hidden);
    EXPECT_FALSE(page.icicle()->nameOf(frame).startsWith(QStringLiteral("__sched")));
  }
  EXPECT_GT(page.icicle()->frameCount(), 3U);
  EXPECT_TRUE(window->session().question().filter.is_empty());
}

TEST(Steps, settings_are_remembered_and_are_of_the_next_answer) {
  const auto window = openExample();
  Settings settings = loadSettings();
  settings.threshold = 0.9;
  settings.confidence = 0.8;
  window->applySettings(settings);
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  EXPECT_DOUBLE_EQ(window->session().findings()->comparison.criteria.threshold, 0.9);
  EXPECT_DOUBLE_EQ(window->session().findings()->comparison.criteria.confidence, 0.8);
  EXPECT_EQ(loadSettings(), settings);
  EXPECT_TRUE(commandLineText(*window->session().findings()).contains(QStringLiteral("--threshold 90")));
  const auto other = openExample();
  EXPECT_DOUBLE_EQ(other->session().findings()->comparison.criteria.threshold, 0.9);
  SettingsDialog dialog(settings);
  EXPECT_EQ(dialog.settings(), settings);
  saveSettings({});
}

TEST(Steps, colours_change_when_they_are_chosen) {
  const auto window = openExample();
  const bool was_dark = themeOf(window->palette()).dark;
  Settings settings = loadSettings();
  settings.theme = was_dark ? QStringLiteral("light") : QStringLiteral("dark");
  window->applySettings(settings);
  ASSERT_TRUE(waitUntilSettled(*window));
  EXPECT_EQ(themeOf(window->palette()).dark, !was_dark);
  EXPECT_EQ(themeOf(partOf<VerdictStrip>(*window).palette()).dark, !was_dark);
  MainWindow::setTheme(was_dark ? QStringLiteral("dark") : QStringLiteral("light"));
  saveSettings({});
}

// A stand-in for `socklock ab` writes what that writes.
TEST(Experiment, shows_how_far_it_is_and_opens_what_it_recorded) {
  const QTemporaryDir folder;
  ExperimentDialog dialog;
  dialog.setAttribute(Qt::WA_DeleteOnClose, false);
  dialog.folder()->setText(folder.filePath(QStringLiteral("result")));
  dialog.before()->setText(QStringLiteral("./bench"));
  dialog.after()->setText(QStringLiteral("./bench --new"));
  dialog.rounds()->setValue(7);
  EXPECT_EQ(shellWords(dialog.command()), QStringLiteral("socklock ab %1 --before ./bench --after './bench --new' "
                                                         "--rounds 7 --warmup 1")
                                              .arg(dialog.folder()->text()));
  dialog.setProgram(
      {QStringLiteral("sh"), QStringLiteral("-c"), QStringLiteral("mkdir \"$2\" && exit 6"), QStringLiteral("sh")});
  const QSignalSpy recorded(&dialog, &ExperimentDialog::recorded);
  QSignalSpy ended(&dialog, &ExperimentDialog::ended);
  dialog.start();
  ASSERT_TRUE(ended.count() > 0 || ended.wait(60'000));
  ASSERT_EQ(recorded.count(), 1) << qPrintable(dialog.words());
  EXPECT_TRUE(QDir(recorded.front().front().toString()).exists());
}

TEST(Experiment, that_is_stopped_is_kept_and_gone_on_with) {
  ExperimentDialog dialog;
  dialog.setAttribute(Qt::WA_DeleteOnClose, false);
  dialog.setProgram({QStringLiteral("sh"), QStringLiteral("-c"),
                     QStringLiteral("trap 'exit 143' TERM; echo ready >&2; while :; do read line || sleep 1; done")});
  const QSignalSpy recorded(&dialog, &ExperimentDialog::recorded);
  QSignalSpy ended(&dialog, &ExperimentDialog::ended);
  dialog.start();
  ASSERT_TRUE(QTest::qWaitFor([&dialog] { return dialog.hasSaid(); }, 60'000));
  dialog.stop();
  ASSERT_TRUE(ended.count() > 0 || ended.wait(60'000));
  EXPECT_EQ(recorded.count(), 0);
  EXPECT_TRUE(dialog.resume()->isChecked()) << qPrintable(dialog.words());
  EXPECT_TRUE(dialog.command().contains(QStringLiteral("--resume")));
  EXPECT_FALSE(dialog.before()->isEnabled());
}

TEST(Experiment, that_fails_says_why) {
  ExperimentDialog dialog;
  dialog.setAttribute(Qt::WA_DeleteOnClose, false);
  dialog.setProgram(
      {QStringLiteral("sh"), QStringLiteral("-c"), QStringLiteral("echo nothing can be recorded >&2; exit 4")});
  QSignalSpy ended(&dialog, &ExperimentDialog::ended);
  dialog.start();
  ASSERT_TRUE(ended.count() > 0 || ended.wait(60'000));
  EXPECT_TRUE(dialog.words().contains(QStringLiteral("nothing can be recorded"))) << qPrintable(dialog.words());
}

}  // namespace
}  // namespace socklock::gui
