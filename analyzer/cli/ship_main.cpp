// SPDX-License-Identifier: GPL-2.0-or-later
// socklock-ship: `socklock ship` as a program of its own, so that a host needs nothing else.
#include <vector>

#include "analyzer/cli/arguments.h"
#include "analyzer/cli/verb.h"
#include "base/report_error.h"

int main(int argc, char** argv) {
  using namespace socklock;
  return run_main("socklock ship", [&] {
    char verb[] = "ship";
    std::vector<char*> words(argv, argv + argc);
    words.insert(words.begin() + 1, verb);
    words.push_back(nullptr);
    const analyzer::ParsedArguments parsed = analyzer::parse_arguments(argc + 1, words.data());
    return parsed.is_done ? parsed.exit_code : analyzer::run_verb(parsed.arguments);
  });
}
