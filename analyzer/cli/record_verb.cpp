// SPDX-License-Identifier: GPL-2.0-or-later
// socklock record and doctor: socklock-record's work. With --hosts it is done on other machines, by ssh: that needs no
// privilege here.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "analyzer/cli/verb.h"
#include "analyzer/cli/verb_arguments.h"
#include "analyzer/experiment/record_hosts.h"
#include "analyzer/experiment/recorder_program.h"
#include "base/command_line.h"
#include "base/report_error.h"
#include "base/text.h"

namespace socklock::analyzer {
namespace {

using Words = std::vector<std::string>;

void define(CLI::App& verb, HostsRequest& request) {
  verb.add_option(
          "--hosts", request.hosts_file,
          "record on each host of this file (one host per line) by ssh, into the folder that -o names; socklock "
          "compare takes the folder as a side")
      ->type_name("FILE");
  verb.add_option("--parallel", request.parallel, "with --hosts: how many at a time")
      ->check(CLI::Range(1U, 1000U))
      ->capture_default_str();
  verb.add_option("--ssh", request.ssh, "with --hosts: what reaches a host, with its options, quoted as for a shell")
      ->type_name("COMMAND")
      ->capture_default_str();
}

bool names_hosts(const Words& words) {
  const auto end = std::find(words.begin(), words.end(), "--");
  return std::any_of(words.begin(), end,
                     [](const std::string& word) { return word == "--hosts" || word.starts_with("--hosts="); });
}

// Without it the recording would never end.
bool has_end(const Words& arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](const std::string& word) {
    return word == "--" || word.starts_with("--duration") || (word.starts_with("-d") && !word.starts_with("--"));
  });
}

// Nothing: `request` is complete. Else the exit code.
std::optional<int> parse(const Words& words, HostsRequest& request) {
  CLI::App app("", "socklock record");
  define(app, request);
  app.add_option("-o,--output", request.folder)->required();
  app.allow_extras();
  // The command, and all other options, are for the recorder on each host.
  const auto command = std::find(words.begin(), words.end(), "--");
  if (const auto exit_code = parse_command_line(app, Words(words.begin(), command))) return exit_code;
  request.arguments = app.remaining();
  request.arguments.insert(request.arguments.end(), command, words.end());
  if (!has_end(request.arguments))
    return report_usage(app, words, "--hosts needs an end of the recording", "--duration 30s, or a command after --");
  return std::nullopt;
}

int record_on_hosts(const Words& words) {
  constexpr const char* kSpeaker = "socklock record";
  HostsRequest request;
  if (const auto exit_code = parse(words, request)) return *exit_code;
  const auto result = record_hosts(request);
  if (!result) return report_error(kSpeaker, result.error());
  for (const std::string& failed : result->failed) fmt::print(stderr, "{}: {}\n", kSpeaker, printable(failed));
  fmt::print(stderr, "{}: recorded in '{}': {} of {} hosts\n", kSpeaker, printable(request.folder), result->recorded,
             result->recorded + result->failed.size());
  if (result->interrupted_by != 0) return 128 + result->interrupted_by;
  return static_cast<int>(result->failed.empty() ? ExitCode::kDone : ExitCode::kBadInput);
}

}  // namespace

void add_record_arguments(CLI::App& verb, Arguments& arguments) { define(verb, arguments.hosts); }
void add_no_arguments(CLI::App& /*verb*/, Arguments& /*arguments*/) {}

int hand_over_verb(const Verb& verb, const Arguments& arguments) {
  Words words{verb.name};
  words.insert(words.end(), arguments.words.begin(), arguments.words.end());
  const int error = execute(recorder_program(words).argv, "");
  const bool is_forbidden = error == EACCES || error == EPERM;
  return report_error(
      std::string("socklock ") + verb.name,
      {std::string("cannot start socklock-record: ") + std::strerror(error), "",
       is_forbidden ? "run it as root, or let root add you to the group of socklock-record: adduser USER socklock"
                    : "install it beside socklock; it is a package of its own for servers",
       is_forbidden ? ExitCode::kNotPermitted : ExitCode::kUsage});
}

int record_verb(const Verb& verb, const Arguments& arguments) {
  return names_hosts(arguments.words) ? record_on_hosts(arguments.words) : hand_over_verb(verb, arguments);
}

}  // namespace socklock::analyzer
