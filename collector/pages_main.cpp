// SPDX-License-Identifier: GPL-2.0-or-later
// Completion and manual pages of socklock-record, for the build.
#include <CLI/CLI.hpp>

#include "base/command_line_pages.h"
#include "collector/options.h"

int main(int argc, char** argv) {
  socklock::collector::RecorderArguments arguments;
  const auto app = socklock::collector::define_command_line(arguments);
  return socklock::print_page(*app, {"socklock-record", "", ""}, argc, argv);
}
