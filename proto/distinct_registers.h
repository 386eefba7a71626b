// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace socklock::trace {

// Of how many distinct ones something was: HyperLogLog (Flajolet, Fusy, Gandouet and Meunier 2007), the register that
// the low bits of a hash choose having the highest rank, one more than the zeros that the others end with.
inline constexpr std::size_t kDistinctRegisters = 64;
using DistinctRegisters = std::array<std::uint8_t, kDistinctRegisters>;

}  // namespace socklock::trace
