// SPDX-License-Identifier: GPL-2.0-or-later
// docs/trace-format.md says what the code does: its example, its tables of ids, its limits.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "proto/byte_order.h"
#include "proto/loss_counters.h"
#include "proto/rows.h"
#include "proto/trace_reader.h"
#include "proto/work_counters.h"
#include "tests/unit/proto/trace_fixtures.h"

namespace socklock::trace {
namespace {

using testing::as_span;

std::string document() { return testing::read_bytes("docs/trace-format.md"); }

// The block fenced as hex, whose lines begin with their offset.
std::string example() {
  const auto text = document();
  const auto begin = text.find("```hex\n");
  const auto end = text.find("```\n", begin + 7);
  if (begin == std::string::npos || end == std::string::npos) return "";
  std::istringstream lines(text.substr(begin + 7, end - begin - 7));
  std::string bytes;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    EXPECT_EQ(std::stoul(word, nullptr, 16), bytes.size());
    while (words >> word) bytes.push_back(static_cast<char>(std::stoul(word, nullptr, 16)));
  }
  return bytes;
}

std::string name_of(LossSeverity severity) {
  switch (severity) {
    case LossSeverity::kInfo: return "info";
    case LossSeverity::kDetail: return "detail";
    case LossSeverity::kTotals: return "totals";
  }
  return "";
}

class TraceFormatExample : public ::testing::Test {
 protected:
  void SetUp() override {
    bytes_ = example();
    ASSERT_EQ(bytes_.size(), 511U);
    auto reader = TraceReader::over(as_span(bytes_), "example");
    ASSERT_TRUE(reader) << reader.error().message();
    EXPECT_EQ(reader->minor_version(), 0);
    footer_ = reader->footer();
    blocks_ = testing::all_blocks(*reader);
    EXPECT_TRUE(reader->damage().empty());
    EXPECT_EQ(reader->unknown_blocks(), 0U);
    ASSERT_EQ(blocks_.size(), 5U);
  }

  template <typename T>
  const T& message(std::size_t block) const {
    return std::get<T>(blocks_.at(block).message);
  }

  std::string bytes_;
  std::vector<Block> blocks_;
  std::optional<v1::Footer> footer_;
};

TEST_F(TraceFormatExample, LiesWhereTheTableSays) {
  std::vector<std::uint64_t> offsets;
  for (const auto& block : blocks_) offsets.push_back(block.offset_bytes);
  EXPECT_EQ(offsets, (std::vector<std::uint64_t>{0x10, 0x60, 0xca, 0x128, 0x18f}));
  const auto at = [this](std::size_t offset) { return load_le<std::uint32_t>(as_span(bytes_).data() + offset); };
  EXPECT_EQ(at(0x10 + 8), 56U);
  EXPECT_EQ(at(0x10 + 12), 47U);
  EXPECT_EQ(at(0x60 + 8), 82U);
  EXPECT_EQ(at(0x60 + 12), 73U);
  EXPECT_EQ(at(0xca + 8), 70U);
  EXPECT_EQ(at(0xca + 12), 61U);
  EXPECT_EQ(at(0x128 + 8), 79U);
  EXPECT_EQ(at(0x128 + 12), 70U);
  EXPECT_EQ(at(0x18f + 8), 72U);
  EXPECT_EQ(at(0x18f + 12), 63U);
  EXPECT_EQ(at(0x1ef), 399U);
  EXPECT_EQ(bytes_.substr(0x112, 8), std::string("\x42\x06\x08\x01\x12\x02\x00\x03", 8));
  EXPECT_EQ(bytes_.substr(0xfc, 10), std::string("\x22\x08\x08\x02\x12\x04\x84\x1c\x03\x0c"));
}

TEST_F(TraceFormatExample, HeaderAndDictionary) {
  const auto& header = message<v1::Header>(0);
  EXPECT_EQ(header.label(), "demo");
  EXPECT_EQ(header.wall_start_ns(), 1'700'000'000'000'000'000U);
  EXPECT_EQ(header.monotonic_start_ns(), 60'000'000'000U);
  EXPECT_EQ(header.host().kernel_release(), "6.1.0");
  EXPECT_EQ(header.recorder().stacks(), "all");
  EXPECT_EQ(header.spinlock_mode(), v1::SPINLOCK_MODE_NATIVE);
  EXPECT_EQ(header.interval_ns(), 1'000'000'000U);

  const auto& dictionary = message<v1::Dictionary>(1);
  EXPECT_EQ(dictionary.functions(0).id(), 1U);
  EXPECT_EQ(dictionary.functions(0).symbol(), "tcp_v4_rcv");
  EXPECT_EQ(dictionary.stacks(0).id(), 1U);
  EXPECT_EQ(dictionary.stacks(0).functions(0), 1U);
  EXPECT_EQ(dictionary.stacks(0).offsets_bytes(0), 673U);
  EXPECT_EQ(dictionary.locks(0).id(), 1U);
  EXPECT_EQ(dictionary.locks(0).kind(), v1::LOCK_FACT_SLAB);
  EXPECT_EQ(dictionary.locks(0).cache(), "TCP");
  EXPECT_EQ(dictionary.locks(0).offset_bytes(), 152U);
  EXPECT_EQ(dictionary.locks(0).member(), "sk_lock.slock");
  EXPECT_EQ(dictionary.threads(0).id(), 1U);
  EXPECT_EQ(dictionary.threads(0).tid(), 701U);
  EXPECT_EQ(dictionary.threads(0).pid(), 700U);
  EXPECT_EQ(dictionary.threads(0).comm(), "nginx");
}

TEST_F(TraceFormatExample, Events) {
  EventColumns events;
  const auto result = decode(message<v1::Events>(2), events);
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(events.end_ns, (std::vector<std::uint64_t>{250'000'000, 250'004'000}));
  EXPECT_EQ(events.wait_ns, (std::vector<std::uint64_t>{900, 3100}));
  EXPECT_EQ(events.cpu, (std::vector<std::uint16_t>{0, 3}));
  for (const auto* ones : {&events.lock, &events.stack, &events.thread, &events.weight})
    EXPECT_EQ(*ones, (std::vector<std::uint32_t>{1, 1}));
  EXPECT_EQ(events.flags, (std::vector<std::uint8_t>{0, 0}));
  EXPECT_EQ(events.context, (std::vector<std::uint8_t>{1, 1}));
  for (const auto* zeros : {&events.error, &events.syscall}) EXPECT_EQ(*zeros, (std::vector<std::uint16_t>{0, 0}));
}

TEST_F(TraceFormatExample, IntervalAndFooter) {
  const auto& interval = message<v1::Interval>(3);
  EXPECT_EQ(interval.begin_ns(), 0U);
  EXPECT_EQ(interval.end_ns(), 1'000'000'000U);
  const auto rows = testing::decoded(interval.summary());
  ASSERT_TRUE(rows) << rows.error().message();
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->front().contentions, 2U);
  EXPECT_EQ(rows->front().wait_ns, 4000U);
  EXPECT_EQ(rows->front().wait_min_ns, 900U);
  EXPECT_EQ(rows->front().wait_max_ns, 3100U);
  EXPECT_EQ(interval.work(0).id(), static_cast<std::uint32_t>(WorkCounter::kConnectionsPassive));
  EXPECT_EQ(interval.work(0).value(), 5U);
  EXPECT_EQ(interval.losses(0).id(), static_cast<std::uint32_t>(LossReason::kStackWalkFailed));
  EXPECT_EQ(interval.losses(0).value(), 1U);
  EXPECT_EQ(interval.pairing().begins(), 2U);
  EXPECT_EQ(interval.pairing().ends(), 2U);
  EXPECT_EQ(interval.pairing().matched(), 2U);

  ASSERT_TRUE(footer_);
  EXPECT_EQ(footer_->SerializeAsString(), message<v1::Footer>(4).SerializeAsString());
  EXPECT_EQ(footer_->blocks_size(), 4);
  EXPECT_EQ(footer_->contentions(), 2U);
  EXPECT_EQ(footer_->wait_ns(), 4000U);
  EXPECT_EQ(footer_->events(), 2U);
  EXPECT_EQ(footer_->duration_ns(), 1'000'000'000U);
}

TEST(TraceFormatTables, EveryCounterHasItsRow) {
  const auto text = document();
  for (const auto& loss : loss_table()) {
    const auto row =
        fmt::format("| {} | `{}` | {} |", static_cast<std::uint32_t>(loss.reason), loss.name, name_of(loss.severity));
    EXPECT_NE(text.find(row), std::string::npos) << row;
  }
  for (const auto& work : work_table()) {
    const auto row = fmt::format("| {} | `{}` |", static_cast<std::uint32_t>(work.counter), work.name);
    EXPECT_NE(text.find(row), std::string::npos) << row;
  }
}

TEST(TraceFormatTables, TheLimitsAreThoseOfTheCode) {
  const auto text = document();
  for (const auto& row :
       {fmt::format("| stored_bytes | {} |", kMaxStoredBytes), fmt::format("| raw_bytes | {} |", kMaxRawBytes),
        fmt::format("cells of a summary | {} |", kMaxRowsPerBlock),
        fmt::format("at any depth | {} |", kMaxEntriesPerBlock),
        fmt::format("# The trace format\n\nVersion {}.{}.", kMajorVersion, kMinorVersion)})
    EXPECT_NE(text.find(row), std::string::npos) << row;
}

}  // namespace
}  // namespace socklock::trace
