// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <utility>

#include "analyzer/cli/fleet_arguments.h"
#include "analyzer/cli/verb.h"
#include "analyzer/cli/verb_arguments.h"
#include "analyzer/experiment/manifest.h"
#include "analyzer/export/exporter.h"
#include "analyzer/measure/conditions.h"
#include "analyzer/render/formats.h"
#include "base/command_line.h"
#include "base/option_values.h"
#include "base/result.h"
#include "import/importers.h"

namespace socklock::analyzer {
namespace {

constexpr const char* kFooter = R"(A first comparison:
  socklock record -o before-1.slk -l before -- ./workload     (as root; 5 or more runs)
  socklock record -o after-1.slk -l after -- ./workload       (with the change)
  socklock compare before-*.slk -- after-*.slk

Exit codes: 0 done; 1 a --fail-on condition holds; 2 usage; 3 input unreadable or
damaged; 4 not permitted; 5 the kernel lacks something; 6 not enough data.)";

// Of a table; more would be a slip of the keyboard.
const CLI::Range kRows(0, 100'000'000);

void add_common(CLI::App& verb, Arguments& arguments) {
  verb.add_flag("--json", arguments.json, "print as JSON");
  verb.add_option("-o,--output", arguments.output, "write to this file instead of standard output")->type_name("FILE");
}

void add_format(CLI::App& verb, Arguments& arguments) {
  const std::string choice = fmt::format("of the output: {} (default: by the ending of --output, else {})",
                                         fmt::join(format_names(), ", "), kFormats.front().name);
  verb.add_option("--format", arguments.format, choice)->check(CLI::IsMember(format_names()));
}

void add_interactive(CLI::App& verb, Arguments& arguments) {
  verb.add_flag("--interactive", arguments.interactive,
                "with HTML: a page with a script, to sort, search, filter and zoom in; it loads nothing either");
}

void add_taxonomy(CLI::App& verb, Arguments& arguments) {
  verb.add_option("--taxonomy", arguments.taxonomy,
                  "rules for lock classes and call paths instead of the built-in ones")
      ->type_name("FILE");
}

void add_budget(CLI::App& verb, Arguments& arguments) {
  verb.add_option("--max-unpacked", arguments.max_unpacked_bytes,
                  "what a trace may unpack to in memory, as 4GiB; what goes beyond counts as damage")
      ->transform(size_value())
      ->check(CLI::Range(std::uint64_t{1} << 20, std::uint64_t{1} << 50))
      ->default_str("64MiB and 64 times the file's size");
}

// A filter: the conditions of the viewer's chips.
void add_filter(CLI::App& verb, Arguments& arguments) {
  for (const ConditionKind& kind : condition_kinds())
    verb.add_option(fmt::format("--{}", kind.option), arguments.conditions[kind.name],
                    fmt::format("{}{}", kind.summary, kind.can_leave_out ? "; '!' before it: all others" : ""))
        ->allow_extra_args(false)
        ->type_name(fmt::format("{}{}", kind.can_leave_out ? "[!]" : "", kind.type_name))
        ->group("Only these waits");
}

void add_redact(CLI::App& verb, Arguments& arguments) {
  verb.add_flag("--redact", arguments.redact,
                "leave out host name, command line and folders; names of threads and cgroups become pseudonyms");
}

}  // namespace

void add_info_arguments(CLI::App& verb, Arguments& arguments) {
  verb.add_option("trace", arguments.files, "trace to describe; - for standard input")->required();
  add_format(verb, arguments);
  add_budget(verb, arguments);
  add_common(verb, arguments);
}

void add_report_arguments(CLI::App& verb, Arguments& arguments) {
  CLI::App* const report = &verb;
  report->add_option("trace", arguments.files, "trace to report on; - for standard input")->required();
  report
      ->add_option("--by", arguments.by,
                   "one table: class, path, class-path, function, process, cgroup, netns, context or instance")
      ->check(CLI::IsMember(
          {"class", "path", "class-path", "function", "process", "cgroup", "netns", "context", "instance"}));
  report->add_option("--sort", arguments.sort, "order of rows: wait, contentions, max or name")
      ->check(CLI::IsMember({"wait", "contentions", "max", "name"}))
      ->capture_default_str();
  report->add_option("--limit", arguments.limit, "rows of a table, 0 for all")->check(kRows)->capture_default_str();
  report->add_flag("--from-events", arguments.from_events,
                   "add up single events instead of reading the exact summaries");
  add_filter(*report, arguments);
  add_format(*report, arguments);
  add_interactive(*report, arguments);
  add_redact(*report, arguments);
  add_taxonomy(*report, arguments);
  add_budget(*report, arguments);
  add_common(*report, arguments);
}

namespace {

void add_unit(CLI::App& verb, Arguments& arguments) {
  verb.add_option("--unit", arguments.unit,
                  "unit of work: connections, operations, binds, requests, packets or seconds (default: the first that "
                  "every run "
                  "has)")
      ->check(CLI::IsMember({"connections", "operations", "binds", "requests", "packets", "seconds"}));
}

void add_conditions(CLI::App& verb, Arguments& arguments) {
  verb.add_option("--fail-on", arguments.fail_on,
                  "exit with 1 if the verdict is that; regressed:CLASS: if that of this lock class is regressed; "
                  "any-regressed: that of any lock class, too")
      ->check([](const std::string& condition) {
        const bool is_known = condition == "regressed" || condition == "not-improved" || condition == "any-regressed" ||
                              (condition.starts_with("regressed:") && condition.size() > 10);
        return is_known ? std::string() : "not regressed, regressed:CLASS, not-improved or any-regressed: " + condition;
      })
      ->type_name("CONDITION:{regressed,not-improved,any-regressed}");
  verb.add_option("--max-regression", arguments.max_regression_percent,
                  "exit with 1 if even the lower bound of the interval is a larger increase than this, percent; of "
                  "CLASS with --fail-on regressed:CLASS")
      ->transform(percent_value())
      ->check(number_in(0, 1e6));
}

void add_criteria(CLI::App& verb, Arguments& arguments) {
  add_unit(verb, arguments);
  verb.add_option("--confidence", arguments.confidence_percent, "of intervals and verdicts, percent")
      ->transform(percent_value())
      ->check(number_in(50, 99.9))
      ->capture_default_str();
  verb.add_option("--threshold", arguments.threshold_percent, "changes smaller than this don't matter, percent")
      ->transform(percent_value())
      ->check(number_in(0, 90))
      ->capture_default_str();
  add_conditions(verb, arguments);
  verb.add_option("--seed", arguments.seed, "of resampling: the same seed gives the same figures")
      ->capture_default_str();
  verb.add_option("--limit", arguments.compare_limit, "rows of a table, 0 for all")
      ->check(kRows)
      ->capture_default_str();
}

}  // namespace

void add_compare_arguments(CLI::App& verb, Arguments& arguments) {
  CLI::App* const compare = &verb;
  compare->footer(
      "socklock compare [OPTIONS] BEFORE... -- AFTER...\n"
      "socklock compare --canary DIR|LABEL --control DIR|LABEL --at TIME --window 4h [--from URL] [OPTIONS]");
  compare->add_option(
      "before", arguments.files,
      "the side before: traces, folders of traces, or manifests of socklock ab; the side after follows behind --");
  compare->add_flag(
      "--aa,--null", arguments.aa,
      "A/A test: assign the named runs, all of one side, to two sides at random, and state how often that gets a "
      "verdict");
  compare->add_option("--aa-runs,--null-runs", arguments.aa_runs,
                      "with --aa: runs on each side of an assignment (default: half, at most 10)");
  add_criteria(*compare, arguments);
  compare
      ->add_option("--leave-out", arguments.left_out,
                   "a run of either side that is not compared, and the report says so; may be given for several")
      ->allow_extra_args(false)
      ->type_name("FILE");
  compare
      ->add_option(
          "--by", arguments.by,
          "one more table: function, process, cgroup, netns, context or instance; process and cgroup from single "
          "events")
      ->check(CLI::IsMember({"function", "process", "cgroup", "netns", "context", "instance"}));
  compare
      ->add_option("--work-before", arguments.work_before,
                   "what the load did in the runs before, where they do not say: connections=967,1001, one count a run "
                   "in their order; or operations, binds, requests")
      ->type_name("UNIT=N,...");
  compare->add_option("--work-after", arguments.work_after, "the same of the runs after")->type_name("UNIT=N,...");
  add_fleet_compare_arguments(*compare, arguments.fleet);
  add_filter(*compare, arguments);
  add_redact(*compare, arguments);
  add_format(*compare, arguments);
  add_interactive(*compare, arguments);
  add_taxonomy(*compare, arguments);
  add_budget(*compare, arguments);
  add_common(*compare, arguments);
}

namespace {

void add_changes(CLI::App& verb, WhatIfArguments& asked) {
  verb.add_option(
          "--split", asked.split,
          "CLASS=N: N locks where there is one; CLASS=thread, CLASS=cpu: one for each. CLASS is a lock class, a "
          "family (tcp.*) or role:ROLE")
      ->allow_extra_args(false)
      ->type_name("CLASS=N");
  verb.add_option("--avoid", asked.avoid,
                  "CLASS@PATH: that call path, or function, no longer takes it; =KEEP: in that share of the cases it "
                  "does; PATH:read: its readers only")
      ->allow_extra_args(false)
      ->type_name("CLASS@PATH");
  verb.add_option("--shorter", asked.shorter, "CLASS=K, CLASS@PATH=K: held for 1/K of the time")
      ->allow_extra_args(false)
      ->type_name("CLASS=K");
}

}  // namespace

void add_what_if_arguments(CLI::App& verb, Arguments& arguments) {
  WhatIfArguments& asked = arguments.what_if;
  verb.footer(R"(socklock what-if [OPTIONS] FILE...

Changes given together apply together. Without one: what each lock class would give.
  socklock what-if before-*.slk --split tcp.ehash=8
  socklock what-if before-*.slk --avoid tcp.bhash@setup=0.001 --measured after-*.slk

Every figure of after is an estimate, not a measurement.)");
  verb.add_option("trace", arguments.files, "traces of before, folders of traces, or manifests of socklock ab")
      ->required();
  add_changes(verb, asked);
  verb.add_option("--measured", asked.measured, "runs of the real change: how far off the estimate is")
      ->type_name("FILE");
  verb.add_option("--threads", asked.threads, "how many threads take the lock, where the traces do not say")
      ->check(number_in(1, 4096));
  verb.add_option(
          "--unit,--work", arguments.unit,
          "unit of work: connections, operations, binds, requests or seconds (default: the first that every run has)")
      ->check(CLI::IsMember({"connections", "operations", "binds", "requests", "seconds"}));
  verb.add_option_function<std::string>(
          "--fail-on", [&asked](const std::string& text) { asked.most_left = std::stod(text.substr(5)); },
          "left>SHARE: exit with 1 if more than this share of the wait is estimated to be left, even by the lower "
          "bound")
      ->check([](const std::string& text) {
        const std::string number = text.starts_with("left>") ? text.substr(5) : "";
        const bool is_share = !number.empty() && number.size() < 12 && number.front() != '.' &&
                              number.find_first_not_of("0123456789.") == std::string::npos &&
                              number.find('.') == number.rfind('.');
        return is_share ? std::string() : "not left>SHARE, as in left>0.5: " + text;
      })
      ->type_name("CONDITION");
  verb.add_option("--seed", arguments.seed, "of the simulation: the same seed gives the same figures")
      ->capture_default_str();
  add_format(verb, arguments);
  add_taxonomy(verb, arguments);
  add_budget(verb, arguments);
  add_common(verb, arguments);
}

void add_export_arguments(CLI::App& verb, Arguments& arguments) {
  std::vector<std::string> formats;
  std::string footer = "socklock export [OPTIONS] FILE... [-- AFTER...]\n\nFormats:";
  for (const Exporter* exporter : exporters()) {
    formats.emplace_back(exporter->name);
    footer += fmt::format("\n  {:<12} {}", exporter->name, exporter->summary);
  }
  verb.footer(footer);
  verb.add_option("trace", arguments.files,
                  "traces, folders of traces, or manifests of socklock ab; a side after follows behind --")
      ->required();
  verb.add_option("--to", arguments.to, "format, see below")->required()->check(CLI::IsMember(formats));
  verb.add_option("--measure", arguments.measure, "what folded stacks count: wait (ns) or contentions")
      ->check(CLI::IsMember({"wait", "contentions"}))
      ->capture_default_str();
  add_unit(verb, arguments);
  add_filter(verb, arguments);
  add_redact(verb, arguments);
  add_taxonomy(verb, arguments);
  add_budget(verb, arguments);
  verb.add_option("-o,--output", arguments.output, "write to this file instead of standard output")->type_name("FILE");
}

namespace {

// "TEXT:{perf-script,lock-stat,...}", as CLI11 says a set; checked later, for a file may stand there alone.
std::string import_formats() {
  std::string names;
  for (const imports::Importer* importer : imports::kImporters)
    names += (names.empty() ? "" : ",") + std::string(importer->name);
  return "TEXT:{" + names + "}";
}

}  // namespace

void add_import_arguments(CLI::App& verb, Arguments& arguments) {
  constexpr std::string_view kPlace = "@FORMATS";
  std::string footer = R"(socklock import [OPTIONS] [FORMAT] FILE

Two old recordings of perf lock record, of 30 seconds each, and what changed between them:
  perf script --header --ns -i before.data | socklock import - -d 30 -o before.slk
  perf script --header --ns -i after.data | socklock import - -d 30 -o after.slk
  socklock compare before.slk -- after.slk

Formats:
@FORMATSAny of them may be compressed by gzip.)";
  std::string formats;
  for (const imports::Importer* importer : imports::kImporters)
    formats += fmt::format("  {:<16} {}\n", importer->name, importer->reads);
  footer.replace(footer.find(kPlace), kPlace.size(), formats);
  verb.footer(footer);
  verb.add_option("format", arguments.import_format, "what FILE is, if that is not to be found out; see below")
      ->required()
      ->type_name(import_formats());
  verb.add_option("file", arguments.import_file, "what to read; - for standard input");
  verb.add_option("-o,--output", arguments.output,
                  "trace to write; - for standard output (default: the name of the file with .slk)")
      ->type_name("FILE");
  verb.add_flag("--overwrite", arguments.overwrite, "replace the trace if it exists");
  verb.add_option("-l,--label", arguments.label, "a word for this run, shown in every report: before, after, ...");
  verb.add_option("-d,--duration", arguments.import_duration_s,
                  "how long was recorded, in seconds or as 5m; without it, what a text does not say has no figures "
                  "per second and no verdict")
      ->transform(duration_value())
      ->check(CLI::Range(0.001, 31e6));
  verb.add_option("--work", arguments.import_work,
                  "what the load did, where the recording does not count it: connections=N, operations=N, binds=N or "
                  "requests=N; may be given for several of them")
      ->allow_extra_args(false)
      ->type_name("UNIT=N");
  verb.add_option(
          "--symbols", arguments.import_symbols,
          "of frames that are printed as addresses (dtrace, lockstat), the functions: what nm -n printed of the "
          "kernel that was recorded")
      ->type_name("FILE");
}

void add_query_arguments(CLI::App& verb, Arguments& arguments) {
  verb.footer(R"(socklock query FILE... "SELECT ..."

Without a query, statements come from standard input; at a terminal it prompts for them.
  socklock query run.slk "SELECT lock_class, sum(wait_ns) FROM totals GROUP BY 1 ORDER BY 2 DESC")");
  verb.add_option("words", arguments.files, "traces, folders of traces, or manifests of socklock ab; then the query");
  verb.add_flag("--tables", arguments.show_tables, "print the tables, their columns and units");
  verb.add_option("--export-sqlite", arguments.export_sqlite, "copy all tables into a new SQLite file")
      ->type_name("FILE");
  verb.add_option("--format", arguments.format, "of the output: table, csv or json")
      ->check(CLI::IsMember({"table", "csv", "json"}));
  add_redact(verb, arguments);
  add_taxonomy(verb, arguments);
  add_budget(verb, arguments);
  add_common(verb, arguments);
}

void add_top_arguments(CLI::App& verb, Arguments& arguments) {
  verb.footer(R"(socklock top [OPTIONS] [FILE|FOLDER] [-- OPTIONS of socklock record]

  socklock top                                  (as root) records this host, until it is quit
  socklock top --by cgroup -- --min-wait 100us  the same, with options of the recording
  socklock top /var/lib/socklock                looks at what a service records)");
  verb.add_option("trace", arguments.files,
                  "trace that is being recorded, or the folder of a service; without it this host is recorded")
      ->expected(0, 1);
  verb.add_option("--by", arguments.by, "class, path, function, process, cgroup, netns, instance or holder")
      ->check(CLI::IsMember({"class", "path", "function", "process", "cgroup", "netns", "instance", "holder"}));
  verb.add_option("--sort", arguments.sort, "order of rows: wait, contentions, max or name")
      ->check(CLI::IsMember({"wait", "contentions", "max", "name"}))
      ->capture_default_str();
  verb.add_option("--window", arguments.top.window_s, "what figures are of: the last 5s, 1m")
      ->transform(duration_value())
      ->check(CLI::Range(1.0, 60.0))
      ->default_str("5s");
  verb.add_option("--keep", arguments.top.keep_s, "what can be saved as a trace: the last 60s, 10m")
      ->transform(duration_value())
      ->check(CLI::Range(1.0, 3600.0))
      ->default_str("60s");
  verb.add_flag("--once", arguments.top.once, "print one screen, and end");
  add_filter(verb, arguments);
  add_taxonomy(verb, arguments);
}

void add_ab_arguments(CLI::App& verb, Arguments& arguments) {
  AbArguments& ab = arguments.ab;
  verb.add_option("folder", ab.folder, "where traces, manifest.json and the report go")->required();
  verb.add_option("--before", ab.before, "command line of the side before, for sh");
  verb.add_option("--after", ab.after, "command line of the side after");
  verb.add_option("--setup-before", ab.setup_before, "run before every run of the side before, unrecorded");
  verb.add_option("--setup-after", ab.setup_after, "the same of the side after");
  verb.add_option("--teardown-before", ab.teardown_before, "run after every run of the side before, also a failed one");
  verb.add_option("--teardown-after", ab.teardown_after, "the same of the side after");
  verb.add_option("--rounds", ab.rounds, "one run of each side a round, in random order")
      ->check(CLI::Range(1U, Manifest::kMostRounds))
      ->capture_default_str();
  verb.add_option("--warmup", ab.warmup, "rounds that are recorded but not compared")
      ->check(CLI::Range(0U, Manifest::kMostWarmup))
      ->capture_default_str();
  verb.add_option("-d,--duration", ab.duration_s,
                  "end each run, and its command, after this time, as 30s or 5m (0: when its command ends)")
      ->transform(duration_value())
      ->check(CLI::Range(0.0, Manifest::kLongestSeconds));
  verb.add_flag(
      "--stop-when-decided", ab.stop_when_decided,
      "look at half and three quarters of the rounds, each time by a stricter confidence, and stop at a verdict");
  verb.add_flag("--resume", ab.resume, "go on with the experiment in this folder; its commands are kept");
  add_criteria(verb, arguments);
  add_taxonomy(verb, arguments);
  add_common(verb, arguments);
}

std::unique_ptr<CLI::App> define_command_line(Arguments& arguments) {
  auto app = std::make_unique<CLI::App>("socklock: what sockets wait for, and what a change did to it", "socklock");
  app->set_version_flag("--version", version_text("socklock", SOCKLOCK_VERSION, SOCKLOCK_COMMIT));
  app->footer(kFooter);
  app->require_subcommand(1);
  for (const Verb& verb : verbs()) {
    CLI::App* const added = app->add_subcommand(verb.name, verb.summary);
    added->callback([&arguments, &verb] { arguments.verb = &verb; });
    verb.add_arguments(*added, arguments);
  }
  return app;
}

namespace {

// What parsing can't find, and what was probably meant: the error and the hint.
std::optional<std::pair<std::string, std::string>> contradiction(Arguments& arguments) {
  // "FORMAT FILE", or FILE alone.
  if (arguments.import_file.empty()) arguments.import_file = std::exchange(arguments.import_format, "");
  if (!arguments.import_format.empty() && imports::importer_named(arguments.import_format) == nullptr)
    return std::pair(fmt::format("no format '{}'", arguments.import_format), "one of " + import_formats().substr(5));
  if (!arguments.verb->needs_two_sides || arguments.fleet.asks_for_groups()) return std::nullopt;
  if (arguments.files.empty()) return std::pair("no traces", "socklock compare BEFORE... -- AFTER...");
  if (arguments.aa && !arguments.after.empty())
    return std::pair("--aa takes the runs of one side, and nothing after '--'", "");
  if (arguments.aa || !arguments.after.empty()) return std::nullopt;
  const std::string usage = "socklock compare BEFORE... -- AFTER...";
  const bool are_two = arguments.files.size() == 2;
  return std::pair("no traces after '--'",
                   are_two ? fmt::format("socklock compare {} -- {}", arguments.files[0], arguments.files[1]) : usage);
}

}  // namespace

ParsedArguments parse_arguments(int argc, char** argv) {
  ParsedArguments parsed;
  Arguments& arguments = parsed.arguments;
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const auto app = define_command_line(arguments);
  const CommandLineHelp help{.aliases = {{"diff", "compare"}}};
  const Verb* const verb = words.empty() ? nullptr : find_verb(words.front() == "diff" ? "compare" : words.front());
  if (verb != nullptr && verb->run_words != nullptr) {
    arguments.verb = verb;
    arguments.words.assign(words.begin() + 1, words.end());
    return parsed;
  }
  if (verb != nullptr && verb->takes_two_sides)
    arguments.after = take_words_behind_separator(*app->get_subcommand(verb->name), words);
  const auto separator = std::find(words.begin(), words.end(), "--");
  if (verb != nullptr && verb->takes_other_options && separator != words.end()) {
    arguments.words.assign(separator + 1, words.end());
    words.erase(separator, words.end());
  }
  auto exit_code = parse_command_line(*app, words, help);
  if (!exit_code)
    if (const auto slip = contradiction(arguments)) exit_code = report_usage(*app, words, slip->first, slip->second);
  if (exit_code) {
    parsed.is_done = true;
    parsed.exit_code = *exit_code;
    return parsed;
  }
  if (arguments.json) arguments.format = "json";
  // Errors are JSON too where the output is.
  const Format* const by_name = arguments.format.empty() ? format_of_file(arguments.output) : nullptr;
  arguments.json = arguments.format == "json" || (by_name != nullptr && by_name->name == "json");
  return parsed;
}

}  // namespace socklock::analyzer
