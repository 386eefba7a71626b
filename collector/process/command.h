// SPDX-License-Identifier: GPL-2.0-or-later
// The command whose run is recorded: forked early, executed when the recording runs.
#pragma once

#include "base/child_process.h"
#include "collector/platform/options.h"

namespace socklock::collector {

// Nothing where the options have no command. Its standard output goes to standard error where ours carries the trace.
Result<std::optional<ChildProcess>> prepare_command(const RecordOptions& options);

// Error when it can't be executed (usage: there is no such program).
Result<void> start_command(ChildProcess& command, const RecordOptions& options);

}  // namespace socklock::collector
