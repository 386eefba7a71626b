// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/frame_cache.h"

#include <cstring>
#include <utility>

namespace socklock::collector {
namespace {

constexpr const char* kName = "frames";
// Half the table: what else is learnt has its place.
constexpr std::size_t kMostFrames = std::size_t{1} << (SOCKLOCK_FRAME_BITS - 1);

// Below are numbers of the places that programs are called from (bpf/scratch.bpf.h, stack_site), in place of addresses.
constexpr std::uint64_t kFirstAddress = 4096;

struct StoredFrame {
  std::uint32_t offset;  // of the return address from the begin of the kernel's text; of a number: ~number
  std::uint16_t kind;
  std::uint16_t words;
};

bool is_in(std::uint64_t address, KernelText text) {
  return (address >= text.begin && address < text.end) || (address != 0 && address < kFirstAddress);
}

bool is_known(const socklock_known_frame& frame, KernelText text) {
  return frame.layout != 0 && is_in(frame.address, text);
}

std::uint32_t offset_of(std::uint64_t address, KernelText text) {
  return static_cast<std::uint32_t>(address < kFirstAddress ? ~address : address - text.begin);
}

std::uint64_t address_of(std::uint32_t offset, KernelText text) {
  return ~offset < kFirstAddress ? ~offset : text.begin + offset;
}

bool is_sound(const StoredFrame& frame, KernelText text) {
  return frame.kind > SOCKLOCK_FRAME_BEING_LEARNT && frame.kind <= SOCKLOCK_FRAME_LAST &&
         frame.words <= SOCKLOCK_FRAME_WORDS && is_in(address_of(frame.offset, text), text);
}

// As claim_frame() finds places (bpf/frames.bpf.h).
bool add_frame(std::span<socklock_known_frame> frames, const socklock_known_frame& added) {
  for (std::uint32_t probe = 0; probe < SOCKLOCK_FRAME_PROBES; ++probe) {
    const auto hash = static_cast<std::uint32_t>(added.address * SOCKLOCK_FRAME_HASH >> 32);
    auto& place = frames[(hash + probe) & ((1U << SOCKLOCK_FRAME_BITS) - 1)];
    if (place.address != 0) continue;
    place = added;
    return true;
  }
  return false;
}

}  // namespace

std::string packed_frames(KernelText text, std::span<const socklock_known_frame> frames) {
  std::string packed;
  std::size_t count = 0;
  for (const auto& frame : frames) {
    if (!is_known(frame, text) || ++count > kMostFrames) continue;
    const StoredFrame stored{offset_of(frame.address, text), static_cast<std::uint16_t>(frame.layout >> 32),
                             static_cast<std::uint16_t>(frame.layout)};
    packed.append(reinterpret_cast<const char*>(&stored), sizeof stored);
  }
  return packed;
}

std::size_t unpack_frames(std::string_view packed, KernelText text, std::span<socklock_known_frame> frames) {
  std::size_t count = 0;
  for (; packed.size() >= sizeof(StoredFrame) && count < kMostFrames; packed.remove_prefix(sizeof(StoredFrame))) {
    StoredFrame stored{};
    std::memcpy(&stored, packed.data(), sizeof stored);
    if (!is_sound(stored, text)) continue;
    const socklock_known_frame frame{address_of(stored.offset, text), std::uint64_t{stored.kind} << 32 | stored.words};
    if (add_frame(frames, frame)) ++count;
  }
  return count;
}

void FrameCache::load(KernelText text, std::span<socklock_known_frame> frames) {
  text_ = text;
  if (text_.begin >= text_.end || frames.size() < std::size_t{1} << SOCKLOCK_FRAME_BITS) return;
  const auto packed = files_.read(kName, kMostFrames * sizeof(StoredFrame));
  if (!packed) return;
  unpack_frames(*packed, text_, frames);
  known_ = packed_frames(text_, frames);
}

void FrameCache::save(std::span<const socklock_known_frame> frames) {
  if (text_.begin >= text_.end) return;
  std::string packed = packed_frames(text_, frames);
  if (packed == known_) return;
  known_ = std::move(packed);
  files_.write(kName, known_);
}

}  // namespace socklock::collector
