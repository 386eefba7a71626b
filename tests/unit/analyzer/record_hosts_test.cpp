// SPDX-License-Identifier: GPL-2.0-or-later
// Recording on many hosts, with a program in ssh's place: it gets the same words, and hands over a trace.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "analyzer/experiment/record_hosts.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_runs.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using analyzer::testing::Folder;
namespace fs = std::filesystem;

class RecordHosts : public ::testing::Test {
 protected:
  void SetUp() override {
    analyzer::testing::write_ehash_run(folder_.file("some.slk"), 1000);
    // $1: host, $2: what its shell is to run.
    write("ssh", "#!/bin/sh\necho \"$1: $2\" >>" + folder_.file("calls") +
                     "\ncase $1 in down*) echo 'No route to host' >&2; exit 255 ;; esac\ncat " +
                     folder_.file("some.slk") + "\n");
    fs::permissions(folder_.file("ssh"), fs::perms::owner_all);
    request_.ssh = folder_.file("ssh");
    request_.folder = folder_.file("after");
    request_.hosts_file = folder_.file("hosts");
    request_.arguments = {"-d", "30", "-l", "it's"};
  }

  void write(const std::string& name, const std::string& text) { std::ofstream(folder_.file(name)) << text; }
  std::string text_of(const std::string& name) {
    std::ifstream file(folder_.file(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  Folder folder_;
  HostsRequest request_;
};

TEST_F(RecordHosts, EachHostIsATraceAndTheFolderASide) {
  write("hosts", "# web servers\nweb1\nroot@web2  # second\n\nweb1\n");
  request_.parallel = 2;
  const auto result = record_hosts(request_);
  ASSERT_TRUE(result.has_value()) << result.error().message();
  EXPECT_EQ(result->recorded, 3U);
  EXPECT_TRUE(result->failed.empty());
  for (const char* side : {"before", "after"}) {
    const auto traces = traces_named({request_.folder}, side);
    ASSERT_TRUE(traces.has_value()) << traces.error().message();
    EXPECT_EQ(traces->size(), 3U);
    const auto runs = load_runs(*traces, Taxonomy::built_in());
    ASSERT_TRUE(runs.has_value());
    EXPECT_EQ(runs->front().run.events, 100U);
  }
  EXPECT_NE(text_of("calls").find("root@web2: socklock-record record -q -o - '-d' '30' '-l' 'it'\\''s'\n"),
            std::string::npos)
      << text_of("calls");
  EXPECT_FALSE(record_hosts(request_).has_value()) << "a recording is never written over";
}

TEST_F(RecordHosts, AHostThatFailsIsNamedAndEndsNobodyElses) {
  write("hosts", "down1\nweb1\n");
  const auto result = record_hosts(request_);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->recorded, 1U);
  ASSERT_EQ(result->failed.size(), 1U);
  EXPECT_EQ(result->failed[0], "down1: No route to host (status 255)");
  EXPECT_EQ(traces_named({request_.folder}, "before")->size(), 1U);
  EXPECT_NE(text_of("after/manifest.json").find("No route to host"), std::string::npos);
}

TEST_F(RecordHosts, AFileOfHostsIsUntrusted) {
  write("hosts", "-oProxyCommand=evil\n");
  EXPECT_FALSE(record_hosts(request_).has_value());
  write("hosts", "# nobody\n");
  EXPECT_FALSE(record_hosts(request_).has_value());
  write("hosts", "../../etc/web\n");
  ASSERT_TRUE(record_hosts(request_).has_value());
  EXPECT_TRUE(fs::exists(folder_.file("after/_.._.._etc_web.slk")) || !fs::exists(folder_.file("etc")));
  for (const auto& entry : fs::directory_iterator(folder_.file("after"))) EXPECT_TRUE(entry.is_regular_file());
}

TEST(HostsRequest, TakesItsOwnOptionsAndLeavesTheRest) {
  const auto request =
      hosts_request({"--hosts=h.txt", "-d", "30", "--parallel", "10", "-o", "after", "--", "cmd", "-o", "x"});
  ASSERT_TRUE(request.has_value() && request->has_value());
  EXPECT_EQ((*request)->hosts_file, "h.txt");
  EXPECT_EQ((*request)->parallel, 10U);
  EXPECT_EQ((*request)->folder, "after");
  EXPECT_EQ((*request)->arguments, (std::vector<std::string>{"-d", "30", "--", "cmd", "-o", "x"}));
  EXPECT_FALSE(hosts_request({"-d", "30"})->has_value());
  EXPECT_FALSE(hosts_request({"--hosts", "h", "-d", "30"}).has_value()) << "no folder";
  EXPECT_FALSE(hosts_request({"--hosts", "h", "-o", "f"}).has_value()) << "would never end";
  EXPECT_FALSE(hosts_request({"--hosts", "h", "-o", "f", "-d", "1", "--parallel", "many"}).has_value());
}

}  // namespace
}  // namespace socklock::analyzer
