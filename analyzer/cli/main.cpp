// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/arguments.h"
#include "analyzer/cli/commands.h"
#include "analyzer/cli/hand_over.h"
#include "analyzer/cli/hosts_verb.h"

int main(int argc, char** argv) {
  using namespace socklock::analyzer;
  if (argc > 1 && names_hosts(argc, argv)) return record_on_hosts(argc, argv);
  if (argc > 1 && is_recorder_verb(argv[1])) return hand_over_to_recorder(argc, argv);
  const ParsedArguments parsed = parse_arguments(argc, argv);
  return parsed.is_done ? parsed.exit_code : run_command(parsed.arguments);
}
