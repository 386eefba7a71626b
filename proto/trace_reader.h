// SPDX-License-Identifier: GPL-2.0-or-later
// Reads a trace block by block. A trace is untrusted input: nothing is allocated before its size was
// checked against block_format.h, and damage is reported, not fatal: reading goes on at the next
// block whose checksum holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "proto/block.h"

namespace socklock::trace {

class TraceReader {
 public:
  // Errors: the file can't be read, is empty, is no trace, or is of a newer major version.
  static Result<TraceReader> open(const std::string& path);
  // Over bytes that outlive the reader; `name` stands for the path in messages.
  static Result<TraceReader> over(std::span<const std::byte> bytes, const std::string& name);

  TraceReader(TraceReader&&) noexcept;
  TraceReader& operator=(TraceReader&&) noexcept;
  ~TraceReader();

  // The next block of a known kind in file order; nothing at the end. Unknown kinds are skipped and
  // counted, damaged stretches are skipped and listed in damage(): next() itself can't fail.
  std::optional<Block> next();

  // For who unpacks several blocks at a time; next() does all three one after the other.
  // The next whole block of a known kind, in file order; `spare` is one that is done with, for its memory. One thread
  // at a time.
  PackedBlock next_packed(PackedBlock spare);
  // False: take() will refuse the block whatever is in it, for more than a trace of this size may unpack to. From any
  // thread.
  [[nodiscard]] bool can_afford(const PackedBlock& block) const;
  // Whether the block counts; if not, that is damage. To be called for every block, in file order, one thread at a
  // time. `is_parsed`: it was not malformed. `message`: what it became, which takes memory; null: nothing that stays.
  // `events`: as many of its rows were read one by one, which takes time.
  bool take(const PackedBlock& block, bool is_parsed, const Message* message, std::uint64_t events);

  // What the blocks of a pass may become in memory, bytes, so that a few KB can't fill it; what goes beyond is damage.
  // Before the first next(). Without it 64 MiB and 64 times the file's size, many times what recorders' traces need.
  void set_budget(std::uint64_t bytes);
  [[nodiscard]] std::uint64_t budget_bytes() const;

  // Where next() goes on. A seek to an offset taken from a footer's index is safe whatever it says.
  void seek(std::uint64_t offset_bytes);

  // The footer of a trace that was closed in order, read from the end; nothing otherwise.
  std::optional<v1::Footer> footer();

  [[nodiscard]] const std::vector<Damage>& damage() const;
  [[nodiscard]] std::uint64_t unknown_blocks() const;
  [[nodiscard]] std::uint64_t size_bytes() const;
  [[nodiscard]] std::uint64_t position_bytes() const;
  [[nodiscard]] const std::string& name() const;
  // Of the file header: minor versions newer than ours are readable.
  [[nodiscard]] std::uint16_t minor_version() const;

 private:
  struct State;
  explicit TraceReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace socklock::trace
