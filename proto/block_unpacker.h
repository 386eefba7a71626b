// SPDX-License-Identifier: GPL-2.0-or-later
// Unpacks and parses blocks, each by itself: what a thread that reads blocks needs of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "proto/block.h"
#include "proto/events_view.h"

namespace socklock::trace {

class BlockUnpacker {
 public:
  BlockUnpacker();
  BlockUnpacker(BlockUnpacker&&) noexcept;
  BlockUnpacker& operator=(BlockUnpacker&&) noexcept;
  ~BlockUnpacker();

  // Nothing where the block is malformed: not one frame of the announced size, or not a message of its kind within
  // the limits of block_format.h.
  std::optional<Message> message_of(const PackedBlock& block);
  // Likewise, of a block of events, without copying its columns. Valid until the next block is unpacked.
  std::optional<EventsView> events_of(const PackedBlock& block);
  // The number of rows of a block of events alone. Where it stands first, as our writer puts it, no more is unpacked
  // than it takes, and what is wrong behind it is not noticed.
  std::optional<std::uint32_t> event_rows_of(const PackedBlock& block);

  // Gives a block that is done with back: the next one of its kind is parsed into the same memory.
  void reuse(Block&& block);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace socklock::trace
