// SPDX-License-Identifier: GPL-2.0-or-later
// The command line of socklock as plain data.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/experiment/record_hosts.h"

namespace CLI {
class App;
}

namespace socklock::analyzer {

struct Verb;

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

struct WhatIfArguments {
  std::vector<std::string> split, avoid, shorter;
  std::vector<std::string> measured;  // runs of the real change
  double threads = 0;                 // 0: as recorded
  std::optional<double> most_left;    // --fail-on "left>SHARE"
};

struct TopArguments {
  double window_s = 5;  // that figures are of
  double keep_s = 60;   // that can be saved
  bool once = false;
};

// A fleet's store, and what goes to it or is asked of it.
struct FleetArguments {
  std::string question;  // of `fleet`: init, top, host, status, drop
  std::string name;      // of `fleet host`
  std::vector<std::string> stores;
  std::string credentials, ca_file;
  bool insecure = false;
  std::uint64_t timeout_s = 60;
  // init
  std::string cluster, keep = "14d,400d";
  bool replicated = false, apply = false, print_site = false;
  // ship
  std::string dir, state, host, redact_key, metrics_file, again;
  std::vector<std::string> labels;
  bool once = false, dry_run = false;
  std::string spread = "5m", every = "1m";
  // questions
  std::string since, until, older, drop_host;
  std::vector<std::string> where;
  // compare
  std::vector<std::string> canary, control;
  std::string canary_hosts, at, window, before, after, settle = "0s", replication, same, look;
  [[nodiscard]] bool asks_for_groups() const { return !canary.empty() || !control.empty() || !canary_hosts.empty(); }
};

struct Arguments {
  const Verb* verb = nullptr;
  std::vector<std::string> words{};  // behind a verb that reads them itself; of top, for the recorder
  std::vector<std::string> files;    // of info and report; the before side of compare and export
  std::vector<std::string> after;
  bool json = false;
  std::string format;                    // --json is "json"; empty: by the ending of `output`, else text
  bool interactive = false;              // HTML with a script
  std::string taxonomy;                  // file; empty: the built-in one
  std::string output;                    // file; empty: standard output
  std::uint64_t max_unpacked_bytes = 0;  // of one trace; 0: by its size
  std::string by;
  std::string sort = "wait";
  std::size_t limit = 20;  // rows of a report's tables
  std::size_t compare_limit = 12;
  bool from_events = false;
  std::map<std::string, std::vector<std::string>> conditions{};  // of a filter, by their kind: "class"
  std::string unit;
  double confidence_percent = 95;
  double threshold_percent = 5;
  std::uint64_t seed = 1;
  std::string fail_on;
  std::optional<double> max_regression_percent;
  bool aa = false;  // compare: A/A test of the runs of one side
  std::size_t aa_runs = 0;
  std::string to;  // export: the format
  std::string measure = "wait";
  bool redact = false;
  std::string import_format;  // empty: found out
  std::string import_file;
  std::string label;
  double import_duration_s = 0;
  std::vector<std::string> import_work;  // "connections=967"
  std::string import_symbols;            // file with a kernel's symbols
  std::vector<std::string> left_out;     // compare: runs that are not
  std::string work_before, work_after;   // compare: "connections=967,1001", of the side's runs
  bool overwrite = false;
  bool show_tables = false;
  std::string export_sqlite;
  AbArguments ab;
  WhatIfArguments what_if;
  TopArguments top;
  HostsRequest hosts;
  FleetArguments fleet;
};

// Options write to `arguments`, which has to outlive the result.
std::unique_ptr<CLI::App> define_command_line(Arguments& arguments);

// Prints help or the usage error itself. `exit_code` is set when there is nothing left to do.
struct ParsedArguments {
  Arguments arguments;
  bool is_done = false;
  int exit_code = 0;
};
ParsedArguments parse_arguments(int argc, char** argv);

}  // namespace socklock::analyzer
