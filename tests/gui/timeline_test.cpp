// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QWheelEvent>
#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_events.h"
#include "gui/models/event_model.h"
#include "gui/models/text.h"
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

std::size_t longestEvent(const TimelineData& data) {
  const analyzer::WaitColumn& wait_ns = data.events->wait_ns;
  std::size_t longest = 0;
  for (std::size_t event = 1; event < wait_ns.size(); ++event)
    if (wait_ns[event] > wait_ns[longest]) longest = event;
  return longest;
}

TEST(Timeline, draws_and_lists_a_wait_that_only_overlaps_the_view) {
  const auto window = openTimeline();
  TimelinePage& page = partOf<TimelinePage>(*window);
  const TimelineDataPtr data = page.events()->timeline();
  const auto& events = *data->events;
  const std::size_t longest = longestEvent(*data);
  const double middle = static_cast<double>(events.end_ns[longest]) - static_cast<double>(events.wait_ns[longest]) / 2;
  page.view()->setRange(middle, middle + 200);
  ASSERT_TRUE(waitUntilSettled(*window));
  bool is_listed = false;
  for (int row = 0; row < page.events()->rowCount(); ++row)
    is_listed = is_listed || page.events()->eventAt(row) == longest;
  EXPECT_TRUE(is_listed);
  EXPECT_GE(page.view()->largest(), 0.99);
  const auto longest_first = longestFirst(page.events()->runs(), page.view()->range());
  ASSERT_FALSE(longest_first.empty());
  EXPECT_EQ(longest_first.front().event, longest);
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
  const auto cells = data.lanes(LanesOf::kThread).waits->picture({0, data.endNs()}, 1);
  std::uint64_t in_lanes = 0, in_run = 0;
  for (const auto& cell : cells) in_lanes += cell.count;
  for (std::size_t event = 0; event < data.events->size(); ++event) in_run += data.events->weight[event];
  EXPECT_EQ(in_lanes, in_run);
  for (std::size_t lane = 1; lane < std::min(names.size(), kThreadLanes); ++lane)
    EXPECT_GE(cells[lane - 1].wait_ns, cells[lane].wait_ns);
  EXPECT_TRUE(window->grab().save(QStringLiteral(SOCKLOCK_SCREENSHOTS "/threads-light.png")));
}

TEST(Timeline, shows_the_longest_waits_first_when_asked) {
  const auto window = openTimeline();
  const TimelineDataPtr data = partOf<TimelinePage>(*window).events()->timeline();
  const auto order =
      longestFirst(partOf<TimelinePage>(*window).events()->runs(), partOf<TimelinePage>(*window).view()->range());
  ASSERT_EQ(order.size(), data->events->size());
  for (std::size_t i = 1; i < order.size(); ++i)
    EXPECT_GE(data->events->wait_ns[order[i - 1].event], data->events->wait_ns[order[i].event]);
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

TEST(Timeline, a_click_on_a_wait_shows_its_stack_and_its_row) {
  const auto window = openTimeline();
  TimelinePage& page = partOf<TimelinePage>(*window);
  TimelineView& view = *page.view();
  const TimelineDataPtr data = page.events()->timeline();
  const ChosenWait longest{0, longestEvent(*data)};
  const QSignalSpy filtered(&page, &TimelinePage::asked);
  QTest::mouseClick(&view, Qt::LeftButton, {}, view.placeOf(longest).toPoint());
  ASSERT_TRUE(view.chosenWait());
  EXPECT_EQ(*view.chosenWait(), longest);
  EXPECT_EQ(filtered.count(), 0);
  ASSERT_TRUE(page.table()->currentIndex().isValid());
  EXPECT_EQ(page.events()->eventAt(page.table()->currentIndex().row()), longest.event);
  const auto& events = *data->events;
  const std::string taker = events.dictionaries().at(events.labels_of(longest.event).taker).symbol;
  EXPECT_TRUE(page.details().contains(QString::fromStdString(taker))) << qPrintable(page.details());
  EXPECT_TRUE(page.details().contains(QStringLiteral("CPU %1").arg(events.cpu[longest.event])));
  EXPECT_TRUE(window->grab().save(QStringLiteral(SOCKLOCK_SCREENSHOTS "/wait-light.png")));
}

TEST(Timeline, a_row_marks_its_wait_and_brings_it_into_view) {
  const auto window = openTimeline();
  TimelinePage& page = partOf<TimelinePage>(*window);
  const int last = page.events()->rowCount() - 1;
  const std::size_t event = page.events()->eventAt(last);
  page.table()->selectRow(last);
  ASSERT_TRUE(page.view()->chosenWait());
  EXPECT_EQ(page.view()->chosenWait()->event, event);
  EXPECT_FALSE(page.details().isEmpty());
  // Elsewhere: it is looked up again, and the next one of its lane is chosen by a key.
  page.view()->setRange(0, 1e6);
  page.view()->setChosen(ChosenWait{0, event});
  EXPECT_LE(page.view()->range().begin_ns, page.events()->timeline()->events->end_ns[event]);
  EXPECT_GE(page.view()->range().end_ns, page.events()->timeline()->events->end_ns[event]);
  QTest::keyClick(page.view(), Qt::Key_P);
  ASSERT_TRUE(page.view()->chosenWait());
  EXPECT_LT(page.view()->chosenWait()->event, event);
  QTest::keyClick(page.view(), Qt::Key_N);
  EXPECT_EQ(page.view()->chosenWait()->event, event);
}

TEST(Timeline, markers_say_the_time_and_the_sums_between_them) {
  const auto window = openTimeline();
  TimelinePage& page = partOf<TimelinePage>(*window);
  TimelineView& view = *page.view();
  const auto end = static_cast<double>(view.range().end_ns);
  view.setMarkers(0, std::nullopt);
  EXPECT_TRUE(page.markersText().isEmpty());
  view.setMarkers(end, 0);
  ASSERT_FALSE(page.markersText().isEmpty());
  // All of the run lies between them.
  const TimelineData& data = *page.events()->timeline();
  double wait_ns = 0, waits = 0;
  for (std::size_t event = 0; event < data.events->size(); ++event) {
    wait_ns += static_cast<double>(data.events->wait_ns[event]) * data.events->weight[event];
    waits += data.events->weight[event];
  }
  EXPECT_TRUE(page.markersText().contains(count(waits))) << qPrintable(page.markersText());
  EXPECT_TRUE(page.markersText().contains(ns(wait_ns))) << qPrintable(page.markersText());
  EXPECT_EQ(page.markersText().count(QLatin1Char('\n')), 2);  // the time, and each side
  QTest::keyClick(&view, Qt::Key_Escape);
  EXPECT_TRUE(page.markersText().isEmpty());
}

TEST(Timeline, lanes_are_of_classes_too_are_sorted_and_pinned) {
  const auto window = openTimeline();
  TimelinePage& page = partOf<TimelinePage>(*window);
  TimelineView& view = *page.view();
  page.findChild<QComboBox*>(QStringLiteral("lanes"))->setCurrentIndex(2);
  const TimelineData& data = *page.events()->timeline();
  const auto by_wait = view.laneNames(0);
  ASSERT_GE(by_wait.size(), 2U);
  for (std::size_t event = 0; event < data.events->size(); ++event) {
    const std::string& name = data.taxonomy.at(data.events->labels_of(event).lock_class).name;
    const std::string& lane = data.lanes(LanesOf::kClass).names[data.laneOf(LanesOf::kClass, event)];
    ASSERT_TRUE(lane == name || lane.ends_with("others")) << lane << ", " << name;
  }
  page.findChild<QComboBox*>(QStringLiteral("lane_order"))->setCurrentIndex(2);
  const auto by_name = view.laneNames(0);
  EXPECT_TRUE(std::is_sorted(by_name.begin(), by_name.end()));
  view.pinLane(by_name.back(), true);
  EXPECT_EQ(view.laneNames(0).front(), by_name.back());
  EXPECT_EQ(view.laneNames(0).size(), by_name.size());
  view.pinLane(by_name.back(), false);
  EXPECT_EQ(view.laneNames(0), by_name);
}

TEST(Timeline, a_stretch_of_one_side_leaves_the_other_whole) {
  const auto window = openTimeline();
  const auto whole = window->session().findings();
  Q_EMIT partOf<TimelinePage>(*window).view()->rangeSelected({0, 1'000'000}, 1);
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  const auto& findings = *window->session().findings();
  EXPECT_FALSE(findings.question.filter.range);
  ASSERT_TRUE(findings.question.filter.range_after);
  EXPECT_EQ(findings.comparison.before.seconds, whole->comparison.before.seconds);
  EXPECT_LT(findings.comparison.after.seconds, whole->comparison.after.seconds);
  Q_EMIT partOf<TimelinePage>(*window).view()->rangeSelected({0, 1'000'000}, 0);
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  EXPECT_LT(window->session().findings()->comparison.before.seconds, whole->comparison.before.seconds);
  EXPECT_EQ(window->session().findings()->comparison.after.seconds, findings.comparison.after.seconds);
}

TEST(Timeline, classes_keep_their_colours_whatever_the_filter) {
  const auto window = openTimeline();
  const auto before = partOf<TimelinePage>(*window).events()->timeline()->groups;
  analyzer::Filter filter;
  filter.lock_class = before[2];
  window->session().setFilter(filter, QStringLiteral("one class"));
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  ASSERT_TRUE(QTest::qWaitFor([&window] { return window->isSettled(); }, 60'000));
  EXPECT_EQ(partOf<TimelinePage>(*window).events()->timeline()->groups, before);
}

TEST(Timeline, is_below_every_page_when_wanted_and_shares_its_waits) {
  const auto window = openTimeline();
  const EventsPtr events = partOf<TimelinePage>(*window).events()->timeline()->events;
  ASSERT_TRUE(window->showPage(QStringLiteral("comparison")));
  window->showTimelineDock(true);
  ASSERT_NE(window->dockedTimeline(), nullptr);
  ASSERT_TRUE(QTest::qWaitFor([&window] { return window->isSettled(); }, 60'000));
  EXPECT_TRUE(window->dockedTimeline()->isVisible());
  EXPECT_FALSE(window->dockedTimeline()->table()->isVisible());
  EXPECT_EQ(window->dockedTimeline()->events()->timeline()->events, events);
  EXPECT_TRUE(window->grab().save(QStringLiteral(SOCKLOCK_SCREENSHOTS "/dock-light.png")));
  Q_EMIT window->dockedTimeline()->view()->rangeSelected({0, 1'000'000'000});
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  EXPECT_TRUE(window->session().findings()->question.filter.range);
}

TEST(Timeline, lanes_are_chosen_by_hiding_others) {
  const auto window = openCase();  // of 4 CPUs
  ASSERT_TRUE(window->showPage(QStringLiteral("timeline")));
  ASSERT_TRUE(waitUntilSettled(*window));
  TimelineView& view = *partOf<TimelinePage>(*window).view();
  const std::vector<std::string> all = view.laneNames(0);
  ASSERT_GE(all.size(), 3U);
  const auto& data = *partOf<TimelinePage>(*window).events()->timeline();
  const auto heightOfLane = [&view, &data] {
    const auto eventOf = [&](std::uint32_t lane) {
      std::size_t event = 0;
      while (data.laneOf(LanesOf::kCpu, event) != lane) ++event;
      return event;
    };
    return view.placeOf({0, eventOf(2)}).y() - view.placeOf({0, eventOf(1)}).y();
  };
  const double was_high = heightOfLane();
  ASSERT_GT(was_high, 0);
  view.hideLane(all.front());
  // Room goes to the chart, not to lanes that are high enough.
  EXPECT_DOUBLE_EQ(heightOfLane(), was_high);
  EXPECT_EQ(view.laneNames(0), std::vector<std::string>(all.begin() + 1, all.end()));
  // A wait of a lane that is hidden has no place, and others are still where a click finds them.
  for (std::size_t event = 0; event < data.events->size(); ++event) {
    const bool is_hidden = data.lanes(LanesOf::kCpu).names[data.laneOf(LanesOf::kCpu, event)] == all.front();
    EXPECT_TRUE(!is_hidden || view.placeOf({0, event}).isNull()) << event;
  }
  EXPECT_FALSE(view.grab().isNull());
  for (const std::string& lane : all) view.hideLane(lane);
  EXPECT_EQ(view.laneNames(0).size(), 1U);
  view.showAllLanes();
  EXPECT_EQ(view.laneNames(0), all);
}

// Where only a sample of the waits has a call stack, the others are of the class of their lock, not of none.
TEST(Timeline, single_waits_without_a_stack_have_the_class_of_their_lock) {
  const auto events =
      analyzer::load_events(SOCKLOCK_SOURCE "/tests/data/real/sampled/mutexes.slk", analyzer::Taxonomy::built_in());
  ASSERT_TRUE(events);
  std::map<analyzer::LockId, std::set<analyzer::ClassId>> classes;
  std::size_t unclassified = 0;
  for (std::size_t event = 0; event < events->size(); ++event) {
    const auto& labels = events->labels_of(event);
    classes[events->lock_of(event)].insert(labels.lock_class);
    unclassified += labels.lock_class == analyzer::kUnclassified ? 1 : 0;
  }
  for (const auto& [lock, of_lock] : classes) {
    if (lock == analyzer::kNoLock || of_lock.size() != 2) continue;
    EXPECT_FALSE(of_lock.contains(analyzer::kUnclassified));
  }
  EXPECT_LT(unclassified, events->size() / 10);
}

// The bar of a load stands for all of the work, and never goes back: not where each side has a stretch of its own,
// either.
TEST(Progress, goes_on_from_nothing_to_all_in_small_steps) {
  Question question = exampleQuestion();
  for (const bool has_stretches : {false, true}) {
    if (has_stretches) {
      question.filter.range = analyzer::TimeRange{0, 1'000'000'000};
      question.filter.range_after = analyzer::TimeRange{500'000'000, 1'500'000'000};
    }
    std::vector<double> shares;
    std::mutex mutex;  // readers of several traces tell it
    RunCache cache;
    ASSERT_TRUE(answer(question, analyzer::Taxonomy::built_in(), cache, [&](double share) {
      const std::lock_guard lock(mutex);
      shares.push_back(share);
      return true;
    }));
    ASSERT_GT(shares.size(), 20U);
    double largest_step = shares.front();
    for (std::size_t i = 1; i < shares.size(); ++i) {
      // Two readers may tell in the other order what they read.
      EXPECT_GE(shares[i], shares[i - 1] - 0.05) << i;
      largest_step = std::max(largest_step, shares[i] - shares[i - 1]);
    }
    EXPECT_LT(largest_step, 0.25);
    EXPECT_NEAR(shares.back(), 1, 1e-9);
    EXPECT_LE(*std::max_element(shares.begin(), shares.end()), 1 + 1e-9);
  }
}

}  // namespace
}  // namespace socklock::gui
