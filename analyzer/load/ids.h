// SPDX-License-Identifier: GPL-2.0-or-later
// Positions in the dictionaries of one Run. Dense and checked, unlike the ids in a trace, which are
// input: 0 is "not known" in each dictionary and always there.
#pragma once

#include <cstddef>
#include <cstdint>

namespace socklock::analyzer {

enum class FunctionId : std::uint32_t {};
enum class StackId : std::uint32_t {};
enum class LockId : std::uint32_t {};
enum class ThreadId : std::uint32_t {};
enum class CgroupId : std::uint32_t {};

inline constexpr StackId kNoStack{0};
inline constexpr LockId kNoLock{0};
inline constexpr ThreadId kNoThread{0};
inline constexpr CgroupId kNoCgroup{0};

template <typename Id>
constexpr std::size_t index_of(Id id) {
  return static_cast<std::size_t>(id);
}

}  // namespace socklock::analyzer
