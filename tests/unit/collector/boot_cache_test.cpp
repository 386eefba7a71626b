// SPDX-License-Identifier: GPL-2.0-or-later
// What a recording believes of what earlier ones left for it.
#include "collector/probe/boot_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "collector/host/host_facts.h"
#include "collector/process/privileges.h"
#include "tests/support/temporary_folder.h"

namespace socklock::collector {
namespace {

using ::testing::Eq;
using ::testing::Optional;

class BootCacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_run_by_root()) GTEST_SKIP() << "the files are root's";
  }
  [[nodiscard]] static std::optional<std::string> read(const std::string& folder) {
    return BootCache(folder).read("word", 16);
  }
  void put(const std::string& bytes) const {
    std::filesystem::create_directory(folder_);
    std::ofstream(file_) << bytes;
  }
  const socklock::testing::TemporaryFolder scratch_;
  const std::string folder_ = scratch_.path() + "/run";
  const std::string file_ = folder_ + "/word";
};

TEST_F(BootCacheTest, ReadsWhatWasWritten) {
  EXPECT_EQ(read(folder_), std::nullopt);
  BootCache(folder_).write("word", "native");
  EXPECT_THAT(read(folder_), Optional(Eq("native")));
  BootCache(folder_).write("word", "pv");
  EXPECT_THAT(read(folder_), Optional(Eq("pv")));
  struct stat status {};
  ASSERT_EQ(stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_FALSE(std::filesystem::exists(file_ + ".new"));
}

TEST_F(BootCacheTest, WhatIsOfAnotherBootIsNone) {
  put("socklock word 1\n" + boot_id() + "\npv");
  EXPECT_THAT(read(folder_), Optional(Eq("pv")));
  put("socklock word 1\n01234567-89ab-cdef-0123-456789abcdef\npv");
  EXPECT_EQ(read(folder_), std::nullopt);
}

TEST_F(BootCacheTest, WhatIsNoSuchFileIsNone) {
  for (const std::string& bytes : {std::string(), std::string("pv"), "socklock word 2\n" + boot_id() + "\npv",
                                   "socklock other 1\n" + boot_id() + "\npv", std::string(100'000, 'x')}) {
    put(bytes);
    EXPECT_EQ(read(folder_), std::nullopt) << bytes.substr(0, 80);
  }
}

TEST_F(BootCacheTest, WhatOthersThanRootMayWriteIsNone) {
  BootCache(folder_).write("word", "pv");
  ASSERT_EQ(chmod(file_.c_str(), 0620), 0);
  EXPECT_EQ(read(folder_), std::nullopt);
  ASSERT_EQ(chmod(file_.c_str(), 0600), 0);
  ASSERT_EQ(chown(file_.c_str(), 65534, 65534), 0);
  EXPECT_EQ(read(folder_), std::nullopt);
  ASSERT_EQ(chown(file_.c_str(), 0, 0), 0);
  EXPECT_THAT(read(folder_), Optional(Eq("pv")));
  ASSERT_EQ(chmod(folder_.c_str(), 0777), 0);
  EXPECT_EQ(read(folder_), std::nullopt);
}

TEST_F(BootCacheTest, FollowsNoLink) {
  BootCache(folder_).write("word", "pv");
  std::filesystem::create_directory_symlink(folder_, scratch_.path() + "/link");
  EXPECT_EQ(read(scratch_.path() + "/link"), std::nullopt);
  std::filesystem::rename(file_, scratch_.path() + "/elsewhere");
  std::filesystem::create_symlink(scratch_.path() + "/elsewhere", file_);
  EXPECT_EQ(read(folder_), std::nullopt);
}

}  // namespace
}  // namespace socklock::collector
