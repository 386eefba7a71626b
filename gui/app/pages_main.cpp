// SPDX-License-Identifier: GPL-2.0-or-later
// Completion and manual page of socklock-gui, for the build.
#include <CLI/CLI.hpp>

#include "base/command_line_pages.h"
#include "gui/app/arguments.h"

int main(int argc, char** argv) {
  socklock::gui::Arguments arguments;
  const auto app = socklock::gui::define_command_line(arguments);
  return socklock::print_page(*app, {"socklock-gui", "", ""}, argc, argv);
}
