// SPDX-License-Identifier: GPL-2.0-or-later
// What a recording knows of frames from those before it, and what it takes for theirs.
#include "collector/probe/frame_cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "collector/process/privileges.h"

namespace socklock::collector {
namespace {

constexpr KernelText kText{0xffff'ffff'8100'0000, 0xffff'ffff'8200'0000};
constexpr std::uint64_t kUp = std::uint64_t{SOCKLOCK_FRAME_UP} << 32;

std::vector<socklock_known_frame> empty_table() {
  return std::vector<socklock_known_frame>(std::size_t{1} << SOCKLOCK_FRAME_BITS);
}

std::uint64_t layout_of(const std::vector<socklock_known_frame>& table, std::uint64_t address) {
  for (const auto& frame : table)
    if (frame.address == address) return frame.layout;
  return 0;
}

std::vector<socklock_known_frame> some_frames() {
  auto table = empty_table();
  table[7] = {kText.begin + 0x1234, kUp | 12};
  table[8] = {kText.begin + 0x99, std::uint64_t{SOCKLOCK_FRAME_VARIABLE} << 32};
  table[9] = {kText.begin + 0x100, 0};      // being learnt
  table[10] = {2, kUp | 5};                 // where our program was called from
  table[11] = {kText.end + 0x10, kUp | 5};  // a module's
  return table;
}

TEST(FramesFile, KeepsWhatIsKnownOfTheKernelProper) {
  const std::string file = frames_file("boot", kText, some_frames());
  auto table = empty_table();
  // Where the kernel lies elsewhere in memory offsets are the same.
  const KernelText moved{kText.begin + 0x20'0000, kText.end + 0x20'0000};
  EXPECT_EQ(read_frames_file(file, "boot", moved, table), 3U);
  EXPECT_EQ(layout_of(table, moved.begin + 0x1234), kUp | 12);
  EXPECT_EQ(layout_of(table, 2), kUp | 5);
  EXPECT_EQ(layout_of(table, moved.begin + 0x99), std::uint64_t{SOCKLOCK_FRAME_VARIABLE} << 32);
}

TEST(FramesFile, IsFoundByProgramsInItsTable) {
  std::vector<socklock_known_frame> frames(1000);
  for (std::size_t i = 0; i < frames.size(); ++i) frames[i] = {kText.begin + 64 * i, kUp | (1 + i % 90)};
  auto table = empty_table();
  EXPECT_GT(read_frames_file(frames_file("boot", kText, frames), "boot", kText, table), 950U);
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].address == 0) continue;
    const auto hash = static_cast<std::uint32_t>(table[i].address * SOCKLOCK_FRAME_HASH >> 32);
    EXPECT_LT((i - hash) % table.size(), std::size_t{SOCKLOCK_FRAME_PROBES}) << "where find_frame() looks";
  }
}

TEST(FramesFile, OfAnotherBootIsNone) {
  auto table = empty_table();
  EXPECT_EQ(read_frames_file(frames_file("boot", kText, some_frames()), "other", kText, table), 0U);
  EXPECT_EQ(read_frames_file("", "boot", kText, table), 0U);
  EXPECT_EQ(read_frames_file("socklock frames 2\nboot\n", "boot", kText, table), 0U);
}

TEST(FramesFile, IsTakenAsFarAsItIsSound) {
  std::string file = frames_file("boot", kText, some_frames());
  file.resize(file.size() - 3);
  auto table = empty_table();
  EXPECT_EQ(read_frames_file(file, "boot", kText, table), 2U);
  // Of kind 0xffff.
  file = frames_file("boot", kText, {}) + std::string(64, '\xff');
  EXPECT_EQ(read_frames_file(file, "boot", kText, table), 0U);
}

class FrameCacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_run_by_root()) GTEST_SKIP() << "the file is root's";
    std::string pattern = (std::filesystem::temp_directory_path() / "socklock-frames-XXXXXX").string();
    scratch_ = mkdtemp(pattern.data());
    folder_ = scratch_ + "/run";
  }
  void TearDown() override {
    if (!scratch_.empty()) std::filesystem::remove_all(scratch_);
  }
  static void save(const std::string& folder) {
    FrameCache cache(folder);
    auto table = empty_table();
    cache.load(kText, table);
    cache.save(some_frames());
  }
  static bool is_loaded(const std::string& folder) {
    auto table = empty_table();
    FrameCache(folder).load(kText, table);
    return layout_of(table, kText.begin + 0x1234) != 0;
  }
  std::string scratch_, folder_;
};

TEST_F(FrameCacheTest, TheNextRecordingKnowsWhatThisOneLearnt) {
  EXPECT_FALSE(is_loaded(folder_));
  save(folder_);
  EXPECT_TRUE(is_loaded(folder_));
  struct stat status {};
  ASSERT_EQ(stat((folder_ + "/frames").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/frames.new"));
}

TEST_F(FrameCacheTest, WhatOthersThanRootMayWriteIsNone) {
  save(folder_);
  ASSERT_EQ(chmod((folder_ + "/frames").c_str(), 0620), 0);
  EXPECT_FALSE(is_loaded(folder_));
  ASSERT_EQ(chmod((folder_ + "/frames").c_str(), 0600), 0);
  ASSERT_EQ(chown((folder_ + "/frames").c_str(), 65534, 65534), 0);
  EXPECT_FALSE(is_loaded(folder_));
  ASSERT_EQ(chown((folder_ + "/frames").c_str(), 0, 0), 0);
  EXPECT_TRUE(is_loaded(folder_));
  ASSERT_EQ(chmod(folder_.c_str(), 0777), 0);
  EXPECT_FALSE(is_loaded(folder_));
}

TEST_F(FrameCacheTest, FollowsNoLink) {
  save(folder_);
  std::filesystem::create_directory_symlink(folder_, scratch_ + "/link");
  EXPECT_FALSE(is_loaded(scratch_ + "/link"));
  std::filesystem::rename(folder_ + "/frames", scratch_ + "/elsewhere");
  std::filesystem::create_symlink(scratch_ + "/elsewhere", folder_ + "/frames");
  EXPECT_FALSE(is_loaded(folder_));
}

}  // namespace
}  // namespace socklock::collector
