// SPDX-License-Identifier: GPL-2.0-or-later
// Where a trace goes.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "collector/platform/options.h"
#include "proto/trace_writer.h"

namespace socklock::collector {

struct Output {
  std::string path;
  trace::TraceWriter writer;
  std::optional<std::string> label = {};  // where the name was not said, and is made of this

  // As TraceWriter::publish() does. A name that was not said is another one where somebody took it meanwhile.
  Result<void> publish();
};

// The error that open_output() would give for what is there already, before anything else is done.
Result<void> check_output(const RecordOptions& options);

// Opens it before anything is measured. Without a name takes a new one in this folder, made of label
// and time, that never overwrites.
Result<Output> open_output(const RecordOptions& options);

}  // namespace socklock::collector
