// SPDX-License-Identifier: GPL-2.0-or-later
// What recordings of this boot learnt of the kernel's frames (bpf/frames.bpf.h), kept for the next one: where a
// function's caller lies is fixed by the compiler, and each new recording would walk hundreds of stacks to find it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "collector/bpf/wire.h"
#include "collector/probe/boot_cache.h"

namespace socklock::collector {

// The kernel proper, without modules, whose addresses may be others' later.
struct KernelText {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// What a file has of them: offsets, no addresses. Frames elsewhere than in `text`, but for those of the places that
// programs are called from, are not in it.
std::string packed_frames(KernelText text, std::span<const socklock_known_frame> frames);
// Adds the frames to an empty table of 1 << SOCKLOCK_FRAME_BITS, as far as they are sound; how many.
std::size_t unpack_frames(std::string_view packed, KernelText text, std::span<socklock_known_frame> frames);

// The file of them.
class FrameCache {
 public:
  explicit FrameCache(BootCache files = BootCache()) : files_(std::move(files)) {}

  void load(KernelText text, std::span<socklock_known_frame> frames);
  // Where other things are known by now.
  void save(std::span<const socklock_known_frame> frames);

 private:
  BootCache files_;
  KernelText text_;
  std::string known_;  // packed, when they were loaded or saved last
};

}  // namespace socklock::collector
