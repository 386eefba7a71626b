// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/ordered_blocks.h"

#include <memory>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace socklock::analyzer {

bool OrderedBlocks::read(unsigned threads) {
  std::vector<std::thread> others;  // not jthread, which libc++ has as an experiment only
  try {
    for (unsigned i = 1; i < threads; ++i) others.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // As many as there are do it.
  }
  work();
  for (std::thread& other : others) other.join();
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

void OrderedBlocks::work() {
  const std::unique_ptr<BlockWork> work = make_();
  trace::PackedBlock block;
  for (std::uint64_t number = 0; take(block, number);) {
    const bool is_prepared = !block.is_end && reader_.can_afford(block);
    if (is_prepared) work->prepare(block);
    std::unique_lock lock(applying_);
    turn_.wait(lock, [&] { return applied_ == number; });
    work->apply(block, is_prepared);
    ++applied_;
    lock.unlock();
    turn_.notify_all();
  }
}

}  // namespace socklock::analyzer
