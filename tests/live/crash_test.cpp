// SPDX-License-Identifier: GPL-2.0-or-later
// kill -9 at random moments: every trace opens, and what was recorded until a second before is there.
#include <csignal>
#include <memory>
#include <random>
#include <vector>

#include "analyzer/load/load_run.h"
#include "analyzer/load/run.h"
#include "proto/trace_reader.h"
#include "tests/live/host.h"

namespace socklock::live {
namespace {

constexpr int kKills = 50;
constexpr int kAtOnce = 10;
constexpr std::uint64_t kSecond = 1'000'000'000;

using Crash = LiveTest;

std::uint64_t monotonic_start_ns(const std::string& trace) {
  auto reader = trace::TraceReader::open(trace);
  if (!reader) return 0;
  const auto block = reader->next();
  const auto* header = block ? std::get_if<trace::v1::Header>(&block->message) : nullptr;
  return header == nullptr ? 0 : header->monotonic_start_ns();
}

TEST_F(Crash, KilledRecordingsAreReadableUpToASecondBefore) {
  Background load("lockload --held --mutexes 8 --seconds 300");
  std::mt19937 random(20061);  // NOLINT(cert-msc51-cpp): the same moments in every run of the test
  std::uniform_real_distribution<double> moment(0.05, 1.8);
  for (int round = 0; round < kKills / kAtOnce; ++round) {
    std::vector<std::unique_ptr<Background>> recorders;
    std::vector<std::string> traces;
    for (int i = 0; i < kAtOnce; ++i) {
      // What is recorded late is not there: real-time processes are not, whatever else the machine does. They end by
      // themselves, should this test be killed.
      traces.push_back(path(std::to_string(round) + "-" + std::to_string(i) + ".slk"));
      recorders.push_back(std::make_unique<Background>("chrt -f 1 socklock record -q -d 100 -o " + traces.back()));
    }
    for (const auto& trace : traces) ASSERT_TRUE(wait_for_trace(trace));
    for (int i = 0; i < kAtOnce; ++i) {
      sleep_seconds(moment(random) / kAtOnce);
      const std::uint64_t killed_ns = monotonic_ns();
      recorders[static_cast<std::size_t>(i)]->signal(SIGKILL);
      recorders[static_cast<std::size_t>(i)]->wait();
      const std::string& trace = traces[static_cast<std::size_t>(i)];
      const auto run = analyzer::load_run(trace);
      ASSERT_TRUE(run.has_value()) << run.error().message();
      EXPECT_FALSE(run->closed);
      const std::uint64_t start_ns = monotonic_start_ns(trace);
      ASSERT_GT(start_ns, 0U);
      EXPECT_GE(start_ns + run->end_ns + kSecond, killed_ns) << trace;
    }
  }
}

}  // namespace
}  // namespace socklock::live
