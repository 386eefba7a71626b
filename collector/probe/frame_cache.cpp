// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/frame_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <utility>

#include "base/descriptor.h"
#include "collector/process/privileges.h"

namespace socklock::collector {
namespace {

constexpr const char* kName = "frames";
constexpr const char* kNewName = "frames.new";
constexpr std::string_view kMagic = "socklock frames 1\n";
// Half the table: what else is learnt has its place.
constexpr std::size_t kMostFrames = std::size_t{1} << (SOCKLOCK_FRAME_BITS - 1);

// Below are numbers of the places that programs are called from (bpf/scratch.bpf.h, stack_site), in place of addresses.
constexpr std::uint64_t kFirstAddress = 4096;

struct StoredFrame {
  std::uint32_t offset;  // of the return address from the begin of the kernel's text; of a number: ~number
  std::uint16_t kind;
  std::uint16_t words;
};

std::string boot_id() {
  std::string id;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), id);
  return id;
}

std::string beginning(const std::string& boot_id) { return std::string(kMagic) + boot_id + "\n"; }

bool is_roots_own(int fd, mode_t type) {
  struct stat status {};
  return fd >= 0 && fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == type && status.st_uid == 0 &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

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

bool write_all(int fd, const std::string& bytes) {
  return write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

}  // namespace

std::string frames_file(const std::string& boot_id, KernelText text, std::span<const socklock_known_frame> frames) {
  std::string file = beginning(boot_id);
  std::size_t count = 0;
  for (const auto& frame : frames) {
    if (!is_known(frame, text) || ++count > kMostFrames) continue;
    const StoredFrame stored{offset_of(frame.address, text), static_cast<std::uint16_t>(frame.layout >> 32),
                             static_cast<std::uint16_t>(frame.layout)};
    file.append(reinterpret_cast<const char*>(&stored), sizeof stored);
  }
  return file;
}

std::size_t read_frames_file(std::string_view file, const std::string& boot_id, KernelText text,
                             std::span<socklock_known_frame> frames) {
  const std::string begins = beginning(boot_id);
  if (!file.starts_with(begins)) return 0;
  file.remove_prefix(begins.size());
  std::size_t count = 0;
  for (; file.size() >= sizeof(StoredFrame) && count < kMostFrames; file.remove_prefix(sizeof(StoredFrame))) {
    StoredFrame stored{};
    std::memcpy(&stored, file.data(), sizeof stored);
    if (!is_sound(stored, text)) continue;
    const socklock_known_frame frame{address_of(stored.offset, text), std::uint64_t{stored.kind} << 32 | stored.words};
    if (add_frame(frames, frame)) ++count;
  }
  return count;
}

void FrameCache::load(KernelText text, std::span<socklock_known_frame> frames) {
  text_ = text;
  boot_id_ = boot_id();
  if (boot_id_.empty() || text_.begin >= text_.end || frames.size() < std::size_t{1} << SOCKLOCK_FRAME_BITS) return;
  const Descriptor folder(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!is_roots_own(folder.get(), S_IFDIR)) return;
  const Descriptor file(openat(folder.get(), kName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!is_roots_own(file.get(), S_IFREG)) return;
  std::string bytes(beginning(boot_id_).size() + kMostFrames * sizeof(StoredFrame), '\0');
  const ssize_t length = read(file.get(), bytes.data(), bytes.size());
  if (length <= 0) return;
  read_frames_file(std::string_view(bytes).substr(0, static_cast<std::size_t>(length)), boot_id_, text_, frames);
  known_ = frames_file(boot_id_, text_, frames);
}

void FrameCache::save(std::span<const socklock_known_frame> frames) {
  if (!is_run_by_root() || boot_id_.empty()) return;
  std::string known = frames_file(boot_id_, text_, frames);
  if (known == known_) return;
  known_ = std::move(known);
  mkdir(folder_.c_str(), 0700);
  const Descriptor folder(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!is_roots_own(folder.get(), S_IFDIR)) return;
  // What another recorder, which was killed, left; where one writes just now its file is lost, and no more.
  unlinkat(folder.get(), kNewName, 0);
  const Descriptor file(openat(folder.get(), kNewName, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0) return;
  if (!write_all(file.get(), known_) || renameat(folder.get(), kNewName, folder.get(), kName) != 0)
    unlinkat(folder.get(), kNewName, 0);
}

}  // namespace socklock::collector
