// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/arguments.h"
#include "analyzer/cli/verb.h"
#include "base/atomic_file.h"
#include "base/report_error.h"

int main(int argc, char** argv) {
  using namespace socklock;
  return run_main("socklock", [&] {
    remove_unfinished_files_on_signals();
    const analyzer::ParsedArguments parsed = analyzer::parse_arguments(argc, argv);
    return parsed.is_done ? parsed.exit_code : analyzer::run_verb(parsed.arguments);
  });
}
