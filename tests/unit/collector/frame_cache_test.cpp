// SPDX-License-Identifier: GPL-2.0-or-later
// What a recording knows of frames from those before it, and what it takes for theirs.
#include "collector/probe/frame_cache.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "collector/process/privileges.h"
#include "tests/support/temporary_folder.h"

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

TEST(PackedFrames, KeepWhatIsKnownOfTheKernelProper) {
  const std::string packed = packed_frames(kText, some_frames());
  auto table = empty_table();
  // Where the kernel lies elsewhere in memory offsets are the same.
  const KernelText moved{kText.begin + 0x20'0000, kText.end + 0x20'0000};
  EXPECT_EQ(unpack_frames(packed, moved, table), 3U);
  EXPECT_EQ(layout_of(table, moved.begin + 0x1234), kUp | 12);
  EXPECT_EQ(layout_of(table, 2), kUp | 5);
  EXPECT_EQ(layout_of(table, moved.begin + 0x99), std::uint64_t{SOCKLOCK_FRAME_VARIABLE} << 32);
}

TEST(PackedFrames, AreFoundByProgramsInTheirTable) {
  std::vector<socklock_known_frame> frames(1000);
  for (std::size_t i = 0; i < frames.size(); ++i) frames[i] = {kText.begin + 64 * i, kUp | (1 + i % 90)};
  auto table = empty_table();
  EXPECT_GT(unpack_frames(packed_frames(kText, frames), kText, table), 950U);
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].address == 0) continue;
    const auto hash = static_cast<std::uint32_t>(table[i].address * SOCKLOCK_FRAME_HASH >> 32);
    EXPECT_LT((i - hash) % table.size(), std::size_t{SOCKLOCK_FRAME_PROBES}) << "where find_frame() looks";
  }
}

TEST(PackedFrames, AreTakenAsFarAsTheyAreSound) {
  std::string packed = packed_frames(kText, some_frames());
  packed.resize(packed.size() - 3);
  auto table = empty_table();
  EXPECT_EQ(unpack_frames(packed, kText, table), 2U);
  // Of kind 0xffff.
  EXPECT_EQ(unpack_frames(std::string(64, '\xff'), kText, table), 0U);
  EXPECT_EQ(unpack_frames("", kText, table), 0U);
}

TEST(FrameCache, TheNextRecordingKnowsWhatThisOneLearnt) {
  if (!is_run_by_root()) GTEST_SKIP() << "the file is root's";
  const socklock::testing::TemporaryFolder scratch;
  const BootCache files(scratch.path() + "/run");
  FrameCache first(files), second(files);
  auto table = empty_table();
  first.load(kText, table);
  EXPECT_EQ(layout_of(table, kText.begin + 0x1234), 0U);
  first.save(some_frames());
  second.load(kText, table);
  EXPECT_EQ(layout_of(table, kText.begin + 0x1234), kUp | 12);
}

}  // namespace
}  // namespace socklock::collector
