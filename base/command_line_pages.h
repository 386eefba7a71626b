// SPDX-License-Identifier: GPL-2.0-or-later
// What follows from the definition of a command line: completion for shells, the OPTIONS of manual pages. Made from
// the same CLI11 objects that parse, so that they can't disagree.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace socklock {

// For bash ("bash") or zsh ("zsh"); `program` is the command's name, `app` has a subcommand for each of its verbs, or
// none. Verbs in `delegated` are completed by the function of `delegate`, another such script. Empty for other shells.
struct Completion {
  std::string program;
  std::string delegate;
  std::string delegated;  // "record doctor"
};
std::string completion_script(const CLI::App& app, const Completion& completion, const std::string& shell);

// Arguments and options of a verb as the body of a manual page's section, in man(7)'s macros.
std::string manual_options(const CLI::App& verb);

}  // namespace socklock
