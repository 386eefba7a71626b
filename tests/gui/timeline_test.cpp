// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QWheelEvent>
#include <algorithm>

#include "analyzer/label/labelled_run.h"
#include "gui/models/event_model.h"
#include "gui/views/message_bar.h"
#include "gui/views/timeline_page.h"
#include "gui/views/timeline_view.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

std::unique_ptr<MainWindow> openTimeline() {
  auto window = openExample();
  EXPECT_TRUE(window->showPage(QStringLiteral("timeline")));
  EXPECT_TRUE(waitUntilSettled(*window));
  return window;
}

void turnWheel(TimelineView& view, int steps, Qt::KeyboardModifiers keys = {}) {
  const QPointF at(view.width() / 2.0, view.height() / 2.0);
  QWheelEvent event(at, view.mapToGlobal(at), {}, {0, 120 * steps}, Qt::NoButton, keys, Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(&view, &event);
}

TEST(Timeline, holds_every_single_wait_of_the_run) {
  const auto window = openTimeline();
  const TimelineDataPtr data = partOf<TimelinePage>(*window).events()->timeline();
  ASSERT_NE(data, nullptr);
  EXPECT_EQ(data->events->size(), window->session().findings()->runs->before.front().run.events);
  EXPECT_EQ(partOf<TimelinePage>(*window).events()->rowCount(), static_cast<int>(data->events->size()));
  EXPECT_LE(data->events->bytes(), 60 * data->events->size());
}

TEST(Timeline, table_follows_zoom_and_keeps_the_rules_of_models) {
  const auto window = openTimeline();
  EventModel& events = *partOf<TimelinePage>(*window).events();
  const QAbstractItemModelTester tester(&events, QAbstractItemModelTester::FailureReportingMode::Fatal);
  TimelineView& view = *partOf<TimelinePage>(*window).view();
  const int all = events.rowCount();
  const auto whole = view.range();
  turnWheel(view, 6);
  EXPECT_LT(view.range().end_ns - view.range().begin_ns, whole.end_ns - whole.begin_ns);
  EXPECT_TRUE(eventually([&] { return events.rowCount() < all; }));
  const auto zoomed = view.range();
  QTest::keyClick(&view, Qt::Key_D);
  EXPECT_GT(view.range().begin_ns, zoomed.begin_ns);
  turnWheel(view, 1, Qt::ShiftModifier);
  EXPECT_EQ(view.range().end_ns - view.range().begin_ns, zoomed.end_ns - zoomed.begin_ns);
  QTest::keyClick(&view, Qt::Key_Home);
  EXPECT_EQ(view.range(), whole);
  EXPECT_TRUE(eventually([&] { return events.rowCount() == all; }));
  EXPECT_TRUE(window->session().question().filter.is_empty());
}

TEST(Timeline, dragging_selects_whole_intervals_and_filters_every_view) {
  const auto window = openTimeline();
  TimelineView& view = *partOf<TimelinePage>(*window).view();
  const QSignalSpy selected(&partOf<TimelinePage>(*window), &TimelinePage::asked);
  const QPoint from(view.width() / 2, 60), to(view.width() / 2 + 40, 60);
  QTest::mousePress(&view, Qt::LeftButton, {}, from);
  QTest::mouseMove(&view, to);
  QTest::mouseRelease(&view, Qt::LeftButton, {}, to);
  ASSERT_EQ(selected.count(), 1);
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  const auto& findings = *window->session().findings();
  ASSERT_TRUE(findings.question.filter.range);
  const auto whole = answerTo(exampleQuestion());
  EXPECT_LT(findings.comparison.before.seconds, whole->comparison.before.seconds);
  EXPECT_GT(findings.comparison.before.seconds, 0);
  EXPECT_LT(findings.comparison.before.work, whole->comparison.before.work);
}

// On the recordings on which a view of 1 µs said 81 440 waiters, of 16 threads.
TEST(Timeline, never_shows_more_waiters_than_there_are_at_any_zoom) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.resize(1280, 860);
  window.show();
  window.open(caseRuns(QStringLiteral("pressure/6.1")).mid(0, 1), caseRuns(QStringLiteral("pressure/7.2")).mid(0, 1));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  ASSERT_TRUE(window.showPage(QStringLiteral("timeline")));
  TimelinePage& page = partOf<TimelinePage>(window);
  ASSERT_TRUE(waitUntilSettled(window));
  const double most = page.events()->timeline()->most_waiters;
  EXPECT_LT(most, 200);
  TimelineView& view = *page.view();
  double largest = 0;
  for (auto span = static_cast<double>(view.range().end_ns); span > 100; span /= 7)
    for (const double begin : {0.5e9, 3.56e9, 3.561234e9}) {
      view.setRange(begin, begin + span);
      largest = std::max(largest, view.largest());
      ASSERT_LE(view.largest(), most) << begin << " + " << span;
    }
  EXPECT_GE(largest, 1);
}

TEST(Timeline, draws_and_lists_a_wait_that_only_overlaps_the_view) {
  const auto window = openTimeline();
  TimelinePage& page = partOf<TimelinePage>(*window);
  const TimelineDataPtr data = page.events()->timeline();
  const auto& events = *data->events;
  const std::size_t longest =
      static_cast<std::size_t>(std::max_element(events.wait_ns.begin(), events.wait_ns.end()) - events.wait_ns.begin());
  const double middle = static_cast<double>(events.end_ns[longest]) - static_cast<double>(events.wait_ns[longest]) / 2;
  page.view()->setRange(middle, middle + 200);
  ASSERT_TRUE(waitUntilSettled(*window));
  bool is_listed = false;
  for (int row = 0; row < page.events()->rowCount(); ++row)
    is_listed = is_listed || page.events()->eventAt(row) == longest;
  EXPECT_TRUE(is_listed);
  EXPECT_GE(page.view()->largest(), 0.99);
  const auto longest_first = longestFirst(*data, page.view()->range());
  ASSERT_FALSE(longest_first.empty());
  EXPECT_EQ(longest_first.front(), longest);
}

// One of the runs has intervals of 4 s and the others shorter ones: each has one in what is selected.
TEST(Timeline, dragging_answers_on_runs_of_any_intervals_and_a_step_that_fails_is_no_step) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.resize(1280, 860);
  window.show();
  window.open(caseRuns(QStringLiteral("pressure/6.1")), caseRuns(QStringLiteral("pressure/7.2")));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  ASSERT_TRUE(window.showPage(QStringLiteral("timeline")));
  TimelineView& view = *partOf<TimelinePage>(window).view();
  Q_EMIT view.rangeSelected({3'000'000'000, 5'000'000'000});
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  EXPECT_FALSE(window.messageBar()->isVisible()) << qPrintable(window.messageBar()->text());
  ASSERT_TRUE(window.session().findings()->question.filter.range);
  const int steps = window.session().undoStack()->count();
  analyzer::Filter beyond;
  beyond.range = analyzer::TimeRange{900'000'000'000, 901'000'000'000};
  window.session().setFilter(beyond, QStringLiteral("beyond the end"));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  EXPECT_TRUE(window.messageBar()->isVisible());
  EXPECT_FALSE(window.messageBar()->text().contains(QStringLiteral("--")));
  EXPECT_EQ(window.session().undoStack()->count(), steps);
  EXPECT_TRUE(window.session().question() == window.session().findings()->question);
  window.session().undoStack()->undo();
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  EXPECT_FALSE(window.session().findings()->question.filter.range);
  EXPECT_FALSE(window.messageBar()->isVisible());
}

TEST(Timeline, gives_lanes_to_the_threads_that_waited_longest) {
  const auto window = openTimeline();
  TimelineView& view = *partOf<TimelinePage>(*window).view();
  EXPECT_EQ(view.laneNames(0).front(), "CPU 0");
  auto* const lanes = partOf<TimelinePage>(*window).findChild<QComboBox*>(QStringLiteral("lanes"));
  ASSERT_NE(lanes, nullptr);
  lanes->setCurrentIndex(1);
  const TimelineData& data = *partOf<TimelinePage>(*window).events()->timeline();
  const auto names = view.laneNames(0);
  ASSERT_GT(names.size(), 2U);
  ASSERT_LE(names.size(), kThreadLanes + 1);
  const auto cells = data.threads.waits->picture({0, data.endNs()}, 1);
  std::uint64_t in_lanes = 0, in_run = 0;
  for (const auto& cell : cells) in_lanes += cell.count;
  for (const std::uint32_t weight : data.events->weight) in_run += weight;
  EXPECT_EQ(in_lanes, in_run);
  for (std::size_t lane = 1; lane < std::min(names.size(), kThreadLanes); ++lane)
    EXPECT_GE(cells[lane - 1].wait_ns, cells[lane].wait_ns);
  EXPECT_TRUE(window->grab().save(QStringLiteral(SOCKLOCK_SCREENSHOTS "/threads-light.png")));
}

TEST(Timeline, shows_the_longest_waits_first_when_asked) {
  const auto window = openTimeline();
  const TimelineDataPtr data = partOf<TimelinePage>(*window).events()->timeline();
  const auto order = longestFirst(*data, partOf<TimelinePage>(*window).view()->range());
  ASSERT_EQ(order.size(), data->events->size());
  for (std::size_t i = 1; i < order.size(); ++i)
    EXPECT_GE(data->events->wait_ns[order[i - 1]], data->events->wait_ns[order[i]]);
}

TEST(Timeline, shows_only_waits_that_meet_the_filter) {
  const auto window = openTimeline();
  const int all = partOf<TimelinePage>(*window).events()->rowCount();
  analyzer::Filter filter;
  filter.lock_class = "mmap_lock";
  window->session().setFilter(filter, QStringLiteral("mmap_lock"));
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  ASSERT_TRUE(waitUntilSettled(*window));
  EventModel& events = *partOf<TimelinePage>(*window).events();
  EXPECT_LT(events.rowCount(), all);
  for (int row = 0; row < events.rowCount(); ++row)
    EXPECT_EQ(events.index(row, EventModel::kClass).data().toString(), QStringLiteral("mmap_lock"));
}

}  // namespace
}  // namespace socklock::gui
