// SPDX-License-Identifier: GPL-2.0-or-later
// The command line of socklock-gui as plain data.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace socklock::gui {

struct Arguments {
  std::vector<std::string> before;
  std::vector<std::string> after;
  std::string taxonomy;    // file; empty: the built-in one
  std::string screenshot;  // file; empty: show a window
  std::string page;        // its id; empty: the first
  std::string theme = "system";
  std::string size;  // "1280x860"; empty: as it was left
};

// Options write to `arguments`, which has to outlive the result.
std::unique_ptr<CLI::App> define_command_line(Arguments& arguments);

// Prints help or the usage error itself. `exit_code` is set when there is nothing left to do.
struct ParsedArguments {
  Arguments arguments;
  bool is_done = false;
  int exit_code = 0;
};
ParsedArguments parse_arguments(int argc, char** argv);

}  // namespace socklock::gui
