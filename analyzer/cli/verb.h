// SPDX-License-Identifier: GPL-2.0-or-later
// The verbs of socklock, once: the command line, its help, completion, manual pages and tests read this table.
#pragma once

#include <span>
#include <string_view>

#include "analyzer/cli/verbs.h"

namespace CLI {
class App;
}

namespace socklock::analyzer {

struct Verb {
  const char* name;
  const char* summary;
  void (*add_arguments)(CLI::App&, Arguments&);
  Result<Outcome> (*run)(const Arguments&);
  bool takes_two_sides = false;  // what follows a lone "--" is the side after
  bool needs_two_sides = false;
  // Of verbs that are mostly another program's: they get what follows the verb as it is, and nothing is parsed.
  int (*run_words)(const Verb&, const Arguments&) = nullptr;
  bool takes_other_options = false;  // what follows a lone "--" is another program's
};

std::span<const Verb> verbs();
// nullptr: there is none of that name.
const Verb* find_verb(std::string_view name);

// Runs the verb of `arguments` and prints: the process's exit code. Errors go to standard error.
int run_verb(const Arguments& arguments);

}  // namespace socklock::analyzer
