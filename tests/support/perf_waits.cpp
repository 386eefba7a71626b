// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/perf_waits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>
#include <variant>
#include <vector>

#include "proto/rows.h"
#include "proto/trace_reader.h"

namespace socklock::perf_witness {
namespace {

// include/trace/events/lock.h
constexpr unsigned kLcbSpin = 1, kLcbRead = 2, kLcbWrite = 4, kLcbPercpu = 16, kLcbMutex = 32;

void add(KindSums& sums, unsigned flags, std::uint64_t wait_ns) {
  Kind kind = kKinds;
  if (flags == kLcbSpin) kind = kSpin;
  if (flags & kLcbMutex) kind = kMutex;
  if (flags == kLcbRead || flags == kLcbWrite) kind = kRwsem;
  if (kind == kKinds) return;
  sums[kind].contentions += 1;
  sums[kind].wait_ns += static_cast<double>(wait_ns);
}

std::uint64_t nanoseconds(const std::string& time) {
  return std::stoull(time) * 1'000'000'000 + std::stoull(time.substr(time.find('.') + 1, 9));
}

unsigned flags_of(const std::string& line) {
  unsigned flags = 0;
  const std::string words = line.substr(line.find("flags="));
  for (const auto& [word, bit] : {std::pair{"SPIN", kLcbSpin},
                                  {"READ", kLcbRead},
                                  {"WRITE", kLcbWrite},
                                  {"PERCPU", kLcbPercpu},
                                  {"MUTEX", kLcbMutex}})
    if (words.find(word) != std::string::npos) flags |= bit;
  return flags;
}

}  // namespace

KindSums read_ours(const std::string& path, Window& window) {
  auto reader = trace::TraceReader::open(path);
  if (!reader) return {};
  std::uint64_t start_ns = 0, end_ns = 0;
  std::vector<trace::EventColumns> blocks;
  while (auto block = reader->next()) {
    if (const auto* header = std::get_if<trace::v1::Header>(&block->message)) start_ns = header->monotonic_start_ns();
    if (const auto* events = std::get_if<trace::v1::Events>(&block->message)) {
      EXPECT_TRUE(trace::decode(*events, blocks.emplace_back()).has_value());
    }
    if (const auto* interval = std::get_if<trace::v1::Interval>(&block->message))
      end_ns = start_ns + interval->end_ns();
  }
  constexpr std::uint64_t kEdgeNs = 100'000'000;
  window.begin_ns = std::max(window.begin_ns, start_ns) + kEdgeNs;
  window.end_ns = std::min(window.end_ns, end_ns) - kEdgeNs;
  KindSums sums;
  for (const auto& columns : blocks)
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::uint64_t end = start_ns + columns.end_ns[i];
      if (window.holds(end - columns.wait_ns[i], end)) add(sums, columns.flags[i], columns.wait_ns[i]);
    }
  return sums;
}

Window perfs_window(const std::string& path) {
  Window window;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string tid, cpu, time;
    if (!(words >> tid >> cpu >> time)) continue;
    if (window.begin_ns == 0) window.begin_ns = nanoseconds(time);
    window.end_ns = nanoseconds(time);
  }
  return window;
}

KindSums read_perfs(const std::string& path, const Window& window) {
  struct Open {
    std::uint64_t begin_ns;
    unsigned flags;
  };
  std::map<std::pair<std::string, std::string>, Open> open;
  KindSums sums;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string tid, cpu, time, event, lock;
    if (!(words >> tid >> cpu >> time >> event >> lock)) continue;
    const std::string waiter = tid == "0" ? cpu : tid;
    const std::uint64_t now = nanoseconds(time);
    if (event == "lock:contention_begin:") {
      open.try_emplace({waiter, lock}, Open{now, flags_of(line)});
      continue;
    }
    const auto begin = open.find({waiter, lock});
    if (begin == open.end()) continue;
    if (window.holds(begin->second.begin_ns, now)) add(sums, begin->second.flags, now - begin->second.begin_ns);
    open.erase(begin);
  }
  return sums;
}

}  // namespace socklock::perf_witness
