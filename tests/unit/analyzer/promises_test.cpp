// SPDX-License-Identifier: GPL-2.0-or-later
// Blocks have checksums of their own: what is missing, or there twice, as a whole shows in what a trace promises.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/load_run.h"
#include "proto/block_format.h"
#include "proto/byte_order.h"
#include "proto/trace_writer.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using analyzer::testing::Folder;
using analyzer::testing::TraceMaker;

class Promise : public ::testing::Test {
 protected:
  void SetUp() override {
    analyzer::testing::write_ehash_run(path_, 1000, 100, 5);
    std::ifstream file(path_, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    head_ = bytes.substr(0, trace::kFileHeaderBytes);
    std::size_t at = trace::kFileHeaderBytes;
    while (bytes.size() - at > trace::kTrailerBytes) {
      const auto stored = trace::load_le<std::uint32_t>(reinterpret_cast<const std::byte*>(bytes.data()) + at + 8);
      blocks_.push_back(bytes.substr(at, trace::kBlockHeaderBytes + stored));
      at += blocks_.back().size();
    }
    trailer_ = bytes.substr(at);
  }

  static trace::BlockKind kind_of(const std::string& block) {
    return static_cast<trace::BlockKind>(
        trace::load_le<std::uint16_t>(reinterpret_cast<const std::byte*>(block.data()) + 4));
  }
  // Where the n-th interval is.
  [[nodiscard]] std::size_t interval(std::size_t n) const {
    for (std::size_t i = 0; i < blocks_.size(); ++i)
      if (kind_of(blocks_[i]) == trace::BlockKind::kInterval && n-- == 0) return i;
    ADD_FAILURE() << "too few intervals";
    return 0;
  }

  // What is said of a trace of these blocks, all of them whole.
  std::vector<Damage> damage(const std::vector<std::string>& blocks, RowSource source = RowSource::kSummaries) {
    std::ofstream file(path_, std::ios::binary);
    file << head_;
    for (const std::string& block : blocks) file << block;
    file << trailer_;
    file.close();
    const auto run = load_run(path_, source);
    EXPECT_TRUE(run.has_value());
    return run ? run->damage : std::vector<Damage>();
  }

  Folder folder_;
  std::string path_ = folder_.file("a.slk");
  std::string head_, trailer_;
  std::vector<std::string> blocks_;
};

TEST_F(Promise, IsKeptByWhatWasRecorded) {
  EXPECT_TRUE(damage(blocks_).empty());
  EXPECT_TRUE(damage(blocks_, RowSource::kEvents).empty());
}

TEST_F(Promise, AnIntervalThatIsMissingIsDamage) {
  for (const std::size_t n : {0U, 2U, 4U}) {
    auto blocks = blocks_;
    blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(interval(n)));
    EXPECT_FALSE(damage(blocks).empty()) << n;
    EXPECT_FALSE(damage(blocks, RowSource::kEvents).empty()) << n;
  }
}

TEST_F(Promise, AnIntervalThatIsThereTwiceIsDamage) {
  auto blocks = blocks_;
  const std::size_t at = interval(2);
  for (int i = 0; i < 2; ++i) blocks.insert(blocks.begin() + static_cast<std::ptrdiff_t>(at), blocks_[at]);
  ASSERT_FALSE(damage(blocks).empty());
  EXPECT_NE(damage(blocks).front().what.find("covered already"), std::string::npos);
}

TEST_F(Promise, IntervalsInAnotherOrderAreDamage) {
  auto blocks = blocks_;
  std::swap(blocks[interval(1)], blocks[interval(3)]);
  EXPECT_FALSE(damage(blocks).empty());
}

TEST_F(Promise, EventsThatAreMissingAreDamage) {
  auto blocks = blocks_;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (kind_of(blocks[i]) != trace::BlockKind::kEvents) continue;
    blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(i));
    break;
  }
  ASSERT_LT(blocks.size(), blocks_.size());
  EXPECT_FALSE(damage(blocks).empty());
}

TEST_F(Promise, SumsThatDoNotFitAreLeftOut) {
  TraceMaker maker;
  const auto lock = maker.table_lock("ehash", 17);
  for (int i = 0; i < 3; ++i)
    maker.add({.waits = {{.lock = lock, .stack = maker.stack({"f"}), .waits_ns = {std::uint64_t{1} << 63}}}});
  const std::string path = folder_.file("large.slk");
  maker.write(path);
  const auto run = load_run(path);
  ASSERT_TRUE(run.has_value());
  ASSERT_FALSE(run->damage.empty());
  EXPECT_NE(run->damage.front().what.find("too large"), std::string::npos) << run->damage.front().what;
  EXPECT_EQ(run->waits.sums.at(0).wait_ns, std::uint64_t{1} << 63) << "what came before is there";
}

TEST(Source, AFileThatBecomesShorterIsDamaged) {
  const Folder folder;
  const std::string path = folder.file("a.slk");
  analyzer::testing::write_ehash_run(path, 1000, 100, 50);
  bool is_cut = false;
  LoadOptions options;
  options.progress = [&](std::uint64_t /*bytes*/) {
    if (!std::exchange(is_cut, true)) std::filesystem::resize_file(path, 2000);
    return true;
  };
  const auto run = load_run(path, options);
  ASSERT_TRUE(run.has_value());
  EXPECT_FALSE(run->damage.empty());
}

// A few KB that would unpack to gigabytes.
TEST(Budget, OfAWholeTraceIsKept) {
  const Folder folder;
  const std::string path = folder.file("a.slk");
  {
    auto writer = trace::TraceWriter::create(path);
    ASSERT_TRUE(writer && writer->write(trace::v1::Header()));
    trace::v1::Dictionary dictionary;
    auto* stack = dictionary.add_stacks();
    stack->set_id(1);
    for (int i = 0; i < 8'000'000; ++i) stack->add_functions(1);
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(writer->write(dictionary));
    ASSERT_TRUE(writer->finish({}));
  }
  ASSERT_LT(std::filesystem::file_size(path), 200'000U);
  const auto run = load_run(path);
  ASSERT_TRUE(run.has_value());
  ASSERT_FALSE(run->damage.empty());
  EXPECT_NE(run->damage.front().what.find("may unpack to"), std::string::npos);
}

}  // namespace
}  // namespace socklock::analyzer
