// SPDX-License-Identifier: GPL-2.0-or-later
// From the words of a command line to a parsed one, or to help, or to an error that says what is wrong and what was
// probably meant: the same in all programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace socklock {

struct CommandLineHelp {
  // What is proposed where options come without a verb: "record".
  std::string usual_verb{};
  // Other words for verbs: {"diff", "compare"}.
  std::vector<std::pair<std::string, std::string>> aliases{};
};

// "socklock 0.2.0", and the commit where one is known: what --version says.
std::string version_text(const std::string& program, const std::string& version, const std::string& commit);

// `app` has a subcommand for each verb, or none; `words` are argv without the program. Nothing: parsed, go on. Else the
// exit code: help or version went to standard output, or a usage error to standard error, as JSON where the words ask
// for JSON. "help VERB" is "VERB --help", "version" and "-V" are "--version".
std::optional<int> parse_command_line(CLI::App& app, std::vector<std::string> words, const CommandLineHelp& help = {});

// The words after a lone "--", which has to be there; options among them, with their values, are moved before it:
// "before.slk -- after.slk --json". A word that names a file is none.
std::vector<std::string> take_words_behind_separator(const CLI::App& verb, std::vector<std::string>& words);

// Reports a usage error that parsing could not find.
int report_usage(const CLI::App& app, const std::vector<std::string>& words, const std::string& what,
                 const std::string& hint);

}  // namespace socklock
