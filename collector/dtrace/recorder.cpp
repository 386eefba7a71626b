// SPDX-License-Identifier: GPL-2.0-or-later
// FreeBSD's recorder: runs dtrace on our scripts, and makes a trace of what it prints while it prints it.
#include "collector/platform/recorder.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "collector/dtrace/dtrace_process.h"
#include "collector/dtrace/script_folder.h"
#include "collector/dtrace/signal_watch.h"
#include "collector/dtrace/words.h"
#include "collector/output/output_file.h"
#include "collector/process/workload.h"
#include "import/dtrace.h"

#ifndef SOCKLOCK_VERSION
#error "the build sets SOCKLOCK_VERSION"
#endif

namespace socklock::collector {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMs = 50;
// Of a dtrace that was told to end and neither prints nor ends.
constexpr std::chrono::seconds kPatience{60};
constexpr std::string_view kFirstWord = "socklock-dtrace\t";
constexpr std::string_view kSpeaker = "dtrace: ";

class DtraceRecording {
 public:
  DtraceRecording(const RecordOptions& options, std::optional<Workload>& workload, DtraceProcess& dtrace)
      : options_(options), workload_(workload), dtrace_(dtrace) {}

  Result<RecordingResult> run() {
    const auto recorded = record();
    // There is nothing in the file that anybody would want. Where it had begun, what came until an error can be read.
    if (!began_ && output_ && output_->path != "-") std::remove(output_->path.c_str());
    return recorded;
  }

 private:
  Result<RecordingResult> record() {
    const auto printed = [this](std::string_view line) { return take_printed(line); };
    const auto said = [this](std::string_view line) { return take_said(line); };
    for (bool is_open = true; is_open;) {
      handle_signal();
      SOCKLOCK_TRY_ASSIGN(is_open, dtrace_.read_lines(kPollMs, printed, said));
      if (!told_to_end_ && is_over()) tell_to_end();
      if (told_to_end_ && Clock::now() - last_heard_ > kPatience) dtrace_.end_now();
    }
    const int status = dtrace_.wait();
    if (!began_) return fail(not_begun(status));
    await_workload();
    return finish(status);
  }

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
      const std::uint64_t before = import_->dropped();
      SOCKLOCK_TRY(import_->take_line(line));
      if (import_->dropped() > before) return {};
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
    recorder.set_version("socklock-record " SOCKLOCK_VERSION ", socklock.d 1");
    for (const auto& word : options_.recorder_argv) recorder.add_options(word);
    recorder.set_pid(static_cast<std::uint32_t>(getpid()));
    if (!workload_) return {};
    for (const auto& word : workload_->argv()) header.mutable_workload()->add_argv(word);
    header.mutable_workload()->set_pid(static_cast<std::uint32_t>(workload_->pid()));
    return {};
  }

  Result<void> begin() {
    if (workload_ && told_to_end_) return {};
    if (workload_) SOCKLOCK_TRY(workload_->start());
    began_ = true;
    began_at_ = Clock::now();
    return {};
  }

  [[nodiscard]] bool is_over() const {
    if (!began_) return false;
    if (workload_ && workload_->poll()) return true;
    return options_.duration_seconds > 0 &&
           Clock::now() - began_at_ >= std::chrono::duration<double>(options_.duration_seconds);
  }

  void tell_to_end() {
    told_to_end_ = true;
    last_heard_ = Clock::now();
    dtrace_.interrupt();
  }

  // The first asks for the last block, the second does without it, the third does without dtrace's consent.
  void handle_signal() {
    const int number = SignalWatch::take();
    if (number == 0) return;
    result_.ended_by_signal = number;
    if (number == SIGTERM && workload_ && began_) workload_->send_signal(SIGTERM);
    if (++signals_ > 2)
      dtrace_.end_now();
    else
      tell_to_end();
  }

  [[nodiscard]] Error not_begun(int status) const {
    if (result_.ended_by_signal == 0) return refusal_of_dtrace(words_, status);
    return {"ended before dtrace had begun", "", "it takes a few seconds to begin", ExitCode::kNotEnoughData};
  }

  // Where dtrace ended by itself the command still runs, which we promised to run.
  void await_workload() {
    if (!workload_ || options_.duration_seconds > 0) return;
    while (result_.ended_by_signal == 0 && !workload_->poll()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(kPollMs));
      handle_signal();
    }
  }

  Result<RecordingResult> finish(int status) {
    auto& header = import_->header();
    if (workload_) result_.workload_status = workload_->poll();
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
    if (import_->dropped() > 0 && !options_.quiet)
      fmt::print(stderr, "socklock record: dtrace dropped {} records: single waits, or sums; what sums lack is lost\n",
                 import_->dropped());
    return result_;
  }

  const RecordOptions& options_;
  std::optional<Workload>& workload_;
  DtraceProcess& dtrace_;
  std::unique_ptr<Output> output_;
  std::unique_ptr<imports::DtraceImport> import_;
  DtraceWords words_;
  Clock::time_point began_at_, last_heard_ = Clock::now();
  bool began_ = false, told_to_end_ = false;
  int signals_ = 0;
  RecordingResult result_;
};

// Before dtrace is started, which takes seconds.
Result<void> check_output(const RecordOptions& options) {
  if (options.output.empty() || options.output == "-" || options.overwrite) return {};
  if (!std::filesystem::exists(options.output)) return {};
  return fail({"the file exists", "'" + options.output + "'", "take another name, or --overwrite", ExitCode::kUsage});
}

}  // namespace

Result<RecordingResult> record(const RecordOptions& options) {
  SOCKLOCK_TRY(check_output(options));
  const SignalWatch signals;
  SOCKLOCK_TRY_ASSIGN(const auto scripts, ScriptFolder::make());
  std::optional<Workload> workload;
  if (!options.command.empty()) {
    SOCKLOCK_TRY_ASSIGN(auto prepared, Workload::prepare(options.command, options.output == "-"));
    workload.emplace(std::move(prepared));
  }
  SOCKLOCK_TRY_ASSIGN(auto dtrace, DtraceProcess::start(scripts.arguments(options.level)));
  return DtraceRecording(options, workload, dtrace).run();
}

}  // namespace socklock::collector
