// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/ordered_blocks.h"

#include <exception>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace socklock::analyzer {

bool OrderedBlocks::read(unsigned threads) {
  std::vector<std::thread> others;  // not jthread, which libc++ has as an experiment only
  try {
    for (unsigned i = 1; i < threads; ++i) others.emplace_back([this] { work(); });
  } catch (const std::exception&) {
    // No more threads, or memory for one, are to be had (RLIMIT_NPROC, RLIMIT_AS): as many as there are do it.
  }
  work();
  for (std::thread& other : others) other.join();
  if (failure_) std::rethrow_exception(failure_);
  return !is_given_up_;
}

bool OrderedBlocks::take(trace::PackedBlock& block, std::uint64_t& number) {
  const std::lock_guard lock(taking_);
  if (is_over_) return false;
  if (!goes_on_(reader_.position_bytes())) {
    is_over_ = is_given_up_ = true;
    return false;
  }
  block = reader_.next_packed(std::move(block));
  is_over_ = block.is_end;
  number = taken_++;
  return true;
}

// An exception that left a thread would end the program, and others would wait for its block for ever.
void OrderedBlocks::work() {
  try {
    work_on_blocks();
  } catch (...) {
    {
      const std::lock_guard lock(taking_);
      is_over_ = true;
    }
    const std::lock_guard lock(applying_);
    if (!failure_) failure_ = std::current_exception();
    turn_.notify_all();
  }
}

void OrderedBlocks::work_on_blocks() {
  const std::unique_ptr<BlockWork> work = make_();
  trace::PackedBlock block;
  for (std::uint64_t number = 0; take(block, number);) {
    const bool is_prepared = !block.is_end && reader_.can_afford(block);
    if (is_prepared) work->prepare(block);
    std::unique_lock lock(applying_);
    turn_.wait(lock, [&] { return failure_ || applied_ == number; });
    if (failure_) return;
    work->apply(block, is_prepared);
    ++applied_;
    lock.unlock();
    turn_.notify_all();
  }
}

}  // namespace socklock::analyzer
