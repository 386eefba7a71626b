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

namespace socklock::collector {

// The kernel proper, without modules, whose addresses may be others' later.
struct KernelText {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// A file says of what boot it is, and has offsets, no addresses. Frames elsewhere than in `text`, but for those of the
// places that programs are called from, are in none.
std::string frames_file(const std::string& boot_id, KernelText text, std::span<const socklock_known_frame> frames);
// Adds the file's frames to an empty table of 1 << SOCKLOCK_FRAME_BITS; how many. 0: it is of another boot, or no such
// file.
std::size_t read_frames_file(std::string_view file, const std::string& boot_id, KernelText text,
                             std::span<socklock_known_frame> frames);

// The file, which is root's alone, in a folder that is.
class FrameCache {
 public:
  explicit FrameCache(std::string folder = "/run/socklock") : folder_(std::move(folder)) {}

  // Nothing where there is none, or others than root may have written it.
  void load(KernelText text, std::span<socklock_known_frame> frames);
  // Where other things are known by now. Does nothing but for root; a file that can't be written is as good as none.
  void save(std::span<const socklock_known_frame> frames);

 private:
  std::string folder_;
  std::string boot_id_;
  KernelText text_;
  std::string known_;  // the file, as it would be of what was known last
};

}  // namespace socklock::collector
