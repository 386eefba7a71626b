// SPDX-License-Identifier: GPL-2.0-or-later
// What a trace says of the host, the recorder and the command before the first wait.
#pragma once

#include <optional>

#include "base/child_process.h"
#include "collector/platform/options.h"
#include "collector/record/equipment.h"
#include "socklock/trace/v1/header.pb.h"

namespace socklock::collector {

// Without the times, which are set when the recording begins, and the probes.
trace::v1::Header make_header(const RecordOptions& options, const Equipment& equipment,
                              const std::optional<ChildProcess>& command, const LockFacts& locks);

}  // namespace socklock::collector
