// SPDX-License-Identifier: GPL-2.0-or-later
// Many traces at once, and what a side of a comparison can be named by.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/load/load_run.h"
#include "base/result.h"

namespace socklock::analyzer {

struct LabelledRun;
struct Taxonomy;

// Paths of the traces that `words` name, in this order: a trace itself; a folder, which stands for every
// *.slk in it, by name; a manifest of socklock ab (*.json), which stands for the runs of its side `side`
// ("before" or "after"). Of a folder with a manifest.json in it only that side's runs are meant. Errors: a
// folder without traces, a manifest that can't be read or that leads out of its own folder.
Result<std::vector<std::string>> traces_named(const std::vector<std::string>& words, const std::string& side);

// Sum of the files' sizes; what can't be read counts as nothing.
std::uint64_t bytes_of(const std::vector<std::string>& paths);

// Loads and labels, as many at a time as there are CPUs; in the order of `paths`, and the first error in it.
// Progress is told from several threads, in bytes of all traces together.
Result<std::vector<LabelledRun>> load_runs(const std::vector<std::string>& paths, const Taxonomy& taxonomy,
                                           const LoadOptions& options = {});

struct TwoSides {
  std::vector<LabelledRun> before, after;
};
// Both sides of a comparison at once, so that no CPU waits for the last run of the one. Errors likewise.
Result<TwoSides> load_sides(const std::vector<std::string>& before, const std::vector<std::string>& after,
                            const Taxonomy& taxonomy, const LoadOptions& options = {});

}  // namespace socklock::analyzer
