// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/process/command.h"

#include <unistd.h>

#include <string_view>
#include <utility>

namespace socklock::collector {

Result<std::optional<ChildProcess>> prepare_command(const RecordOptions& options) {
  if (options.command.empty()) return std::nullopt;
  ChildOptions child;
  child.argv = options.command;
  if (options.output == "-") child.output_fd = STDERR_FILENO;
  SOCKLOCK_TRY_ASSIGN(ChildProcess prepared, ChildProcess::prepare(child));
  return std::optional<ChildProcess>(std::move(prepared));
}

Result<void> start_command(ChildProcess& command, const RecordOptions& options) {
  auto started = command.release();
  if (started) return {};
  Error error = std::move(started).error();
  error.what.replace(0, std::string_view("cannot run").size(), "cannot run the command");
  error.where = "'" + options.command.front() + "'";
  error.exit_code = ExitCode::kUsage;
  return fail(std::move(error));
}

}  // namespace socklock::collector
