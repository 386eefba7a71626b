// SPDX-License-Identifier: GPL-2.0-or-later
// What a trace says of the host, the recorder and the command before the first wait.
#pragma once

#include <optional>

#include "collector/platform/options.h"
#include "collector/process/workload.h"
#include "collector/record/equipment.h"
#include "socklock/trace/v1/header.pb.h"

namespace socklock::collector {

// Without the times, which are set when the recording begins, and the probes.
trace::v1::Header make_header(const RecordOptions& options, const Equipment& equipment,
                              const std::optional<Workload>& workload, const LockFacts& locks);

}  // namespace socklock::collector
