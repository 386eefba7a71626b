// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>

#include "analyzer/render/formats.h"
#include "base/command_line_pages.h"
#include "base/result.h"

namespace socklock::analyzer {
namespace {

constexpr const char* kFooter = R"(A first comparison:
  socklock record -o before-1.slk -l before -- ./workload     (as root; 4 or more runs)
  socklock record -o after-1.slk -l after -- ./workload       (with the change)
  socklock compare before-*.slk -- after-*.slk

Exit codes: 0 done; 1 a --fail-on condition holds; 2 usage; 3 input unreadable or
damaged; 4 not permitted; 5 the kernel lacks something; 6 not enough data.)";

void add_common(CLI::App& verb, Arguments& arguments) {
  verb.add_flag("--json", arguments.json, "print as JSON");
  verb.add_option("-o,--output", arguments.output, "write to this file instead of standard output")->type_name("FILE");
}

void add_format(CLI::App& verb, Arguments& arguments) {
  const std::string choice = fmt::format("of the output: {} (default: by the ending of --output, else {})",
                                         fmt::join(format_names(), ", "), kFormats.front().name);
  verb.add_option("--format", arguments.format, choice)->check(CLI::IsMember(format_names()));
}

void add_taxonomy(CLI::App& verb, Arguments& arguments) {
  verb.add_option("--taxonomy", arguments.taxonomy,
                  "rules for lock classes and call paths instead of the built-in ones")
      ->type_name("FILE");
}

void add_redact(CLI::App& verb, Arguments& arguments) {
  verb.add_flag("--redact", arguments.redact,
                "leave out host name, command line and folders; names of threads become pseudonyms");
}

void add_report(CLI::App& app, Arguments& arguments) {
  CLI::App* report = app.add_subcommand("report", "What a run waited for: by lock class, call path, function, process");
  report->add_option("trace", arguments.files, "trace to report on")->required()->expected(1);
  report->add_option("--by", arguments.by, "one table: class, path, class-path, function, process, context or instance")
      ->check(CLI::IsMember({"class", "path", "class-path", "function", "process", "context", "instance"}));
  report->add_option("--sort", arguments.sort, "order of rows: wait, contentions, max or name")
      ->check(CLI::IsMember({"wait", "contentions", "max", "name"}))
      ->capture_default_str();
  report->add_option("--limit", arguments.limit, "rows of a table, 0 for all")->capture_default_str();
  report->add_flag("--from-events", arguments.from_events,
                   "add up single events instead of reading the exact summaries");
  add_format(*report, arguments);
  add_redact(*report, arguments);
  add_taxonomy(*report, arguments);
  add_common(*report, arguments);
}

// "1%" is 1, as "1" is.
const CLI::Validator kPercent(
    [](std::string& text) {
      if (!text.empty() && text.back() == '%') text.pop_back();
      return std::string();
    },
    "PERCENT");

void add_unit(CLI::App& verb, Arguments& arguments) {
  verb.add_option("--unit", arguments.unit,
                  "unit of work: connections, operations or seconds (default: the first that every run has)")
      ->check(CLI::IsMember({"connections", "operations", "seconds"}));
}

void add_criteria(CLI::App& verb, Arguments& arguments) {
  add_unit(verb, arguments);
  verb.add_option("--confidence", arguments.confidence_percent, "of intervals and verdicts, percent")
      ->transform(kPercent)
      ->check(CLI::Range(50.0, 99.9))
      ->capture_default_str();
  verb.add_option("--threshold", arguments.threshold_percent, "changes smaller than this don't matter, percent")
      ->transform(kPercent)
      ->check(CLI::Range(0.0, 90.0))
      ->capture_default_str();
  verb.add_option("--fail-on", arguments.fail_on,
                  "exit with 1 if the verdict is: regressed; regressed:CLASS (of that lock class); not-improved; "
                  "any-regressed (any lock class too)")
      ->check([](const std::string& condition) {
        const bool is_known = condition == "regressed" || condition == "not-improved" || condition == "any-regressed" ||
                              (condition.starts_with("regressed:") && condition.size() > 10);
        return is_known ? std::string() : "not regressed, regressed:CLASS, not-improved or any-regressed: " + condition;
      });
  verb.add_option("--max-regression", arguments.max_regression_percent,
                  "exit with 1 if even the lower bound of the interval is a larger increase than this, percent; of "
                  "CLASS with --fail-on regressed:CLASS")
      ->transform(kPercent)
      ->check(CLI::Range(0.0, 1e6));
  verb.add_option("--seed", arguments.seed, "of resampling: the same seed gives the same figures")
      ->capture_default_str();
  verb.add_option("--limit", arguments.compare_limit, "rows of a table, 0 for all")->capture_default_str();
}

void add_compare(CLI::App& app, Arguments& arguments) {
  CLI::App* compare =
      app.add_subcommand("compare", "What a change did: effect, interval, verdict, and where the wait went");
  compare->footer("socklock compare [OPTIONS] BEFORE... -- AFTER...");
  compare
      ->add_option(
          "before", arguments.files,
          "the side before: traces, folders of traces, or manifests of socklock ab; the side after follows behind --")
      ->required();
  compare->add_flag(
      "--null", arguments.null,
      "deal the named runs, all of one side, out at random as if they were two, and state how often that gets a "
      "verdict");
  compare->add_option("--null-runs", arguments.null_runs,
                      "with --null: runs on each side of a deal (default: half, at most 10)");
  add_criteria(*compare, arguments);
  add_redact(*compare, arguments);
  add_format(*compare, arguments);
  add_taxonomy(*compare, arguments);
  add_common(*compare, arguments);
}

void add_export(CLI::App& app, Arguments& arguments) {
  CLI::App* verb = app.add_subcommand("export", "Hand traces over to other tools, in their formats");
  verb->footer(R"(socklock export [OPTIONS] FILE... [-- AFTER...]

Formats:
  folded       flame graphs: "outer;inner;[lock class] ns"; of two sides, two numbers a line
  pprof        go tool pprof, Pyroscope, Parca; of two sides, two files for -diff_base
  speedscope   speedscope; of two sides, both in one file
  perfetto     Perfetto: every recorded wait on the track of its thread (one trace)
  csv          every row of the table of waits
  openmetrics  Prometheus and its kin: counters and histograms by lock class
  benchstat    Go benchmark lines: a second opinion on a verdict)");
  verb->add_option("trace", arguments.files,
                   "traces, folders of traces, or manifests of socklock ab; a side after follows behind --")
      ->required();
  verb->add_option("--to", arguments.to, "format, see below")
      ->required()
      ->check(CLI::IsMember({"folded", "pprof", "speedscope", "perfetto", "csv", "openmetrics", "benchstat"}));
  verb->add_option("--measure", arguments.measure, "what folded stacks count: wait (ns) or contentions")
      ->check(CLI::IsMember({"wait", "contentions"}))
      ->capture_default_str();
  add_unit(*verb, arguments);
  add_redact(*verb, arguments);
  add_taxonomy(*verb, arguments);
  verb->add_option("-o,--output", arguments.output, "write to this file instead of standard output")->type_name("FILE");
}

void add_import(CLI::App& app, Arguments& arguments) {
  CLI::App* verb = app.add_subcommand("import", "Make a trace of what perf, DTrace or the kernel recorded");
  verb->footer(R"(Two old recordings of perf lock record, and what changed between them:
  perf script --header --ns -i before.data | socklock import perf-script - -o before.slk
  perf script --header --ns -i after.data | socklock import perf-script - -o after.slk
  socklock compare before.slk -- after.slk

Formats:
  perf-script    text of perf script, of a recording by perf lock record
  perf-lock-csv  output of perf lock contention -x,
  lock-stat      /proc/lock_stat
  dtrace         what socklock.d printed on FreeBSD
  lockstat       output of FreeBSD's lockstat -p
  lock-prof      FreeBSD's debug.lock.prof.stats
Any of them may be compressed by gzip.)");
  verb->add_option("format", arguments.import_format, "what is read, see below")
      ->required()
      ->check(CLI::IsMember({"perf-script", "perf-lock-csv", "lock-stat", "dtrace", "lockstat", "lock-prof"}));
  verb->add_option("file", arguments.files, "what to read; - for standard input")->required()->expected(1);
  verb->add_option("-o,--output", arguments.output, "trace to write (default: the name of the file with .slk)")
      ->type_name("FILE");
  verb->add_flag("--overwrite", arguments.overwrite, "replace the trace if it exists");
  verb->add_option("-l,--label", arguments.label, "a word for this run, shown in every report: before, after, ...");
  verb->add_option(
          "-d,--duration", arguments.import_duration_s,
          "seconds that sums are of (perf-lock-csv, lock-stat, lockstat, lock-prof), which the text does not say")
      ->check(CLI::Range(0.001, 31e6));
}

void add_query(CLI::App& app, Arguments& arguments) {
  CLI::App* verb = app.add_subcommand("query", "Ask traces in SQL");
  verb->footer(R"(socklock query FILE... "SELECT ..."

Without a query, statements come from standard input; at a terminal it prompts for them.
  socklock query run.slk "SELECT lock_class, sum(wait_ns) FROM totals GROUP BY 1 ORDER BY 2 DESC")");
  verb->add_option("words", arguments.files, "traces, folders of traces, or manifests of socklock ab; then the query");
  verb->add_flag("--tables", arguments.show_tables, "print the tables, their columns and units");
  verb->add_option("--export-sqlite", arguments.export_sqlite, "copy all tables into a new SQLite file")
      ->type_name("FILE");
  verb->add_option("--format", arguments.format, "of the output: table, csv or json")
      ->check(CLI::IsMember({"table", "csv", "json"}));
  add_redact(*verb, arguments);
  add_taxonomy(*verb, arguments);
  add_common(*verb, arguments);
}

void add_ab(CLI::App& app, Arguments& arguments) {
  AbArguments& ab = arguments.ab;
  CLI::App* verb = app.add_subcommand("ab", "A controlled experiment: record both sides by turns, then compare");
  verb->add_option("folder", ab.folder, "where traces, manifest.json and the report go")->required();
  verb->add_option("--before", ab.before, "command line of the side before, for sh");
  verb->add_option("--after", ab.after, "command line of the side after");
  verb->add_option("--setup-before", ab.setup_before, "run before every run of the side before, unrecorded");
  verb->add_option("--setup-after", ab.setup_after, "the same of the side after");
  verb->add_option("--teardown-before", ab.teardown_before,
                   "run after every run of the side before, also a failed one");
  verb->add_option("--teardown-after", ab.teardown_after, "the same of the side after");
  verb->add_option("--rounds", ab.rounds, "one run of each side a round, in random order")
      ->check(CLI::Range(1U, 1000U))
      ->capture_default_str();
  verb->add_option("--warmup", ab.warmup, "rounds that are recorded but not compared")
      ->check(CLI::Range(0U, 100U))
      ->capture_default_str();
  verb->add_option("-d,--duration", ab.duration_s, "end each run after so many seconds (0: when its command ends)")
      ->check(CLI::Range(0.0, 86400.0));
  verb->add_flag(
      "--stop-when-decided", ab.stop_when_decided,
      "look at half and three quarters of the rounds, each time by a stricter confidence, and stop at a verdict");
  verb->add_flag("--resume", ab.resume, "go on with the experiment in this folder; its commands are kept");
  add_criteria(*verb, arguments);
  add_taxonomy(*verb, arguments);
  add_common(*verb, arguments);
}

}  // namespace

ParsedArguments parse_arguments(int argc, char** argv) {
  ParsedArguments parsed;
  Arguments& arguments = parsed.arguments;
  CLI::App app{"socklock: what sockets wait for, and what a change did to it"};
  app.name("socklock");
  app.set_version_flag("--version", std::string("socklock ") + SOCKLOCK_VERSION);
  app.footer(kFooter);
  app.require_subcommand(1);
  // Both are handed over before this parser sees them; here they are for the help.
  app.add_subcommand("record", "Record into a trace (socklock-record; needs privileges)");
  app.add_subcommand("doctor", "Say what this machine allows, and what would change that");
  CLI::App* info = app.add_subcommand("info", "What is in a trace, what was lost, what could not be seen");
  info->add_option("trace", arguments.files, "trace to describe")->required()->expected(1);
  add_format(*info, arguments);
  add_common(*info, arguments);
  add_report(app, arguments);
  add_compare(app, arguments);
  add_ab(app, arguments);
  add_export(app, arguments);
  add_import(app, arguments);
  add_query(app, arguments);

  if (const auto page = page_for_build(app, {"socklock", "socklock-record", "record doctor"}, argc, argv)) {
    std::cout << *page;
    parsed.is_done = true;
    return parsed;
  }

  // What follows a lone "--" is the side after, options or not.
  char** const separator =
      std::find_if(argv, argv + argc, [](const char* word) { return std::string_view(word) == "--"; });
  const bool is_compare = argc > 1 && std::string_view(argv[1]) == "compare";
  const bool is_export = argc > 1 && std::string_view(argv[1]) == "export";
  if ((is_compare || is_export) && separator != argv + argc) {
    arguments.after.assign(separator + 1, argv + argc);
    argc = static_cast<int>(separator - argv);
  }
  try {
    app.parse(argc, argv);
    if (is_compare && arguments.null && !arguments.after.empty())
      throw CLI::ValidationError("compare", "--null takes the runs of one side, and nothing after '--'");
    if (is_compare && !arguments.null && arguments.after.empty())
      throw CLI::ValidationError("compare", "no traces after '--': socklock compare BEFORE... -- AFTER...");
  } catch (const CLI::ParseError& error) {
    const bool is_error = app.exit(error, std::cout, std::cerr) != 0;
    parsed.is_done = true;
    parsed.exit_code = static_cast<int>(is_error ? ExitCode::kUsage : ExitCode::kDone);
    return parsed;
  }
  if (arguments.json) arguments.format = "json";
  // Errors are JSON too where the output is.
  const Format* const by_name = arguments.format.empty() ? format_of_file(arguments.output) : nullptr;
  arguments.json = arguments.format == "json" || (by_name != nullptr && by_name->name == "json");
  if (app.got_subcommand("info")) arguments.verb = Verb::kInfo;
  if (app.got_subcommand("report")) arguments.verb = Verb::kReport;
  if (app.got_subcommand("ab")) arguments.verb = Verb::kAb;
  if (is_compare) arguments.verb = Verb::kCompare;
  if (app.got_subcommand("import")) arguments.verb = Verb::kImport;
  if (app.got_subcommand("query")) arguments.verb = Verb::kQuery;
  if (is_export) arguments.verb = Verb::kExport;
  return parsed;
}

}  // namespace socklock::analyzer
