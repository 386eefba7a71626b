// SPDX-License-Identifier: GPL-2.0-or-later
// socklock ab: plan, record runs of both sides interleaved, compare.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "analyzer/cli/compare_verb.h"
#include "analyzer/experiment/experiment.h"
#include "analyzer/experiment/recorder_program.h"
#include "base/atomic_file.h"
#include "base/text.h"

namespace socklock::analyzer {
namespace {

namespace fs = std::filesystem;

Manifest planned(const Arguments& arguments) {
  const AbArguments& ab = arguments.ab;
  Manifest manifest;
  manifest.before = {ab.before, ab.setup_before, ab.teardown_before};
  manifest.after = {ab.after, ab.setup_after, ab.teardown_after};
  manifest.rounds = ab.rounds;
  manifest.warmup = ab.warmup;
  manifest.duration_s = ab.duration_s;
  manifest.seed = arguments.seed;
  manifest.stop_when_decided = ab.stop_when_decided;
  return manifest;
}

// Whether anything of an earlier experiment would be mixed up with this one's.
bool has_runs(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().extension() == ".slk" && entry->path().filename() != "unfinished.slk") return true;
  return false;
}

// Before anything is made: an experiment takes minutes, and root.
Result<void> check_rights() {
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  ChildOptions options = recorder_program({"doctor", "--require-level", "1"});
  options.output_fd = options.error_fd = nothing;
  const auto status = run_to_end(options);
  close(nothing);
  if (!status) return fail({status.error().message(), "", "install socklock-record beside socklock", ExitCode::kUsage});
  if (*status == 0) return {};
  return fail({"nothing can be recorded here", "", "socklock doctor says why", static_cast<ExitCode>(*status)});
}

// The manifest of a new experiment, or of the one to go on with.
Result<Manifest> begin(const Arguments& arguments) {
  const AbArguments& ab = arguments.ab;
  const std::string path = (fs::path(ab.folder) / "manifest.json").string();
  std::error_code error;
  const bool exists = fs::exists(path, error);
  if (ab.resume && !exists)
    return fail({"nothing to resume", "'" + path + "'", "leave out --resume", ExitCode::kUsage});
  if (ab.resume) return read_manifest(path);
  // One that failed before its first run, by a mistyped command for one, may be begun anew.
  const auto earlier = exists ? read_manifest(path) : Result<Manifest>(Manifest{});
  if (!earlier || !earlier->runs.empty() || has_runs(ab.folder))
    return fail({"there are runs in this folder already", "'" + ab.folder + "'",
                 "--resume goes on with an experiment; or name another folder", ExitCode::kUsage});
  if (ab.before.empty() || ab.after.empty())
    return fail({"an experiment needs --before COMMAND and --after COMMAND", "", "", ExitCode::kUsage});
  SOCKLOCK_TRY(check_rights());
  SOCKLOCK_TRY(make_folder(ab.folder));
  const Manifest manifest = planned(arguments);
  SOCKLOCK_TRY(write_manifest(manifest, path));
  return manifest;
}

void clear_progress() {
  if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\033[K");
}

void show(const Progress& progress) {
  if (isatty(STDERR_FILENO) == 0) return;
  const std::string left =
      progress.seconds_left > 0 ? fmt::format(", about {:.0f} s left", progress.seconds_left) : std::string();
  clear_progress();
  fmt::print(stderr, "{} ({} of {} runs done{})", progress.next, progress.done, progress.planned, left);
  std::fflush(stderr);
}

void note(const std::string& text) {
  clear_progress();
  fmt::print(stderr, "socklock ab: {}\n", printable(text));
}

// What socklock compare finds in the folder.
Result<Compared> compared(const Arguments& arguments, double confidence) {
  Arguments of_folder = arguments;
  of_folder.files = {arguments.ab.folder};
  of_folder.after = {arguments.ab.folder};
  of_folder.confidence_percent = 100 * confidence;
  return compare_runs(of_folder);
}

Result<bool> is_decided(const Arguments& arguments, double confidence) {
  SOCKLOCK_TRY_ASSIGN(const Compared found, compared(arguments, confidence));
  return analyzer::is_decided(found.comparison.headline.verdict);
}

std::string confidence_note(const Manifest& manifest, double confidence, double asked) {
  if (!manifest.stop_when_decided || confidence <= asked) return "";
  return fmt::format(
      "\nJudged at {:.4g}% instead of {:.4g}%: the verdict was looked at while the experiment ran\n(alpha spending "
      "of "
      "Lan and DeMets, O'Brien and Fleming's kind).\n",
      100 * confidence, 100 * asked);
}

}  // namespace

Result<Outcome> ab_verb(const Arguments& arguments) {
  SOCKLOCK_TRY_ASSIGN(Manifest manifest, begin(arguments));
  const double asked = arguments.confidence_percent / 100;
  const ExperimentHooks hooks{show, note, [&](double confidence) { return is_decided(arguments, confidence); }};
  const auto end = run_experiment(manifest, arguments.ab.folder, asked, hooks);
  clear_progress();
  SOCKLOCK_TRY(end);
  if (end->interrupted_by != 0) {
    fmt::print(stderr, "socklock ab: interrupted; what was recorded is kept\nhint: socklock ab --resume '{}' goes on\n",
               printable(arguments.ab.folder));
    return Outcome{"", static_cast<ExitCode>(128 + end->interrupted_by)};
  }
  const fs::path folder = arguments.ab.folder;
  SOCKLOCK_TRY_ASSIGN(const Compared found, compared(arguments, end->confidence));
  SOCKLOCK_TRY_ASSIGN(std::string json, rendered(found, *format_named("json"), arguments.compare_limit));
  SOCKLOCK_TRY_ASSIGN(std::string text, rendered(found, *format_named("text"), arguments.compare_limit));
  text += confidence_note(manifest, end->confidence, asked);
  SOCKLOCK_TRY(write_file((folder / "report.json").string(), json, {.replaces = true}));
  SOCKLOCK_TRY(write_file((folder / "report.txt").string(), text, {.replaces = true}));
  return Outcome{arguments.json ? std::move(json) : std::move(text), found.exit_code};
}

}  // namespace socklock::analyzer
