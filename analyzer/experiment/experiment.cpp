// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/experiment/experiment.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "analyzer/compare/sequential.h"
#include "analyzer/experiment/recorder_program.h"
#include "analyzer/load/load_run.h"
#include "analyzer/load/run.h"
#include "base/child_process.h"
#include "base/signal_watch.h"

namespace socklock::analyzer {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// Of a recorder, which ends the command and its trace first.
constexpr std::chrono::milliseconds kPatienceWithRecorder{60'000};
constexpr int kPollMs = 200;

class Experiment {
 public:
  Experiment(Manifest& manifest, fs::path folder, const ExperimentHooks& hooks)
      : manifest_(manifest), folder_(std::move(folder)), hooks_(hooks) {}

  [[nodiscard]] Result<void> run_round(unsigned round, bool warms_up) {
    const bool before_first = is_before_first(manifest_, warms_up ? manifest_.rounds + round : round);
    for (const bool before : {before_first, !before_first}) {
      if (is_interrupted()) return {};
      SOCKLOCK_TRY(run_once({round, before, warms_up}));
    }
    return {};
  }

  // The signal that came until now, 0: none.
  [[nodiscard]] int interrupted_by() {
    if (const int number = signals_.take(0); number != 0) interrupted_by_ = number;
    return interrupted_by_;
  }
  bool is_interrupted() { return interrupted_by() != 0; }

 private:
  struct Place {
    unsigned round;
    bool is_before, warms_up;
    [[nodiscard]] const char* side() const { return is_before ? "before" : "after"; }
    [[nodiscard]] std::string trace() const {
      return fmt::format("{}{}-{:02}.slk", warms_up ? "warmup-" : "", side(), round);
    }
  };

  [[nodiscard]] bool is_done(const std::string& trace) const {
    return std::any_of(manifest_.runs.begin(), manifest_.runs.end(),
                       [&trace](const ExperimentRun& run) { return run.trace == trace; });
  }

  void show_progress(const Place& place) const {
    double seconds = 0;
    for (const ExperimentRun& run : manifest_.runs) seconds += run.seconds;
    Progress progress;
    progress.done = static_cast<unsigned>(manifest_.runs.size());
    progress.planned = 2 * (manifest_.rounds + manifest_.warmup);
    progress.next = fmt::format("{} {} of {}, {}", place.warms_up ? "warm-up" : "round", place.round,
                                place.warms_up ? manifest_.warmup : manifest_.rounds, place.side());
    if (progress.done > 0) progress.seconds_left = seconds / progress.done * (progress.planned - progress.done);
    if (hooks_.progress) hooks_.progress(progress);
  }

  [[nodiscard]] Result<void> run_once(const Place& place) {
    if (is_done(place.trace())) return {};
    show_progress(place);
    const auto begin = Clock::now();
    const Result<void> ran = run_with_setup(place);
    std::error_code error;
    if (ran && !is_interrupted()) {
      fs::rename(partial(), folder_ / place.trace(), error);
      if (error) return fail({"cannot rename: " + error.message(), "'" + partial() + "'", ""});
    } else {
      fs::remove(partial(), error);
    }
    if (is_interrupted()) return {};
    SOCKLOCK_TRY(ran);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    manifest_.runs.push_back(
        {place.warms_up ? 0 : place.round, place.warms_up ? "warmup" : place.side(), place.trace(), seconds});
    return write_manifest(manifest_, (folder_ / "manifest.json").string());
  }

  // Whatever happens once the setup has begun, there is a teardown, and no process of the run lives on.
  [[nodiscard]] Result<void> run_with_setup(const Place& place) {
    const ExperimentSide& side = place.is_before ? manifest_.before : manifest_.after;
    Result<void> ran = run_line(side.setup, std::string("the setup of ") + place.side());
    const std::vector<pid_t> made_by_setup = OrphanWatch::running();
    if (ran && !is_interrupted()) ran = record(side.command, place.side(), place.trace());
    const std::size_t left = OrphanWatch::end_all_but(made_by_setup);
    if (left > 0 && hooks_.note)
      hooks_.note(
          fmt::format("{} of the processes that the command of {} started ran on, and were ended", left, place.side()));
    // Also where the signal comes while it runs: what was set up is undone. Who sends two is in a hurry.
    Result<void> torn_down = run_line(side.teardown, std::string("the teardown of ") + place.side(), 1);
    SOCKLOCK_TRY(ran);
    return torn_down;
  }

  // The child's exit status; the first signal ends it, or the first but so many.
  int await(ChildProcess& child, std::chrono::milliseconds patience, unsigned let_pass = 0) {
    while (!child.poll()) {
      const int number = signals_.take(kPollMs);
      if (number == 0) continue;
      interrupted_by_ = number;
      if (let_pass-- == 0) return child.end(number, patience);
    }
    return *child.poll();
  }

  // A resumed experiment has the commands of the one before, also those that were mistyped.
  [[nodiscard]] std::string how_to_go_on() const {
    return manifest_.runs.empty() ? "nothing is recorded yet: begin anew in the same folder"
                                  : "what was recorded is kept; --resume goes on";
  }

  // Nothing to do where the line is empty. An error when the status is not 0.
  Result<void> run_line(const std::string& line, const std::string& what, unsigned let_pass = 0) {
    if (line.empty()) return {};
    ChildOptions options;
    options.argv = {"sh", "-c", line};
    options.output_fd = STDERR_FILENO;  // our standard output is for the report
    SOCKLOCK_TRY_ASSIGN(ChildProcess child, ChildProcess::start(options));
    if (const int status = await(child, ChildProcess::kPatience, let_pass); status != 0)
      return fail({fmt::format("{} ended with status {}", what, status), line, how_to_go_on(), ExitCode::kBadInput});
    return {};
  }

  // A name of its own until the run is known to be good.
  [[nodiscard]] std::string partial() const { return (folder_ / "unfinished.slk").string(); }

  Result<void> run_recorder(const std::string& command, const std::string& label, const std::string& trace) {
    std::vector<std::string> arguments{"record", "--quiet", "--overwrite", "-o", partial(), "-l", label};
    if (manifest_.duration_s > 0) arguments.push_back(fmt::format("--duration={}", manifest_.duration_s));
    arguments.insert(arguments.end(), {"--", "sh", "-c", command});
    ChildOptions options = recorder_program(arguments);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    options.input_fd = nothing;  // every run gets the same
    options.output_fd = STDERR_FILENO;
    auto child = ChildProcess::start(options);
    close(nothing);
    if (!child) return fail(std::move(child).error());
    const int status = await(*child, kPatienceWithRecorder);
    if (status == 0 || interrupted_by_ != 0) return {};
    return fail({fmt::format("the recorder ended with status {}", status), trace,
                 "socklock doctor says what this machine allows", static_cast<ExitCode>(status)});
  }

  [[nodiscard]] Result<void> record(const std::string& command, const std::string& label, const std::string& trace) {
    SOCKLOCK_TRY(run_recorder(command, label, trace));
    if (interrupted_by_ != 0) return {};
    SOCKLOCK_TRY_ASSIGN(const Run run, load_run(partial()));
    const WorkloadFacts& workload = run.facts.workload;
    // Ended by the recorder at the end of the time: whatever status that gives.
    const bool ended_by_time =
        manifest_.duration_s > 0 && static_cast<double>(run.duration_ns()) / 1e9 >= manifest_.duration_s * 0.99;
    if (workload.finished && workload.exit_status != 0 && !ended_by_time)
      return fail({fmt::format("the command of {} ended with status {}", label, workload.exit_status), command,
                   how_to_go_on(), ExitCode::kBadInput});
    return {};
  }

  Manifest& manifest_;
  fs::path folder_;
  const ExperimentHooks& hooks_;
  SignalWatch signals_;
  const OrphanWatch orphans_;
  int interrupted_by_ = 0;
};

}  // namespace

Result<ExperimentEnd> run_experiment(Manifest& manifest, const std::string& folder, double confidence,
                                     const ExperimentHooks& hooks) {
  Experiment experiment(manifest, folder, hooks);
  ExperimentEnd end{confidence, 0};
  for (unsigned round = 1; round <= manifest.warmup && !experiment.is_interrupted(); ++round)
    SOCKLOCK_TRY(experiment.run_round(round, true));
  const std::vector<Look> looks = plan_looks(manifest.rounds, confidence);
  for (unsigned round = 1; round <= manifest.rounds && !experiment.is_interrupted(); ++round) {
    SOCKLOCK_TRY(experiment.run_round(round, false));
    const auto look = std::find_if(looks.begin(), looks.end(), [round](const Look& at) { return at.rounds == round; });
    if (!manifest.stop_when_decided || look == looks.end() || experiment.is_interrupted()) continue;
    end.confidence = look->confidence;
    SOCKLOCK_TRY_ASSIGN(const bool decided, hooks.is_decided(look->confidence));
    if (decided) break;
  }
  end.interrupted_by = experiment.interrupted_by();
  return end;
}

}  // namespace socklock::analyzer
