// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/experiment/experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>

#include "analyzer/compare/sequential.h"
#include "analyzer/experiment/run_commands.h"
#include "analyzer/load/load_run.h"
#include "analyzer/load/run.h"

namespace socklock::analyzer {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

class Experiment {
 public:
  Experiment(Manifest& manifest, fs::path folder, const ExperimentHooks& hooks)
      : manifest_(manifest), folder_(std::move(folder)), hooks_(hooks) {}

  [[nodiscard]] Result<void> run_round(unsigned round, bool warms_up) {
    const bool before_first = is_before_first(manifest_, warms_up ? manifest_.rounds + round : round);
    for (const bool before : {before_first, !before_first}) {
      if (InterruptWatch::signal() != 0) return {};
      SOCKLOCK_TRY(run_once(round, before, warms_up));
    }
    return {};
  }

 private:
  [[nodiscard]] bool is_done(const std::string& trace) const {
    return std::any_of(manifest_.runs.begin(), manifest_.runs.end(),
                       [&trace](const ExperimentRun& run) { return run.trace == trace; });
  }

  void show_progress(const std::string& next) const {
    double seconds = 0;
    for (const ExperimentRun& run : manifest_.runs) seconds += run.seconds;
    Progress progress;
    progress.done = static_cast<unsigned>(manifest_.runs.size());
    progress.planned = 2 * (manifest_.rounds + manifest_.warmup);
    progress.next = next;
    if (progress.done > 0) progress.seconds_left = seconds / progress.done * (progress.planned - progress.done);
    if (hooks_.progress) hooks_.progress(progress);
  }

  [[nodiscard]] Result<void> run_once(unsigned round, bool before, bool warms_up) {
    const ExperimentSide& side = before ? manifest_.before : manifest_.after;
    const std::string name = before ? "before" : "after";
    const std::string trace = fmt::format("{}{}-{:02}.slk", warms_up ? "warmup-" : "", name, round);
    if (is_done(trace)) return {};
    show_progress(fmt::format("{} {} of {}, {}", warms_up ? "warm-up" : "round", round,
                              warms_up ? manifest_.warmup : manifest_.rounds, name));
    const auto begin = Clock::now();
    SOCKLOCK_TRY(run_line(side.setup, "the setup of " + name));
    const Result<void> recorded = record(side.command, name, trace);
    const Result<void> torn_down = run_line(side.teardown, "the teardown of " + name);
    if (InterruptWatch::signal() != 0) return {};
    SOCKLOCK_TRY(recorded);
    SOCKLOCK_TRY(torn_down);
    std::error_code error;
    fs::rename(partial(), folder_ / trace, error);
    if (error) return fail({"cannot rename: " + error.message(), "'" + partial() + "'", ""});
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    manifest_.runs.push_back({warms_up ? 0 : round, warms_up ? "warmup" : name, trace, seconds});
    return write_manifest(manifest_, (folder_ / "manifest.json").string());
  }

  // A name of its own until the run is known to be good.
  [[nodiscard]] std::string partial() const { return (folder_ / "unfinished.slk").string(); }

  [[nodiscard]] Result<void> record(const std::string& command, const std::string& label, const std::string& trace) {
    std::vector<std::string> arguments{recorder_path(), "record", "--quiet", "--overwrite", "-o",
                                       partial(),       "-l",     label};
    if (manifest_.duration_s > 0) {
      arguments.emplace_back("-d");
      arguments.push_back(fmt::format("{}", manifest_.duration_s));
    }
    arguments.insert(arguments.end(), {"--", "sh", "-c", command});
    SOCKLOCK_TRY_ASSIGN(const int status, run_program(arguments));
    if (status != 0)
      return fail({fmt::format("the recorder ended with status {}", status), trace,
                   "socklock doctor says what this machine allows",
                   status == 127 ? ExitCode::kUsage : static_cast<ExitCode>(status)});
    SOCKLOCK_TRY_ASSIGN(const Run run, load_run(partial()));
    const WorkloadFacts& workload = run.facts.workload;
    const bool ended_by_time = manifest_.duration_s > 0 && workload.exit_status == 128 + SIGTERM;
    if (workload.finished && workload.exit_status != 0 && !ended_by_time)
      return fail({fmt::format("the command of {} ended with status {}", label, workload.exit_status), command,
                   "what was recorded is kept; --resume goes on", ExitCode::kBadInput});
    return {};
  }

  Manifest& manifest_;
  fs::path folder_;
  const ExperimentHooks& hooks_;
};

}  // namespace

Result<ExperimentEnd> run_experiment(Manifest& manifest, const std::string& folder, double confidence,
                                     const ExperimentHooks& hooks) {
  const InterruptWatch watch;
  Experiment experiment(manifest, folder, hooks);
  ExperimentEnd end{confidence, 0};
  for (unsigned round = 1; round <= manifest.warmup; ++round) SOCKLOCK_TRY(experiment.run_round(round, true));
  const std::vector<Look> looks = plan_looks(manifest.rounds, confidence);
  for (unsigned round = 1; round <= manifest.rounds && InterruptWatch::signal() == 0; ++round) {
    SOCKLOCK_TRY(experiment.run_round(round, false));
    const auto look = std::find_if(looks.begin(), looks.end(), [round](const Look& at) { return at.rounds == round; });
    if (!manifest.stop_when_decided || look == looks.end() || InterruptWatch::signal() != 0) continue;
    end.confidence = look->confidence;
    SOCKLOCK_TRY_ASSIGN(const bool decided, hooks.is_decided(look->confidence));
    if (decided) break;
  }
  end.interrupted_by = InterruptWatch::signal();
  return end;
}

}  // namespace socklock::analyzer
