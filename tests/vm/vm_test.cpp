// SPDX-License-Identifier: GPL-2.0-or-later
// The same recorder on the kernels of three Debian releases, against witnesses in the guest that use no BPF:
// /proc/net/snmp, a kprobe event that reads the kernel's tables, and `perf lock record`.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/live/host.h"
#include "tests/support/perf_waits.h"

namespace socklock::live {
namespace {

constexpr int kSkipped = 77;

nlohmann::json json_of(const std::string& command) {
  const Ran ran = run(command);
  EXPECT_EQ(ran.status, 0) << command << ": " << ran.err;
  return nlohmann::json::parse(ran.out, nullptr, false);
}

// A guest that ran one script, booted once for all tests of a process.
class Guest : public testing::TestWithParam<const char*> {
 protected:
  static std::map<std::string, Ran>& boots() {
    static std::map<std::string, Ran> ran;
    return ran;
  }
  static const std::filesystem::path& folder() {
    static const std::filesystem::path path = [] {
      std::string pattern = (std::filesystem::temp_directory_path() / "socklock-vm-XXXXXX").string();
      return std::filesystem::path(mkdtemp(pattern.data()));
    }();
    return path;
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder()); }

  void boot(const std::string& script, const std::string& spinlocks, int processors = 4) {
    name_ = std::string(GetParam()) + "-" + spinlocks + "-" + std::to_string(processors);
    if (!boots().contains(name_)) {
      std::filesystem::create_directories(folder());
      boots()[name_] =
          run("tests/vm/boot --kernel " + std::string(GetParam()) + " --spinlocks " + spinlocks + " --processors " +
              std::to_string(processors) + " --script tests/vm/" + script + " --out " + path("") +
              " -- $(for program in socklock-record connchurn lockload bpftool perf; do command -v $program; done)");
    }
    const Ran& ran = boots()[name_];
    if (ran.status == kSkipped) GTEST_SKIP() << ran.err;
    ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
  }

  [[nodiscard]] std::string path(const std::string& file) const { return (folder() / name_ / file).string(); }
  [[nodiscard]] nlohmann::json doctor() const {
    std::ifstream in(path("doctor.json"));
    return nlohmann::json::parse(in, nullptr, false);
  }
  [[nodiscard]] nlohmann::json info(const std::string& trace) const {
    return json_of("socklock info --json " + path(trace));
  }
  [[nodiscard]] nlohmann::json report(const std::string& trace, const std::string& options = "") const {
    return json_of("socklock report --json " + options + " " + path(trace));
  }

  // Of the load that perf.slk and perf.data are of.
  void expect_waits_of_perf() const;

 private:
  std::string name_;
};

void Guest::expect_waits_of_perf() const {
  using namespace perf_witness;
  const Ran script =
      run("perf script -i " + path("perf.data") + " --ns -F tid,cpu,time,event,trace >" + path("perf.txt"));
  ASSERT_EQ(script.status, 0) << script.err;
  ASSERT_EQ(run("grep -c LOST " + path("perf.txt")).status, 1) << "perf lost events";
  Window window = perfs_window(path("perf.txt"));
  const KindSums ours = read_ours(path("perf.slk"), window);
  const KindSums perfs = read_perfs(path("perf.txt"), window);
  // The recorder leaves its own waits out; perf has them.
  const double own_waits = info("perf.slk")["pairing"]["self"];
  for (const Kind kind : {kSpin, kMutex}) {
    std::printf("%s: %.0f waits, %.0f ns here; %.0f waits, %.0f ns by perf\n", kKindNames[kind], ours[kind].contentions,
                ours[kind].wait_ns, perfs[kind].contentions, perfs[kind].wait_ns);
    EXPECT_GT(perfs[kind].contentions, kind == kSpin ? 100 : 0);
    const double per_wait_ns = perfs[kind].wait_ns / perfs[kind].contentions;
    EXPECT_NEAR(ours[kind].contentions, perfs[kind].contentions, 0.01 * perfs[kind].contentions + own_waits);
    EXPECT_NEAR(ours[kind].wait_ns, perfs[kind].wait_ns, 0.03 * perfs[kind].wait_ns + own_waits * per_wait_ns);
  }
}

class Kernel : public Guest {
 protected:
  void SetUp() override { boot("kernel_test.guest", "native"); }
};

// "Tcp: ActiveOpens" of a copy of /proc/net/snmp: a line of names, then one of values.
double active_opens(const std::string& file) {
  std::ifstream in(file);
  std::string line, names;
  while (std::getline(in, line) && !line.starts_with("Tcp:")) {
  }
  names = line;
  std::getline(in, line);
  std::istringstream name_words(names), value_words(line);
  std::string name, value;
  while (name_words >> name && value_words >> value)
    if (name == "ActiveOpens") return std::stod(value);
  return 0;
}

// Lines "name=number" of a file.
std::map<std::string, std::uint64_t> numbers(const std::string& file) {
  std::map<std::string, std::uint64_t> found;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto equals = line.find('=');
    if (equals != std::string::npos) found[line.substr(0, equals)] = std::stoull(line.substr(equals + 1));
  }
  return found;
}

TEST_P(Kernel, IsTheOneAskedForAndItsSpinlocksAreNative) {
  std::ifstream in(path("release"));
  std::string release;
  in >> release;
  EXPECT_TRUE(release.starts_with(std::string(GetParam()) + ".")) << release;
  EXPECT_EQ(doctor()["spinlock_mode"], "native") << doctor();
  EXPECT_GE(doctor()["level"], 1) << doctor();
}

TEST_P(Kernel, LosesNothingAndNamesWhatItSaw) {
  const auto document = info("churn.slk");
  EXPECT_EQ(document["lost"], 0) << document["losses"];
  EXPECT_EQ(document["events"], document["contentions"]);
  const auto socket = report("churn.slk")["total"]["socket"];
  EXPECT_GT(socket["wait_ns"], 0);
  EXPECT_GE(socket["path_wait_share"], 0.99) << socket;
  // Half of it at least: of emulated churn, the scheduler's own locks are a fair part.
  EXPECT_GE(socket["classified_wait_share"], 0.5) << socket;
}

TEST_P(Kernel, ConnectionsAreThoseOfTheKernelsOwnCounter) {
  const double ours = info("churn.slk")["work"]["connections_active"];
  EXPECT_GT(ours, 100);
  EXPECT_NEAR(ours / (active_opens(path("snmp.after")) - active_opens(path("snmp.before"))), 1, 0.01);
}

TEST_P(Kernel, AProcessorMayGoAndComeBack) {
  std::ifstream in(path("online"));
  std::string meanwhile, afterwards;
  in >> meanwhile >> afterwards;
  EXPECT_NE(meanwhile, afterwards) << "no processor was taken away";
  const auto document = info("processors.slk");
  expect_exact_books(document);
  EXPECT_EQ(document["lost"], 0) << document["losses"];
  EXPECT_EQ(document["workload"]["exit_status"], 0);
}

// Of the locks that the load's threads own, each of a pair waits for the other only; system calls tell who waited.
TEST_P(Kernel, OwnersAndCgroupsOfWaitersAreKnown) {
  const auto answer = json_of(
      "socklock query --json " + path("roles.slk") +
      " \"SELECT sum(o.contentions), sum(o.contentions * (t.comm = CASE o.syscall WHEN 0 THEN 'seeker' WHEN 8 THEN "
      "'reader'"
      " WHEN 10 THEN 'mapper' ELSE 'protector' END)) FROM owners o JOIN threads t ON t.run = o.run AND t.thread = "
      "o.owner"
      " WHERE o.syscall IN (0, 8, 9, 10, 11) AND o.lock IN (SELECT p.lock FROM owners p JOIN threads u ON u.run = p.run"
      " AND u.thread = p.owner WHERE u.comm IN ('reader', 'seeker', 'mapper', 'protector'))\"");
  const auto row = answer["results"][0]["rows"][0];
  ASSERT_FALSE(row[0].is_null()) << "nothing waited";
  std::printf("%.0f waits with an owner, %.0f with the right one\n", row[0].get<double>(), row[1].get<double>());
  EXPECT_GE(row[1].get<double>(), 0.95 * row[0].get<double>());
  const auto cgroups = report("roles.slk", "--by cgroup")["by_cgroup"];
  EXPECT_TRUE(std::any_of(cgroups.begin(), cgroups.end(), [](const auto& of) {
    return of["cgroup"] == "roles.service" && of["wait_ns"] > 0;
  })) << cgroups;
}

// inet_bhashfn() (include/net/inet_hashtables.h): the port and the namespace's salt, modulo the table's size.
TEST_P(Kernel, TheHotBucketOfTheBindTableHasTheIndexThatTheKernelComputes) {
  const auto tables = numbers(path("tables"));
  ASSERT_TRUE(tables.contains("size") && tables.contains("salt")) << "the kprobe event gave nothing";
  const auto bucket = static_cast<std::uint32_t>(tables.at("port") + tables.at("salt")) & (tables.at("size") - 1);
  std::string hottest;
  std::uint64_t most = 0;
  const auto rows = report("perf.slk", "--limit 0 --by instance")["by_instance"];
  for (const auto& row : rows) {
    const std::string instance = row["instance"];
    if (!instance.starts_with("tcp.bhash[") || row["contentions"] <= most) continue;
    hottest = instance;
    most = row["contentions"];
  }
  // Spinlocks tell of waiters from the second on only, so an overloaded host may leave too few to call one hot.
  if (most < 10) GTEST_SKIP() << "only " << most << " waits at the busiest bucket";
  EXPECT_EQ(hottest, "tcp.bhash[" + std::to_string(bucket) + "]");
}

// Hits of each kprobe event: "  name  hits  misses".
std::map<std::string, double> kprobe_hits(const std::string& file) {
  std::map<std::string, double> hits;
  std::ifstream in(file);
  std::string name;
  double hit = 0, missed = 0;
  while (in >> name >> hit >> missed) hits[name] = hit + missed;
  return hits;
}

TEST_P(Kernel, CallsAreThoseThatKprobeEventsCount) {
  const auto document = info("churn.slk");
  ASSERT_EQ(document["level"], 2) << document["notes"];
  auto witness = kprobe_hits(path("kprobe_profile"));
  std::map<std::string, double> ours;
  const auto calls = report("churn.slk")["acquisitions"]["calls"];
  for (const auto& row : calls) ours[row["function"]] = row["calls"];
  // The recorder's own calls are in the witness, and what happens between enabling it and recording.
  const double slack = 50;
  for (const char* function : {"lock_sock_nested", "release_sock", "inet_ehash_insert", "inet_put_port",
                               "__inet_inherit_port", "__inet_hash_connect"}) {
    std::printf("%s: %.0f here, %.0f by kprobe events\n", function, ours[function], witness[function]);
    EXPECT_GT(witness[function], 0) << function;
    EXPECT_NEAR(ours[function], witness[function], 0.01 * witness[function] + slack) << function;
  }
}

// Each connection is entered in the table of connections three times on loopback: the client's socket, the server's
// request, the server's socket.
TEST_P(Kernel, AcquisitionsPerConnectionAreThoseOfLinux) {
  const double opened = active_opens(path("snmp.after")) - active_opens(path("snmp.before"));
  std::map<std::string, double> ours;
  const auto calls = report("churn.slk")["acquisitions"]["calls"];
  for (const auto& row : calls) ours[row["function"]] = row["calls"];
  EXPECT_NEAR((ours["inet_ehash_insert"] + ours["__inet_check_established"]) / opened, 3, 0.3) << opened;
  EXPECT_NEAR(ours["__inet_inherit_port"] / opened, 1, 0.05);
  EXPECT_NEAR(ours["__inet_hash_connect"] / opened, 1, 0.05);
  EXPECT_NEAR(ours["inet_csk_complete_hashdance"] / opened, 1, 0.05);
  EXPECT_NEAR(ours["inet_csk_accept"] / opened, 1, 0.05);
}

// Of one recording: where locks are taken, and the functions that take them.
TEST_P(Kernel, LocksOfTablesAreTakenAsOftenAsTheFunctionsSay) {
  const auto document = report("spinlocks.slk");
  std::map<std::string, double> calls, taken;
  for (const auto& row : document["acquisitions"]["calls"]) calls[row["function"]] += row["calls"].get<double>();
  for (const auto& row : document["acquisitions"]["by_class_path"]) {
    if (!row["path"].is_null()) continue;
    taken[row["class"]] = row["acquisitions"];
    EXPECT_FALSE(row["role"] == "bind table" && row["at_least"]) << row;
  }
  const double timewait =
      calls["inet_twsk_hashdance"] + calls["inet_twsk_hashdance_schedule"] + calls["inet_twsk_kill"];
  const double ports = calls["inet_put_port"] + calls["__inet_inherit_port"] + calls["__inet_hash_connect"] +
                       calls["inet_csk_get_port"] + timewait;
  const double connections =
      calls["inet_ehash_insert"] + calls["inet_unhash"] + timewait + calls["inet_twsk_deschedule_put"];
  // Ports that connect() finds taken, and those that it may share, are few here.
  const double few = 10 + calls["__inet_check_established"];
  for (const auto& [table, functions] :
       {std::pair{"tcp.ehash", connections}, {"tcp.bhash", ports}, {"tcp.bhash2", ports}}) {
    std::printf("%s: %.0f taken, %.0f by functions\n", table, taken[table], functions);
    EXPECT_GT(taken[table], 100) << table;
    EXPECT_NEAR(taken[table], functions, 0.01 * functions + few) << table;
  }
}

// Holds are drawn by chance, so as many as acquisitions only about.
TEST_P(Kernel, LocksOfTablesAreHeldAsOftenAsTheyAreTaken) {
  const auto answer = json_of("socklock query --json " + path("spinlocks.slk") +
                              " \"SELECT c.lock_class, (SELECT sum(calls) FROM calls WHERE lock_class = c.lock_class), "
                              "sum(c.holds), sum(c.samples), sum(c.hold_ns), (SELECT sum(holds) FROM held_locks WHERE "
                              "lock_class = c.lock_class), (SELECT count(*) FROM held_locks h JOIN locks l ON l.run = "
                              "h.run AND l.lock = h.lock WHERE h.lock_class = c.lock_class AND l.name NOT LIKE "
                              "c.lock_class || '[%') FROM holds c WHERE c.lock_class IN ('tcp.ehash', 'tcp.bhash', "
                              "'tcp.bhash2') GROUP BY 1\"");
  const auto& rows = answer["results"][0]["rows"];
  ASSERT_EQ(rows.size(), 3U) << answer;
  for (const auto& row : rows) {
    const double taken = row[1], held = row[2], samples = row[3], mean_ns = row[4].get<double>() / held;
    std::printf("%s: %.0f taken, %.0f held by %.0f samples, %.0f ns each\n", row[0].get<std::string>().c_str(), taken,
                held, samples, mean_ns);
    EXPECT_NEAR(held, taken, 0.1 * taken + 5 * taken / std::sqrt(samples)) << row;
    EXPECT_LT(mean_ns, 1e6) << row;
    // But for buckets that found no place.
    EXPECT_NEAR(row[5].get<double>(), held, 0.1 * held) << row;
    EXPECT_EQ(row[6], 0) << row;
  }
}

TEST_P(Kernel, AcquisitionsAndContentionRatiosAreReported) {
  bool found = false;
  const auto classes = report("owners.slk")["by_class"];
  for (const auto& row : classes) {
    if (row["class"] != "tcp.sock.owner") continue;
    found = true;
    ASSERT_FALSE(row["acquisitions"].is_null());
    EXPECT_GT(row["acquisitions"], row["contentions"]);
    EXPECT_GT(row["contention_ratio"], 0);
    EXPECT_LT(row["contention_ratio"], 1);
  }
  EXPECT_TRUE(found);
}

TEST_P(Kernel, HoldsOfASocketAreMeasuredAndHaveABacklog) {
  const auto holds = report("owners.slk")["holds"];
  ASSERT_TRUE(holds["measured"]) << holds["reason"];
  double samples = 0, backlog_ns = 0, hold_ns = 0;
  for (const auto& row : holds["by_class_path"]) {
    if (row["class"] != "tcp.sock.owner" || !row["path"].is_null()) continue;
    samples = row["samples"];
    hold_ns = row["hold_ns"];
    backlog_ns = row["backlog_ns"];
    EXPECT_GT(row["p50_ns"], 0);
    EXPECT_GE(row["p99_ns"], row["p50_ns"]);
  }
  EXPECT_GT(samples, 0);
  // A slow host leaves too few to be sure that one of them had a backlog.
  if (samples < 200) GTEST_SKIP() << "only " << samples << " samples";
  EXPECT_GT(backlog_ns, 0);
  EXPECT_LT(backlog_ns, hold_ns);
}

nlohmann::json holds_of_owners(const nlohmann::json& report) {
  for (const auto& row : report["holds"]["by_class_path"])
    if (row["class"] == "tcp.sock.owner" && row["path"].is_null()) return row;
  return {};
}

TEST_P(Kernel, HoldersThatSleepAreSeenTo) {
  const auto asleep = holds_of_owners(report("asleep.slk")), running = holds_of_owners(report("owners.slk"));
  ASSERT_FALSE(asleep.is_null());
  ASSERT_FALSE(running.is_null());
  // Of every round one sleeps until the others wait; what it and they do awake takes as long where CPUs are emulated.
  const auto share = [](const nlohmann::json& holds) { return double(holds["off_cpu_ns"]) / double(holds["hold_ns"]); };
  // Of many threads on two CPUs holders are preempted: from 7% of the hold time to half of it.
  std::cout << share(asleep) << " of the hold time off CPU, " << share(running) << " where twelve threads want a CPU\n";
  EXPECT_LE(share(running), 1);
  EXPECT_GT(share(asleep), 0.1) << asleep;
  EXPECT_LE(share(asleep), 1);
  EXPECT_NEAR(double(asleep["threads"]), 4, 2.5) << asleep;
}

// Senders and receivers share two sockets, one of which is only sent on, the other only received from.
TEST_P(Kernel, WaitersForAnOwnerKnowWhoThatWas) {
  const auto holders = report("owners.slk")["holders"];
  ASSERT_TRUE(holders["measured"]) << holders["reason"];
  double known = 0, all = 0, user = 0;
  for (const auto& cell : holders["matrix"]) {
    if (cell["lock"] != "socket") continue;
    const double wait_ns = cell["wait_ns"];
    all += wait_ns;
    if (cell["holder_path"].is_null()) continue;
    known += wait_ns;
    if (cell["holder_path"] == "send" || cell["holder_path"] == "receive") user += wait_ns;
  }
  EXPECT_GT(all, 0);
  EXPECT_GT(known, 0) << holders;
  EXPECT_GT(user, 0.9 * known) << holders;
  bool names_function = false;
  for (const auto& row : holders["by_function"])
    names_function =
        names_function || row["holder_function"] == "tcp_sendmsg" || row["holder_function"] == "tcp_recvmsg";
  EXPECT_TRUE(names_function) << holders["by_function"];
}

// Threads that do nothing but bind() to a port and close().
TEST_P(Kernel, WaitersForABucketKnowWhichFunctionHeldIt) {
  const auto holders = report("owners.slk")["holders"];
  std::map<std::string, double> waits;
  double known = 0, all = 0;
  for (const auto& row : holders["by_function"]) {
    const std::string lock_class = row["class"];
    if (!lock_class.starts_with("tcp.bhash")) continue;
    const bool is_known = !row["holder_path"].is_null();
    EXPECT_EQ(is_known, !row["holder_function"].is_null()) << row;
    const double count = row["waits"];
    all += count;
    if (!is_known) continue;
    known += count;
    waits[row["holder_function"]] += count;
    const bool binds = row["holder_function"] == "inet_csk_get_port";
    EXPECT_EQ(row["holder_path"], binds ? "setup" : "teardown") << row;
  }
  std::printf("%.0f waits, of %.0f known who held: %.0f inet_csk_get_port, %.0f inet_put_port\n", all, known,
              waits["inet_csk_get_port"], waits["inet_put_port"]);
  EXPECT_EQ(waits["inet_csk_get_port"] + waits["inet_put_port"], known) << holders["by_function"];
  // Spinlocks tell of waiters from the second on only, so an overloaded host may leave few.
  if (all < 20) GTEST_SKIP() << "only " << all << " waits";
  EXPECT_GT(known, 0.5 * all);
  EXPECT_GT(waits["inet_csk_get_port"], 0);
  EXPECT_GT(waits["inet_put_port"], 0);
}

TEST_P(Kernel, SocketsAreNamedByTheirPort) {
  const auto instances = report("owners.slk", "--limit 0 --by instance")["by_instance"];
  EXPECT_NE(instances.dump().find("tcp.sock.owner{lport="), std::string::npos) << instances;
}

// What a host with test-and-set spinlocks can't show: spinlocks too agree with perf.
TEST_P(Kernel, SpinlockWaitsAreThoseOfPerf) { expect_waits_of_perf(); }

INSTANTIATE_TEST_SUITE_P(Debian, Kernel, testing::Values("6.1", "6.12", "7.2"), [](const auto& kernel) {
  std::string name = kernel.param;
  name.replace(name.find('.'), 1, "_");
  return name;
});

class ManyProcessors : public Guest {
 protected:
  void SetUp() override { boot("many_processors_test.guest", "native", kMany); }
  static constexpr int kMany = 16;
};

TEST_P(ManyProcessors, EachKeepsItsBooks) {
  std::ifstream in(path("processors"));
  int processors = 0;
  in >> processors;
  ASSERT_EQ(processors, kMany);
  EXPECT_EQ(doctor()["spinlock_mode"], "native");
  const auto document = info("churn.slk");
  expect_exact_books(document);
  EXPECT_EQ(document["lost"], 0) << document["losses"];
  EXPECT_EQ(document["work"]["connections_active"].get<double>(),
            active_opens(path("snmp.after")) - active_opens(path("snmp.before")));
  const auto row = json_of("socklock query --json " + path("churn.slk") +
                           " \"SELECT count(DISTINCT cpu), count(*) FROM events\"")["results"][0]["rows"][0];
  std::printf("%d waits on %d processors\n", row[1].get<int>(), row[0].get<int>());
  EXPECT_GE(row[0], kMany - 2);
}

TEST_P(ManyProcessors, WaitsAreThoseOfPerf) { expect_waits_of_perf(); }

INSTANTIATE_TEST_SUITE_P(Debian, ManyProcessors, testing::Values("6.12"), [](const auto&) { return "6_12"; });

class TestAndSet : public Guest {
 protected:
  void SetUp() override { boot("spinlock_mode_test.guest", "test-and-set"); }
};

TEST_P(TestAndSet, IsRecognisedAndWarnedOf) {
  EXPECT_EQ(doctor()["spinlock_mode"], "test-and-set") << doctor();
  const auto document = info("churn.slk");
  EXPECT_EQ(document["spinlock_mode"], "test-and-set");
  EXPECT_NE(document["notes"].dump().find("can't be seen"), std::string::npos) << document["notes"];
  const auto report = run("socklock report --limit 0 " + path("churn.slk")).out;
  EXPECT_NE(report.find("test-and-set"), std::string::npos);
  // What the note sends its reader to.
  EXPECT_NE(report.find("\nnative_queued_spin_lock_slowpath "), std::string::npos) << report;
}

INSTANTIATE_TEST_SUITE_P(Debian, TestAndSet, testing::Values("6.1"), [](const auto&) { return "6_1"; });

}  // namespace
}  // namespace socklock::live
