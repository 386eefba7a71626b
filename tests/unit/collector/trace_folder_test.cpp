// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/output/trace_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <vector>
#include "tests/support/temporary_folder.h"

namespace socklock::collector {
namespace {

namespace fs = std::filesystem;

class TraceFolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.folder = folder_.string();
    options_.max_bytes = 1000;
    options_.rotate_bytes = 400;
    options_.rotate_seconds = 60;
  }

  // As a service left it so long ago.
  fs::path old_trace(const std::string& time, std::size_t bytes, int hours = 0) const {
    fs::path path = folder_ / ("socklock-" + time + ".slk");
    std::ofstream(path) << std::string(bytes, 'x');
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(hours));
    return path;
  }

  const socklock::testing::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  ServiceOptions options_;
};

TEST_F(TraceFolderTest, RemovesTheOldestTracesOnly) {
  const auto oldest = old_trace("20260101T000000Z", 200), older = old_trace("20260102T000000Z", 200),
             newer = old_trace("20260103T000000Z", 200);
  auto folder = TraceFolder::open(options_);
  ASSERT_TRUE(folder);
  EXPECT_FALSE(folder->after_interval(250, 0)) << "and the next interval may be as large";
  EXPECT_FALSE(fs::exists(oldest));
  EXPECT_TRUE(fs::exists(older));
  EXPECT_TRUE(fs::exists(newer));
}

TEST_F(TraceFolderTest, RemovesWhatIsTooOld) {
  options_.max_age_seconds = 3 * 3600;
  const auto old = old_trace("20260101T000000Z", 10, 4), young = old_trace("20260102T000000Z", 10, 2);
  auto folder = TraceFolder::open(options_);
  ASSERT_TRUE(folder);
  folder->after_interval(0, 0);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(young));
}

TEST_F(TraceFolderTest, RemovesNothingThatAServiceDidNotMake) {
  options_.max_age_seconds = 1;
  std::vector<fs::path> others;
  // socklock record without -o names its traces by the first of these.
  for (const char* name : {"20261101-120000", "golden", "20261101T120000", "20261101T120000Zx", "20261101T120000Z-",
                           "20261101T120000Z-2b", "2026110T1200000Z", "dddddddTddddddZ"})
    others.push_back(old_trace(name, 900, 10));
  others.push_back(folder_ / "socklock-20260101T000000Z.slk");
  fs::create_symlink("socklock-golden.slk", others.back());
  others.push_back(folder_ / "socklock-20260102T000000Z.slk");
  fs::create_directory(others.back());
  if (geteuid() == 0) {
    others.push_back(old_trace("20260103T000000Z", 900, 10));
    ASSERT_EQ(chown(others.back().c_str(), 12345, 12345), 0);
  }
  const auto ours = old_trace("20260104T000000Z-12", 900, 10);
  auto folder = TraceFolder::open(options_);
  ASSERT_TRUE(folder);
  folder->after_interval(900, 0);
  EXPECT_FALSE(fs::exists(ours));
  for (const fs::path& other : others) EXPECT_TRUE(fs::exists(fs::symlink_status(other))) << other;
}

TEST_F(TraceFolderTest, ItsLockIsNoLink) {
  fs::create_symlink(folder_ / "elsewhere", folder_ / ".lock");
  EXPECT_FALSE(TraceFolder::open(options_));
  EXPECT_FALSE(fs::exists(folder_ / "elsewhere"));
}

TEST_F(TraceFolderTest, TouchesNothingElse) {
  std::ofstream(folder_ / "before.slk") << std::string(5000, 'x');
  std::ofstream(folder_ / "socklock-notes.txt") << std::string(5000, 'x');
  auto folder = TraceFolder::open(options_);
  ASSERT_TRUE(folder);
  folder->after_interval(900, 0);
  EXPECT_TRUE(fs::exists(folder_ / "before.slk"));
  EXPECT_TRUE(fs::exists(folder_ / "socklock-notes.txt"));
}

TEST_F(TraceFolderTest, ATraceIsLongEnoughBySizeOrTime) {
  auto folder = TraceFolder::open(options_);
  ASSERT_TRUE(folder);
  EXPECT_FALSE(folder->after_interval(399, 59'000'000'000));
  EXPECT_TRUE(folder->after_interval(400, 0));
  EXPECT_TRUE(folder->after_interval(0, 60'000'000'000));
}

TEST_F(TraceFolderTest, NamesOfOneSecondDiffer) {
  auto folder = TraceFolder::open(options_);
  ASSERT_TRUE(folder);
  auto first = folder->next();
  ASSERT_TRUE(first && first->publish());
  auto second = folder->next();
  ASSERT_TRUE(second && second->publish());
  EXPECT_NE(first->path, second->path);
  struct stat status {};
  ASSERT_EQ(stat(second->path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

// A shipper, or who watches the service, is in the folder's group.
TEST_F(TraceFolderTest, WhoMayReadTheFolderMayReadItsTraces) {
  for (const auto& [of_folder, of_trace] :
       {std::pair{0750U, 0640U}, std::pair{0700U, 0600U}, std::pair{0705U, 0600U}}) {
    auto folder = TraceFolder::open(options_);
    ASSERT_TRUE(folder);
    ASSERT_EQ(chmod(options_.folder.c_str(), of_folder), 0);
    auto trace = folder->next();
    ASSERT_TRUE(trace && trace->publish());
    struct stat status {};
    ASSERT_EQ(stat(trace->path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, of_trace);
  }
}

}  // namespace
}  // namespace socklock::collector
