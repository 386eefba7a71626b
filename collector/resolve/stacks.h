// SPDX-License-Identifier: GPL-2.0-or-later
// Raw stacks to dictionary entries: frames of the tracing itself are dropped, addresses become functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "collector/bpf/wire.h"
#include "collector/resolve/kallsyms.h"
#include "socklock/trace/v1/dictionary.pb.h"

namespace socklock::collector {

class Stacks {
 public:
  explicit Stacks(const Kallsyms& symbols);

  // Whether the stack in a slot that id() was given is one of that context (enum socklock_context) and
  // system call (number + 1, 0: none); nothing where it is not known, or does not show its outer end.
  [[nodiscard]] std::optional<bool> agrees(std::uint32_t slot, std::uint8_t context, std::uint16_t syscall) const;

  // Dictionary id of a function by its name.
  std::uint32_t function_id(std::string_view name, trace::v1::Dictionary& added);

  // Dictionary id of a raw stack, by its slot in the kernel's table; 0 for slot 0 and for a slot that
  // is not filled yet. New functions and stacks are appended to `added`. Raw stacks that differ only in
  // frames of the tracing share an id.
  std::uint32_t id(std::uint32_t slot, const socklock_stack_slot& raw, trace::v1::Dictionary& added);

 private:
  struct Traits {
    bool interrupt = false;    // runs in a softirq or interrupt
    bool system_call = false;  // under a system call
    bool whole = false;        // down to where the kernel was entered
  };
  [[nodiscard]] Traits traits_of(const std::vector<std::uint64_t>& frames, bool truncated) const;
  void prefetch_frames(std::span<const __u64> frames) const;
  std::uint32_t function_id(std::uint64_t address, std::uint32_t& offset_bytes, trace::v1::Dictionary& added);
  std::uint32_t function_id(std::string_view name, std::string_view module, trace::v1::Dictionary& added);
  [[nodiscard]] bool is_tracing(std::uint64_t address) const;

  const Kallsyms& symbols_;
  std::unordered_map<std::uint32_t, std::uint32_t> id_by_slot_;
  std::unordered_map<std::uint32_t, Traits> traits_by_slot_;
  std::map<std::vector<std::uint64_t>, std::uint32_t> id_by_frames_;
  std::unordered_map<std::uint64_t, std::uint32_t> function_by_start_;
  std::map<std::pair<std::string, std::string>, std::uint32_t> function_by_name_;  // module and name
};

}  // namespace socklock::collector
