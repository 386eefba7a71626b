// SPDX-License-Identifier: GPL-2.0-or-later
// Completion and manual pages of socklock, for the build.
#include <CLI/CLI.hpp>

#include "analyzer/cli/arguments.h"
#include "base/command_line_pages.h"

int main(int argc, char** argv) {
  socklock::analyzer::Arguments arguments;
  const auto app = socklock::analyzer::define_command_line(arguments);
  return socklock::print_page(*app, {"socklock", "socklock-record", "record doctor"}, argc, argv);
}
