// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QWheelEvent>

#include "analyzer/label/labelled_run.h"
#include "gui/models/event_model.h"
#include "gui/views/timeline_page.h"
#include "gui/views/timeline_view.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

std::unique_ptr<MainWindow> openTimeline() {
  auto window = openExample();
  EXPECT_TRUE(window->showPage(QStringLiteral("time-line")));
  EXPECT_TRUE(QTest::qWaitFor([&window] { return !window->timeline()->isBusy(); }, 60'000));
  return window;
}

void turnWheel(TimelineView& view, int steps, Qt::KeyboardModifiers keys = {}) {
  const QPointF at(view.width() / 2.0, view.height() / 2.0);
  QWheelEvent event(at, view.mapToGlobal(at), {}, {0, 120 * steps}, Qt::NoButton, keys, Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(&view, &event);
}

TEST(Timeline, holds_every_single_wait_of_the_run) {
  const auto window = openTimeline();
  const TimelineDataPtr data = window->timeline()->events()->timeline();
  ASSERT_NE(data, nullptr);
  EXPECT_EQ(data->events->size(), window->session().findings()->runs->before.front().run.events);
  EXPECT_EQ(window->timeline()->events()->rowCount(), static_cast<int>(data->events->size()));
  EXPECT_LE(data->events->bytes(), 60 * data->events->size());
}

TEST(Timeline, table_follows_zoom_and_keeps_the_rules_of_models) {
  const auto window = openTimeline();
  EventModel& events = *window->timeline()->events();
  const QAbstractItemModelTester tester(&events, QAbstractItemModelTester::FailureReportingMode::Fatal);
  TimelineView& view = *window->timeline()->view();
  const int all = events.rowCount();
  const auto whole = view.range();
  turnWheel(view, 6);
  EXPECT_LT(view.range().end_ns - view.range().begin_ns, whole.end_ns - whole.begin_ns);
  EXPECT_TRUE(QTest::qWaitFor([&] { return events.rowCount() < all; }, 60'000));
  const auto zoomed = view.range();
  QTest::keyClick(&view, Qt::Key_D);
  EXPECT_GT(view.range().begin_ns, zoomed.begin_ns);
  turnWheel(view, 1, Qt::ShiftModifier);
  EXPECT_EQ(view.range().end_ns - view.range().begin_ns, zoomed.end_ns - zoomed.begin_ns);
  QTest::keyClick(&view, Qt::Key_Home);
  EXPECT_EQ(view.range(), whole);
  EXPECT_TRUE(QTest::qWaitFor([&] { return events.rowCount() == all; }, 60'000));
  EXPECT_TRUE(window->session().question().filter.is_empty());
}

TEST(Timeline, dragging_selects_whole_intervals_and_filters_every_view) {
  const auto window = openTimeline();
  TimelineView& view = *window->timeline()->view();
  const QSignalSpy selected(window->timeline(), &TimelinePage::rangeSelected);
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

TEST(Timeline, gives_lanes_to_the_threads_that_waited_longest) {
  const auto window = openTimeline();
  TimelineView& view = *window->timeline()->view();
  EXPECT_EQ(view.laneNames(0).front(), "CPU 0");
  auto* const lanes = window->timeline()->findChild<QComboBox*>(QStringLiteral("lanes"));
  ASSERT_NE(lanes, nullptr);
  lanes->setCurrentIndex(1);
  const TimelineData& data = *window->timeline()->events()->timeline();
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
  const TimelineDataPtr data = window->timeline()->events()->timeline();
  const auto order = longestFirst(*data, window->timeline()->view()->range());
  ASSERT_EQ(order.size(), data->events->size());
  for (std::size_t i = 1; i < order.size(); ++i)
    EXPECT_GE(data->events->wait_ns[order[i - 1]], data->events->wait_ns[order[i]]);
}

TEST(Timeline, shows_only_waits_that_meet_the_filter) {
  const auto window = openTimeline();
  const int all = window->timeline()->events()->rowCount();
  analyzer::Filter filter;
  filter.lock_class = "mmap_lock";
  window->session().setFilter(filter, QStringLiteral("mmap_lock"));
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  ASSERT_TRUE(QTest::qWaitFor([&window] { return !window->timeline()->isBusy(); }, 60'000));
  EventModel& events = *window->timeline()->events();
  EXPECT_LT(events.rowCount(), all);
  for (int row = 0; row < events.rowCount(); ++row)
    EXPECT_EQ(events.index(row, EventModel::kClass).data().toString(), QStringLiteral("mmap_lock"));
}

}  // namespace
}  // namespace socklock::gui
