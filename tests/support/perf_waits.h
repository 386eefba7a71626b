// SPDX-License-Identifier: GPL-2.0-or-later
// The waits of a trace and those of `perf lock record` at the same time, made comparable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace socklock::perf_witness {

enum Kind : std::size_t { kSpin, kMutex, kRwsem, kKinds };
constexpr std::array<const char*, kKinds> kKindNames{"spinlock", "mutex", "rwsem"};

struct Sums {
  double contentions = 0;
  double wait_ns = 0;
};
using KindSums = std::array<Sums, kKinds>;

struct Window {
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = UINT64_MAX;
  [[nodiscard]] bool holds(std::uint64_t begin, std::uint64_t end) const { return begin >= begin_ns && end <= end_ns; }
};

// Our events in `window`, which is cut to what they cover, without its edges.
KindSums read_ours(const std::string& path, Window& window);

// The two below read lines of `perf script -F tid,cpu,time,event,trace --ns`, as in
// "  123 [001]  4567.890123456: lock:contention_begin: 0xff.. (flags=SPIN)".

// From the first event to the last.
Window perfs_window(const std::string& path);

// Paired by thread and lock, where the idle threads of all CPUs, tid 0, are distinguished by their CPU; the second
// begin of one mutex acquisition does not count (kernel/locking/mutex.c).
KindSums read_perfs(const std::string& path, const Window& window);

}  // namespace socklock::perf_witness
