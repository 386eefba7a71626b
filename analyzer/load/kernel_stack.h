// SPDX-License-Identifier: GPL-2.0-or-later
// What a trace says of the kernel stack that a wait was on.
#pragma once

#include <cstdint>

#include "analyzer/load/wait_table.h"
#include "socklock/trace/v1/columns.pb.h"

namespace socklock::analyzer {

// Of a row's or an event's context (enum Context of columns.proto).
inline KernelStack kernel_stack(std::uint8_t context) {
  return context == trace::v1::CONTEXT_TASK ? KernelStack::kTask : KernelStack::kInterrupt;
}

}  // namespace socklock::analyzer
