// SPDX-License-Identifier: GPL-2.0-or-later
// Memory that runs out as an error like others, for work on a thread: what a thread throws ends the program.
#pragma once

#include <new>
#include <stdexcept>

#include "base/result.h"

namespace socklock {

inline Error out_of_memory() { return {"out of memory", "", "fewer or smaller traces at a time", ExitCode::kBadInput}; }

// What `work` returns, a Result.
template <typename Work>
auto within_memory(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return fail(out_of_memory());
  } catch (const std::length_error&) {  // of a container that would be larger than the address space
    return fail(out_of_memory());
  }
}

}  // namespace socklock
