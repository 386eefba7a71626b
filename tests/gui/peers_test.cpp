// SPDX-License-Identifier: GPL-2.0-or-later
// What hotspot and KernelShark can, and people who come from them look for: a search that counts and steps, a zoom with
// a way back, stacks without what is small or repeats itself, lanes of processes, bookmarks, other windows, recordings
// of perf and trace-cmd opened as they are.
#include <gtest/gtest.h>

#include <QFile>
#include <QInputDialog>
#include <QTemporaryDir>
#include <QTest>
#include <set>

#include "analyzer/compare/stack_trees.h"
#include "analyzer/label/labelled_run.h"
#include "gui/app/session_file.h"
#include "gui/jobs/import_text.h"
#include "gui/models/event_model.h"
#include "gui/views/icicle_view.h"
#include "gui/views/stacks_page.h"
#include "gui/views/timeline_page.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;
using analyzer::StackNode;

StacksPage& stacksOf(MainWindow& window) {
  EXPECT_TRUE(window.showPage(QStringLiteral("stacks")));
  layOut();
  return partOf<StacksPage>(window);
}

TEST(Stacks, count_what_a_search_finds_and_step_through_it) {
  const auto window = openExample();
  StacksPage& page = stacksOf(*window);
  IcicleView& icicle = *page.icicle();
  EXPECT_TRUE(page.foundText().isEmpty());
  page.search()->setText(QStringLiteral("accept"));
  int found = 0;
  for (std::size_t frame = 0; frame < icicle.frameCount(); ++frame)
    found += icicle.nameOf(frame).contains(QStringLiteral("accept")) ? 1 : 0;
  ASSERT_GT(found, 1);
  EXPECT_TRUE(page.foundText().startsWith(QStringLiteral("%1 found: ").arg(found))) << page.foundText().toStdString();
  for (int step = 1; step <= found; ++step) {
    QTest::keyClick(page.search(), Qt::Key_Return);
    EXPECT_TRUE(page.foundText().startsWith(QStringLiteral("%1 of %2").arg(step).arg(found)))
        << page.foundText().toStdString();
  }
  QTest::keyClick(page.search(), Qt::Key_Return);
  EXPECT_TRUE(page.foundText().startsWith(QStringLiteral("1 of ")));
  icicle.stepMatch(-1);
  EXPECT_TRUE(page.foundText().startsWith(QStringLiteral("%1 of ").arg(found)));
  page.search()->setText(QStringLiteral("no such function"));
  EXPECT_EQ(page.foundText(), QStringLiteral("not found"));
}

TEST(Stacks, sum_what_a_search_finds_once) {
  const auto owner = std::make_shared<StackNode>(
      StackNode{"all", 10, 0, {{"f", 6, 0, {{"ff", 4, 0, {}}}}, {"g", 4, 0, {{"f", 1, 0, {}}}}}});
  IcicleView icicle;
  icicle.show(owner, owner.get(), IcicleColours::kOneSide);
  icicle.setSearch(QStringLiteral("f"));
  EXPECT_EQ(icicle.matchText(), QStringLiteral("3 found: 7 ns"));
}

TEST(Stacks, zoom_back_and_forward_as_a_browser_does) {
  const auto window = openExample();
  IcicleView& icicle = *stacksOf(*window).icicle();
  ASSERT_GT(icicle.frameCount(), 3U);
  EXPECT_FALSE(icicle.canZoomBack());
  icicle.zoomTo(1);
  icicle.zoomTo(2);
  icicle.setFocus();
  QTest::keyClick(&icicle, Qt::Key_Backspace);
  EXPECT_EQ(icicle.zoomed(), 1U);
  QTest::keyClick(&icicle, Qt::Key_Backspace);
  EXPECT_EQ(icicle.zoomed(), 0U);
  QTest::keyClick(&icicle, Qt::Key_Backspace, Qt::ShiftModifier);
  EXPECT_EQ(icicle.zoomed(), 1U);
  EXPECT_TRUE(icicle.canZoomForward());
  icicle.zoomTo(3);
  EXPECT_FALSE(icicle.canZoomForward());
}

TEST(Stacks, leave_small_frames_and_repetitions_away_when_asked) {
  const auto window = openExample();
  StacksPage& page = stacksOf(*window);
  const std::size_t all = page.icicle()->frameCount();
  page.leastShare()->setValue(20);
  const std::size_t large = page.icicle()->frameCount();
  EXPECT_LT(large, all);
  EXPECT_GT(large, 1U);
  page.leastShare()->setValue(0);
  EXPECT_EQ(page.icicle()->frameCount(), all);
  EXPECT_TRUE(window->session().question().filter.is_empty());

  const StackNode tree{"all", 10, 2, {{"a", 10, 2, {{"a", 9, 1, {{"b", 8, 1, {{"a", 3, 0, {}}}}}}, {"b", 1, 1, {}}}}}};
  const StackNode folded = analyzer::without_recursion(tree);
  ASSERT_EQ(folded.children.size(), 1U);
  ASSERT_EQ(folded.children[0].children.size(), 1U);
  const StackNode& b = folded.children[0].children[0];
  EXPECT_EQ(b.function, "b");
  EXPECT_EQ(b.before_ns, 9);
  EXPECT_EQ(b.after_ns, 2);
  ASSERT_EQ(b.children.size(), 1U);
  EXPECT_EQ(b.children[0].function, "a");  // called by another
  const StackNode large_only = analyzer::without_small(tree, 0.5);
  ASSERT_EQ(large_only.children.size(), 1U);
  ASSERT_EQ(large_only.children[0].children.size(), 1U);
  EXPECT_EQ(large_only.children[0].before_ns, 10);
}

TEST(Timeline, has_lanes_of_processes) {
  const auto window = openExample();
  ASSERT_TRUE(window->showPage(QStringLiteral("timeline")));
  ASSERT_TRUE(waitUntilSettled(*window));
  const TimelineDataPtr waits = partOf<TimelinePage>(*window).events()->timeline();
  ASSERT_NE(waits, nullptr);
  const Lanes& lanes = waits->lanes(LanesOf::kProcess);
  const std::set<std::string> names(lanes.names.begin(), lanes.names.end());
  EXPECT_EQ(names.size(), lanes.names.size()) << "a process has two lanes";
  ASSERT_FALSE(names.empty());
  for (const std::string& thread : waits->lanes(LanesOf::kThread).names)
    EXPECT_TRUE(std::any_of(names.begin(), names.end(), [&thread](const std::string& process) {
      return thread.starts_with(process) || process.ends_with("others") || thread.ends_with("others");
    })) << thread;
  double sum_ns = 0, of_all_ns = 0;
  for (const double lane : lanes.wait_ns) sum_ns += lane;
  for (const double lane : waits->lanes(LanesOf::kCpu).wait_ns) of_all_ns += lane;
  EXPECT_NEAR(sum_ns, of_all_ns, 1e-6 * of_all_ns);
}

TEST(Bookmarks, lead_back_and_are_kept_by_sessions) {
  const auto window = openExample();
  analyzer::Filter filter;
  filter.path = analyzer::CallPath::kSetup;
  window->session().setFilter(filter, QStringLiteral("a part"));
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  window->showPage(QStringLiteral("stacks"));
  window->addBookmark(QStringLiteral("setup waits & so on"));
  window->addBookmark(QStringLiteral("  "));
  ASSERT_EQ(window->bookmarks().size(), 1U);
  const QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("view.socklock"));
  ASSERT_TRUE(window->saveSessionTo(file));
  MainWindow other(analyzer::Taxonomy::built_in());
  other.show();
  other.openSession(file);
  ASSERT_TRUE(waitUntilAnswered(other.session()));
  ASSERT_EQ(other.bookmarks(), window->bookmarks());
  other.session().setFilter({}, QStringLiteral("clear"));
  ASSERT_TRUE(waitUntilAnswered(other.session()));
  other.showPage(QStringLiteral("comparison"));
  other.goTo(other.bookmarks().front());
  ASSERT_TRUE(waitUntilAnswered(other.session()));
  EXPECT_EQ(other.session().findings()->question.filter, filter);
  EXPECT_EQ(other.pageId(), QStringLiteral("stacks"));
}

TEST(Windows, are_several_with_a_question_each) {
  const auto window = openExample();
  MainWindow* const other = window->openWindow();
  ASSERT_TRUE(waitUntilAnswered(other->session()));
  analyzer::Filter filter;
  filter.path = analyzer::CallPath::kSetup;
  other->session().setFilter(filter, QStringLiteral("a part"));
  ASSERT_TRUE(waitUntilAnswered(other->session()));
  EXPECT_TRUE(window->session().question().filter.is_empty());
  EXPECT_EQ(other->session().findings()->comparison.before.files,
            window->session().findings()->comparison.before.files);
  delete other;
}

// A stand-in prints what perf printed of a real recording.
class OpensRecordings : public ::testing::Test {
 protected:
  void SetUp() override {
    QFile recording(folder_.filePath(QStringLiteral("perf.data")));
    ASSERT_TRUE(recording.open(QIODevice::WriteOnly));
    recording.write("PERFILE2 and more");
  }
  void TearDown() override { qputenv("PATH", path_); }
  void standIn(const QByteArray& script) const {
    QFile perf(folder_.filePath(QStringLiteral("perf")));
    ASSERT_TRUE(perf.open(QIODevice::WriteOnly | QIODevice::Truncate));
    perf.write("#!/bin/sh\n" + script + "\n");
    perf.close();
    ASSERT_TRUE(perf.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    qputenv("PATH", folder_.path().toLocal8Bit() + ":" + path_);
  }
  [[nodiscard]] QString file() const { return folder_.filePath(QStringLiteral("perf.data")); }

  QTemporaryDir folder_;
  QByteArray path_ = qgetenv("PATH");
};

TEST_F(OpensRecordings, of_perf_by_what_perf_prints) {
  EXPECT_FALSE(isTrace(file()));
  standIn("[ \"$1\" = script ] && [ -f \"$5\" ] && exec zcat " SOCKLOCK_SOURCE
          "/tests/data/perf/shared.txt.gz\nexit 9");
  const auto imported = importText(file());
  ASSERT_TRUE(imported) << imported.error().message();
  EXPECT_TRUE(isTrace(imported->trace));
  EXPECT_TRUE(analyzer::load_facts(imported->trace.toStdString()));
  EXPECT_TRUE(QFile::remove(imported->trace));
}

// LOCK_PROFILING's table has no times: without a duration there is nothing per second, and the window asks for it.
TEST(OpensTexts, and_asks_how_long_was_recorded_where_the_text_does_not_say) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.show();
  const QString text = QStringLiteral(SOCKLOCK_SOURCE "/tests/data/freebsd/recorded/lockprof-10.4-conn-1.txt.gz");
  window.open({text}, {});
  QInputDialog* dialog = nullptr;
  ASSERT_TRUE(eventually([&] { return (dialog = window.findChild<QInputDialog*>()) != nullptr; }));
  ASSERT_TRUE(waitUntilSettled(window));
  dialog->setDoubleValue(12.5);
  dialog->accept();
  ASSERT_TRUE(eventually([&] {
    const auto& findings = window.session().findings();
    return findings && window.isSettled() && findings->comparison.before.seconds == 12.5;
  }));
  EXPECT_EQ(window.session().findings()->comparison.unit, analyzer::WorkUnit::kSeconds);
}

TEST_F(OpensRecordings, and_says_why_it_could_not) {
  standIn("echo incompatible file format >&2; exit 3");
  const auto refused = importText(file());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("incompatible file format"), std::string::npos);
  EXPECT_NE(refused.error().message().find("perf.data"), std::string::npos);
  qputenv("PATH", "/nonexistent");
  const auto missing = importText(file());
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().hint.find("linux-perf"), std::string::npos);
}

}  // namespace
}  // namespace socklock::gui
