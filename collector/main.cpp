// SPDX-License-Identifier: GPL-2.0-or-later
// socklock-record: the one privileged program. Options in, a trace out. On Linux it parses nothing that a
// stranger wrote; on FreeBSD it reads what dtrace prints, names of threads among it.
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/atomic_file.h"
#include "base/command_line.h"
#include "base/message.h"
#include "base/report_error.h"
#include "collector/doctor_output.h"
#include "collector/options.h"
#include "collector/platform/recorder.h"

namespace {

using namespace socklock;

constexpr const char* kSpeaker = "socklock record";

int run_record(const collector::RecordOptions& options) {
  if (options.service.wanted && (!options.output.empty() || !options.command.empty() || options.duration_seconds != 0))
    return report_error(kSpeaker, {"a service records until it is stopped, into its folder", "--service",
                                   "leave out -o, -d and the command", ExitCode::kUsage});
  if (options.command.empty() && options.duration_seconds == 0 && !options.service.wanted && !options.quiet)
    say(Severity::kNote, kSpeaker, "recording until Ctrl-C");
  const auto result = collector::record(options);
  if (!result) return report_error(kSpeaker, result.error());
  if (!options.quiet) say(Severity::kInformation, kSpeaker, collector::describe(*result));
  // A service is ended by a signal as a matter of course.
  if (result->ended_by_signal != 0 && !options.service.wanted) return 128 + result->ended_by_signal;
  if (options.forward_exit && result->workload_status) return *result->workload_status;
  return 0;
}

int run(int argc, char** argv) {
  remove_unfinished_files_on_signals();
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  collector::RecorderArguments arguments;
  arguments.record.recorder_argv = words;
  const auto app = collector::define_command_line(arguments);
  if (const auto exit_code = parse_command_line(*app, words, {.usual_verb = "record"})) return *exit_code;
  if (arguments.verb == collector::RecorderVerb::kDoctor)
    return collector::print_diagnosis(arguments.json, arguments.required_level);
  if (const auto refused = collector::refused_option(*app)) return report_error(kSpeaker, *refused);
  return run_record(arguments.record);
}

}  // namespace

int main(int argc, char** argv) {
  return run_main("socklock-record", [&] { return run(argc, argv); });
}
