// SPDX-License-Identifier: GPL-2.0-or-later
// Without help a fuzzer never gets past the checksums: almost every mutation is refused as damage. This one takes a
// trace apart, changes messages and the order of blocks, and puts a trace together again whose frames, index and end
// hold.
#include <zstd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/block_format.h"
#include "proto/byte_order.h"
#include "proto/checksum.h"
#include "socklock/trace/v1/footer.pb.h"
#include "tests/fuzz/input_mutator.h"
#include "tests/fuzz/wire_mutator.h"

namespace socklock::trace {
namespace {

using fuzz::Random;

constexpr std::size_t kMaxMutatedBytes = 1U << 16;
constexpr std::size_t kMostBlocks = 200;

struct Block {
  std::uint16_t kind = 0;
  std::string framed{};  // header and what is stored
};

struct Trace {
  std::string file_header;
  std::vector<Block> blocks;  // until the first that does not fit
  std::string rest;           // of a closed trace: its trailer
};

template <typename T>
T number_at(std::string_view bytes, std::size_t offset) {
  return load_le<T>(reinterpret_cast<const std::byte*>(bytes.data() + offset));
}

Trace taken_apart(std::string_view bytes) {
  Trace trace;
  trace.file_header = bytes.substr(0, kFileHeaderBytes);
  bytes.remove_prefix(trace.file_header.size());
  while (bytes.size() >= kBlockHeaderBytes && number_at<std::uint32_t>(bytes, 0) == kBlockMagic) {
    const auto stored = number_at<std::uint32_t>(bytes, 8);
    if (stored > bytes.size() - kBlockHeaderBytes) break;
    trace.blocks.push_back(
        {number_at<std::uint16_t>(bytes, 4), std::string(bytes.substr(0, kBlockHeaderBytes + stored))});
    bytes.remove_prefix(kBlockHeaderBytes + stored);
  }
  trace.rest = bytes;
  return trace;
}

// The message of a block, or nothing where it is too large or no zstd frame.
std::string message_of(const Block& block) {
  const std::string_view stored = std::string_view(block.framed).substr(kBlockHeaderBytes);
  const auto raw_bytes = ZSTD_getFrameContentSize(stored.data(), stored.size());
  if (raw_bytes > kMaxMutatedBytes) return {};
  std::string raw(static_cast<std::size_t>(raw_bytes), '\0');
  const auto got = ZSTD_decompress(raw.data(), raw.size(), stored.data(), stored.size());
  return ZSTD_isError(got) ? std::string() : raw;
}

Block framed(std::uint16_t kind, const std::string& raw) {
  std::string stored(ZSTD_compressBound(raw.size()), '\0');
  stored.resize(ZSTD_compress(stored.data(), stored.size(), raw.data(), raw.size(), 1));
  Block block{kind};
  append_le(block.framed, kBlockMagic);
  append_le(block.framed, kind);
  append_le(block.framed, std::uint16_t{0});
  append_le(block.framed, static_cast<std::uint32_t>(stored.size()));
  append_le(block.framed, static_cast<std::uint32_t>(raw.size()));
  append_le(block.framed, block_checksum(block.framed.data(), stored.data(), stored.size()));
  block.framed += stored;
  return block;
}

// A message of the same kind, where `other` has one.
std::string like(const Block& block, const Trace& other, Random& random) {
  std::vector<const Block*> same;
  for (const Block& one : other.blocks)
    if (one.kind == block.kind) same.push_back(&one);
  return same.empty() ? std::string() : message_of(*same[random() % same.size()]);
}

void change_a_message(Trace& trace, const Trace& other, Random& random) {
  Block& block = trace.blocks[random() % trace.blocks.size()];
  const std::string raw = message_of(block);
  if (!raw.empty()) block = framed(block.kind, fuzz::mutated_message(raw, like(block, other, random), random));
}

void change_the_order(Trace& trace, const Trace& other, Random& random) {
  const auto at = trace.blocks.begin() + static_cast<std::ptrdiff_t>(random() % trace.blocks.size());
  const std::size_t more = other.blocks.empty() ? 0 : random() % other.blocks.size();
  switch (random() % 4) {
    case 0: trace.blocks.erase(at); break;
    case 1: std::swap(*at, trace.blocks[random() % trace.blocks.size()]); break;
    case 2: trace.blocks.insert(at, Block(*at)); break;
    default:
      if (!other.blocks.empty()) trace.blocks.insert(at, Block(other.blocks[more]));
  }
}

// The index says where blocks are now; what else it says of them is that of the entries that were there.
void mend_the_index(Trace& trace) {
  Block& last = trace.blocks.back();
  v1::Footer footer;
  if (last.kind != static_cast<std::uint16_t>(BlockKind::kFooter) || !footer.ParseFromString(message_of(last))) return;
  std::uint64_t offset = trace.file_header.size();
  int entry = 0;
  for (auto block = trace.blocks.begin(); block + 1 != trace.blocks.end(); ++block) {
    auto& mended = entry < footer.blocks_size() ? *footer.mutable_blocks(entry) : *footer.add_blocks();
    mended.set_kind(block->kind);
    mended.set_offset_bytes(offset);
    offset += block->framed.size();
    ++entry;
  }
  footer.mutable_blocks()->DeleteSubrange(entry, footer.blocks_size() - entry);
  last = framed(last.kind, footer.SerializeAsString());
  trace.rest.clear();
  append_le(trace.rest, offset);
  trace.rest.append(kTrailerMagic.data(), kTrailerMagic.size());
}

std::string put_together(const Trace& trace) {
  std::string bytes = trace.file_header;
  for (const Block& block : trace.blocks) bytes += block.framed;
  return bytes + trace.rest;
}

}  // namespace
}  // namespace socklock::trace

std::string socklock::fuzz::changed_input(std::string_view input, std::string_view other, Random& random) {
  using namespace socklock::trace;
  Trace trace = taken_apart(input);
  const Trace other_trace = taken_apart(other);
  for (std::size_t change = 1 + random() % 3; change > 0 && !trace.blocks.empty(); --change)
    random() % 4 == 0 && trace.blocks.size() < kMostBlocks ? change_the_order(trace, other_trace, random)
                                                           : change_a_message(trace, other_trace, random);
  if (trace.blocks.empty()) return {};
  if (random() % 8 != 0) mend_the_index(trace);
  return put_together(trace);
}
