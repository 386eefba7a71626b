// SPDX-License-Identifier: GPL-2.0-or-later
// Where calls come from, as programs of level 2 tell it: SOCKLOCK_FROM_* and back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "collector/bpf/calls.h"
#include "collector/bpf/wire.h"

namespace socklock::collector {

// System calls that lead to socket locks and are distinguished. x86_64 numbers, since programs know the system call
// there only: sockets, reading and writing, waiting, ending.
inline constexpr std::array<std::uint16_t, 51> kDistinguishedSyscalls{
    0,   1,   3,   7,   16,  17,  18,  19,  20,  23,  33,  40,  41,  42,  43,  44,  45,
    46,  47,  48,  49,  50,  51,  52,  53,  54,  55,  59,  60,  72,  231, 232, 233, 270,
    271, 275, 276, 278, 281, 288, 292, 295, 296, 299, 307, 326, 327, 328, 426, 436, 441};
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
