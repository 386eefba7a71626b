// SPDX-License-Identifier: GPL-2.0-or-later
// A trace that grows, followed, shown and saved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "analyzer/label/labelled_run.h"
#include "analyzer/live/live_view.h"
#include "analyzer/live/trace_tail.h"
#include "analyzer/load/load_run.h"
#include "analyzer/measure/conditions.h"
#include "base/text.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using ::testing::ElementsAre;
using testing::Folder;
using ::testing::HasSubstr;
using testing::MadeInterval;
using ::testing::Not;
using testing::TraceMaker;

class LiveViewTest : public ::testing::Test {
 protected:
  LiveViewTest() {
    TraceMaker maker;
    maker.header.mutable_recorder()->set_knows_run_delay(true);
    const auto bhash = maker.table_lock("bhash", 3), ehash = maker.table_lock("ehash", 17);
    const auto mutex = maker.slab_lock("UNIX", "iolock");
    const auto bind = maker.stack({"_raw_spin_lock", "inet_csk_get_port", "__sys_bind"});
    const auto connect = maker.stack({"_raw_spin_lock", "inet_ehash_insert", "__sys_connect"});
    const auto receive =
        maker.stack({"mutex_lock", "unix_stream_read_generic", "unix_stream_recvmsg", "__sys_recvfrom"});
    const auto web = maker.thread(10, "nginx", "/system.slice/nginx.service");
    for (std::uint64_t second = 0; second < 8; ++second) {
      MadeInterval interval;
      interval.waits = {{bhash, bind, {1000, 1000}, 1, 0, 0, 0, web}, {ehash, connect, {500 * (second + 1)}}};
      if (second == 7) interval.waits.push_back({mutex, receive, {8000}, 33, 0, 0, 0, web, 2000});
      interval.owners = {{mutex, receive, 0, web, 0, 46, 2, 0, 1, 8000}};
      interval.connections_active = 10;
      maker.add(interval);
    }
    maker.write(whole_);
  }

  // The first bytes of it, as they are there while it is written.
  void grow_to(double share) const {
    std::ifstream in(whole_, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    std::ofstream(growing_, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(share * static_cast<double>(bytes.size())));
  }
  static LiveView view_of(const TraceTail& tail, const LiveView::Options& options = {}) {
    LiveView view(Taxonomy::built_in(), options);
    EXPECT_TRUE(view.take(tail));
    return view;
  }
  static std::vector<std::string> names(const LiveView& view) {
    std::vector<std::string> names;
    for (const LiveRow& row : view.rows()) names.push_back(row.name);
    return names;
  }
  static std::string text(const LiveView& view, const LiveSize& size = {}) {
    std::string text;
    for (const LiveLine& line : view.screen(size, "a.slk")) text += line.text + "\n";
    return text;
  }
  TraceTail all() const {
    TraceTail tail(whole_, kMinute);
    EXPECT_TRUE(tail.poll());
    return tail;
  }

  static constexpr std::uint64_t kMinute = 60'000'000'000;
  Folder folder_;
  std::string whole_ = folder_.file("whole.slk"), growing_ = folder_.file("growing.slk");
};

TEST_F(LiveViewTest, AGrowingTraceIsReadOnceAndWholly) {
  TraceTail tail(growing_, kMinute);
  ASSERT_TRUE(tail.poll());  // it is not there yet
  EXPECT_EQ(tail.intervals(), 0U);
  std::uint64_t before = 0;
  for (const double share : {0.001, 0.3, 0.31, 0.5, 0.77, 0.9, 1.0}) {
    grow_to(share);
    ASSERT_TRUE(tail.poll()) << share;
    EXPECT_GE(tail.intervals(), before);
    before = tail.intervals();
  }
  EXPECT_EQ(tail.intervals(), 8U);
  EXPECT_TRUE(tail.has_ended());
  for (std::uint64_t i = 0; i < 8; ++i) EXPECT_EQ(tail.span(i).end_ns, (i + 1) * 1'000'000'000);
}

TEST_F(LiveViewTest, OfAFolderTheNewestTraceIsFollowed) {
  const std::string spool = folder_.file("spool");
  std::filesystem::create_directory(spool);
  std::filesystem::copy_file(whole_, spool + "/socklock-20261130T010000Z.slk");
  TraceTail tail(spool, kMinute);
  ASSERT_TRUE(tail.poll());
  EXPECT_EQ(tail.intervals(), 8U);
  std::filesystem::copy_file(whole_, spool + "/socklock-20261130T020000Z.slk");
  ASSERT_TRUE(tail.poll());
  EXPECT_EQ(tail.intervals(), 16U);
  EXPECT_EQ(tail.first_of_trace(), 8U);
  EXPECT_FALSE(tail.keeps(7));
}

// Names that sort last lead elsewhere, or are no files: none is opened, and none hides the trace that is there.
TEST_F(LiveViewTest, OfAFolderOnlyFilesAreFollowed) {
  const std::string spool = folder_.file("spool");
  std::filesystem::create_directory(spool);
  std::filesystem::copy_file(whole_, spool + "/a.slk");
  ASSERT_EQ(mkfifo((spool + "/x.slk").c_str(), 0600), 0);
  std::filesystem::create_directory(spool + "/y.slk");
  std::filesystem::create_symlink("/dev/zero", spool + "/z.slk");
  TraceTail tail(spool, kMinute);
  const auto polled = tail.poll();
  ASSERT_TRUE(polled) << polled.error().message();
  EXPECT_EQ(tail.intervals(), 8U);
  EXPECT_EQ(tail.file(), spool + "/a.slk");
}

TEST_F(LiveViewTest, AFolderThatCanNotBeListedIsAnError) {
  namespace fs = std::filesystem;
  fs::permissions(folder_.file(""), fs::perms::group_exec | fs::perms::others_exec, fs::perm_options::add);
  fs::create_directory(folder_.file("closed"));
  fs::permissions(folder_.file("closed"), fs::perms::none);
  const uid_t user = geteuid();
  constexpr uid_t kNobody = 65534;
  if (user == 0) {  // who lists every folder
    ASSERT_EQ(seteuid(kNobody), 0);
  }
  TraceTail tail(folder_.file("closed"), kMinute);
  const auto polled = tail.poll();
  ASSERT_EQ(seteuid(user), 0);
  EXPECT_FALSE(polled);
}

TEST_F(LiveViewTest, WhatIsSavedIsATraceOfTheLastSeconds) {
  TraceTail tail(whole_, 3'000'000'000);
  ASSERT_TRUE(tail.poll());
  EXPECT_FALSE(tail.keeps(4));
  EXPECT_TRUE(tail.keeps(5));
  ASSERT_TRUE(tail.write(5, 8, folder_.file("saved.slk")));
  for (const RowSource source : {RowSource::kSummaries, RowSource::kEvents}) {
    const auto run = load_run(folder_.file("saved.slk"), source);
    ASSERT_TRUE(run);
    EXPECT_TRUE(run->damage.empty()) << run->damage.front().what;
    EXPECT_TRUE(run->closed);
    EXPECT_EQ(run->duration_ns(), 3'000'000'000U);
    std::uint64_t wait_ns = 0;
    for (const WaitSums& sums : run->waits.sums) wait_ns += sums.wait_ns;
    EXPECT_EQ(wait_ns, 3 * 2000 + 500 * (6 + 7 + 8) + 8000U);
    EXPECT_EQ(run->work.connections_active, 30U);
  }
  // Nothing is overwritten.
  EXPECT_FALSE(tail.write(5, 8, folder_.file("saved.slk")));
}

TEST_F(LiveViewTest, RatesAreOfTheWindow) {
  const LiveView view = view_of(all());
  const auto rows = view.rows();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(names(view), ElementsAre("tcp.ehash", "tcp.bhash", "unix.iolock"));
  EXPECT_DOUBLE_EQ(rows[0].wait_ns, 500.0 * (4 + 5 + 6 + 7 + 8) / 5);
  EXPECT_DOUBLE_EQ(rows[1].waits, 2);
  EXPECT_DOUBLE_EQ(rows[2].run_delay_ns, 400);
  EXPECT_DOUBLE_EQ(rows[0].max_ns, 4000);
  EXPECT_THAT(rows[2].history, ElementsAre(0, 0, 0, 0, 0, 0, 0, 8000));
  EXPECT_DOUBLE_EQ(view.totals().connections, 10);
  EXPECT_DOUBLE_EQ(view.totals().wait_ns, 3000 + 2000 + 1600);
}

TEST_F(LiveViewTest, GivesNoRatesBeforeASecondWasRecorded) {
  const LiveView view = view_of(TraceTail(whole_, kMinute));
  EXPECT_FALSE(view.has_rates());
  EXPECT_THAT(text(view), Not(HasSubstr("waits/s  ")));
  EXPECT_THAT(text(view), HasSubstr("Nothing was recorded yet."));
  EXPECT_TRUE(view_of(all()).has_rates());
}

TEST_F(LiveViewTest, KeysSortGroupFilterAndFreeze) {
  TraceTail tail = all();
  LiveView view = view_of(tail);
  view.press('s');
  EXPECT_EQ(names(view).front(), "tcp.bhash");  // most waits
  view.press('s');
  EXPECT_EQ(names(view).front(), "unix.iolock");  // the longest
  view.press('s');
  EXPECT_THAT(names(view), ElementsAre("tcp.bhash", "tcp.ehash", "unix.iolock"));
  // Only what is waited for tcp.ehash, by path; then all again.
  view.press('j');
  EXPECT_TRUE(view.press(LiveView::kEnter));
  view.press('g');
  EXPECT_THAT(names(view), ElementsAre("setup"));
  EXPECT_DOUBLE_EQ(view.totals().wait_ns, 3000);
  EXPECT_THAT(text(view), HasSubstr("[class tcp.ehash]"));
  view.press('x');
  EXPECT_DOUBLE_EQ(view.totals().wait_ns, 6600);
  view.press('G');
  view.find("tcp");
  EXPECT_THAT(names(view), ElementsAre("tcp.bhash", "tcp.ehash"));
  EXPECT_FALSE(view.press('%'));
}

TEST_F(LiveViewTest, RowsAreOfCgroupsAndHolders) {
  EXPECT_THAT(names(view_of(all(), {.group = LiveGroup::kCgroup})), ElementsAre("nginx.service", "(not known)"));
  EXPECT_THAT(names(view_of(all(), {.group = LiveGroup::kHolder})), ElementsAre("nginx runnable"));
}

TEST_F(LiveViewTest, AFrozenScreenStays) {
  grow_to(0.8);
  TraceTail tail(growing_, kMinute);
  ASSERT_TRUE(tail.poll());
  LiveView view = view_of(tail);
  view.press(' ');
  const std::string frozen = text(view);
  EXPECT_THAT(frozen, HasSubstr("[frozen]"));
  grow_to(1);
  ASSERT_TRUE(tail.poll());
  ASSERT_TRUE(view.take(tail));
  EXPECT_EQ(text(view), frozen);
  view.press(' ');
  ASSERT_TRUE(view.take(tail));
  EXPECT_THAT(text(view), HasSubstr("unix.iolock"));
}

TEST_F(LiveViewTest, AScreenIsAsLargeAsTheTerminalAndOfItsCharacters) {
  LiveView view = view_of(all());
  for (const LiveSize size : {LiveSize{24, 80, true}, LiveSize{24, 80, false}, LiveSize{5, 20, true},
                              LiveSize{2, 1, true}, LiveSize{60, 200, false}})
    for (const bool is_help : {false, true}) {
      const auto lines = view.screen(size, "a trace of a long name of which there is no end");
      EXPECT_EQ(lines.size(), size.rows);
      for (const LiveLine& line : lines) {
        EXPECT_EQ(text_width(line.text), size.columns) << line.text << is_help;
        EXPECT_TRUE(size.utf8 ||
                    std::all_of(line.text.begin(), line.text.end(), [](char c) { return c >= ' ' && c < 127; }));
      }
      view.press('h');
    }
}

}  // namespace
}  // namespace socklock::analyzer
