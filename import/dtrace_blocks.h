// SPDX-License-Identifier: GPL-2.0-or-later
// Sums, single waits and work of a recording by socklock.d, block by block, on their way into a trace.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/result.h"
#include "import/dtrace_line.h"
#include "import/trace_builder.h"

namespace socklock::imports {

// A block is written when the next one has come: a spin that belongs to a block probe may be printed a second later.
class DtraceBlocks {
 public:
  explicit DtraceBlocks(TraceBuilder& builder) : builder_(builder) {}

  struct Place {
    std::uint32_t lock = 0, stack = 0;
    std::uint8_t flags = 0;
    auto operator<=>(const Place&) const = default;
  };
  struct Calls {
    std::string function;
    std::uint16_t syscall = 0;
    std::uint8_t context = 0;
    std::uint64_t count = 0;
  };

  // `waits` came in this block. Without contentions they are the spins of acquisitions that blocked as well.
  void add(const Place& place, const DtraceWaits& waits);
  // Contentions of which no length is known.
  void add_untimed(const Place& place, std::uint64_t contentions);
  void add_sample(const ImportedWait& wait, std::uint32_t weight) { block_.samples.emplace_back(wait, weight); }
  void add_calls(Calls calls) { block_.calls.push_back(std::move(calls)); }
  void add_work(trace::WorkCounter counter, std::uint64_t value) { block_.work[counter] += value; }

  // The block ends at `end_ns` since the start, and the next one begins.
  Result<void> end_block(std::uint64_t end_ns);
  // Writes what is left; `lost` waits are of the last block.
  Result<void> finish(std::uint64_t lost);

  [[nodiscard]] bool has_waits() const { return !block_.sums.empty() || !block_.samples.empty(); }
  // Waits of ended blocks that were printed by themselves, and are neither in sums nor among `lost` ones: a text that
  // is cut off ends before the sums of its last block. At least so many are missing; which block a wait is printed in
  // depends on dtrace's buffers, so only all blocks together tell.
  [[nodiscard]] std::uint64_t singles_beyond_sums(std::uint64_t lost) const;
  [[nodiscard]] std::uint64_t begin_ns() const { return block_.begin_ns; }

 private:
  struct Sums {
    std::uint64_t contentions = 0, wait_ns = 0, min_ns = UINT64_MAX, max_ns = 0;
    std::map<std::uint16_t, std::uint64_t> cells;
  };
  struct Block {
    std::uint64_t begin_ns = 0, end_ns = 0;
    std::map<Place, Sums> sums;
    std::vector<std::pair<ImportedWait, std::uint32_t>> samples;
    std::vector<Calls> calls;
    std::map<trace::WorkCounter, std::uint64_t> work;
  };

  void give_spins_to_their_contentions();
  Sums* contention_for(const Place& place);
  void write_row(const Place& place, const Sums& sums);
  Result<void> write_previous(std::uint64_t lost);

  TraceBuilder& builder_;
  Block previous_, block_;
  std::uint64_t contentions_ = 0, singles_ = 0;  // of ended blocks
};

}  // namespace socklock::imports
