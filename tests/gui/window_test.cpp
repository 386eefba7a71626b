// SPDX-License-Identifier: GPL-2.0-or-later
// What a user does, done to the real window on real recordings.
#include <gtest/gtest.h>

#include <QClipboard>
#include <QDropEvent>
#include <QFile>
#include <QListWidget>
#include <QMimeData>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include "analyzer/load/load_run.h"
#include "gui/app/recent.h"
#include "gui/app/sides_dialog.h"
#include "gui/views/comparison_page.h"
#include "gui/views/filter_bar.h"
#include "gui/views/item_views.h"
#include "gui/views/matrix_view.h"
#include "gui/views/message_bar.h"
#include "gui/views/slice_table.h"
#include "gui/views/verdict_strip.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

MatrixView& matrixOf(MainWindow& window) { return *partOf<ComparisonPage>(window).findChildren<MatrixView*>().front(); }

TEST(Window, answers_the_question_on_its_first_page) {
  const auto window = openExample();
  EXPECT_EQ(window->verdictStrip()->verdictText(), QStringLiteral("▼ improved"));
  const QString sentence = window->verdictStrip()->sentenceText();
  EXPECT_TRUE(sentence.contains(QStringLiteral("of wait per connection before, 0 ns after: gone")));
  EXPECT_TRUE(sentence.contains(QStringLiteral("tcp.listen_sock.owner on setup: -485 ns"))) << qPrintable(sentence);
  EXPECT_TRUE(sentence.contains(QStringLiteral("tcp.listen_sock.owner: gone")));
  EXPECT_EQ(window->pages()->tabText(0), QStringLiteral("Comparison"));
  EXPECT_FALSE(matrixOf(*window).cellRect(QStringLiteral("tcp.listen_sock.owner"), QStringLiteral("setup")).isEmpty());
}

TEST(Window, explores_one_trace) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.show();
  window.openUnsorted(exampleRuns(QStringLiteral("before")).mid(0, 1));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  ASSERT_NE(window.session().findings(), nullptr);
  EXPECT_TRUE(window.verdictStrip()->verdictText().endsWith(QStringLiteral("of wait")));
  EXPECT_EQ(window.pages()->tabText(0), QStringLiteral("Overview"));
  const QAbstractItemModel& columns = *partOf<SliceTable>(window).table()->model();
  for (int column = 0; column < columns.columnCount(); ++column)
    EXPECT_FALSE(columns.headerData(column, Qt::Horizontal).toString().contains(QStringLiteral("effect")));
}

TEST(Window, filters_every_view_by_a_click_and_goes_back) {
  const auto window = openExample();
  Session& session = window->session();
  const double whole = session.findings()->comparison.everything.before.wait_ns_per_unit;
  const auto rows = partOf<SliceTable>(*window).table()->model()->rowCount();
  ASSERT_GT(rows, 1);
  const QRectF cell = matrixOf(*window).cellRect(QStringLiteral("mmap_lock"), QStringLiteral("other"));
  ASSERT_FALSE(cell.isEmpty());
  QTest::mouseClick(&matrixOf(*window), Qt::LeftButton, {}, cell.center().toPoint());
  ASSERT_TRUE(waitUntilAnswered(session));
  EXPECT_EQ(session.findings()->question.filter.lock_class, "mmap_lock");
  EXPECT_EQ(session.findings()->question.filter.path, analyzer::CallPath::kOther);
  EXPECT_LT(session.findings()->comparison.everything.before.wait_ns_per_unit, whole);
  EXPECT_EQ(partOf<SliceTable>(*window).table()->model()->rowCount(), 1);
  ASSERT_NE(window->filterBar()->findChild<QToolButton*>(QStringLiteral("chip_class")), nullptr);

  session.undoStack()->undo();
  ASSERT_TRUE(waitUntilAnswered(session));
  EXPECT_EQ(session.findings()->comparison.everything.before.wait_ns_per_unit, whole);
  EXPECT_EQ(partOf<SliceTable>(*window).table()->model()->rowCount(), rows);

  session.undoStack()->redo();
  ASSERT_TRUE(waitUntilAnswered(session));
  auto* const chip = window->filterBar()->findChild<QToolButton*>(QStringLiteral("chip_class"));
  ASSERT_NE(chip, nullptr);
  chip->click();
  ASSERT_TRUE(waitUntilAnswered(session));
  EXPECT_FALSE(session.findings()->question.filter.lock_class);
  EXPECT_EQ(session.findings()->question.filter.path, analyzer::CallPath::kOther);
}

TEST(Window, groups_sorts_searches_and_copies_rows) {
  const auto window = openExample();
  SliceTable& slices = partOf<SliceTable>(*window);
  Q_EMIT slices.groupingChosen(Grouping::kFunction);
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  EXPECT_EQ(slices.table()->model()->headerData(0, Qt::Horizontal).toString(), QStringLiteral("function"));
  const int all = slices.table()->model()->rowCount();
  QTest::keyClicks(slices.search(), QStringLiteral("__schedule"));
  EXPECT_EQ(slices.table()->model()->rowCount(), 1);
  EXPECT_LT(1, all);
  const QString copied = rowsText(*slices.table(), RowsAs::kMarkdown);
  EXPECT_TRUE(copied.contains(QStringLiteral("| __schedule |"))) << qPrintable(copied);
  EXPECT_EQ(copied.count(QLatin1Char('\n')), 3);
}

TEST(Window, changes_the_unit_of_work) {
  const auto window = openExample();
  Q_EMIT window->verdictStrip()->unitChosen(analyzer::WorkUnit::kSeconds);
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  EXPECT_TRUE(window->verdictStrip()->sentenceText().contains(QStringLiteral("of wait per second before")));
}

TEST(Window, swaps_sides_and_the_verdict_with_them) {
  const auto window = openExample();
  Question question = window->session().question();
  std::swap(question.before, question.after);
  window->session().change(question, QStringLiteral("swap"));
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  EXPECT_EQ(window->verdictStrip()->verdictText(), QStringLiteral("▲ regressed"));
}

TEST(Window, says_what_is_wrong_with_a_broken_file_and_keeps_what_it_shows) {
  const QTemporaryDir folder;
  const QString broken = folder.filePath(QStringLiteral("broken.slk"));
  QFile file(broken);
  ASSERT_TRUE(file.open(QIODevice::WriteOnly));
  file.write("this is no trace at all, whatever its name says");
  file.close();
  const auto window = openExample();
  window->open({broken}, {});
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  EXPECT_TRUE(window->messageBar()->isVisible());
  EXPECT_TRUE(window->messageBar()->text().contains(QStringLiteral("broken.slk")))
      << qPrintable(window->messageBar()->text());
  EXPECT_EQ(window->verdictStrip()->verdictText(), QStringLiteral("▼ improved"));
}

TEST(Window, shows_what_a_torn_trace_still_holds) {
  const QTemporaryDir folder;
  const QString torn = folder.filePath(QStringLiteral("torn.slk"));
  QFile file(exampleRuns(QStringLiteral("before")).front());
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  const QByteArray bytes = file.readAll();
  QFile out(torn);
  ASSERT_TRUE(out.open(QIODevice::WriteOnly));
  out.write(bytes.left(bytes.size() * 9 / 10));
  out.close();
  MainWindow window(analyzer::Taxonomy::built_in());
  window.show();
  window.open({torn}, {});
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  ASSERT_NE(window.session().findings(), nullptr);
  EXPECT_FALSE(window.verdictStrip()->warningsText().isEmpty());
  // The gravest doubt comes first, whatever else there is to say.
  window.open(QStringList{torn} + exampleRuns(QStringLiteral("before")).mid(1), exampleRuns(QStringLiteral("after")));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  const QStringList reasons = window.verdictStrip()->warningsText().split(QLatin1Char('\n'));
  ASSERT_GT(reasons.size(), 1);
  EXPECT_TRUE(reasons.front().contains(QStringLiteral("torn.slk"))) << qPrintable(reasons.front());
}

TEST(Window, gives_up_loading_when_told_to) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.show();
  const QSignalSpy answered(&window.session(), &Session::findingsChanged);
  const QSignalSpy cancelled(&window.session(), &Session::cancelled);
  window.open(exampleRuns(QStringLiteral("before")), exampleRuns(QStringLiteral("after")));
  ASSERT_TRUE(window.session().isBusy());
  auto* const cancel = window.findChild<QPushButton*>(QStringLiteral("cancel"));
  ASSERT_TRUE(cancel->isVisible());
  cancel->click();
  EXPECT_FALSE(window.session().isBusy());
  EXPECT_FALSE(cancel->isVisible());
  EXPECT_EQ(cancelled.count(), 1);
  // The next question is answered, and the one that was given up never is.
  window.open(exampleRuns(QStringLiteral("after")), {});
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  EXPECT_EQ(answered.count(), 1);
  EXPECT_FALSE(window.session().findings()->isComparison());
}

TEST(Loading, stops_within_a_block_when_its_progress_says_so) {
  RunCache cache;
  const auto result = answer(exampleQuestion(), analyzer::Taxonomy::built_in(), cache, [](double) { return false; });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, analyzer::kCancelled);
}

TEST(Loading, tells_how_far_it_is) {
  RunCache cache;
  std::atomic<double> last = 0;
  ASSERT_TRUE(answer(exampleQuestion(), analyzer::Taxonomy::built_in(), cache, [&last](double share) {
    EXPECT_GE(share, 0);
    EXPECT_LE(share, 1);
    last = share;
    return true;
  }));
  EXPECT_EQ(last, 1);
}

TEST(Window, takes_nothing_for_a_run_that_is_no_trace) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.show();
  window.openUnsorted({exampleRuns(QStringLiteral("before")).front(), QStringLiteral("/etc/passwd")});
  auto* const dialog = window.findChild<SidesDialog*>();
  ASSERT_NE(dialog, nullptr);
  ASSERT_EQ(dialog->before().size() + dialog->after().size(), 2);
  EXPECT_FALSE(dialog->okButton()->isEnabled());
  dialog->setSides(exampleRuns(QStringLiteral("before")), exampleRuns(QStringLiteral("after")));
  EXPECT_TRUE(dialog->okButton()->isEnabled());
}

TEST(Window, can_do_nothing_with_traces_that_it_does_not_have) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.show();
  const auto isEnabled = [&window](const QKeySequence& key) {
    for (const QAction* const action : window.findChildren<QAction*>())
      if (action->shortcut() == key) return action->isEnabled();
    return true;
  };
  for (const QKeySequence& key :
       {QKeySequence(QKeySequence::Save), QKeySequence(Qt::CTRL | Qt::Key_E), QKeySequence(Qt::CTRL | Qt::Key_T)})
    EXPECT_FALSE(isEnabled(key)) << key.toString().toStdString();
  window.open(exampleRuns(QStringLiteral("before")).mid(0, 1), {});
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  EXPECT_TRUE(isEnabled(QKeySequence(Qt::CTRL | Qt::Key_E)));
}

TEST(Window, asks_which_side_dropped_traces_are_and_guesses_by_label) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.show();
  QMimeData data;
  QList<QUrl> urls;
  // The wrong way round, and interleaved.
  for (const QString& path : exampleRuns(QStringLiteral("after")) + exampleRuns(QStringLiteral("before")))
    urls.append(QUrl::fromLocalFile(path));
  data.setUrls(urls);
  QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(&window, &enter);
  EXPECT_TRUE(enter.isAccepted());
  QDropEvent drop(QPointF(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(&window, &drop);
  auto* const dialog = window.findChild<SidesDialog*>();
  ASSERT_NE(dialog, nullptr);
  EXPECT_EQ(dialog->before().size(), 6);
  for (const QString& path : dialog->before()) EXPECT_TRUE(path.contains(QStringLiteral("before-")));
  dialog->okButton()->click();
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  EXPECT_EQ(window.verdictStrip()->verdictText(), QStringLiteral("▼ improved"));
  EXPECT_EQ(recentItems().front().after.size(), 6);
}

}  // namespace
}  // namespace socklock::gui
