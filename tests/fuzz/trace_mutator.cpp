// SPDX-License-Identifier: GPL-2.0-or-later
// Without help a fuzzer never gets past the checksums: almost every mutation is refused as damage. This
// mutator changes what is inside a block and puts a frame around it that holds; once in four times it
// leaves the input to plain mutation, so that the framing is tried too.
#include <zstd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "proto/block_format.h"
#include "proto/byte_order.h"
#include "proto/checksum.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace socklock::trace {
namespace {

constexpr std::size_t kMaxMutatedBytes = 1U << 16;

struct Frame {
  std::size_t offset = 0;
  std::uint32_t stored_bytes = 0;
};

// Blocks as their headers state them, until the first that does not fit.
std::vector<Frame> frames_of(const std::uint8_t* data, std::size_t size) {
  std::vector<Frame> frames;
  std::size_t at = kFileHeaderBytes;
  while (at + kBlockHeaderBytes <= size) {
    const auto* header = reinterpret_cast<const std::byte*>(data + at);
    const auto stored = load_le<std::uint32_t>(header + 8);
    if (load_le<std::uint32_t>(header) != kBlockMagic || stored > size - at - kBlockHeaderBytes) break;
    frames.push_back({at, stored});
    at += kBlockHeaderBytes + stored;
  }
  return frames;
}

// The content of a block, or nothing where it is too large or no zstd frame.
std::string content_of(const std::uint8_t* stored, std::size_t stored_bytes) {
  const auto raw_bytes = ZSTD_getFrameContentSize(stored, stored_bytes);
  if (raw_bytes > kMaxMutatedBytes) return {};
  std::string raw(static_cast<std::size_t>(raw_bytes), '\0');
  const auto got = ZSTD_decompress(raw.data(), raw.size(), stored, stored_bytes);
  return ZSTD_isError(got) ? std::string() : raw;
}

std::string mutated(std::string raw) {
  const std::size_t size = raw.size();
  raw.resize(size + 256);
  raw.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(raw.data()), size, raw.size()));
  return raw;
}

std::string framed(std::uint16_t kind, const std::string& raw) {
  std::string stored(ZSTD_compressBound(raw.size()), '\0');
  stored.resize(ZSTD_compress(stored.data(), stored.size(), raw.data(), raw.size(), 1));
  std::string block;
  append_le(block, kBlockMagic);
  append_le(block, kind);
  append_le(block, std::uint16_t{0});
  append_le(block, static_cast<std::uint32_t>(stored.size()));
  append_le(block, static_cast<std::uint32_t>(raw.size()));
  append_le(block, block_checksum(block.data(), stored.data(), stored.size()));
  return block + stored;
}

// `data` with the content of one of its blocks changed; nothing where there is no such block.
std::string with_a_changed_block(const std::uint8_t* data, std::size_t size, std::minstd_rand& random) {
  const auto frames = frames_of(data, size);
  if (frames.empty()) return {};
  const Frame frame = frames[random() % frames.size()];
  const std::uint8_t* header = data + frame.offset;
  const std::uint8_t* stored = header + kBlockHeaderBytes;
  auto raw = content_of(stored, frame.stored_bytes);
  if (raw.empty()) return {};
  const auto kind = load_le<std::uint16_t>(reinterpret_cast<const std::byte*>(header + 4));
  std::string out(reinterpret_cast<const char*>(data), frame.offset);
  out += framed(kind, mutated(std::move(raw)));
  out.append(reinterpret_cast<const char*>(stored + frame.stored_bytes),
             size - frame.offset - kBlockHeaderBytes - frame.stored_bytes);
  return out;
}

}  // namespace
}  // namespace socklock::trace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  std::minstd_rand random(seed);
  if (random() % 4 != 0) {
    const auto changed = socklock::trace::with_a_changed_block(data, size, random);
    if (!changed.empty() && changed.size() <= max_size) {
      std::memcpy(data, changed.data(), changed.size());
      return changed.size();
    }
  }
  return LLVMFuzzerMutate(data, size, max_size);
}
