// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "base/nearest.h"
#include "base/report_error.h"

namespace socklock {
namespace {

using Words = std::vector<std::string>;

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  return names;
}

const CLI::App* verb_named(const CLI::App& app, const std::string& name) {
  const auto found = app.get_subcommands([&](const CLI::App* verb) { return verb->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

bool is_option(const std::string& word) { return word.size() > 1 && word.front() == '-' && word != "--"; }

// "--format" of "--format=json", "-d" of "-d30".
std::string option_name(const std::string& word) {
  return word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
}

// Whether the word after it is its value.
bool takes_next_word(const CLI::App& verb, const std::string& word) {
  const CLI::Option* const option = verb.get_option_no_throw(option_name(word));
  const bool has_value = word.starts_with("--") ? word.find('=') != std::string::npos : word.size() > 2;
  return option != nullptr && option->get_items_expected_max() != 0 && !has_value;
}

bool wants_json(const Words& words) {
  const auto end = std::find(words.begin(), words.end(), "--");
  const auto has = [&](const char* word) { return std::find(words.begin(), end, word) != end; };
  const auto format = std::find(words.begin(), end, "--format");
  return has("--json") || has("--format=json") || (format != end && format + 1 != end && format[1] == "json");
}

// "socklock compare"
std::string speaker_of(const CLI::App& app, const Words& words) {
  const bool has_verb = !words.empty() && verb_named(app, words.front()) != nullptr;
  return has_verb ? app.get_name() + " " + words.front() : app.get_name();
}

struct Slip {
  std::string what, hint;
};

std::optional<Slip> slip_of_verb(const CLI::App& app, const Words& words, const CommandLineHelp& help) {
  const Words verbs = verbs_of(app);
  const std::string all = fmt::format("{} --help lists them: {}", app.get_name(), fmt::join(verbs, ", "));
  if (verbs.empty()) return std::nullopt;
  if (words.empty()) return Slip{"a verb is missing", all};
  if (verb_named(app, words.front()) != nullptr) return std::nullopt;
  if (is_option(words.front())) {
    if (app.get_option_no_throw(option_name(words.front())) != nullptr) return std::nullopt;
    const std::string proposed = fmt::format("{} {} {}", app.get_name(), help.usual_verb, fmt::join(words, " "));
    return Slip{"a verb is missing before " + words.front(), help.usual_verb.empty() ? all : proposed};
  }
  const std::string meant = nearest(words.front(), verbs);
  return Slip{fmt::format("no verb '{}'", words.front()), meant.empty() ? all : fmt::format("did you mean {}?", meant)};
}

// An option that there is none of: CLI11 would take it for a file, and complain of their number.
std::optional<Slip> slip_of_option(const CLI::App& verb, const Words& words) {
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    if (!is_option(words[i])) continue;
    if (takes_next_word(verb, words[i])) {
      ++i;
      continue;
    }
    const std::string name = option_name(words[i]);
    if (verb.get_option_no_throw(name) != nullptr || verb.get_allow_extras()) continue;
    Words known;
    for (const CLI::Option* option : verb.get_options())
      for (const std::string& long_name : option->get_lnames()) known.push_back("--" + long_name);
    const std::string meant = nearest(name, known);
    return Slip{"no option " + name, meant.empty() ? "" : fmt::format("did you mean {}?", meant)};
  }
  return std::nullopt;
}

// "help VERB", "version", aliases.
void translate(const CLI::App& app, Words& words, const CommandLineHelp& help) {
  if (words.empty() || verbs_of(app).empty()) return;
  if (words.front() == "help") {
    words.erase(words.begin());
    words.resize(std::min<std::size_t>(words.size(), 1));
    words.emplace_back("--help");
  }
  if (words.front() == "version" || words.front() == "-V") words.front() = "--version";
  for (const auto& [alias, verb] : help.aliases)
    if (words.front() == alias) words.front() = verb;
}

// 0, or 3 where standard output can't be written to.
int print_all(const CLI::App& app, const std::string& text) {
  std::cout << text << std::flush;
  if (std::cout) return static_cast<int>(ExitCode::kDone);
  return report_error(app.get_name(), {"cannot write", "standard output", "", ExitCode::kBadInput});
}

}  // namespace

std::string version_text(const std::string& program, const std::string& version, const std::string& commit) {
  return program + " " + version + (commit.empty() ? "" : " (commit " + commit + ")");
}

int report_usage(const CLI::App& app, const Words& words, const std::string& what, const std::string& hint) {
  return report_error(speaker_of(app, words), {what, "", hint, ExitCode::kUsage},
                      wants_json(words) ? ErrorFormat::kJson : ErrorFormat::kText);
}

std::optional<int> parse_command_line(CLI::App& app, Words words, const CommandLineHelp& help) {
  translate(app, words, help);
  if (const auto slip = slip_of_verb(app, words, help)) return report_usage(app, words, slip->what, slip->hint);
  const CLI::App* const verb = words.empty() ? nullptr : verb_named(app, words.front());
  const Words arguments(words.begin() + (verb == nullptr ? 0 : 1), words.end());
  if (const auto slip = slip_of_option(verb == nullptr ? app : *verb, arguments))
    return report_usage(app, words, slip->what, slip->hint);
  try {
    app.parse(Words(words.rbegin(), words.rend()));  // CLI11 takes them from the back
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, ignored;
    if (app.exit(error, out, ignored) == 0) return print_all(app, out.str());
    return report_usage(app, words, error.what(), speaker_of(app, words) + " --help shows arguments and options");
  }
}

Words take_words_behind_separator(const CLI::App& verb, Words& words) {
  const auto separator = std::find(words.begin(), words.end(), "--");
  if (separator == words.end()) return {};
  const Words behind(separator + 1, words.end());
  words.erase(separator, words.end());
  Words files;
  std::error_code ignored;
  for (std::size_t i = 0; i < behind.size(); ++i) {
    if (!is_option(behind[i]) || std::filesystem::exists(behind[i], ignored)) {
      files.push_back(behind[i]);
      continue;
    }
    words.push_back(behind[i]);
    if (takes_next_word(verb, behind[i]) && i + 1 < behind.size()) words.push_back(behind[++i]);
  }
  return files;
}

}  // namespace socklock
