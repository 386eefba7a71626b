// SPDX-License-Identifier: GPL-2.0-or-later
// Sums waits into the rows of a WaitTable.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/load/flat_index.h"
#include "analyzer/load/wait_table.h"

namespace socklock::analyzer {

// A key as what FlatIndex numbers.
inline FlatKey pack(const WaitKey& key) {
  return {(std::uint64_t{index_of(key.lock)} << 32) | index_of(key.stack),
          (std::uint64_t{index_of(key.thread)} << 32) | (std::uint64_t{key.syscall} << 16) |
              (std::uint64_t{static_cast<std::uint8_t>(key.on)} << 8) | key.flags};
}

class WaitTableBuilder {
 public:
  // The row of `key`, made when new.
  std::uint32_t row(const WaitKey& key);
  void add(std::uint32_t row, const WaitSums& sums) { sums_[row].add(sums); }
  struct Wait {
    std::uint64_t wait_ns;
    std::uint64_t run_delay_ns = 0;  // of that
  };
  // One wait that stands for `weight` waits.
  void add_wait(std::uint32_t row, const Wait& wait, std::uint64_t weight, bool gave_up);
  void add_sample(std::uint32_t row, const StackSample& sample) { samples_[row].add(sample); }
  void add_cell(std::uint32_t row, std::uint32_t bucket, std::uint64_t count);
  // Ascending buckets.
  void add_cells(std::uint32_t row, std::span<const WaitCell> cells);

  [[nodiscard]] std::size_t rows() const { return keys_.size(); }
  WaitTable build() &&;

 private:
  FlatIndex rows_;
  std::vector<WaitKey> keys_;
  std::vector<WaitSums> sums_;
  std::vector<StackSample> samples_;
  // By row, ascending buckets: rows have few, and what comes for a row comes together.
  std::vector<std::vector<WaitCell>> cells_;
};

}  // namespace socklock::analyzer
