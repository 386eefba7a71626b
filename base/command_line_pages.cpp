// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/command_line_pages.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

namespace socklock {
namespace {

using Options = std::vector<const CLI::Option*>;

// Options that have a name, or else the positional arguments.
Options options_of(const CLI::App& app, bool named) {
  Options options;
  for (const CLI::Option* option : app.get_options())
    if (option->get_positional() != named && !option->get_group().empty()) options.push_back(option);
  return options;
}

std::vector<const CLI::App*> verbs_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* verb) { return !verb->get_name().empty(); });
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

// A flag, and --help, expects no items.
bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() != 0; }

// What may be given, where that is a set: CLI11 says it in the type's name, "TEXT:{text,md,html}".
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{'), close = type.find('}');
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos) return choices;
  std::string list = type.substr(open + 1, close - open - 1);
  std::replace(list.begin(), list.end(), ',', ' ');
  for (std::size_t begin = 0; begin < list.size();) {
    const std::size_t end = std::min(list.find(' ', begin), list.size());
    if (end > begin) choices.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  std::sort(choices.begin(), choices.end());
  return choices;
}

std::string joined(const std::vector<std::string>& words, const char* between = " ") {
  return fmt::format("{}", fmt::join(words, between));
}

std::string function_name(std::string program) {
  std::replace(program.begin(), program.end(), '-', '_');
  return "_" + program;
}

// What a value is called in texts: "FILE", "PERCENT", "TEXT".
std::string value_name(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::string name = type.substr(0, type.find_first_of(":{ "));
  return name.empty() ? "VALUE" : name;
}

// Whether a value is a file's name or a folder's: other words are not completed by those.
bool names_a_file(const CLI::Option& option) {
  const std::string name = value_name(option);
  return option.get_positional() || name == "FILE" || name == "FOLDER";
}

// ---- bash --------------------------------------------------------------------------------------------------

// What completes the options and arguments of a verb, or of a program without verbs.
std::string bash_words(const CLI::App& verb) {
  std::vector<std::string> all;
  std::string values;
  for (const CLI::Option* option : options_of(verb, true)) {
    const auto names = names_of(*option);
    all.insert(all.end(), names.begin(), names.end());
    if (!takes_value(*option)) continue;
    const auto choices = choices_of(*option);
    values +=
        fmt::format("          {}) {}; return ;;\n", joined(names, "|"),
                    names_a_file(*option) ? "COMPREPLY=($(compgen -f -- \"$cur\"))"
                                          : fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$cur\"))", joined(choices)));
  }
  std::string text;
  if (!values.empty()) text += "        case $prev in\n" + values + "        esac\n";
  std::vector<std::string> words;
  for (const CLI::Option* option : options_of(verb, false))
    for (const std::string& choice : choices_of(*option)) words.push_back(choice);
  text += fmt::format(
      "        if [[ $cur == -* ]]; then\n          COMPREPLY=($(compgen -W '{}' -- \"$cur\"))\n        else\n"
      "          COMPREPLY=($(compgen -f -- \"$cur\"){})\n        fi",
      joined(all), words.empty() ? "" : fmt::format(" $(compgen -W '{}' -- \"$cur\")", joined(words)));
  return text;
}

std::string bash_verb(const CLI::App& verb) {
  return fmt::format("      {})\n{} ;;\n", verb.get_name(), bash_words(verb));
}

std::string bash_script(const CLI::App& app, const Completion& completion) {
  std::vector<std::string> first;
  for (const CLI::App* verb : verbs_of(app)) first.push_back(verb->get_name());
  for (const CLI::Option* option : options_of(app, true))
    for (const std::string& name : names_of(*option)) first.push_back(name);
  const std::string function = function_name(completion.program);
  std::string text = fmt::format(
      "# bash completion for {0}, made from the definition of its command line\n"
      "{1}() {{\n"
      "    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}\n"
      "    compopt -o filenames 2>/dev/null\n",
      completion.program, function);
  const std::string end = fmt::format("}}\ncomplete -F {} {}\n", function, completion.program);
  if (verbs_of(app).empty()) return text + bash_words(app) + "\n" + end;
  text += fmt::format(
      "    if [ \"$COMP_CWORD\" = 1 ]; then\n        COMPREPLY=($(compgen -W '{}' -- \"$cur\"))\n        return\n"
      "    fi\n    case ${{COMP_WORDS[1]}} in\n",
      joined(first));
  std::vector<std::string> delegated;
  for (const CLI::App* verb : verbs_of(app)) {
    const bool elsewhere = (" " + completion.delegated + " ").find(" " + verb->get_name() + " ") != std::string::npos;
    if (elsewhere)
      delegated.push_back(verb->get_name());
    else
      text += bash_verb(*verb);
  }
  if (!delegated.empty()) {
    const std::string other = function_name(completion.delegate);
    text += fmt::format(
        "      {0})\n        declare -F {1} >/dev/null || _completion_loader {2} 2>/dev/null\n"
        "        declare -F {1} >/dev/null && {1} ;;\n",
        joined(delegated, "|"), other, completion.delegate);
  }
  return text + "    esac\n" + end;
}

// ---- zsh ---------------------------------------------------------------------------------------------------

// Inside single quotes, and inside the brackets of _arguments.
std::string zsh_quoted(const std::string& text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      if (c == '[' || c == ']' || c == ':' || c == '\\') quoted += '\\';
      quoted += c;
    }
  }
  return quoted;
}

std::string zsh_value(const CLI::Option& option) {
  const auto choices = choices_of(option);
  return fmt::format(":{}:{}", zsh_quoted(value_name(option)),
                     names_a_file(option) && choices.empty() ? "_files" : fmt::format("({})", joined(choices)));
}

std::string zsh_words(const CLI::App& verb) {
  std::string text = "      _arguments";
  for (const CLI::Option* option : options_of(verb, true))
    for (const std::string& name : names_of(*option))
      text += fmt::format(" \\\n        '{}[{}]{}'", name, zsh_quoted(option->get_description()),
                          takes_value(*option) ? zsh_value(*option) : "");
  for (const CLI::Option* option : options_of(verb, false))
    text += fmt::format(" \\\n        '{}{}'", option->get_expected_max() > 1 ? "*" : "", zsh_value(*option));
  return text + "\n";
}

std::string zsh_verb(const CLI::App& verb) {
  return fmt::format("    {})\n{}      ;;\n", verb.get_name(), zsh_words(verb));
}

std::string zsh_script(const CLI::App& app, const Completion& completion) {
  std::string text =
      fmt::format("#compdef {}\n# zsh completion, made from the definition of the command line\n", completion.program);
  if (verbs_of(app).empty()) return text + zsh_words(app);
  text += "local -a verbs\nverbs=(\n";
  for (const CLI::App* verb : verbs_of(app))
    text += fmt::format("  '{}:{}'\n", verb->get_name(), zsh_quoted(verb->get_description()));
  text +=
      ")\nif (( CURRENT == 2 )); then\n  _describe verb verbs\n  return\nfi\n"
      "local verb=$words[2]\nshift words\n(( CURRENT-- ))\ncase $verb in\n";
  for (const CLI::App* verb : verbs_of(app)) text += zsh_verb(*verb);
  return text + "esac\n";
}

// ---- fish --------------------------------------------------------------------------------------------------

std::string fish_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

// Options and arguments of a verb, or of a program without verbs; `condition`: " -n '...'", when they are offered.
std::string fish_words(const CLI::App& verb, const std::string& program, const std::string& condition) {
  std::string text;
  for (const CLI::Option* option : options_of(verb, true)) {
    std::string line = fmt::format("complete -c {}{}", program, condition);
    for (const std::string& name : option->get_snames()) line += " -s " + name;
    for (const std::string& name : option->get_lnames()) line += " -l " + name;
    const auto choices = choices_of(*option);
    if (!choices.empty())
      line += " -x -a " + fish_quoted(joined(choices));
    else if (takes_value(*option))
      line += names_a_file(*option) ? " -r -F" : " -x";
    text += fmt::format("{} -d {}\n", line, fish_quoted(option->get_description()));
  }
  for (const CLI::Option* option : options_of(verb, false))
    if (const auto choices = choices_of(*option); !choices.empty())
      text += fmt::format("complete -c {}{} -a {}\n", program, condition, fish_quoted(joined(choices)));
  return text;
}

std::string fish_script(const CLI::App& app, const Completion& completion) {
  const std::string& program = completion.program;
  std::string text = fmt::format("# fish completion for {}, made from the definition of its command line\n", program);
  if (verbs_of(app).empty()) return text + fish_words(app, program, "");
  text += fish_words(app, program, " -n __fish_use_subcommand");
  for (const CLI::App* verb : verbs_of(app)) {
    const std::string& name = verb->get_name();
    text += fmt::format("complete -c {} -f -n __fish_use_subcommand -a {} -d {}\n", program, name,
                        fish_quoted(verb->get_description()));
    const bool elsewhere = (" " + completion.delegated + " ").find(" " + name + " ") != std::string::npos;
    const std::string condition = fmt::format(" -n '__fish_seen_subcommand_from {}'", name);
    // The other program has a verb of the same name, and what is typed behind it is the same, too.
    text += elsewhere ? fmt::format("complete -c {}{} -w {}\n", program, condition, fish_quoted(completion.delegate))
                      : fish_words(*verb, program, condition);
  }
  return text;
}

// ---- manual ------------------------------------------------------------------------------------------------

std::string roff_escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\')
      escaped += "\\e";
    else if (c == '-')
      escaped += "\\-";
    else
      escaped += c;
  }
  // A line that begins with one of these would be a macro.
  return escaped.starts_with('.') || escaped.starts_with('\'') ? "\\&" + escaped : escaped;
}

std::string manual_entry(const CLI::Option& option) {
  std::string head;
  for (const std::string& name : names_of(option))
    head += fmt::format("{}\\fB{}\\fR", head.empty() ? "" : ", ", roff_escaped(name));
  const auto choices = choices_of(option);
  if (option.get_positional())
    head = fmt::format("\\fI{}\\fR", roff_escaped(option.get_name(true)));
  else if (takes_value(option))
    head += fmt::format(" \\fI{}\\fR", choices.empty() ? value_name(option) : "VALUE");
  std::string body = option.get_description();
  if (!choices.empty()) body += "; one of " + joined(choices, ", ");
  if (const std::string value = option.get_default_str(); !value.empty()) body += " (default: " + value + ")";
  return fmt::format(".TP\n{}\n{}\n", head, roff_escaped(body));
}

std::string completion_script(const CLI::App& app, const Completion& completion, std::string_view shell) {
  if (shell == "bash") return bash_script(app, completion);
  if (shell == "zsh") return zsh_script(app, completion);
  return shell == "fish" ? fish_script(app, completion) : "";
}

std::string manual_options(const CLI::App& verb) {
  std::string text;
  for (const bool named : {false, true})
    for (const CLI::Option* option : options_of(verb, named)) text += manual_entry(*option);
  return text;
}

}  // namespace

int print_page(const CLI::App& app, const Completion& completion, int argc, const char* const* argv) {
  const std::string_view asked = argc == 3 ? argv[1] : "";
  std::string page;
  if (asked == "--completion") page = completion_script(app, completion, argv[2]);
  if (asked == "--manual-options") {
    const auto verbs = verbs_of(app);
    const auto named =
        std::find_if(verbs.begin(), verbs.end(), [&](const auto* verb) { return verb->get_name() == argv[2]; });
    page = named == verbs.end() ? manual_options(app) : manual_options(**named);
  }
  fmt::print("{}", page);
  return page.empty() ? 2 : 0;
}

}  // namespace socklock
