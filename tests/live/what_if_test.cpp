// SPDX-License-Identifier: GPL-2.0-or-later
// Estimates of socklock what-if next to the change really made, on this host's kernel. More cases, and level 2:
// ./dev bench what-if-cases.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/live/host.h"

namespace socklock::live {
namespace {

class WhatIf : public LiveTest {
 protected:
  // In a session of its own, which the kernel lets go before all others (sched(7), autogroup).
  std::string record(const std::string& name, const std::string& load) {
    const Ran ran =
        run("exec setsid -w sh -c 'echo -20 2>/dev/null >/proc/self/autogroup; "
            "exec socklock record -q --level 1 --stacks all -o " +
            path(name) + " -- " + load + "'");
    EXPECT_EQ(ran.status, 0) << ran.err;
    said_ = ran.out;
    return path(name);
  }
  // What lockqueue said of the last recording.
  [[nodiscard]] int percent_on_a_cpu() const {
    int percent = 0;
    EXPECT_EQ(std::sscanf(said_.c_str(), "%*u times in %*f s, on a CPU for %d%%", &percent), 1) << said_;
    return percent;
  }
  // Exit status 6 where it is refused.
  static nlohmann::json what_if(const std::string& arguments, int status) {
    const Ran ran = run("socklock what-if --json --work seconds " + arguments);
    EXPECT_EQ(ran.status, status) << ran.err;
    return nlohmann::json::parse(ran.out);
  }

 private:
  std::string said_;
};

// Two threads, a CPU for each, that take one lock or one of several, evenly and by chance. Sides by turns: what else
// the machine does meets both.
TEST_F(WhatIf, ASplitLeavesAboutWhatWasEstimated) {
  std::map<int, std::string> traces;  // by how many locks
  for (const char* const turn : {"1", "2", "3"})
    for (const int locks : {1, 2, 4}) {
      traces[locks] += " " + record(std::to_string(locks) + "-" + turn + ".slk",
                                    "lockqueue --kind udp --busy --threads 2 --think-us 2 --hold 100 --seconds 1 "
                                    "--locks " +
                                        std::to_string(locks));
      if (percent_on_a_cpu() < 90) GTEST_SKIP() << "other programs keep the CPUs busy, so that the threads rarely meet";
    }
  if (info(path("1-1.slk"))["spinlock_mode"] != "pv") GTEST_SKIP() << "of two threads, such spinlocks report no waiter";
  for (const int locks : {2, 4}) {
    const auto document =
        what_if(traces[1] + " --split sock.queue=" + std::to_string(locks) + " --measured" + traces[locks], 0);
    const double estimated = document["contentions"]["left"]["estimate"],
                 measured = document["measured"]["contentions"]["left"];
    std::printf("split into %d: %.3f estimated, %.3f measured\n", locks, estimated, measured);
    EXPECT_LT(measured, 1) << document;
    EXPECT_LT(measured, 2 * estimated) << document;
    EXPECT_GT(measured, estimated / 2) << document;
  }
}

// Twelve threads for the CPUs of this machine: whoever has the socket waits for one of these.
TEST_F(WhatIf, WhereCpusAreWaitedForNothingIsEstimated) {
  const auto document =
      what_if(record("before.slk", "lockload --owners 6 --seconds 5") + " --split tcp.sock.owner=8", 6);
  if (document["refused"]["reason"] == "too_few_waits") GTEST_SKIP() << "other programs keep the CPUs busy";
  EXPECT_EQ(document["refused"]["reason"], "holders_did_not_run") << document;
}

}  // namespace
}  // namespace socklock::live
