// SPDX-License-Identifier: GPL-2.0-or-later
// Hosts against hosts, by the program: a real change, none, and the checks before a verdict; of folders of traces and
// of a store the same.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "fleet/store.h"
#include "fleet/times.h"
#include "tests/fleet/fleet_world.h"
#include "tests/fleet/replay.h"
#include "tests/fleet/server.h"

namespace socklock::fleet {
namespace {

using nlohmann::json;
using testing::Folder;
using testing::Servers;

class Compare : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(folder_.file("canary"));
    std::filesystem::create_directory(folder_.file("control"));
  }

  struct Of {
    std::uint64_t duration_s = 600;
    std::string kernel{};  // empty: the recording's
  };

  // A host's trace of ten minutes before or after the change. `side` is whose recordings are played: before, after.
  void add(const std::string& group, unsigned host, bool is_after, const char* side, unsigned number,
           const Of& of) const {
    const std::string name = fmt::format("{}-{}", group, host);
    ASSERT_TRUE(replay(fmt::format("examples/listener-per-thread/{}-{}.slk", side, number % 6 + 1),
                       folder_.file(fmt::format("{}/{}-{}.slk", group, name, is_after ? "after" : "before")),
                       {.host = name,
                        .begin_s = is_after ? at_ : at_ - 600,
                        .duration_s = of.duration_s,
                        .seed = host + 1,
                        .interval_s = 5,
                        .kernel = of.kernel}));
  }

  // `changed`: the canaries have the change afterwards.
  void make_fleet(unsigned canaries, unsigned controls, bool changed) const {
    for (unsigned i = 0; i < canaries; ++i) {
      add("canary", i, false, "before", i, {});
      add("canary", i, true, changed ? "after" : "before", i * 5 + 2, {});
    }
    for (unsigned i = 0; i < controls; ++i) {
      add("control", i, false, "before", i + 1, {});
      add("control", i, true, "before", i * 5 + 3, {});
    }
  }

  [[nodiscard]] std::string options(const std::string& more = "") const {
    return fmt::format(" --at @{} --window 10m {}", at_, more);
  }
  [[nodiscard]] std::string folders() const {
    return fmt::format("compare --canary {} --control {}", folder_.file("canary"), folder_.file("control"));
  }
  [[nodiscard]] json compared(const std::string& more = "") const {
    const auto ran = testing::socklock(folders() + options("--json " + more));
    EXPECT_EQ(ran.status, 0) << ran.err;
    return ran.status == 0 ? json::parse(ran.out) : json();
  }
  static bool warns(const json& result, const std::string& of) {
    for (const auto& warning : result["warnings"])
      if (warning.get<std::string>().find(of) != std::string::npos) return true;
    return false;
  }

  std::uint64_t at_ = static_cast<std::uint64_t>(std::time(nullptr)) / 60 * 60 - 3600;
  Folder folder_;
};

TEST_F(Compare, RealChangeIsFoundAndNoneIsNot) {
  make_fleet(8, 14, true);
  const json changed = compared();
  EXPECT_EQ(changed["verdict"], "improved") << changed.dump(2);
  EXPECT_LT(changed["headline"]["high"], 0.5);
  EXPECT_EQ(changed["canary"]["compared"], 8);
  EXPECT_EQ(changed["control"]["compared"], 14);
  EXPECT_EQ(changed["headline"]["method"], "rare");  // the change ended them on most canaries
  for (const auto& slice : changed["classes"])
    EXPECT_TRUE(slice["name"] != "tcp.listen_sock.owner" || slice["verdict"] == "improved");
  // By a class; the exit codes of gates.
  EXPECT_EQ(compared("--class tcp.listen_sock.owner")["verdict"], "improved");
  EXPECT_EQ(testing::socklock(folders() + options("--fail-on not-improved")).status, 0);
  EXPECT_EQ(testing::socklock(folders() + options("--fail-on regressed")).status, 0);
  // The other way round it is a regression.
  const auto turned = testing::socklock(
      fmt::format("compare --canary {} --control {}", folder_.file("control"), folder_.file("canary")) +
      options("--fail-on regressed"));
  EXPECT_EQ(turned.status, 1) << turned.out << turned.err;
  for (const char* format : {"text", "md", "html", "csv"})
    EXPECT_EQ(testing::socklock(folders() + options(fmt::format("--format {}", format))).status, 0) << format;
  // What half a wait makes of hosts that had none is not said to be typical.
  const std::string text = testing::socklock(folders() + options()).out;
  EXPECT_EQ(text.find("a typical canary"), std::string::npos) << text;
  EXPECT_NE(text.find("hosts had no wait in a window"), std::string::npos) << text;
  EXPECT_NE(testing::socklock(folders() + options("--class mmap_lock")).out.find("of what it would have been"),
            std::string::npos);
}

TEST_F(Compare, NothingChanged) {
  make_fleet(8, 14, false);
  const json nothing = compared();
  EXPECT_TRUE(nothing["verdict"] == "inconclusive" || nothing["verdict"] == "unchanged") << nothing.dump(2);
  const auto gate = testing::socklock(folders() + options("--fail-on regressed"));
  EXPECT_EQ(gate.status, nothing["verdict"] == "inconclusive" ? 6 : 0);
}

TEST_F(Compare, FewHostsAreNeverDecided) {
  make_fleet(3, 3, true);
  const json few = compared();
  EXPECT_EQ(few["verdict"], "inconclusive");
  EXPECT_TRUE(warns(few, "can give no p below 0.1")) << few["warnings"];
  EXPECT_EQ(testing::socklock(folders() + options("--fail-on regressed")).status, 6);
}

TEST_F(Compare, WhoIsLeftOutIsSaid) {
  make_fleet(5, 8, true);
  add("canary", 90, false, "before", 1, {});   // died
  add("control", 91, true, "before", 1, {});   // new
  add("control", 92, false, "before", 1, {});  // silent for most of the window after
  add("control", 92, true, "before", 1, {.duration_s = 120});
  add("control", 93, false, "before", 1, {.kernel = "6.1.0"});  // upgraded
  add("control", 93, true, "before", 1, {.kernel = "6.12.0"});
  const json result = compared();
  EXPECT_EQ(result["canary"]["missing_after"], 1);
  EXPECT_EQ(result["control"]["missing_before"], 1);
  EXPECT_EQ(result["control"]["uncovered"], 1);
  EXPECT_EQ(result["control"]["kernels_changed"], 1);
  EXPECT_EQ(result["control"]["compared"], 8);
  EXPECT_TRUE(warns(result, "did they die?"));
  EXPECT_TRUE(warns(result, "changed their kernel; they are left out"));
  // A canary group that mostly died is no improvement.
  for (unsigned i = 0; i < 3; ++i) std::filesystem::remove(folder_.file(fmt::format("canary/canary-{}-after.slk", i)));
  const json dead = compared();
  EXPECT_EQ(dead["verdict"], "inconclusive");
  EXPECT_TRUE(warns(dead, "gone after the change"));
}

TEST_F(Compare, GroupsThatMovedApartBefore) {
  // The canaries improved in the middle of the window before.
  for (unsigned i = 0; i < 8; ++i) {
    add("canary", i, false, "before", i, {.duration_s = 300});
    ASSERT_TRUE(replay(fmt::format("examples/listener-per-thread/after-{}.slk", i % 6 + 1),
                       folder_.file(fmt::format("canary/early-{}.slk", i)),
                       {.host = fmt::format("canary-{}", i),
                        .begin_s = at_ - 300,
                        .duration_s = 300,
                        .seed = i + 50,
                        .interval_s = 5}));
    add("canary", i, true, "after", i, {});
  }
  for (unsigned i = 0; i < 12; ++i) {
    add("control", i, false, "before", i, {});
    add("control", i, true, "before", i + 2, {});
  }
  const json result = compared();
  EXPECT_EQ(result["verdict"], "inconclusive");
  EXPECT_LT(result["placebo_p"], 0.05);
  EXPECT_TRUE(warns(result, "moved apart before the change")) << result["warnings"];
}

// An early look is judged more strictly: what the last look would decide is not decided at the first.
TEST_F(Compare, LooksShareTheError) {
  make_fleet(4, 6, true);
  const json last = compared("--look 4/4"), only = compared(), first = compared("--look 1/4");
  EXPECT_EQ(only["look"], nullptr);
  EXPECT_NEAR(only["confidence"], 0.95, 1e-9);
  EXPECT_GT(first["confidence"], 0.9999);
  EXPECT_LT(last["confidence"], first["confidence"]);
  EXPECT_GT(last["confidence"], 0.95);
  EXPECT_NE(last["look"].get<std::string>().find("look 4 of 4"), std::string::npos);
  // 4 and 6 can give p = 1 in 210.
  EXPECT_EQ(only["verdict"], "improved");
  EXPECT_EQ(first["verdict"], "inconclusive");
  EXPECT_TRUE(warns(first, "can give no p below")) << first["warnings"];
  for (const char* wrong : {"0/4", "5/4", "2", "2/", "/4", "a/b", "1/99", "2/4x"})
    EXPECT_EQ(testing::socklock(folders() + options(fmt::format("--look {}", wrong))).status, 2) << wrong;
}

TEST_F(Compare, LikeIsComparedWithLike) {
  make_fleet(5, 8, true);
  for (unsigned i = 20; i < 23; ++i)
    for (const bool is_after : {false, true}) add("control", i, is_after, "before", i, {.kernel = "6.12.0"});
  EXPECT_EQ(compared()["control"]["compared"], 11);
  const json same = compared("--same kernel,spinlock_mode");
  EXPECT_EQ(same["control"]["compared"], 8);
  EXPECT_EQ(same["control"]["unlike"], 3);
  EXPECT_EQ(same["canary"]["compared"], 5);
  EXPECT_TRUE(warns(same, "3 control hosts are like no host of the other group")) << same["warnings"];
  // Of a label that nobody has everybody is the same.
  EXPECT_EQ(compared("--same region")["control"]["compared"], 11);
}

TEST_F(Compare, StoreSaysWhatFoldersSay) {
  if (const std::string why = Servers::why_missing(); !why.empty()) GTEST_SKIP() << why;
  make_fleet(5, 9, true);
  Servers servers;
  ASSERT_TRUE(servers.start());
  ASSERT_EQ(testing::socklock("fleet init --apply --to " + servers.url()).status, 0);
  for (const char* group : {"canary", "control"}) {
    const auto sent = testing::socklock(fmt::format("ship --once --dir {} --state {} --to {} --label group={}",
                                                    folder_.file(group), folder_.file("state"), servers.url(), group));
    ASSERT_EQ(sent.status, 0) << sent.err;
  }
  const auto of_store = testing::socklock("compare --canary group=canary --control group=control --from " +
                                          servers.url() + options("--json"));
  ASSERT_EQ(of_store.status, 0) << of_store.err;
  const json a = json::parse(of_store.out), b = compared();
  EXPECT_EQ(a, b);
  std::ofstream(folder_.file("hosts")) << "canary-0\ncanary-1\ncanary-2\ncanary-3\ncanary-4\n";
  const auto by_file =
      testing::socklock("compare --canary-hosts " + folder_.file("hosts") +
                        " --control spinlock_mode=test-and-set --from " + servers.url() + options("--json"));
  ASSERT_EQ(by_file.status, 0) << by_file.err;
  EXPECT_EQ(json::parse(by_file.out)["headline"], b["headline"]);
  const auto both = testing::socklock("compare --canary group=canary --control spinlock_mode=test-and-set --from " +
                                      servers.url() + options());
  EXPECT_EQ(both.status, 2);
  EXPECT_NE(both.err.find("a host is in both groups"), std::string::npos) << both.err;
  const auto none =
      testing::socklock("compare --canary group=nobody --control group=control --from " + servers.url() + options());
  EXPECT_EQ(none.status, 6) << none.err;
}

TEST_F(Compare, WrongUse) {
  for (const char* words :
       {"--canary x --control y", "--canary x", "--canary x --control y --at now",
        "--canary x --control y --at never --window 4h", "--canary x --control y --at now --window 0s",
        "--canary x --control y --at now --window 4h a.slk -- b.slk",
        "--canary x --control y --at now --window 4h --stack f",
        "--canary x --control y --at now --window 4h --unit binds"})
    EXPECT_EQ(testing::socklock(std::string("compare ") + words).status, 2) << words;
}

TEST(Times, AreReadAsTheyAreWritten) {
  constexpr std::uint64_t kNow = 1'800'000'000;
  EXPECT_EQ(*parse_moment("2027-01-15T08:00", "--at", kNow), kNow);
  EXPECT_EQ(*parse_moment("2027-01-15 08:00:00Z", "--at", kNow), kNow);
  EXPECT_EQ(*parse_moment("@1800000000", "--at", 5), kNow);
  EXPECT_EQ(*parse_moment("2h ago", "--at", kNow), kNow - 7200);
  EXPECT_EQ(*parse_moment("-90s", "--at", kNow), kNow - 90);
  EXPECT_EQ(*parse_moment("now", "--at", kNow), kNow);
  for (const char* bad : {"", "tomorrow", "@", "@x", "2027-13-01", "2027-01-15T08:00+01", "1e9", "@99999999999"})
    EXPECT_FALSE(parse_moment(bad, "--at", kNow)) << bad;
  EXPECT_EQ(*parse_stretch("14d", "--keep"), 14 * 86400U);
  for (const char* bad : {"", "d", "4w", "-4h", "99999999999999999999", "4294967295d"})
    EXPECT_FALSE(parse_stretch(bad, "--keep")) << bad;
  EXPECT_FALSE(parse_window("now..1h ago", "--again", kNow));
}

TEST(Segments, HoursInsideMinutesAtTheEnds) {
  EXPECT_EQ(segments_of({0, 3600}).size(), 1U);
  EXPECT_TRUE(segments_of({0, 3600}).front().by_hour);
  EXPECT_EQ(segments_of({60, 7140}).size(), 1U);  // no whole hour in it
  EXPECT_FALSE(segments_of({60, 7140}).front().by_hour);
  const auto all = segments_of({7200, 7200 + 86400});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all.front().by_hour);
  const auto ends = segments_of({7260, 7200 + 86460});
  ASSERT_EQ(ends.size(), 3U);
  EXPECT_EQ(ends[0].window, (Window{7260, 10800}));
  EXPECT_EQ(ends[1].window, (Window{10800, 7200 + 86400}));
  EXPECT_EQ(ends[2].window, (Window{7200 + 86400, 7200 + 86460}));
}

}  // namespace
}  // namespace socklock::fleet
