// SPDX-License-Identifier: GPL-2.0-or-later
// The command line of socklock as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace socklock::analyzer {

enum class Verb { kNone, kInfo, kReport, kCompare, kAb, kExport, kImport, kQuery };

struct AbArguments {
  std::string folder;
  std::string before, setup_before, teardown_before;
  std::string after, setup_after, teardown_after;
  unsigned rounds = 10;
  unsigned warmup = 1;
  double duration_s = 0;
  bool stop_when_decided = false;
  bool resume = false;
};

struct Arguments {
  Verb verb = Verb::kNone;
  std::vector<std::string> files;  // of info and report; the before side of compare and export
  std::vector<std::string> after;
  bool json = false;
  std::string format;    // --json is "json"; empty: by the ending of `output`, else text
  std::string taxonomy;  // file; empty: the built-in one
  std::string output;    // file; empty: standard output
  std::string by;
  std::string sort = "wait";
  std::size_t limit = 20;  // rows of a report's tables
  std::size_t compare_limit = 12;
  bool from_events = false;
  std::string unit;
  double confidence_percent = 95;
  double threshold_percent = 5;
  std::uint64_t seed = 1;
  std::string fail_on;
  std::optional<double> max_regression_percent;
  bool null = false;  // compare: deal out the runs of one side
  std::size_t null_runs = 0;
  std::string to;  // export: the format
  std::string measure = "wait";
  bool redact = false;
  std::string import_format;
  std::string label;
  double import_duration_s = 0;
  bool overwrite = false;
  bool show_tables = false;
  std::string export_sqlite;
  AbArguments ab;
};

// Prints help or the usage error itself. `exit_code` is set when there is nothing left to do.
struct ParsedArguments {
  Arguments arguments;
  bool is_done = false;
  int exit_code = 0;
};
ParsedArguments parse_arguments(int argc, char** argv);

}  // namespace socklock::analyzer
