// SPDX-License-Identifier: GPL-2.0-or-later
// Where a trace goes.
#pragma once

#include <string>

#include "base/result.h"
#include "collector/platform/options.h"
#include "proto/trace_writer.h"

namespace socklock::collector {

struct Output {
  std::string path;
  trace::TraceWriter writer;
};

// Opens it before anything is measured. Without a name takes a new one in this folder, made of label
// and time, that never overwrites.
Result<Output> open_output(const RecordOptions& options);

}  // namespace socklock::collector
