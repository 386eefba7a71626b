// SPDX-License-Identifier: GPL-2.0-or-later
// What the taxonomy says of a wait.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "analyzer/load/ids.h"
#include "analyzer/taxonomy/taxonomy.h"

namespace socklock::analyzer {

enum class Context : std::uint8_t { kTask, kSoftirq, kHardirq };
std::string_view name_of(Context context);

struct WaitLabels {
  ClassId lock_class = kUnclassified;
  CallPath path = CallPath::kOther;
  std::optional<CallPath> origin;  // what the path ran on top of, where that is another one
  Context context = Context::kTask;
  FunctionId taker{0};  // innermost function that is not locking itself
  bool socket = false;  // a socket frame in the stack, or a wait for a socket's owner
  bool operator==(const WaitLabels&) const = default;
};

}  // namespace socklock::analyzer
