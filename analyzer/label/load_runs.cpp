// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/label/load_runs.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "base/out_of_memory.h"
#include "base/small_file.h"

namespace socklock::analyzer {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<std::string>;

constexpr std::size_t kMaxManifestBytes = 16U << 20;

Error bad_manifest(const fs::path& path, const std::string& what) {
  return {what, "'" + path.string() + "'", "a manifest is what socklock ab writes", ExitCode::kBadInput};
}

// A name in a manifest is untrusted: it stays in the manifest's folder.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name.find('/') == std::string::npos && name != "." && name != "..";
}

Result<Paths> traces_of_manifest(const fs::path& path, const std::string& side) {
  SOCKLOCK_TRY_ASSIGN(const SmallFile file,
                      read_small_file(path.string(), {.most_bytes = kMaxManifestBytes, .is_regular = true}));
  const auto manifest = nlohmann::json::parse(file.text, nullptr, false);
  if (!manifest.is_object() || !manifest.contains("runs") || !manifest["runs"].is_array())
    return fail(bad_manifest(path, "not a manifest"));
  Paths paths;
  for (const auto& run : manifest["runs"]) {
    if (!run.is_object()) return fail(bad_manifest(path, "not a manifest"));
    // Runs of hosts are of whichever side their folder is named for, and may have failed.
    if (run.contains("side") && run["side"] != side) continue;
    if (!run.contains("side") && run.contains("error")) continue;
    const auto name = run.value("trace", nlohmann::json());
    if (!name.is_string() || !is_plain_name(name.get<std::string>()))
      return fail(bad_manifest(path, "a run's trace is no file name"));
    paths.push_back((path.parent_path() / name.get<std::string>()).string());
  }
  if (paths.empty()) return fail(bad_manifest(path, "no run of the side '" + side + "'"));
  return paths;
}

Result<Paths> traces_of_folder(const fs::path& folder, const std::string& side) {
  Paths paths;
  std::error_code error;
  if (fs::exists(folder / "manifest.json", error)) return traces_of_manifest(folder / "manifest.json", side);
  if (error)
    return fail({"cannot look into: " + error.message(), "'" + folder.string() + "'", "", ExitCode::kBadInput});
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().extension() == ".slk") paths.push_back(entry->path().string());
  if (error) return fail({"cannot list: " + error.message(), "'" + folder.string() + "'", "", ExitCode::kBadInput});
  if (paths.empty())
    return fail({"no traces (*.slk) in this folder", "'" + folder.string() + "'", "", ExitCode::kBadInput});
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

Result<Paths> traces_named(const Paths& words, const std::string& side) {
  Paths paths;
  for (const std::string& word : words) {
    std::error_code ignored;  // what does not exist is for load_run to say
    Paths more{word};
    if (fs::is_directory(word, ignored)) {
      SOCKLOCK_TRY_ASSIGN(more, traces_of_folder(word, side));
    } else if (fs::path(word).extension() == ".json") {
      SOCKLOCK_TRY_ASSIGN(more, traces_of_manifest(word, side));
    }
    paths.insert(paths.end(), more.begin(), more.end());
  }
  return paths;
}

std::uint64_t bytes_of(const Paths& paths) {
  std::uint64_t sum = 0;
  for (const std::string& path : paths) {
    std::error_code error;
    if (const auto bytes = fs::file_size(path, error); !error) sum += bytes;
  }
  return sum;
}

Result<std::vector<LabelledRun>> load_runs(const Paths& paths, const Taxonomy& taxonomy, const LoadOptions& options) {
  std::vector<std::optional<Result<LabelledRun>>> loaded(paths.size());
  std::atomic<std::size_t> next = 0;
  std::atomic<std::uint64_t> bytes_read = 0;
  const std::size_t cpus = std::max(1U, std::thread::hardware_concurrency());
  const auto work = [&] {
    for (std::size_t i = next++; i < paths.size(); i = next++) {
      LoadOptions one{.source = options.source,
                      .range = options.range,
                      .min_wait_ns = options.min_wait_ns,
                      .cpus = options.cpus,
                      .threads = options.threads,
                      .budget_bytes = options.budget_bytes};
      if (one.threads == 0 && paths.size() >= cpus) one.threads = 1;  // each CPU has a trace of its own
      if (options.progress)
        one.progress = [&, of_this = std::uint64_t{0}](std::uint64_t position) mutable {
          bytes_read += position - of_this;
          of_this = position;
          return options.progress(bytes_read);
        };
      loaded[i].emplace(within_memory([&]() -> Result<LabelledRun> {
        SOCKLOCK_TRY_ASSIGN(auto run, load_run(paths[i], one));
        return label(std::move(run), taxonomy);
      }));
    }
  };
  std::vector<std::thread> workers;  // not jthread, which libc++ has as an experiment only
  try {
    for (std::size_t i = 1; i < std::min(cpus, paths.size()); ++i) workers.emplace_back(work);
  } catch (const std::exception&) {
    // No more threads, or memory for one, are to be had (RLIMIT_NPROC, RLIMIT_AS): fewer do.
  }
  work();
  for (std::thread& worker : workers) worker.join();
  std::vector<LabelledRun> runs;
  for (auto& run : loaded) {
    if (!*run) return fail(std::move(*run).error());
    runs.push_back(**std::move(run));
  }
  return runs;
}

Result<TwoSides> load_sides(const Paths& before, const Paths& after, const Taxonomy& taxonomy,
                            const LoadOptions& options) {
  Paths paths = before;
  paths.insert(paths.end(), after.begin(), after.end());
  SOCKLOCK_TRY_ASSIGN(auto runs, load_runs(paths, taxonomy, options));
  const auto after_begin = runs.begin() + static_cast<std::ptrdiff_t>(before.size());
  return TwoSides{{std::make_move_iterator(runs.begin()), std::make_move_iterator(after_begin)},
                  {std::make_move_iterator(after_begin), std::make_move_iterator(runs.end())}};
}

}  // namespace socklock::analyzer
