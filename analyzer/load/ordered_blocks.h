// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the blocks of a trace with several threads: each block is prepared by one of them, on its own, and then applied
// in file order. So what comes of it does not depend on how many threads there are, nor on which was faster.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "proto/trace_reader.h"

namespace socklock::analyzer {

// What a thread keeps of its own, its memory used again from block to block.
class BlockWork {
 public:
  BlockWork() = default;
  BlockWork(const BlockWork&) = delete;
  BlockWork& operator=(const BlockWork&) = delete;
  virtual ~BlockWork() = default;
  // While other threads are in it with blocks of their own.
  virtual void prepare(const trace::PackedBlock& block) = 0;
  // Of the block that was prepared last. Blocks that are more than the reader affords are not prepared. In file order,
  // one thread at a time. The last one is the end.
  virtual void apply(const trace::PackedBlock& block, bool is_prepared) = 0;
};

class OrderedBlocks {
 public:
  // `make` gives a thread its work; `goes_on` is asked before each block, with the bytes read so far, by one thread at
  // a time.
  OrderedBlocks(trace::TraceReader& reader, std::function<std::unique_ptr<BlockWork>()> make,
                std::function<bool(std::uint64_t bytes_read)> goes_on)
      : reader_(reader), make_(std::move(make)), goes_on_(std::move(goes_on)) {}

  // With `threads` threads, this one among them; with fewer where the system has no more. False: it did not go on.
  // Throws what one of them threw (std::bad_alloc), after all of them have ended.
  bool read(unsigned threads);

 private:
  void work();
  void work_on_blocks();
  bool take(trace::PackedBlock& block, std::uint64_t& number);

  trace::TraceReader& reader_;
  std::function<std::unique_ptr<BlockWork>()> make_;
  std::function<bool(std::uint64_t)> goes_on_;
  std::mutex taking_, applying_;
  std::condition_variable turn_;
  std::uint64_t taken_ = 0, applied_ = 0;  // blocks
  bool is_over_ = false, is_given_up_ = false;
  std::exception_ptr failure_;  // the first
};

}  // namespace socklock::analyzer
