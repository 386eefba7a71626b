// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/options.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/command_line.h"
#include "base/option_values.h"
#include "collector/platform/system.h"

namespace socklock::collector {
namespace {

void set_rotation(std::string value, ServiceOptions& service) {
  // Sizes end in b: 64MiB; what is left is a duration.
  const bool is_size = !value.empty() && (value.back() == 'b' || value.back() == 'B');
  const std::string refused = is_size ? size_value()(value) : duration_value()(value);
  if (!refused.empty()) throw CLI::ValidationError("--rotate", refused);
  if (is_size)
    service.rotate_bytes = std::max<std::uint64_t>(std::stoull(value), std::uint64_t{1} << 16);
  else
    service.rotate_seconds = std::max(std::stod(value), 0.5);
}

void add_service_options(CLI::App& app, RecordOptions& options) {
  auto& service = options.service;
  CLI::Option* flag = app.add_flag("--service", service.wanted,
                                   "record until stopped: one trace after another in --dir; SIGHUP begins a new one");
  CLI::Option* folder =
      app.add_option("--dir", service.folder, "where a service writes its traces")->type_name("FOLDER");
  flag->needs(folder);
  folder->needs(flag);
  app.add_option("--max-size", service.max_bytes, "of all traces in --dir together, as 500MB; the oldest are removed")
      ->transform(size_value())
      ->check(CLI::Range(std::uint64_t{1} << 18, std::uint64_t{1} << 50))
      ->default_str("1GiB")
      ->needs(flag);
  app.add_option("--max-age", service.max_age_seconds, "traces in --dir that are older are removed, as 7d")
      ->transform(duration_value())
      ->needs(flag);
  app.add_option_function<std::string>(
         "--rotate", [&](const std::string& value) { set_rotation(value, service); },
         "begin a new trace when one is so long (15m, 1h) or so large (64MiB)")
      ->default_str("1h or 64MiB")
      ->needs(flag);
  app.add_option(
         "--metrics", options.metrics,
         "keep totals in this file, in the OpenMetrics text format, for the node exporter's text-file collector")
      ->type_name("FILE");
}

void add_what_to_record(CLI::App& app, RecordOptions& options) {
  app.add_option("-o,--output", options.output, "trace to write; - for standard output (default: a new name here)")
      ->type_name("FILE");
  app.add_flag("--overwrite", options.overwrite, "replace the file if it exists");
  app.add_option("-l,--label", options.label, "a word for this run, shown in every report: before, after, ...");
  app.add_option("-d,--duration", options.duration_seconds,
                 "how long to record, in seconds or as 5m; a command that still runs is ended then")
      ->transform(duration_value())
      ->check(CLI::Range(0.1, 31e6));
  app.add_option("-p,--pid", options.pid, "only waits and work of this process; the recording ends with it")
      ->check(CLI::Range(1U, 4194304U));
  app.add_option("--cgroup", options.cgroup, "only waits and work of this cgroup v2 and those below it")
      ->type_name("FOLDER");
}

void add_sampling_options(CLI::App& app, RecordOptions& options) {
  app.add_option("--stacks", options.stacks,
                 "all: the call stack of every wait; sampled: of some of each kind, for which reports state the error; "
                 "off: of none, call paths come from system calls only")
      ->check(CLI::IsMember({"all", "sampled", "off"}))
      ->capture_default_str();
  app.add_option("--work", options.work,
                 "what to count of what the host does meanwhile. connections: what the kernel counts anyway; "
                 "operations: sends and receives, too, at which programs run; auto: these while they are few, or "
                 "neither TCP nor UDP carries them, and connections opened one by one only while they are few; none")
      ->check(CLI::IsMember({"auto", "connections", "operations", "none"}))
      ->capture_default_str();
  app.add_option("--max-overhead", options.max_overhead_percent,
                 "percent of this host's CPU time that the recording may take: above, it samples stacks and single "
                 "events, never the summaries")
      ->check(number_in(0.01, 100));
  app.add_option_function<double>(
         "--min-wait",
         [&](double seconds) { options.min_wait_ns = static_cast<std::uint64_t>(std::llround(seconds * 1e9)); },
         "single events and call stacks only of waits so long, as 100us or 5ms; counts and sums are of all")
      ->transform(short_time_value())
      ->check(CLI::Range(0.0, 3600.0));
  app.add_option_function<double>(
         "--interval", [&](double seconds) { options.interval_ns = static_cast<std::uint64_t>(seconds * 1e9); },
         "between summaries, in seconds or as 200ms; what a crash can lose. Without it half a second, from the tenth "
         "second of a recording on a second")
      ->transform(duration_value())
      ->check(CLI::Range(0.1, 60.0))
      ->default_str("0.5, then 1");
  app.add_option("--map-mb", options.map_megabytes, "memory for the kernel's tables, in MiB")
      ->check(CLI::Range(1U, 1024U))
      ->capture_default_str();
  app.add_flag("--redact", options.redact,
               "leave out host name, command lines, names of threads and cgroups, and kernel addresses");
}

void add_costs_and_depth(CLI::App& app, RecordOptions& options) {
  const auto levels = level_option();
  options.level = levels.by_default;
  CLI::Option* level =
      app.add_option("--level", options.level, levels.help)->check(CLI::Range(1U, 2U))->capture_default_str();
  app.add_flag("--probe-spinlocks", options.probe_spinlocks,
               "count acquisitions of the tables' locks at _raw_spin_lock itself, not at the functions that take them. "
               "Danger: a program then runs at every spinlock of this kernel, which slows the host, and where the "
               "kernel has a flaw there can hang it: for test machines, and for root only")
      ->excludes(level);
  app.add_option("--cpu-profile", options.cpu_profile_hz,
                 "samples a second, on each CPU that is not idle, of what the kernel does there: shows waiting that a "
                 "change turned into work")
      ->check(CLI::Range(1U, 10000U));
  app.add_flag("--socket-addresses", options.socket_addresses,
               "name sockets by their addresses and remote ports, too, not by their local ports only");
}

void add_record_options(CLI::App& app, RecordOptions& options) {
  add_what_to_record(app, options);
  add_sampling_options(app, options);
  add_costs_and_depth(app, options);
  app.add_flag("-q,--quiet", options.quiet, "no progress, no notes");
  app.add_flag("--forward-exit", options.forward_exit, "exit with the command's status");
  add_service_options(app, options);
  app.add_option("command", options.command, "what to run and record, after --");
  // Known all the same, so that it can be said why this system has none.
  for (const auto& refused : refused_options()) {
    CLI::Option* hidden = app.get_option(refused.name)->group("");
    app.get_option("--level")->remove_excludes(hidden);
  }
}

}  // namespace

std::unique_ptr<CLI::App> define_command_line(RecorderArguments& arguments) {
  auto app = std::make_unique<CLI::App>("Records lock contention of the socket layer into a trace", "socklock-record");
  app->set_version_flag("--version",
                        version_text("socklock-record", SOCKLOCK_VERSION, SOCKLOCK_COMMIT) + recorded_with());
  app->require_subcommand(1);
  CLI::App* record = app->add_subcommand("record", "Record until a command ends, a time is over, or Ctrl-C");
  record->footer(
      "On many hosts, by ssh: socklock record --hosts FILE [--parallel N] [--ssh COMMAND] -o FOLDER, and any of "
      "these.");
  record->callback([&] { arguments.verb = RecorderVerb::kRecord; });
  add_record_options(*record, arguments.record);
  CLI::App* doctor = app->add_subcommand("doctor", "Say what this machine allows, and what would change that");
  doctor->callback([&] { arguments.verb = RecorderVerb::kDoctor; });
  doctor->add_flag("--json", arguments.json, "print as JSON");
  doctor->add_option("--require-level", arguments.required_level, "fail unless this capability level can be had")
      ->check(CLI::Range(1, 2))
      ->capture_default_str();
  return app;
}

std::optional<Error> refused_option(const CLI::App& app) {
  const CLI::App* const record = app.get_subcommand("record");
  for (const auto& refused : refused_options())
    if (record->get_option(refused.name)->count() > 0)
      return Error{fmt::format("{} can't be had on this system: {}", refused.name, refused.reason), "",
                   "leave it out; socklock record --help shows what there is", ExitCode::kUsage};
  return std::nullopt;
}

}  // namespace socklock::collector
