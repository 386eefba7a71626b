// SPDX-License-Identifier: GPL-2.0-or-later
// In which cgroup and network namespace waits were, and what of them was for a CPU, against what the load did.
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>

#include <fmt/format.h>

#include "tests/live/host.h"

namespace socklock::live {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

// Where cgroup v2 is mounted; empty: nowhere.
std::string cgroup_root() {
  std::ifstream mounts("/proc/self/mounts");
  std::string device, folder, type, rest;
  while (mounts >> device >> folder >> type && std::getline(mounts, rest))
    if (type == "cgroup2") return folder;
  return "";
}

class Dimension : public LiveTest {
 protected:
  // Wait by what the report's rows are of.
  static std::map<std::string, double> waits_by(const std::string& trace, const std::string& by) {
    std::map<std::string, double> waits;
    const nlohmann::json document = report(trace, "--limit 0 --by " + by);
    for (const auto& row : document["by_" + by]) waits[row[by].get<std::string>()] += row["wait_ns"].get<double>();
    return waits;
  }
  // The first row of an answer.
  static nlohmann::json row(const std::string& trace, const std::string& query) {
    const Ran ran = run(fmt::format("socklock query --format json {} \"{}\"", trace, query));
    EXPECT_EQ(ran.status, 0) << ran.err;
    return nlohmann::json::parse(ran.out)["results"][0]["rows"].at(0);
  }
};

// Two loads, each in a cgroup of its own that is gone before the recording ends; a process has one cgroup only, so that
// waits by process are the truth of waits by cgroup.
TEST_F(Dimension, WaitsOfCgroupsAreThoseOfTheirProcesses) {
  const std::string root = cgroup_root();
  if (root.empty()) GTEST_SKIP() << "cgroup v2 is not mounted";
  const std::string name = fmt::format("socklock-test-{}", getpid());
  if (run(fmt::format("mkdir -p {0}/{1}.slice/a.service {0}/{1}.slice/b.service", root, name)).status != 0)
    GTEST_SKIP() << "no cgroup can be made here";
  const auto load = [&](const std::string& cgroup, int pairs) {
    return fmt::format(
        "sh -c 'echo \\$\\$ >{0}/{1}.slice/{2}.service/cgroup.procs; echo \\$\\$ >{3}; exec lockload --held --mutexes "
        "{4} "
        "--seconds 2' & ",
        root, name, cgroup, path("pid." + cgroup), pairs);
  };
  const Ran ran =
      run(fmt::format("socklock record -q --stacks off -o {0} -- sh -c \"{1}{2}wait; rmdir {3}/{4}.slice/*.service "
                      "{3}/{4}.slice; sleep 0.2\"",
                      path("a.slk"), load("a", 6), load("b", 3), root, name));
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_FALSE(std::filesystem::exists(root + "/" + name + ".slice"));
  const auto by_cgroup = waits_by(path("a.slk"), "cgroup"), by_process = waits_by(path("a.slk"), "process");
  for (const std::string cgroup : {"a", "b"}) {
    const std::string process = fmt::format("lockload ({})", first_line(path("pid." + cgroup)));
    ASSERT_TRUE(by_process.contains(process)) << process << ::testing::PrintToString(by_process) << ran.err << ran.out;
    ASSERT_TRUE(by_cgroup.contains(cgroup + ".service"));
    EXPECT_GT(by_process.at(process), 0);
    // What waits before it is in its cgroup, or under a name of its parent's, is a shell's.
    EXPECT_NEAR(by_cgroup.at(cgroup + ".service") / by_process.at(process), 1, 0.01);
  }
  const auto found = row(path("a.slk"), "SELECT cgroup_path FROM threads WHERE cgroup = 'a.service'");
  EXPECT_EQ(found[0], fmt::format("/{}.slice/a.service", name));
}

TEST_F(Dimension, SocketsAndTablesHaveTheirNetworkNamespace) {
  const std::string inner = fmt::format(
      "readlink /proc/self/ns/net >{}; ip link set lo up; lockload --held --owners 4 --seconds 2", path("netns"));
  if (run("unshare -n ip link set lo up").status != 0) GTEST_SKIP() << "no network namespace can be made here";
  const Ran ran =
      run(fmt::format("socklock record -q --level 1 -o {} -- sh -c \"lockload --held --owners 4 --seconds 2 & "
                      "unshare -n sh -c '{}'; wait\"",
                      path("a.slk"), inner));
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto by_netns = waits_by(path("a.slk"), "netns");
  EXPECT_TRUE(by_netns.contains(first_line(path("netns"))))
      << first_line(path("netns")) << ::testing::PrintToString(by_netns) << ran.err << ran.out;
  EXPECT_TRUE(by_netns.contains("host") ||
              by_netns.contains(std::filesystem::read_symlink("/proc/self/ns/net").string()));
}

// More threads than CPUs that hand a socket's lock to each other: they are woken and then wait for a CPU.
TEST_F(Dimension, WaitsForCpusAreToldFromWaitsForLocks) {
  // Ended with the shell, however that ends: of dash, `jobs -p` in a substitution says nothing.
  const std::string crowd =
      "trap \"kill \\$crowd\" EXIT INT TERM; for i in 1 2 3 4; do yes >/dev/null & crowd=\"$crowd $!\"; done; ";
  const auto share = [&](const std::string& name, const std::string& before) {
    const Ran ran =
        run(fmt::format("socklock record -q --stacks off -o {} -- taskset -c 0 sh -c '{}lockload --held --mutexes 6 "
                        "--seconds 2; true'",
                        path(name), before));
    EXPECT_EQ(ran.status, 0) << ran.err;
    const auto sums = row(path(name), "SELECT sum(run_delay_ns), sum(wait_ns) FROM totals WHERE kind = 'mutex'");
    return sums[0].get<double>() / sums[1].get<double>();
  };
  // All threads share one CPU: a holder that is preempted is waited for without one, and who is woken queues for it.
  const double crowded = share("crowded.slk", crowd);
  EXPECT_GT(crowded, 0.002);
  EXPECT_LE(crowded, 1);
  EXPECT_TRUE(report(path("crowded.slk"))["by_class"][0]["run_delay_ns"].is_number());
}

TEST_F(Dimension, ShorterWaitsAreInTheSumsOnly) {
  const Ran ran = run("socklock record -q --min-wait 20us --stacks all -o " + path("a.slk") +
                      " -- lockload --held --mutexes 6 --seconds 2");
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto document = info(path("a.slk"));
  expect_exact_books(document, false);
  const auto of_events =
      row(path("a.slk"), "SELECT min(wait_ns), count(*), sum(stack IS NULL AND kind <> 'owner') FROM events");
  EXPECT_GE(of_events[0].get<std::uint64_t>(), 20'000U);
  EXPECT_GT(of_events[1].get<std::uint64_t>(), 0U);
  EXPECT_LE(of_events[2].get<double>(), 0.01 * of_events[1].get<double>());
  const auto of_sums =
      row(path("a.slk"), "SELECT sum(contentions), sum((max_ns < 20000) * (stack IS NOT NULL)) FROM totals");
  EXPECT_GT(of_sums[0].get<std::uint64_t>(), of_events[1].get<std::uint64_t>());
  EXPECT_EQ(of_sums[1].get<std::uint64_t>(), 0U);
}

// Two pairs of threads, each of which waits for the other only: system calls tell who waited.
TEST_F(Dimension, OwnersAreWhoHadTheLock) {
  const Ran ran =
      run("socklock record -q --level 1 --stacks all -o " + path("a.slk") + " -- lockload --roles --seconds 3");
  ASSERT_EQ(ran.status, 0) << ran.err;
  // All waits for the locks that these threads owned; of those that they waited for none is another process's.
  const std::string known =
      "FROM owners o LEFT JOIN threads t ON t.run = o.run AND t.thread = o.owner WHERE o.lock IN (SELECT p.lock FROM "
      "owners p JOIN threads u ON u.run = p.run AND u.thread = p.owner WHERE u.comm IN ('reader', 'seeker', 'mapper', "
      "'protector'))";
  for (const auto& [calls, what] : {std::pair{"0, 8", "the mutex of a file's position"}, {"9, 10, 11", "mmap_lock"}}) {
    const auto counted = row(
        path("a.slk"),
        fmt::format("SELECT sum(o.contentions), sum(o.contentions * (t.comm IS NOT NULL)), sum(o.contentions * "
                    "(t.comm = CASE o.syscall WHEN 0 THEN 'seeker' WHEN 8 THEN 'reader' WHEN 10 THEN 'mapper' ELSE "
                    "'protector' END)), sum(o.wait_ns), sum(o.wait_ns * (t.comm IS NOT NULL)) {} AND o.syscall IN ({})",
                    known, calls));
    ASSERT_FALSE(counted[0].is_null()) << "nothing waited for " << what;
    EXPECT_GE(counted[2].get<double>(), 0.95 * counted[1].get<double>()) << what << counted;
    // The others are not known: readers, and those that gave the lock up just then, which are many short waits.
    EXPECT_GE(counted[4].get<double>(), 0.2 * counted[3].get<double>()) << what << counted;
  }
}

TEST_F(Dimension, AnOwnerThatSleepsIsTold) {
  if (access("/proc/kmsg", R_OK) != 0 || access("/dev/kmsg", W_OK) != 0) GTEST_SKIP() << "no kernel log here";
  const Ran ran =
      run("socklock record -q --level 1 --stacks all -o " + path("a.slk") + " -- lockload --sleeper --seconds 2");
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto counted = row(path("a.slk"),
                           "SELECT sum(o.wait_ns), sum(o.wait_ns * (o.state = 'asleep')) FROM owners o "
                           "JOIN threads t ON t.run = o.run AND t.thread = o.owner WHERE t.comm = 'sleeper'");
  ASSERT_FALSE(counted[0].is_null());
  EXPECT_GE(counted[1].get<double>(), 0.9 * counted[0].get<double>()) << counted;
}

// Of twelve threads on one socket eleven may wait at once; it is held while others wait for as long as there is time.
TEST_F(Dimension, WhileOthersWaitALockIsHeldEachMomentOnce) {
  const Ran ran = run("socklock record -q --level 1 --stacks all -o " + path("a.slk") +
                      " -- lockload --held --mutexes 6 --seconds 2");
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto counted =
      row(path("a.slk"),
          "SELECT sum(wait_ns), sum(contended_ns), (SELECT duration_ns FROM runs)"
          " FROM owners WHERE lock = (SELECT lock FROM owners WHERE lock_class = 'unix.iolock' GROUP BY "
          "lock ORDER BY sum(wait_ns) DESC LIMIT 1)");
  const double waited = counted[0], held = counted[1], lasted = counted[2];
  EXPECT_GT(held, 0) << counted;
  EXPECT_LT(held, waited) << counted;
  // Waits that took up what those without a stack would stand for may be counted twice.
  EXPECT_LE(held, 1.02 * lasted) << counted;
}

}  // namespace
}  // namespace socklock::live
