// SPDX-License-Identifier: GPL-2.0-or-later
// FreeBSD's recorder: runs dtrace on our scripts, and makes a trace of what it prints while it prints it.
#include "collector/platform/recorder.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/child_process.h"
#include "base/signal_watch.h"
#include "collector/dtrace/dtrace_process.h"
#include "collector/dtrace/script_folder.h"
#include "collector/dtrace/words.h"
#include "collector/output/output_file.h"
#include "collector/process/command.h"
#include "import/dtrace.h"

#ifndef SOCKLOCK_VERSION
#error "the build sets SOCKLOCK_VERSION"
#endif

namespace socklock::collector {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMs = 50;
// Of a dtrace that was told to end and neither prints nor ends: with acquire probes enabled it was seen to take over a
// minute.
constexpr std::chrono::minutes kPatience{10};
constexpr std::chrono::seconds kUntilSaid{10};
constexpr std::string_view kFirstWord = "socklock-dtrace\t";
constexpr std::string_view kSpeaker = "dtrace: ";

class DtraceRecording {
 public:
  DtraceRecording(const RecordOptions& options, std::optional<ChildProcess>& command, DtraceProcess& dtrace,
                  SignalWatch& signals)
      : options_(options), command_(command), dtrace_(dtrace), signals_(signals) {}

  Result<RecordingResult> run() {
    const auto printed = [this](std::string_view line) { return take_printed(line); };
    const auto said = [this](std::string_view line) { return take_said(line); };
    for (bool is_open = true; is_open;) {
      handle_signal();
      SOCKLOCK_TRY_ASSIGN(is_open, dtrace_.read_lines(kPollMs, printed, said));
      if (!told_to_end_ && is_over()) tell_to_end();
      if (told_to_end_) wait_for_the_end();
    }
    const int status = dtrace_.wait();
    if (!began_) return fail(not_begun(status));
    end_command();
    return finish(status);
  }

 private:
  Result<void> take_printed(std::string_view line) {
    last_heard_ = Clock::now();
    if (!import_) {
      if (!line.starts_with(kFirstWord)) return {};
      SOCKLOCK_TRY(open());
      SOCKLOCK_TRY(import_->take_line(line));
      return begin();
    }
    return import_->take_line(line);
  }

  // Drops are counted by the importer; the rest is for the user.
  Result<void> take_said(std::string_view line) {
    last_heard_ = Clock::now();
    if (import_ && line.starts_with(kSpeaker)) {
      const std::uint64_t before = import_->dropped() + import_->variable_drops();
      SOCKLOCK_TRY(import_->take_line(line));
      if (import_->dropped() + import_->variable_drops() > before) return {};
    }
    words_.add(line);
    if (began_ && !options_.quiet && words_.more() == 0) fmt::print(stderr, "socklock record: {}\n", line);
    return {};
  }

  // Probes are enabled: dtrace refused nothing, so that there will be something to write.
  Result<void> open() {
    SOCKLOCK_TRY_ASSIGN(Output output, open_output(options_));
    output_ = std::make_unique<Output>(std::move(output));
    import_ =
        std::make_unique<imports::DtraceImport>(imports::ImportOptions{options_.label, "dtrace", 0}, output_->writer);
    // Drops are told before what was not dropped is printed.
    for (const auto& line : words_.lines()) SOCKLOCK_TRY(import_->take_line(line));
    auto& header = import_->header();
    utsname system{};
    if (uname(&system) == 0) {
      header.mutable_host()->set_name(static_cast<const char*>(system.nodename));
      header.mutable_host()->set_kernel_build(static_cast<const char*>(system.version));
    }
    auto& recorder = *header.mutable_recorder();
    recorder.set_version("socklock-record " SOCKLOCK_VERSION ", socklock.d 2");
    for (const auto& word : options_.recorder_argv) recorder.add_options(word);
    recorder.set_pid(static_cast<std::uint32_t>(getpid()));
    if (!command_) return {};
    for (const auto& word : options_.command) header.mutable_workload()->add_argv(word);
    header.mutable_workload()->set_pid(static_cast<std::uint32_t>(command_->pid()));
    return {};
  }

  Result<void> begin() {
    if (command_ && told_to_end_) return {};
    if (command_) SOCKLOCK_TRY(start_command(*command_, options_));
    SOCKLOCK_TRY(output_->publish());
    began_ = true;
    began_at_ = Clock::now();
    return {};
  }

  [[nodiscard]] bool is_over() const {
    if (!began_) return false;
    if (command_ && command_->poll()) return true;
    return options_.duration_seconds > 0 &&
           Clock::now() - began_at_ >= std::chrono::duration<double>(options_.duration_seconds);
  }

  void wait_for_the_end() {
    const auto silence = Clock::now() - last_heard_;
    if (silence > kPatience) dtrace_.end_now();
    if (silence > kUntilSaid && !std::exchange(said_to_wait_, true) && !options_.quiet)
      fmt::print(stderr, "socklock record: waiting for dtrace's last block; ^C does without it\n");
  }

  void tell_to_end() {
    told_to_end_ = true;
    last_heard_ = Clock::now();
    dtrace_.interrupt();
  }

  // The first asks for the last block, the second does without it, the third does without dtrace's consent.
  void handle_signal() {
    const int number = signals_.take(0);
    if (number == 0) return;
    result_.ended_by_signal = number;
    if (++signals_seen_ > 2)
      dtrace_.end_now();
    else
      tell_to_end();
  }

  [[nodiscard]] Error not_begun(int status) const {
    if (result_.ended_by_signal == 0) return refusal_of_dtrace(words_, status);
    return {"ended before dtrace had begun", "", "it takes a few seconds to begin", ExitCode::kNotEnoughData};
  }

  // Where dtrace ended by itself the command still runs, which we promised to run. At the end of the time, or after a
  // signal, it ends with all that it started.
  void end_command() {
    if (!command_) return;
    while (options_.duration_seconds == 0 && result_.ended_by_signal == 0 && !command_->poll())
      result_.ended_by_signal = signals_.take(kPollMs);
    if (!command_->poll()) command_->end(result_.ended_by_signal != 0 ? result_.ended_by_signal : SIGTERM);
  }

  Result<RecordingResult> finish(int status) {
    auto& header = import_->header();
    if (command_) result_.workload_status = command_->poll();
    if (result_.workload_status) {
      header.mutable_workload()->set_finished(true);
      header.mutable_workload()->set_exit_status(*result_.workload_status);
    }
    if (!words_.lines().empty()) header.mutable_recorder()->add_notes("dtrace said: " + words_.text());
    SOCKLOCK_TRY_ASSIGN(const auto imported, import_->finish());
    if (!import_->ended())
      return fail(
          {fmt::format("dtrace ended with status {} before its last block: what came until then is in the trace",
                       status),
           output_->path == "-" ? "standard output" : "'" + output_->path + "'", words_.text(), ExitCode::kBadInput});
    result_.path = output_->path;
    result_.bytes = output_->writer.bytes();
    result_.contentions = imported.contentions;
    result_.lost = imported.lost;
    result_.seconds = static_cast<double>(import_->duration_ns()) / 1e9;
    if (import_->variable_drops() > 0 && !options_.quiet)
      fmt::print(stderr, "socklock record: dtrace dropped dynamic variables {} times: whose waits were is unsure\n",
                 import_->variable_drops());
    if (import_->dropped() > 0 && !options_.quiet)
      fmt::print(stderr, "socklock record: dtrace dropped {} records: single waits, or sums; what sums lack is lost\n",
                 import_->dropped());
    return result_;
  }

  const RecordOptions& options_;
  std::optional<ChildProcess>& command_;
  DtraceProcess& dtrace_;
  SignalWatch& signals_;
  std::unique_ptr<Output> output_;
  std::unique_ptr<imports::DtraceImport> import_;
  DtraceWords words_;
  Clock::time_point began_at_, last_heard_ = Clock::now();
  bool began_ = false, told_to_end_ = false, said_to_wait_ = false;
  int signals_seen_ = 0;
  RecordingResult result_;
};

}  // namespace

Result<RecordingResult> record(const RecordOptions& options) {
  // Before dtrace is started, which takes seconds.
  SOCKLOCK_TRY(check_output(options));
  SignalWatch signals;
  SOCKLOCK_TRY_ASSIGN(const auto scripts, ScriptFolder::make());
  SOCKLOCK_TRY_ASSIGN(auto command, prepare_command(options));
  SOCKLOCK_TRY_ASSIGN(auto dtrace, DtraceProcess::start(scripts.arguments(options.level)));
  return DtraceRecording(options, command, dtrace, signals).run();
}

}  // namespace socklock::collector
