// SPDX-License-Identifier: GPL-2.0-or-later
// What functions tell beside waits: measured where the host permits it, else said not to be, and why. What a
// guest with level 2 shows is in tests/vm.
#include <gmock/gmock.h>

#include "tests/live/host.h"

namespace socklock::live {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class Level2 : public LiveTest {
 protected:
  std::string recorded(const std::string& options, const std::string& load) const {
    const std::string trace = path("a.slk");
    const Ran ran = run("socklock record -q --overwrite " + options + " -o " + trace + " -- " + load);
    EXPECT_EQ(ran.status, 0) << ran.err;
    return trace;
  }
};

void expect_nothing_measured(const json& document) {
  for (const char* part : {"acquisitions", "holds", "holders"}) {
    EXPECT_FALSE(document[part]["measured"]);
    EXPECT_NE(document[part]["reason"], "");
  }
  for (const auto& row : document["by_class"]) {
    EXPECT_TRUE(row["acquisitions"].is_null()) << row;
    EXPECT_TRUE(row["contention_ratio"].is_null()) << row;
  }
}

TEST_F(Level2, IsMeasuredOrSaysWhyNot) {
  const std::string trace = recorded("", "connchurn --seconds 1");
  const json document = report(trace);
  if (info(trace)["level"] == 2) {
    EXPECT_TRUE(document["acquisitions"]["measured"]);
    EXPECT_FALSE(document["acquisitions"]["by_class_path"].empty());
    return;
  }
  expect_nothing_measured(document);
  EXPECT_THAT(run("socklock report " + trace).out, HasSubstr("not measured"));
  EXPECT_THAT(run("socklock compare " + trace + " -- " + trace).out, HasSubstr("not measured"));
}

TEST_F(Level2, IsLeftOutOnDemand) {
  const std::string trace = recorded("--level 1", "connchurn --seconds 1");
  EXPECT_EQ(info(trace)["level"], 1);
  const json document = report(trace);
  expect_nothing_measured(document);
  EXPECT_EQ(document["acquisitions"]["reason"], "left out by --level 1");
}

TEST_F(Level2, NamesSocketsByTheirPortAndByAddressesOnDemandOnly) {
  std::string names =
      report(recorded("", "lockload --held --owners 2 --rounds 4"), "--by instance")["by_instance"].dump();
  EXPECT_THAT(names, HasSubstr("tcp.sock.owner{lport="));
  EXPECT_THAT(names, ::testing::Not(HasSubstr("127.0.0.1")));
  names =
      report(recorded("--socket-addresses", "lockload --held --owners 2 --rounds 4"), "--by instance")["by_instance"]
          .dump();
  EXPECT_THAT(names, HasSubstr("127.0.0.1"));
}

TEST_F(Level2, SamplesTheCpuOnDemand) {
  const std::string trace = recorded("--cpu-profile 499", "connchurn --seconds 1");
  const json notes = info(trace)["notes"];
  for (const auto& note : notes)
    if (std::string(note).find("no CPU profile") != std::string::npos) GTEST_SKIP() << "SKIPPED: " << note;
  const json profile = report(trace)["cpu_profile"];
  EXPECT_EQ(profile["hz"], 499);
  EXPECT_GT(profile["samples"], 0);
  double paths = 0;
  for (const auto& row : profile["by_path"]) paths += double(row["samples"]);
  EXPECT_EQ(paths + double(profile["user_samples"]), double(profile["samples"]));
  EXPECT_TRUE(report(recorded("", "connchurn --seconds 1"))["cpu_profile"].is_null());
}

}  // namespace
}  // namespace socklock::live
