// SPDX-License-Identifier: GPL-2.0-or-later
// Begins and ends of waits put together as our own recorder does: those that spin by CPU and thread, where an
// interrupt may wait on top of another wait; those that sleep by thread, one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "import/trace_builder.h"

namespace socklock::imports {

// Who waits: threads with the number 0, the idle ones, are distinguished by their CPU.
struct Waiter {
  std::uint32_t tid = 0;
  std::uint32_t cpu = 0;
};

struct OpenWait {
  Waiter waiter;
  std::uint64_t begin_ns = 0;
  std::uint64_t lock = 0;  // address
  std::uint8_t flags = 0;
  std::uint8_t context = 0;
  std::uint32_t stack = 0, thread = 0;
};

class WaitPairing {
 public:
  explicit WaitPairing(TraceBuilder& builder) : builder_(builder) {}

  // Counts what it drops in the builder: second begins of a mutex, and waits whose end was not seen.
  void begin(const OpenWait& wait);
  // The wait that ends; nothing, and counted, where its begin was not seen.
  std::optional<OpenWait> end(Waiter waiter, std::uint64_t lock);
  [[nodiscard]] std::size_t open() const;

 private:
  using TaskKey = std::pair<std::uint32_t, std::uint32_t>;
  static TaskKey task_of(Waiter waiter) { return {waiter.tid, waiter.tid == 0 ? waiter.cpu : 0}; }
  void begin_spinning(const OpenWait& wait);
  void begin_sleeping(const OpenWait& wait);

  TraceBuilder& builder_;
  std::map<std::uint32_t, std::vector<OpenWait>> spinning_;  // by CPU, the innermost last
  std::map<TaskKey, OpenWait> sleeping_;
};

}  // namespace socklock::imports
