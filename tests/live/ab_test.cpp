// SPDX-License-Identifier: GPL-2.0-or-later
// A real, small experiment: runs interleaved, judged, failed and gone on with.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/live/host.h"

namespace socklock::live {
namespace {

class Ab : public LiveTest {
 protected:
  [[nodiscard]] Ran ab(const std::string& options) const {
    return run("socklock ab " + path("x") + " --rounds 2 --warmup 1 --unit seconds --json " + options);
  }
  [[nodiscard]] nlohmann::json manifest() const {
    std::ifstream file(path("x/manifest.json"));
    return nlohmann::json::parse(file, nullptr, false);
  }
};

TEST_F(Ab, InterleavesRunsOfBothSidesAndCompares) {
  const Ran ran =
      ab("--before 'lockload --held --mutexes 4 --rounds 20' --after 'lockload --held --mutexes 2 --rounds 20' "
         "--setup-after 'echo x >>" +
         path("setups") + "'");
  // 6: this load may have no waits of the headline.
  ASSERT_TRUE(ran.status == 0 || ran.status == 6) << ran.err;
  const auto report = nlohmann::json::parse(ran.out, nullptr, false);
  EXPECT_EQ(report["sides"]["before"]["files"].size(), 2U);
  EXPECT_EQ(report["sides"]["after"]["files"].size(), 2U);
  EXPECT_GT(report["all_locks"]["before"]["contentions"], 0);
  const auto runs = manifest()["runs"];
  ASSERT_EQ(runs.size(), 6U);
  // Both sides once a round.
  for (std::size_t i = 0; i < runs.size(); i += 2) EXPECT_EQ(runs[i]["round"], runs[i + 1]["round"]);
  EXPECT_EQ(runs[0]["side"], "warmup");
  for (const auto& run : runs) EXPECT_TRUE(std::filesystem::exists(path("x/" + run["trace"].get<std::string>())));
  EXPECT_TRUE(std::filesystem::exists(path("x/report.txt")));
  EXPECT_EQ(std::filesystem::file_size(path("setups")), 6U);
  // compare takes the folder as both sides.
  const Ran again = run("socklock compare --unit seconds --json " + path("x") + " -- " + path("x/manifest.json"));
  EXPECT_EQ(nlohmann::json::parse(again.out, nullptr, false)["all_locks"], report["all_locks"]);
  EXPECT_EQ(ab("--before true --after true").status, 2);
}

std::string sleepers_alive(const std::string& seconds) { return run("pgrep -f '^sleep " + seconds + "$' | wc -l").out; }

TEST_F(Ab, NoRunSharesTheHostWithTheOneBefore) {
  // A command that would run on, one in the background, one that left its session; each run counts what it finds.
  const std::string command =
      "pgrep -f \"^sleep 3311\\$\" | wc -l >>" + path("found") + "; setsid sleep 3311 & sleep 3311 & sleep 3311";
  const Ran ran = ab("-d 2 --before '" + command + "' --after '" + command + "'");
  EXPECT_TRUE(ran.status == 0 || ran.status == 6) << ran.err;
  EXPECT_EQ(sleepers_alive("3311"), "0\n");
  EXPECT_EQ(run("sort -u " + path("found") + "; wc -l <" + path("found")).out, "0\n6\n");
}

TEST_F(Ab, AnInterruptionEndsTheRunAndRunsTheTeardown) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const std::string folder = path("y" + std::to_string(number)), up = folder + ".up", running = folder + ".running";
    const std::string side = "--setup-SIDE 'touch " + up + "' --teardown-SIDE 'rm " + up + "' --SIDE 'echo up >" +
                             running + "; sleep 3312; sleep 3312' ";
    std::string options;
    for (const char* name : {"before", "after"}) {
      std::string of_side = side;
      for (std::size_t at; (at = of_side.find("SIDE")) != std::string::npos;) of_side.replace(at, 4, name);
      options += of_side;
    }
    Background experiment("socklock ab " + folder + " " + options);
    ASSERT_TRUE(wait_for_file(running));
    experiment.signal(number);
    EXPECT_EQ(experiment.wait(), 128 + number);
    EXPECT_EQ(sleepers_alive("3312"), "0\n");
    EXPECT_FALSE(std::filesystem::exists(up)) << "the teardown was left out after signal " << number;
    EXPECT_FALSE(std::filesystem::exists(folder + "/unfinished.slk"));
  }
}

TEST_F(Ab, ASignalDuringTheTeardownLetsItEnd) {
  const std::string folder = path("z"), up = folder + ".up", running = folder + ".running";
  Background experiment("socklock ab " + folder + " --unit seconds --before true --after true --setup-before 'touch " +
                        up + "' --setup-after 'touch " + up + "' --teardown-before 'echo >" + running +
                        "; sleep 0.3; rm " + up + "' --teardown-after 'echo >" + running + "; sleep 0.3; rm " + up +
                        "'");
  ASSERT_TRUE(wait_for_file(running));
  experiment.signal(SIGTERM);
  EXPECT_EQ(experiment.wait(), 128 + SIGTERM);
  EXPECT_FALSE(std::filesystem::exists(up));
}

TEST_F(Ab, AFolderWithoutRunsMayBeBegunAnew) {
  const Ran failed = ab("--before ./no-such-command --after ./no-such-command");
  EXPECT_EQ(failed.status, 3);
  EXPECT_NE(failed.err.find("begin anew"), std::string::npos) << failed.err;
  const Ran ran = ab("--before 'sleep 0.1' --after 'sleep 0.1'");
  EXPECT_TRUE(ran.status == 0 || ran.status == 6) << ran.err;
}

TEST_F(Ab, AFailedCommandEndsItAndResumeGoesOn) {
  const std::string flaky = "test -e " + path("ready") + " && lockload --rwsems 2 --seconds 0.2";
  const Ran failed = ab("--before 'lockload --rwsems 2 --seconds 0.2' --after '" + flaky + "'");
  EXPECT_EQ(failed.status, 3);
  EXPECT_NE(failed.err.find("ended with status 1"), std::string::npos) << failed.err;
  const std::size_t done = manifest()["runs"].size();
  EXPECT_LT(done, 2U);
  std::ofstream(path("ready")) << "yes";
  const Ran resumed = ab("--resume");
  EXPECT_TRUE(resumed.status == 0 || resumed.status == 6) << resumed.err;
  std::set<std::string> traces;
  const auto document = manifest();
  for (const auto& run : document["runs"]) traces.insert(run["trace"]);
  EXPECT_EQ(traces.size(), 6U);
}

}  // namespace
}  // namespace socklock::live
