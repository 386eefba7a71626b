// SPDX-License-Identifier: GPL-2.0-or-later
// The timeline of several runs of a side, below each other: which are shown, and that all it can do it does over all.
#include <gtest/gtest.h>

#include <QApplication>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QWheelEvent>
#include <algorithm>
#include <set>

#include "analyzer/label/labelled_run.h"
#include "gui/models/event_model.h"
#include "gui/models/text.h"
#include "gui/views/run_chooser.h"
#include "gui/views/timeline_page.h"
#include "gui/views/timeline_view.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

TimelinePage& timelineOf(MainWindow& window) {
  EXPECT_TRUE(window.showPage(QStringLiteral("timeline")));
  EXPECT_TRUE(waitUntilSettled(window));
  return partOf<TimelinePage>(window);
}

// By the keyboard alone: the arrow opens the list, the space bar marks rows.
void mark(RunChooser& runs, const std::vector<int>& rows) {
  QTest::keyClick(&runs, Qt::Key_Down);
  for (const int row : rows) {
    runs.list()->setCurrentRow(row);
    QTest::keyClick(runs.list(), Qt::Key_Space);
  }
  QTest::keyClick(runs.list(), Qt::Key_Escape);
}

std::unique_ptr<MainWindow> openRuns(const QStringList& before, const QStringList& after = {}) {
  auto window = std::make_unique<MainWindow>(analyzer::Taxonomy::built_in());
  window->resize(1366, 768);
  window->show();
  window->open(before, after);
  EXPECT_TRUE(waitUntilSettled(*window));
  return window;
}

// Traces of one load, of as many files as are asked for.
QStringList copies(const QTemporaryDir& folder, int count) {
  const QStringList runs = exampleRuns(QStringLiteral("before"));
  QStringList paths;
  for (int i = 0; i < count; ++i) {
    paths.append(folder.filePath(QStringLiteral("run-%1.slk").arg(i + 1, 2, 10, QLatin1Char('0'))));
    EXPECT_TRUE(QFile::copy(runs[i % runs.size()], paths.back()));
  }
  return paths;
}

std::size_t waitsOf(const TimelineView& view, std::size_t run) { return view.run(run).waits->events->size(); }

TEST(TimelineRuns, are_one_of_each_side_until_others_are_marked_by_keys) {
  const auto window = openExample();
  TimelinePage& page = timelineOf(*window);
  TimelineView& view = *page.view();
  ASSERT_EQ(view.runCount(), 2U);
  EXPECT_EQ(page.runs(0)->text(), QStringLiteral("before-1.slk"));
  EXPECT_TRUE(page.table()->isColumnHidden(EventModel::kRun));
  mark(*page.runs(0), {2, 4});
  ASSERT_TRUE(waitUntilSettled(*window));
  ASSERT_EQ(view.runCount(), 4U);
  const auto& runs = window->session().findings()->runs->before;
  const QStringList names{QStringLiteral("before-1.slk"), QStringLiteral("before-3.slk"),
                          QStringLiteral("before-5.slk")};
  for (std::size_t run = 0; run < 3; ++run) {
    EXPECT_EQ(view.run(run).side, 0U);
    EXPECT_TRUE(view.run(run).title.endsWith(names[static_cast<qsizetype>(run)])) << run;
    EXPECT_EQ(waitsOf(view, run), runs[2 * run].run.events) << run;
  }
  EXPECT_EQ(view.run(3).side, 1U);
  EXPECT_EQ(page.runs(0)->text(), QStringLiteral("3 of 6 runs"));
  // The last mark of a side stays.
  mark(*page.runs(1), {0});
  EXPECT_EQ(page.runs(1)->chosen(), std::vector<std::size_t>{0});
  page.runs(0)->open();
  page.runs(0)->list()->setCurrentRow(5);
  QTest::keyClick(page.runs(0)->list(), Qt::Key_Return);
  ASSERT_TRUE(waitUntilSettled(*window));
  ASSERT_EQ(view.runCount(), 2U);
  EXPECT_EQ(waitsOf(view, 0), runs[5].run.events);
  EXPECT_FALSE(page.runs(0)->list()->isVisible());
}

TEST(TimelineRuns, are_marked_by_a_click_on_a_row_and_by_a_button) {
  const auto window = openExample();
  TimelinePage& page = timelineOf(*window);
  RunChooser& runs = *page.runs(1);
  QTest::mouseClick(&runs, Qt::LeftButton);
  ASSERT_TRUE(runs.list()->isVisible());
  const QRect row = runs.list()->visualItemRect(runs.list()->item(3));
  QTest::mouseClick(runs.list()->viewport(), Qt::LeftButton, {}, row.center());
  EXPECT_EQ(runs.chosen(), (std::vector<std::size_t>{0, 3}));
  EXPECT_TRUE(runs.list()->isVisible());
  // On the mark itself, which toggles by itself.
  QTest::mouseClick(runs.list()->viewport(), Qt::LeftButton, {}, row.topLeft() + QPoint(12, row.height() / 2));
  EXPECT_EQ(runs.chosen(), std::vector<std::size_t>{0});
  QTest::mouseClick(runs.all(), Qt::LeftButton);
  EXPECT_EQ(runs.chosen().size(), 6U);
  EXPECT_EQ(runs.text(), QStringLiteral("all 6 runs"));
  ASSERT_TRUE(waitUntilSettled(*window));
  EXPECT_EQ(page.view()->runCount(), 7U);
  QTest::mouseClick(runs.alone(), Qt::LeftButton);
  EXPECT_EQ(runs.chosen(), std::vector<std::size_t>{3});
  EXPECT_EQ(runs.accessibleName(), QStringLiteral("Runs of the side after"));
}

TEST(TimelineRuns, keep_no_waits_of_those_that_are_not_shown) {
  const auto window = openExample();
  TimelinePage& page = timelineOf(*window);
  mark(*page.runs(0), {1, 2});
  ASSERT_TRUE(waitUntilSettled(*window));
  const std::weak_ptr<const analyzer::EventTable> kept = page.view()->run(0).waits->events;
  const std::weak_ptr<const analyzer::EventTable> let_go = page.view()->run(2).waits->events;
  mark(*page.runs(0), {1, 2});
  ASSERT_TRUE(waitUntilSettled(*window));
  EXPECT_EQ(page.view()->run(0).waits->events, kept.lock()) << "was read again";
  EXPECT_TRUE(eventually([&] { return let_go.expired(); }));
}

TEST(TimelineRuns, are_all_in_the_table_whose_column_says_which) {
  const auto window = openExample();
  TimelinePage& page = timelineOf(*window);
  TimelineView& view = *page.view();
  mark(*page.runs(0), {1});
  ASSERT_TRUE(waitUntilSettled(*window));
  const EventModel& events = *page.events();
  const auto first = static_cast<int>(waitsOf(view, 0)), second = static_cast<int>(waitsOf(view, 1));
  ASSERT_EQ(events.rowCount(), first + second);
  EXPECT_FALSE(page.table()->isColumnHidden(EventModel::kRun));
  EXPECT_EQ(events.index(first - 1, EventModel::kRun).data().toString(), QStringLiteral("before: before-1.slk"));
  EXPECT_EQ(events.index(first, EventModel::kRun).data().toString(), QStringLiteral("before: before-2.slk"));
  EXPECT_TRUE(page.words().contains(QStringLiteral("in the runs"))) << page.words().toStdString();
  for (const int row : {0, first - 1, first, first + second - 1}) EXPECT_EQ(events.rowOf(events.waitAt(row)), row);
  page.tableSide()->setCurrentIndex(2);
  Q_EMIT page.tableSide()->activated(2);
  EXPECT_EQ(events.rowCount(), first + second + static_cast<int>(waitsOf(view, 2)));
  EXPECT_EQ(events.waitAt(events.rowCount() - 1).run, 2U);
  // The longest of all of them, whichever run it is of.
  const auto order = longestFirst(events.runs(), events.range());
  ASSERT_EQ(static_cast<int>(order.size()), events.rowCount());
  std::set<std::uint32_t> parts;
  const auto wait_ns = [&](const ListedWait& wait) { return view.run(wait.part).waits->events->wait_ns[wait.event]; };
  for (std::size_t i = 0; i < order.size(); ++i) {
    parts.insert(order[i].part);
    ASSERT_GE(wait_ns(order[i == 0 ? 0 : i - 1]), wait_ns(order[i])) << i;
  }
  EXPECT_EQ(parts.size(), 3U);
}

TEST(TimelineRuns, link_rows_and_marks_of_every_run) {
  const auto window = openExample();
  TimelinePage& page = timelineOf(*window);
  TimelineView& view = *page.view();
  mark(*page.runs(0), {1, 2});
  mark(*page.runs(1), {5});
  ASSERT_TRUE(waitUntilSettled(*window));
  ASSERT_EQ(view.runCount(), 5U);
  for (const std::size_t run : {1U, 4U, 2U, 0U, 3U}) {
    const analyzer::WaitColumn& wait_ns = view.run(run).waits->events->wait_ns;
    std::size_t longest = 0;
    for (std::size_t event = 1; event < wait_ns.size(); ++event)
      if (wait_ns[event] > wait_ns[longest]) longest = event;
    view.scrollTo(run);
    QTest::mouseClick(&view, Qt::LeftButton, {}, view.placeOf({run, longest}).toPoint());
    ASSERT_EQ(view.chosenWait(), (ChosenWait{run, longest}));
    layOut();
    const QModelIndex row = page.table()->currentIndex();
    ASSERT_TRUE(row.isValid());
    EXPECT_EQ(page.events()->waitAt(row.row()), (ChosenWait{run, longest}));
    EXPECT_TRUE(page.table()->viewport()->rect().intersects(page.table()->visualRect(row)));
    EXPECT_TRUE(page.details().startsWith(view.run(run).title)) << page.details().toStdString();
  }
  // And the other way: the last row of the table is of the last run of the side.
  page.table()->selectRow(page.events()->rowCount() - 1);
  ASSERT_TRUE(view.chosenWait());
  EXPECT_EQ(view.chosenWait()->run, 4U);
}

TEST(TimelineRuns, are_summed_between_markers_each_and_by_side) {
  const auto window = openExample();
  TimelinePage& page = timelineOf(*window);
  TimelineView& view = *page.view();
  mark(*page.runs(0), {3});
  ASSERT_TRUE(waitUntilSettled(*window));
  view.setMarkers(0, static_cast<double>(view.range().end_ns));
  const QStringList lines = page.markersText().split(QLatin1Char('\n'));
  ASSERT_EQ(lines.size(), 5)
      << page.markersText().toStdString();  // the time, the sum of two runs, these, the run after
  double sum_ns = 0;
  for (const std::size_t run : {0U, 1U}) {
    const auto& events = *view.run(run).waits->events;
    double wait_ns = 0;
    for (std::size_t event = 0; event < events.size(); ++event)
      wait_ns += static_cast<double>(events.wait_ns[event]) * events.weight[event];
    EXPECT_TRUE(lines[static_cast<qsizetype>(run) + 2].contains(ns(wait_ns))) << run;
    sum_ns += wait_ns;
  }
  EXPECT_TRUE(lines[1].startsWith(QStringLiteral("before, 2 runs: "))) << lines[1].toStdString();
  EXPECT_TRUE(lines[1].contains(ns(sum_ns))) << lines[1].toStdString();
  EXPECT_TRUE(lines[4].startsWith(QStringLiteral("after: ")));
  EXPECT_EQ(view.run(0).waits->groups, view.run(2).waits->groups);
}

TEST(TimelineRuns, are_all_searched) {
  const auto window = openExample();
  TimelinePage& page = timelineOf(*window);
  mark(*page.runs(0), {1});
  ASSERT_TRUE(waitUntilSettled(*window));
  const TimelineView& view = *page.view();
  page.search()->setText(QStringLiteral("inet_csk_accept"));
  const std::size_t all = page.foundText().section(QLatin1Char(' '), 0, 0).remove(QLatin1Char(',')).toULongLong();
  ASSERT_GT(all, 0U) << page.foundText().toStdString();
  page.view()->choose(ChosenWait{0, waitsOf(view, 0) - 1});
  QTest::keyClick(page.search(), Qt::Key_Return);
  ASSERT_TRUE(view.chosenWait());
  EXPECT_EQ(view.chosenWait()->run, 1U) << "behind the last of a run comes the first of the next";
  QTest::keyClick(page.search(), Qt::Key_Return, Qt::ShiftModifier);
  page.view()->choose(ChosenWait{1, 0});
  page.search()->setText(QStringLiteral("no such thing"));
  QTest::keyClick(page.search(), Qt::Key_Return);
  EXPECT_EQ(page.foundText(), QStringLiteral("in no wait that is shown"));
}

TEST(TimelineRuns, are_kept_by_a_session_and_old_sessions_have_one_of_each_side) {
  const QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("view.socklock"));
  {
    const auto window = openExample();
    TimelinePage& page = timelineOf(*window);
    mark(*page.runs(0), {2, 5});
    ASSERT_TRUE(waitUntilSettled(*window));
    page.view()->setRange(1e9, 1.5e9);
    ASSERT_TRUE(window->saveSessionTo(file));
  }
  {
    const auto window = openRuns({file});
    ASSERT_EQ(window->pageId(), QStringLiteral("timeline"));
    const TimelinePage& page = partOf<TimelinePage>(*window);
    EXPECT_EQ(page.runs(0)->chosen(), (std::vector<std::size_t>{0, 2, 5}));
    EXPECT_EQ(page.runs(1)->chosen(), std::vector<std::size_t>{0});
    EXPECT_EQ(page.view()->runCount(), 4U);
    EXPECT_EQ(page.view()->range(), (analyzer::TimeRange{1'000'000'000, 1'500'000'000}));
  }
  // As version 0.1 kept them.
  QFile in(file);
  ASSERT_TRUE(in.open(QIODevice::ReadOnly));
  QJsonObject session = QJsonDocument::fromJson(in.readAll()).object();
  in.close();
  QJsonObject states = session[QStringLiteral("states")].toObject();
  QJsonObject state = states[QStringLiteral("timeline")].toObject();
  state[QStringLiteral("runs")] = QJsonArray{3, 1};
  states[QStringLiteral("timeline")] = state;
  session[QStringLiteral("states")] = states;
  QFile out(file);
  ASSERT_TRUE(out.open(QIODevice::WriteOnly));
  out.write(QJsonDocument(session).toJson());
  out.close();
  const auto window = openRuns({file});
  const TimelinePage& page = partOf<TimelinePage>(*window);
  EXPECT_EQ(page.runs(0)->chosen(), std::vector<std::size_t>{3});
  EXPECT_EQ(page.runs(1)->chosen(), std::vector<std::size_t>{1});
}

TEST(TimelineRuns, are_found_by_a_moment) {
  const auto window = openExample();
  TimelinePage& page = timelineOf(*window);
  const auto& paths = window->session().findings()->runs->before_paths;
  mark(*page.runs(0), {1});
  ASSERT_TRUE(waitUntilSettled(*window));
  const auto& events = *page.view()->run(1).waits->events;
  const std::uint64_t end_ns = events.end_ns[7], begin_ns = end_ns - events.wait_ns[7];
  page.showMoment(QString::fromStdString(paths[1]), begin_ns, end_ns);
  ASSERT_TRUE(waitUntilSettled(*window));
  EXPECT_EQ(page.view()->chosenWait(), (ChosenWait{1, 7}));
  EXPECT_EQ(page.view()->runCount(), 3U);
  // One that is not shown joins them, for several are; where one is, it takes its place.
  page.showMoment(QString::fromStdString(paths[5]), begin_ns, end_ns);
  ASSERT_TRUE(waitUntilSettled(*window));
  EXPECT_EQ(page.runs(0)->chosen(), (std::vector<std::size_t>{0, 1, 5}));
  EXPECT_LE(page.view()->range().begin_ns, begin_ns);
  const auto& after = window->session().findings()->runs->after_paths;
  page.showMoment(QString::fromStdString(after[2]), begin_ns, end_ns);
  ASSERT_TRUE(waitUntilSettled(*window));
  EXPECT_EQ(page.runs(1)->chosen(), std::vector<std::size_t>{2});
}

TEST(TimelineRuns, that_are_left_out_go_and_the_others_stay) {
  const auto window = openExample();
  TimelinePage& page = timelineOf(*window);
  mark(*page.runs(0), {1, 2});
  ASSERT_TRUE(waitUntilSettled(*window));
  Question question = window->session().question();
  question.left_out = {window->session().findings()->runs->before_paths[1]};
  window->session().change(question, QStringLiteral("leave out a run"));
  ASSERT_TRUE(waitUntilSettled(*window));
  EXPECT_EQ(page.runs(0)->count(), 5U);
  ASSERT_EQ(page.view()->runCount(), 3U);
  EXPECT_TRUE(page.view()->run(0).title.endsWith(QStringLiteral("before-1.slk")));
  EXPECT_TRUE(page.view()->run(1).title.endsWith(QStringLiteral("before-3.slk")));
}

TEST(TimelineRuns, of_one_file_are_each_a_band) {
  const QString run = exampleRuns(QStringLiteral("before")).front();
  const auto window = openRuns({run, run}, {run});
  TimelinePage& page = timelineOf(*window);
  TimelineView& view = *page.view();
  ASSERT_EQ(view.runCount(), 2U);
  EXPECT_EQ(view.run(0).waits, view.run(1).waits);
  view.choose(ChosenWait{1, 3});
  EXPECT_EQ(page.events()->waitAt(page.table()->currentIndex().row()), (ChosenWait{1, 3}));
  if (page.runs(0)->count() < 2) return;  // the session takes a run once
  mark(*page.runs(0), {1});
  ASSERT_TRUE(waitUntilSettled(*window));
  ASSERT_EQ(view.runCount(), 3U);
  EXPECT_NE(page.runs(0)->name(0), page.runs(0)->name(1));
  EXPECT_EQ(view.chosenWait(), (ChosenWait{2, 3})) << "of the side after, as it was";
}

TEST(TimelineRuns, without_single_waits_say_so_beside_others) {
  const auto window = openRuns({exampleRuns(QStringLiteral("before")).front(),
                                QStringLiteral(SOCKLOCK_SOURCE "/tests/golden/inputs/lock_stat.txt")});
  TimelinePage& page = timelineOf(*window);
  ASSERT_EQ(page.runs(0)->count(), 2U);
  mark(*page.runs(0), {1});
  ASSERT_TRUE(waitUntilSettled(*window));
  TimelineView& view = *page.view();
  ASSERT_EQ(view.runCount(), 2U);
  EXPECT_EQ(waitsOf(view, 1), 0U);
  EXPECT_TRUE(page.words().contains(QStringLiteral("without single waits: "))) << page.words().toStdString();
  EXPECT_FALSE(view.grab().isNull());
  view.setMarkers(0, 1e9);
  EXPECT_TRUE(page.markersText().contains(QStringLiteral("all 2 runs: "))) << page.markersText().toStdString();
  QTest::keyClick(page.runs(0), Qt::Key_Down);
  page.runs(0)->list()->setCurrentRow(1);
  QTest::keyClick(page.runs(0)->list(), Qt::Key_Return);
  ASSERT_TRUE(waitUntilSettled(*window));
  EXPECT_EQ(page.words(), QStringLiteral("this trace holds no single waits, only summaries"));
  // Nor has it an axis of a nanosecond.
  const QImage picture = view.grab().toImage();
  for (int x = 1; x < picture.width(); ++x)
    ASSERT_EQ(picture.pixel(x, picture.height() - view.fontMetrics().height() / 2),
              picture.pixel(0, picture.height() - view.fontMetrics().height() / 2))
        << x;
}

TEST(TimelineRuns, are_more_than_there_is_room_for_and_scroll) {
  const QTemporaryDir folder;
  const auto window = openRuns(copies(folder, 20));
  TimelinePage& page = timelineOf(*window);
  TimelineView& view = *page.view();
  EXPECT_EQ(view.scrollBar()->maximum(), 0);
  EXPECT_FALSE(view.scrollBar()->isVisible());
  page.runs(0)->open();
  page.runs(0)->all()->click();
  EXPECT_EQ(page.runs(0)->text(), QStringLiteral("all 20 runs"));
  QTest::keyClick(page.runs(0)->list(), Qt::Key_Escape);
  ASSERT_TRUE(waitUntilSettled(*window));
  ASSERT_EQ(view.runCount(), 20U);
  EXPECT_TRUE(view.scrollBar()->isVisible());
  EXPECT_GT(view.scrollBar()->maximum(), 500);
  EXPECT_GT(view.placeOf({19, 0}).y(), view.height());
  QTest::keyClick(&view, Qt::Key_PageDown);
  const int after_a_page = view.scrollBar()->value();
  EXPECT_GT(after_a_page, 0);
  const auto whole = view.range();
  const QPointF at_names(5, view.height() / 2.0);
  QWheelEvent wheel(at_names, view.mapToGlobal(at_names), {}, {0, -120}, Qt::NoButton, {}, Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(&view, &wheel);
  EXPECT_GT(view.scrollBar()->value(), after_a_page);
  EXPECT_EQ(view.range(), whole) << "the wheel over names of lanes scrolls";
  // What is chosen comes into sight, and a click hits what is seen there.
  page.table()->selectRow(page.events()->rowCount() - 1);
  ASSERT_TRUE(view.chosenWait());
  EXPECT_EQ(view.chosenWait()->run, 19U);
  const QPointF place = view.placeOf(*view.chosenWait());
  EXPECT_GT(place.y(), 0);
  EXPECT_LT(place.y(), view.height());
  EXPECT_EQ(view.scrollBar()->value(), view.scrollBar()->maximum());
  QTest::mouseClick(&view, Qt::LeftButton, {}, place.toPoint());
  ASSERT_TRUE(view.chosenWait());
  EXPECT_EQ(view.chosenWait()->run, 19U);
  view.setMarkers(0, 1e9);
  EXPECT_EQ(page.markersText().count(QLatin1Char('\n')), 21);
  layOut();
  EXPECT_GT(view.height(), 150) << "sums of 20 runs leave no room for the runs";
  expectPicture(*window, QStringLiteral("runs-20"));
}

TEST(TimelineRuns, of_a_side_are_marked_together_by_a_stretch_of_that_side) {
  const auto window = openExample();
  TimelinePage& page = timelineOf(*window);
  mark(*page.runs(0), {1});
  ASSERT_TRUE(waitUntilSettled(*window));
  TimelineView& view = *page.view();
  int side = -2;
  QObject::connect(&view, &TimelineView::rangeSelected, [&side](const analyzer::TimeRange&, int of) { side = of; });
  const auto drag = [&view](int y) {
    QTest::mousePress(&view, Qt::LeftButton, Qt::ShiftModifier, {view.width() / 2, y});
    QTest::mouseMove(&view, {view.width() / 2 + 60, y});
    QTest::mouseRelease(&view, Qt::LeftButton, Qt::ShiftModifier, {view.width() / 2 + 60, y});
  };
  drag(view.height() / 2);  // the second run of three
  EXPECT_EQ(side, 0);
  ASSERT_TRUE(waitUntilSettled(*window));
  EXPECT_EQ(view.runCount(), 3U) << "a stretch changes nothing of which runs are shown";
  drag(view.height() * 3 / 4);
  EXPECT_EQ(side, 1);
  ASSERT_TRUE(waitUntilSettled(*window));
}

TEST(TimelineRuns, keep_the_zoom_when_one_more_is_shown) {
  const auto window = openExample();
  TimelinePage& page = timelineOf(*window);
  page.view()->setRange(1e9, 1.2e9);
  mark(*page.runs(0), {1, 2, 3, 4, 5});
  ASSERT_TRUE(waitUntilSettled(*window));
  EXPECT_EQ(page.view()->runCount(), 7U);
  EXPECT_EQ(page.view()->range(), (analyzer::TimeRange{1'000'000'000, 1'200'000'000}));
  EXPECT_TRUE(page.runs(0)->isVisible());
  expectPicture(*window, QStringLiteral("runs-7"));
}

TEST(RunChooser, names_runs_so_that_they_can_be_told_apart) {
  EXPECT_EQ(runNames({QStringLiteral("/a/x/1.slk"), QStringLiteral("/a/x/2.slk")}),
            (QStringList{QStringLiteral("1.slk"), QStringLiteral("2.slk")}));
  EXPECT_EQ(runNames({QStringLiteral("/a/x/run.slk"), QStringLiteral("/a/y/run.slk"), QStringLiteral("/b/y/run.slk"),
                      QStringLiteral("/b/y/run.slk")}),
            (QStringList{QStringLiteral("x/run.slk"), QStringLiteral("y/run.slk"), QStringLiteral("y/run.slk (2)"),
                         QStringLiteral("y/run.slk (3)")}));
}

}  // namespace
}  // namespace socklock::gui
