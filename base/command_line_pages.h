// SPDX-License-Identifier: GPL-2.0-or-later
// What follows from the definition of a command line: completion for shells, the OPTIONS of manual pages. Made from
// the same CLI11 objects that parse, so that they can't disagree.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace socklock {

// For "bash", "zsh" or "fish"; `program` is the command's name, `app` has a subcommand for each of its verbs, or
// none. Verbs in `delegated` are completed by the function of `delegate`, another such script. Empty for other shells.
struct Completion {
  std::string program;
  std::string delegate;
  std::string delegated;  // "record doctor"
};

// The main part of a program that the build runs: prints what "--completion SHELL" asks for, a script, or
// "--manual-options VERB", arguments and options of a verb (where there is none of that name, the program's own) as the
// body of a manual page's section, in man(7)'s macros. The exit code.
int print_page(const CLI::App& app, const Completion& completion, int argc, const char* const* argv);

}  // namespace socklock
