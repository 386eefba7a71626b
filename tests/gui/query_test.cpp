// SPDX-License-Identifier: GPL-2.0-or-later
// The page that asks recordings in SQL, the way from its rows to the timeline, and what sessions keep of pages.
#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QClipboard>
#include <QFile>
#include <QLabel>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <set>

#include "analyzer/label/labelled_run.h"
#include "gui/app/session_file.h"
#include "gui/models/event_model.h"
#include "gui/views/lanes_dialog.h"
#include "gui/views/query_page.h"
#include "gui/views/stacks_page.h"
#include "gui/views/timeline_page.h"
#include "gui/views/timeline_view.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

QueryPage& openQuery(MainWindow& window) {
  window.activateWindow();
  EXPECT_TRUE(window.showPage(QStringLiteral("query")));
  EXPECT_TRUE(waitUntilSettled(window));  // the first question is asked at first sight
  return partOf<QueryPage>(window);
}

void ask(MainWindow& window, const QString& sql) {
  QueryPage& page = openQuery(window);
  page.editor()->setPlainText(sql);
  page.editor()->setFocus();
  QTest::keyClick(page.editor(), Qt::Key_Return, Qt::ControlModifier);
  ASSERT_TRUE(waitUntilSettled(window));
}

QString cell(const QueryPage& page, int row, int column) {
  return page.table()->model()->index(row, column).data().toString();
}

TEST(Query, answers_what_socklock_query_answers) {
  const auto window = openExample();
  QueryPage& page = openQuery(*window);
  const QAbstractItemModelTester tester(page.table()->model(), QAbstractItemModelTester::FailureReportingMode::Fatal);
  ask(*window, QStringLiteral("SELECT sum(contentions) AS waits, sum(wait_ns) FROM runs WHERE run = 1; "
                              "SELECT run, label, contentions FROM runs ORDER BY run"));
  // Of the last statement; runs before, then those after.
  const auto& runs = *window->session().findings()->runs;
  ASSERT_EQ(page.table()->model()->rowCount(), static_cast<int>(runs.before.size() + runs.after.size()));
  EXPECT_EQ(cell(page, 0, 1), QStringLiteral("before"));
  EXPECT_EQ(cell(page, static_cast<int>(runs.before.size()), 1), QStringLiteral("after"));
  EXPECT_EQ(page.table()->model()->headerData(2, Qt::Horizontal).toString(), QStringLiteral("contentions"));
  EXPECT_TRUE(page.words().startsWith(QStringLiteral("12 rows"))) << page.words().toStdString();
}

TEST(Query, every_question_to_begin_with_is_answered) {
  const auto window = testing::openCase();
  QueryPage& page = openQuery(*window);
  ASSERT_GT(page.examples()->count(), 4);
  for (int i = 0; i < page.examples()->count(); ++i) {
    ask(*window, page.examples()->itemData(i).toString());
    EXPECT_TRUE(page.words().contains(QStringLiteral("row"))) << page.words().toStdString();
  }
}

TEST(Query, says_what_is_wrong_and_keeps_the_rows_that_there_are) {
  const auto window = openExample();
  QueryPage& page = openQuery(*window);
  ask(*window, QStringLiteral("SELECT run FROM runs"));
  ask(*window, QStringLiteral("SELECT no_such_column FROM runs"));
  EXPECT_TRUE(page.words().contains(QStringLiteral("no such column: no_such_column"))) << page.words().toStdString();
  EXPECT_EQ(page.table()->model()->rowCount(), 12);
  ask(*window, QStringLiteral("DELETE FROM runs"));
  EXPECT_TRUE(page.words().contains(QStringLiteral("not authorized")) ||
              page.words().contains(QStringLiteral("may not be modified")))
      << page.words().toStdString();
}

TEST(Query, an_endless_one_is_cancelled) {
  const auto window = openExample();
  QueryPage& page = openQuery(*window);
  page.editor()->setPlainText(
      QStringLiteral("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"));
  page.ask();
  QTest::qWait(200);
  EXPECT_FALSE(page.isSettled());
  page.cancel();
  EXPECT_TRUE(page.isSettled());
  // The thread that counted is free again: what is asked next is answered.
  ask(*window, QStringLiteral("SELECT 7"));
  EXPECT_EQ(cell(page, 0, 0), QStringLiteral("7"));
}

TEST(Query, shows_the_first_of_many_rows_and_writes_all) {
  const auto window = openExample();
  QueryPage& page = openQuery(*window);
  const QString sql = QStringLiteral(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100100) SELECT i FROM n");
  ask(*window, sql);
  EXPECT_EQ(page.table()->model()->rowCount(), static_cast<int>(kMostQueryRows));
  EXPECT_TRUE(page.words().startsWith(QStringLiteral("The first 100,000 rows"))) << page.words().toStdString();
  const QTemporaryDir folder;
  QSignalSpy saved(&page, &QueryPage::saved);
  page.save(folder.filePath(QStringLiteral("rows.csv")));
  ASSERT_TRUE(eventually([&] { return saved.count() == 1; }));
  EXPECT_TRUE(saved.front().front().toBool());
  QFile file(folder.filePath(QStringLiteral("rows.csv")));
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  EXPECT_EQ(file.readAll().count('\n'), 100101);
}

// The filter is of the other pages: here it is said that it is not applied.
TEST(Query, asks_recordings_whole_and_says_so) {
  const auto window = openExample();
  const QString sql = QStringLiteral("SELECT sum(contentions) FROM totals");
  ask(*window, sql);
  QueryPage& page = openQuery(*window);
  const QString all = cell(page, 0, 0);
  for (const analyzer::Filter& filter :
       {analyzer::Filter{.lock_class = "task.list"}, analyzer::Filter{.range = analyzer::TimeRange{0, 1'000'000'000}},
        analyzer::Filter{.min_wait_ns = 1'000'000}}) {
    window->session().setFilter(filter, QStringLiteral("filter"));
    ASSERT_TRUE(waitUntilSettled(*window));
    ask(*window, sql);
    EXPECT_EQ(cell(page, 0, 0), all);
    const auto labels = page.findChildren<QLabel*>();
    EXPECT_TRUE(std::any_of(labels.begin(), labels.end(), [](const QLabel* label) {
      return label->text().contains(QStringLiteral("the filter is not applied"));
    }));
  }
}

TEST(Query, a_row_leads_to_its_wait_on_the_timeline) {
  const auto window = openExample();
  ask(*window, QStringLiteral("SELECT run, begin_ns, wait_ns FROM events WHERE run = 9 ORDER BY wait_ns DESC LIMIT 3"));
  QueryPage& page = openQuery(*window);
  const std::uint64_t begin_ns = cell(page, 0, 1).toULongLong(), wait_ns = cell(page, 0, 2).toULongLong();
  Q_EMIT page.table()->activated(page.table()->model()->index(0, 0));
  EXPECT_EQ(window->pageId(), QStringLiteral("timeline"));
  ASSERT_TRUE(waitUntilSettled(*window));
  const TimelinePage& timeline = partOf<TimelinePage>(*window);
  EXPECT_LE(timeline.view()->range().begin_ns, begin_ns);
  EXPECT_GE(timeline.view()->range().end_ns, begin_ns + wait_ns);
  EXPECT_LT(timeline.view()->range().end_ns - timeline.view()->range().begin_ns, 10 * wait_ns + 10'000);
  const auto chosen = timeline.view()->chosenWait();
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->run, 1U);
  EXPECT_EQ(timeline.events()->timeline()->events->wait_ns[chosen->event], wait_ns);
  EXPECT_FALSE(timeline.details().isEmpty());
}

TEST(Query, is_copied_as_a_command) {
  const auto window = openExample();
  QueryPage& page = openQuery(*window);
  page.editor()->setPlainText(QStringLiteral("SELECT run FROM runs"));
  EXPECT_TRUE(page.commandLine().startsWith(QStringLiteral("socklock query ")));
  EXPECT_TRUE(page.commandLine().endsWith(QStringLiteral("'SELECT run FROM runs'")));
}

// A session, another window and a bookmark are where the pages were: zoom, markers, lanes, runs, a query.
TEST(Session, keeps_where_pages_were) {
  const QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("view.socklock"));
  {
    const auto window = openExample();
    ASSERT_TRUE(window->showPage(QStringLiteral("timeline")));
    ASSERT_TRUE(waitUntilSettled(*window));
    TimelinePage& page = partOf<TimelinePage>(*window);
    auto* const lanes = page.findChild<QComboBox*>(QStringLiteral("lanes"));
    lanes->setCurrentIndex(1);
    page.view()->hideLane(page.view()->laneNames(0).back());
    page.view()->setRange(1e9, 1.5e9);
    page.view()->setMarkers(1.1e9, 1.2e9);
    partOf<QueryPage>(*window).editor()->setPlainText(QStringLiteral("SELECT 42"));
    partOf<StacksPage>(*window).leastShare()->setValue(2);
    window->addBookmark(QStringLiteral("there"));
    page.view()->resetRange();
    window->goTo(window->bookmarks().front());
    EXPECT_EQ(page.view()->range(), (analyzer::TimeRange{1'000'000'000, 1'500'000'000}));
    ASSERT_TRUE(window->saveSessionTo(file));
  }
  MainWindow window(analyzer::Taxonomy::built_in());
  window.resize(1280, 860);
  window.show();
  window.open({file}, {});
  ASSERT_TRUE(waitUntilSettled(window));
  ASSERT_EQ(window.pageId(), QStringLiteral("timeline"));
  const TimelineView& view = *partOf<TimelinePage>(window).view();
  EXPECT_EQ(view.range(), (analyzer::TimeRange{1'000'000'000, 1'500'000'000}));
  ASSERT_TRUE(view.marker(0));
  EXPECT_EQ(*view.marker(1), 1.2e9);
  EXPECT_EQ(view.hiddenLanes().size(), 1U);
  EXPECT_EQ(partOf<TimelinePage>(window).findChild<QComboBox*>(QStringLiteral("lanes"))->currentIndex(), 1);
  EXPECT_EQ(partOf<QueryPage>(window).editor()->toPlainText(), QStringLiteral("SELECT 42"));
  EXPECT_EQ(partOf<StacksPage>(window).leastShare()->value(), 2);
}

TEST(Timeline, a_search_counts_waits_in_view_and_steps_through_them) {
  const auto window = openExample();
  ASSERT_TRUE(window->showPage(QStringLiteral("timeline")));
  ASSERT_TRUE(waitUntilSettled(*window));
  TimelinePage& page = partOf<TimelinePage>(*window);
  page.search()->setText(QStringLiteral("INET_CSK_ACCEPT"));  // in the stack, whatever its case
  ASSERT_TRUE(page.foundText().endsWith(QStringLiteral(" in view"))) << page.foundText().toStdString();
  std::set<std::size_t> found;
  for (int i = 0; i < 3; ++i) {
    QTest::keyClick(page.search(), Qt::Key_Return);
    ASSERT_TRUE(page.view()->chosenWait());
    found.insert(page.view()->chosenWait()->event);
    EXPECT_TRUE(page.details().contains(QStringLiteral("inet_csk_accept"))) << page.details().toStdString();
  }
  EXPECT_EQ(found.size(), 3U);
  page.search()->setText(QStringLiteral("no such thing"));
  EXPECT_EQ(page.foundText(), QStringLiteral("0 in view"));
  QTest::keyClick(page.search(), Qt::Key_Return);
  EXPECT_EQ(page.foundText(), QStringLiteral("in no wait that is shown"));
}

// Of the other side, which has more rows: the table had room for those before only, and stopped at the last of them.
TEST(Timeline, the_row_of_a_wait_that_is_clicked_is_in_sight_on_either_side) {
  const auto window = openExample();
  ASSERT_TRUE(window->showPage(QStringLiteral("timeline")));
  ASSERT_TRUE(waitUntilSettled(*window));
  TimelinePage& page = partOf<TimelinePage>(*window);
  const auto& runs = *window->session().findings()->runs;
  for (const std::size_t side : {1U, 0U, 1U}) {
    const std::size_t last = (side == 0 ? runs.before : runs.after).front().run.events - 1;
    page.view()->choose(ChosenWait{side, last});
    layOut();
    const QModelIndex row = page.table()->currentIndex();
    ASSERT_TRUE(row.isValid());
    EXPECT_EQ(page.events()->eventAt(row.row()), last);
    EXPECT_TRUE(page.table()->viewport()->rect().intersects(page.table()->visualRect(row)));
  }
}

TEST(Timeline, lanes_are_chosen_in_a_list) {
  const auto window = openExample();
  ASSERT_TRUE(window->showPage(QStringLiteral("timeline")));
  ASSERT_TRUE(waitUntilSettled(*window));
  TimelinePage& page = partOf<TimelinePage>(*window);
  page.findChild<QComboBox*>(QStringLiteral("lanes"))->setCurrentIndex(1);
  const std::size_t all = page.view()->laneNames(0).size();
  ASSERT_GT(all, 3U);
  LanesDialog* const dialog = page.chooseLanes();
  dialog->setAll(false);
  dialog->list()->item(1)->setCheckState(Qt::Checked);
  EXPECT_EQ(page.view()->laneNames(0).size(), 1U);
  EXPECT_EQ(page.view()->laneNames(0).front(), dialog->list()->item(1)->text().toStdString());
  dialog->setAll(true);
  EXPECT_EQ(page.view()->laneNames(0).size(), all);
  dialog->close();
}

// What a wait is of narrows every view, as a chip.
TEST(Timeline, a_wait_offers_its_class_thread_and_lock_as_filters) {
  const auto window = openExample();
  ASSERT_TRUE(window->showPage(QStringLiteral("timeline")));
  ASSERT_TRUE(waitUntilSettled(*window));
  TimelinePage& page = partOf<TimelinePage>(*window);
  const std::string thread = page.events()->index(0, EventModel::kProcess).data().toString().toStdString() + " " +
                             page.events()->index(0, EventModel::kThread).data().toString().toStdString();
  Q_EMIT page.table()->customContextMenuRequested(page.table()->visualRect(page.events()->index(0, 0)).center());
  QAction* wanted = nullptr;
  for (QAction* const action : page.findChildren<QAction*>())
    if (wanted == nullptr && action->text() == QStringLiteral("thread ") + QString::fromStdString(thread))
      wanted = action;
  ASSERT_NE(wanted, nullptr);
  wanted->trigger();
  ASSERT_TRUE(waitUntilSettled(*window));
  EXPECT_EQ(window->session().question().filter.thread, thread);
  const TimelineDataPtr data = page.events()->timeline();
  EXPECT_GT(data->matching.size(), 0U);
  EXPECT_LT(data->matching.size(), data->events->size());
  const auto& all = window->session().findings()->comparison.everything.before.stats.sums;
  EXPECT_GT(all.contentions, 0U);
}

TEST(Timeline, a_wait_offers_its_cpu_as_a_filter) {
  const auto window = openExample();
  ASSERT_TRUE(window->showPage(QStringLiteral("timeline")));
  ASSERT_TRUE(waitUntilSettled(*window));
  TimelinePage& page = partOf<TimelinePage>(*window);
  const QString cpu = page.events()->index(0, EventModel::kCpu).data().toString();
  Q_EMIT page.table()->customContextMenuRequested(page.table()->visualRect(page.events()->index(0, 0)).center());
  QAction* wanted = nullptr;
  for (QAction* const action : page.findChildren<QAction*>())
    if (wanted == nullptr && action->text() == QStringLiteral("cpu ") + cpu) wanted = action;
  ASSERT_NE(wanted, nullptr);
  const int all = page.events()->rowCount();
  wanted->trigger();
  ASSERT_TRUE(waitUntilSettled(*window));
  EXPECT_LT(page.events()->rowCount(), all);
  for (int row = 0; row < page.events()->rowCount(); ++row)
    ASSERT_EQ(page.events()->index(row, EventModel::kCpu).data().toString(), cpu);
  EXPECT_TRUE(window->session().findings()->isFromEvents());
  EXPECT_TRUE(window->shownCommandLine().contains(QStringLiteral("--cpu ") + cpu));
  // Another CPU is not answered with what was read for this one.
  Question other = window->session().question();
  const auto wait_ns = [&window] {
    return window->session().findings()->comparison.everything.before.stats.sums.wait_ns;
  };
  const std::uint64_t of_one = wait_ns();
  other.filter.cpus = analyzer::CpuNumbers{static_cast<std::uint16_t>(cpu == QStringLiteral("0") ? 1 : 0)};
  window->session().change(other, QStringLiteral("the other CPU"));
  ASSERT_TRUE(waitUntilSettled(*window));
  EXPECT_NE(wait_ns(), of_one);
}

}  // namespace
}  // namespace socklock::gui
