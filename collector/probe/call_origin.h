// SPDX-License-Identifier: GPL-2.0-or-later
// Where calls come from, as programs of level 2 tell it: SOCKLOCK_FROM_* and back.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "collector/bpf/calls.h"
#include "collector/bpf/wire.h"
#include "collector/probe/system_calls.h"

namespace socklock::collector {

// System calls that lead to socket locks and are distinguished.
inline constexpr auto kDistinguishedSyscalls = [] {
  std::array<std::uint16_t, kSocketSyscalls.size() + kOtherSyscalls.size()> all{};
  std::copy(kOtherSyscalls.begin(), kOtherSyscalls.end(),
            std::copy(kSocketSyscalls.begin(), kSocketSyscalls.end(), all.begin()));
  return all;
}();
static_assert(SOCKLOCK_FROM_SYSCALLS + kDistinguishedSyscalls.size() <= SOCKLOCK_FROM);

// The programs' setting of that name.
template <std::size_t Size>
void fill_from_syscall(std::uint8_t (&from_syscall)[Size]) {
  static_assert(Size == std::size_t{2} * SOCKLOCK_SYSCALLS);
  for (std::size_t i = 0; i < kDistinguishedSyscalls.size(); ++i)
    from_syscall[kDistinguishedSyscalls[i] + 1] = static_cast<std::uint8_t>(SOCKLOCK_FROM_SYSCALLS + i);
}

// Number + 1, or 0.
constexpr std::uint16_t syscall_from(std::size_t from) {
  const bool is_told = from >= SOCKLOCK_FROM_SYSCALLS && from - SOCKLOCK_FROM_SYSCALLS < kDistinguishedSyscalls.size();
  return is_told ? static_cast<std::uint16_t>(kDistinguishedSyscalls[from - SOCKLOCK_FROM_SYSCALLS] + 1)
                 : std::uint16_t{0};
}

constexpr std::uint8_t context_from(std::size_t from) {
  return from == SOCKLOCK_FROM_INTERRUPT ? SOCKLOCK_CONTEXT_INTERRUPT : SOCKLOCK_CONTEXT_TASK;
}

}  // namespace socklock::collector
