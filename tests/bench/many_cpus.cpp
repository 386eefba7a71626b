// SPDX-License-Identifier: GPL-2.0-or-later
// many_cpus [MAP_MB]: what a recording's tables hold, and what reading them takes, on hosts of few and many CPUs. The
// tables are in memory as the kernel would have them; every CPU's ring is full, and its sums half full.
#include <chrono>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>

#include "collector/record/event_drain.h"
#include "collector/record/summary_rollup.h"
#include "tests/unit/collector/tables_in_memory.h"

namespace {

using namespace socklock::collector;

constexpr double kPollSeconds = 0.05;

double ms_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

void fill(SharedTables& tables) {
  const auto& sizes = tables.sizes;
  const std::uint64_t ring = std::uint64_t{1} << sizes.ring_bits;
  const std::size_t slots = (std::size_t{1} << sizes.summary_bits) + SOCKLOCK_SPILL_SLOTS;
  for (std::uint32_t cpu = 0; cpu < sizes.cpus; ++cpu) {
    for (std::uint64_t i = 0; i < ring; ++i)
      tables.events[cpu * ring + i] =
          socklock::collector::testing::event_of(0xffff'8880'0000'0000ULL + i % 64 * 64, i + 1, 1000 + i % 512);
    tables.cpus[cpu].ring_head = ring;
    for (std::size_t i = 0; i < (std::size_t{1} << sizes.summary_bits) / 2; ++i) {
      auto& sums = tables.summary[cpu * slots + i];
      sums.key.lock = 0xffff'8880'0000'0000ULL + i * 64;
      sums.contentions = 1;
      sums.wait_ns = sums.wait_min_ns = sums.wait_max_ns = 1000;
      auto& cell = tables.cells[(std::size_t{cpu} << sizes.cell_bits) + i];
      cell.key = static_cast<std::uint32_t>(i << SOCKLOCK_CELL_BUCKET_BITS | 50) + 1;
      cell.count = 1;
    }
    tables.cpus[cpu].has_sums[0] = 1;
  }
}

template <typename T>
double megabytes(const MappedArray<T>& table) {
  return static_cast<double>(table.size() * sizeof(T)) / (1 << 20);
}

void measure(std::uint32_t cpus, std::uint32_t map_bytes) {
  SharedTables tables = socklock::collector::testing::tables_in_memory(table_sizes(cpus, map_bytes));
  const double all = megabytes(tables.cpus) + megabytes(tables.events) + megabytes(tables.summary) +
                     megabytes(tables.cells) + megabytes(tables.stacks) + megabytes(tables.task_slots);
  const std::uint64_t ring = std::uint64_t{1} << tables.sizes.ring_bits;
  fill(tables);
  std::vector<socklock_event> events;
  auto begin = std::chrono::steady_clock::now();
  drain_rings(tables, events);
  const double drain_ms = ms_since(begin);
  begin = std::chrono::steady_clock::now();
  Rollup rollup;
  rollup.roll_up(tables, 0, {});
  const double roll_up_ms = ms_since(begin);
  begin = std::chrono::steady_clock::now();
  rollup.roll_up(tables, 0, {});
  fmt::print("| {} | {} | {:.0f} | {} | {:.1f} | {:.1f} | {:.1f} | {:.2f} |\n", cpus, ring,
             static_cast<double>(ring) / kPollSeconds, 1U << tables.sizes.summary_bits, all, drain_ms, roll_up_ms,
             ms_since(begin));
}

}  // namespace

int main(int argc, char** argv) {
  const auto megabytes = static_cast<std::uint32_t>(argc > 1 ? std::atoi(argv[1]) : 24);
  fmt::print(
      "| possible CPUs | ring, events a CPU | waits/s on one CPU until events are left out | sums a CPU | "
      "memory, MB | reading all rings, full, ms | all sums, half full, ms | no sums, ms |\n"
      "|---|---|---|---|---|---|---|---|\n");
  for (const std::uint32_t cpus : {2U, 16U, 64U, 128U, 512U}) measure(cpus, megabytes << 20);
}
