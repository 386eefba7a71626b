// SPDX-License-Identifier: GPL-2.0-or-later
// The recorded case inet-hash-connect (docs/case-inet-hash-connect.md): real traces whose verdict is known.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>

namespace socklock::analyzer {
namespace {

using nlohmann::json;

const std::string kCase = "examples/inet-hash-connect/";

json socklock(const std::string& arguments) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen((SOCKLOCK_PROGRAM " " + arguments).c_str(), "r"), pclose);
  std::string text;
  std::array<char, 4096> part{};
  while (const std::size_t bytes = fread(part.data(), 1, part.size(), pipe.get())) text.append(part.data(), bytes);
  return json::parse(text, nullptr, false);
}

json compare(const std::string& variant) {
  return socklock("compare --json " + kCase + variant + "/6.1/*.slk -- " + kCase + variant + "/7.2/*.slk");
}

// Of the tables' locks by call path; null where nothing waited there.
json path_row(const json& comparison, const std::string& path) {
  for (const auto& row : comparison["send_path"])
    if (row["path"] == path) return row;
  return nullptr;
}

json class_row(const json& comparison, const std::string& name) {
  for (const auto& row : comparison["classes"])
    if (row["class"] == name) return row;
  return nullptr;
}

TEST(CaseInetHashConnect, UnderPortPressureSetupWaitsAHundredTimesLess) {
  const json setup = path_row(compare("pressure"), "setup");
  ASSERT_FALSE(setup.is_null());
  EXPECT_EQ(setup["verdict"], "improved");
  EXPECT_LE(setup["effect"]["high"], 0.01) << "the whole interval of the wait per connection";
  const double before = setup["before"]["contentions_per_unit"], after = setup["after"]["contentions_per_unit"];
  EXPECT_GT(before, 0.5);
  EXPECT_LE(after * 100, before);
}

TEST(CaseInetHashConnect, UnderPortPressureBothTablesWaitLess) {
  const json comparison = compare("pressure");
  EXPECT_FALSE(comparison["within_run_only"]);
  const json bind_table = class_row(comparison, "tcp.bhash"), connection_table = class_row(comparison, "tcp.ehash");
  ASSERT_FALSE(bind_table.is_null());
  EXPECT_EQ(bind_table["verdict"], "improved");
  // Some ten waits a run, and none after.
  ASSERT_FALSE(connection_table.is_null());
  EXPECT_EQ(connection_table["verdict"], "improved");
  EXPECT_GT(connection_table["before"]["contentions"], 50);
  EXPECT_EQ(connection_table["after"]["contentions"], 0);
}

// Acquisitions per connection of a class in setup.
std::pair<double, double> acquired_in_setup(const json& comparison, const std::string& name) {
  for (const auto& row : comparison["acquisitions"]["by_class_path"])
    if (row["class"] == name && row["path"] == "setup")
      return {row["before"]["per_unit"].get<double>(), row["after"]["per_unit"].get<double>()};
  return {0, 0};
}

// What the refactor does is to take the locks less often; that they wait less follows from it.
TEST(CaseInetHashConnect, UnderPortPressureTheLocksAreTakenAHundredTimesLess) {
  const json pressure = compare("pressure"), ordinary = compare("ordinary");
  for (const char* name : {"tcp.bhash", "tcp.ehash"}) {
    const auto [before, after] = acquired_in_setup(pressure, name);
    EXPECT_GT(before, 500) << name << ": most of 2048 ports are tried in vain";
    EXPECT_NEAR(after, 1, 0.5) << name << ": only the lock of the port that is taken";
    const auto [ordinary_before, ordinary_after] = acquired_in_setup(ordinary, name);
    EXPECT_NEAR(ordinary_before, ordinary_after, 0.1) << name;
    EXPECT_GT(ordinary_before, 0.9) << name;
  }
}

TEST(CaseInetHashConnect, WhatIsLeftSitsAtTheServersPort) {
  const json setup = path_row(compare("pressure"), "setup"), input = path_row(compare("pressure"), "input");
  EXPECT_GT(input["after"]["contentions_per_unit"], 9 * setup["after"]["contentions_per_unit"].get<double>());
}

TEST(CaseInetHashConnect, WithPortsInPlentyNoImprovementIsClaimed) {
  const json comparison = compare("ordinary");
  EXPECT_NE(comparison["headline"]["verdict"], "improved");
  EXPECT_NE(comparison["all_locks"]["verdict"], "improved");
  const json setup = path_row(comparison, "setup");
  ASSERT_FALSE(setup.is_null());
  EXPECT_NE(setup["verdict"], "improved");
}

// ---- What 6.1 alone would have told of 7.2 ---------------------------------------------------------------------

json what_if(const std::string& variant) {
  return socklock("what-if --json " + kCase + variant +
                  "/6.1/*.slk --avoid tcp.bhash@setup=0.001 --avoid tcp.ehash@setup=0.001 --measured " + kCase +
                  variant + "/7.2/*.slk");
}

TEST(CaseInetHashConnect, UnderPortPressureTheEstimateHoldsWhatCame) {
  const json estimate = what_if("pressure");
  ASSERT_TRUE(estimate["refused"].is_null()) << estimate["refused"].dump();
  const json& left = estimate["total"]["left"];
  const double measured = estimate["measured"]["left"];
  EXPECT_NEAR(measured, 0.1, 0.03);
  EXPECT_GE(measured, left["low"].get<double>() / 2);
  EXPECT_LE(measured, left["high"].get<double>() * 2);
  EXPECT_GE(left["estimate"].get<double>() / measured, 0.5);
  EXPECT_LE(left["estimate"].get<double>() / measured, 2);
  EXPECT_TRUE(estimate["measured"]["inside"].get<bool>());
  for (const auto& row : estimate["classes"]) {
    if (row["path"] != "setup" || !row["touched"].get<bool>()) continue;
    EXPECT_LE(row["after_ns"]["estimate"].get<double>(), 0.002 * row["before_ns"].get<double>()) << row["class"];
  }
}

TEST(CaseInetHashConnect, WithPortsInPlentyTheEstimateSeesLittleToGain) {
  const json estimate = what_if("ordinary");
  if (!estimate["refused"].is_null()) return;
  EXPECT_GE(estimate["total"]["left"]["low"].get<double>(), 0.95);
}

TEST(CaseListenerPerThread, TheEstimateSaysThatNothingIsLeft) {
  const std::string folder = "examples/listener-per-thread/";
  const json estimate = socklock("what-if --json " + folder +
                                 "before-*.slk --split tcp.listen_sock.owner=thread "
                                 "--measured " +
                                 folder + "after-*.slk");
  ASSERT_TRUE(estimate["refused"].is_null());
  EXPECT_EQ(estimate["touched"]["left"]["high"].get<double>(), 0);
  EXPECT_LE(estimate["measured"]["touched"]["left"].get<double>(), 0.04);
}

TEST(CaseListenerPerThread, ASplitOnBusyCpusIsRefused) {
  const json estimate =
      socklock("what-if --json examples/listener-per-thread/before-*.slk --split tcp.listen_sock.owner=2");
  ASSERT_FALSE(estimate["refused"].is_null());
  EXPECT_EQ(estimate["refused"]["reason"], "holders_did_not_run");
  EXPECT_TRUE(estimate["total"]["left"].is_null());
}

// "trace, kernel, recorded at, load, connections, waits, SHA-256", by tabs.
TEST(CaseInetHashConnect, ManifestSaysWhatTheTracesSay) {
  std::ifstream manifest(kCase + "manifest.tsv");
  int traces = 0;
  for (std::string line; std::getline(manifest, line);) {
    if (line.starts_with("#")) continue;
    std::istringstream fields(line);
    std::string trace, kernel, time, load, connections, waits;
    for (auto* field : {&trace, &kernel, &time, &load, &connections, &waits}) std::getline(fields, *field, '\t');
    const json info = socklock("info --json " + kCase + trace);
    EXPECT_EQ(info["host"]["kernel_release"], kernel) << trace;
    EXPECT_EQ(info["work"]["connections_active"], std::stoul(connections)) << trace;
    EXPECT_EQ(info["contentions"], std::stoul(waits)) << trace;
    EXPECT_EQ(info["lost"], 0) << trace;
    EXPECT_EQ(info["spinlock_mode"], "native") << trace;
    ++traces;
  }
  EXPECT_GE(traces, 28) << "seven boots of two kernels under two loads";
}

}  // namespace
}  // namespace socklock::analyzer
