// SPDX-License-Identifier: GPL-2.0-or-later
// The command line of socklock-record.
#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "collector/platform/options.h"

namespace CLI {
class App;
}

namespace socklock::collector {

enum class RecorderVerb { kRecord, kDoctor };

struct RecorderArguments {
  RecorderVerb verb = RecorderVerb::kRecord;
  RecordOptions record;
  bool json = false;  // of doctor, as the next
  int required_level = 1;
};

// Options write to `arguments`, which has to outlive the result.
std::unique_ptr<CLI::App> define_command_line(RecorderArguments& arguments);

// Of a parsed command line: the error for an option that this system can't have.
std::optional<Error> refused_option(const CLI::App& app);

}  // namespace socklock::collector
