// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/export/stack_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "analyzer/label/labelled_run.h"
#include "base/text.h"

namespace socklock::analyzer {
namespace {

struct Key {
  std::vector<std::uint32_t> functions;
  ClassId lock_class;
  CallPath path;
  Context context;
  // Written out: libc++ before 17 has no <=> of vectors.
  bool operator<(const Key& other) const {
    return std::tie(functions, lock_class, path, context) <
           std::tie(other.functions, other.lock_class, other.path, other.context);
  }
};

struct SampleValues {
  double contentions = 0;
  double wait_ns = 0;
};

class Builder {
 public:
  void add(const LabelledRun& labelled, double scale) {
    const Run& run = labelled.run;
    for (std::size_t row = 0; row < run.waits.size(); ++row) {
      const WaitLabels& labels = labelled.labels[row];
      SampleValues& values = values_[{stack_of(run.dictionaries, run.waits.keys[row].stack), labels.lock_class,
                                      labels.path, labels.context}];
      values.contentions += static_cast<double>(run.waits.sums[row].contentions) * scale;
      values.wait_ns += static_cast<double>(run.waits.sums[row].wait_ns) * scale;
    }
  }

  StackProfile build() && {
    StackProfile profile;
    profile.functions = std::move(functions_);
    for (auto& [key, values] : values_) {
      const auto contentions = static_cast<std::uint64_t>(std::llround(values.contentions));
      const auto wait_ns = static_cast<std::uint64_t>(std::llround(values.wait_ns));
      if (contentions > 0 || wait_ns > 0)
        profile.entries.push_back({key.functions, key.lock_class, key.path, key.context, contentions, wait_ns});
    }
    std::stable_sort(profile.entries.begin(), profile.entries.end(),
                     [](const StackEntry& a, const StackEntry& b) { return a.wait_ns > b.wait_ns; });
    return profile;
  }

 private:
  std::uint32_t number_of(const Function& function) {
    const auto [entry, is_new] =
        numbers_.try_emplace({function.symbol, function.module}, static_cast<std::uint32_t>(functions_.size()));
    if (is_new) functions_.push_back(function);
    return entry->second;
  }

  std::vector<std::uint32_t> stack_of(const Dictionaries& dictionaries, StackId id) {
    std::vector<std::uint32_t> functions;
    const auto& frames = dictionaries.at(id).frames;
    for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame)
      functions.push_back(number_of(dictionaries.at(*frame)));
    if (functions.empty()) functions.push_back(number_of({"(no call stack)", ""}));
    return functions;
  }

  std::map<std::pair<std::string, std::string>, std::uint32_t> numbers_;
  std::vector<Function> functions_;
  std::map<Key, SampleValues> values_;
};

}  // namespace

Result<StackProfile> stack_profile(std::span<const LabelledRun> runs, std::optional<WorkUnit> per_million) {
  Builder builder;
  std::uint64_t duration_ns = 0;
  for (const LabelledRun& run : runs) {
    double scale = 1;
    if (per_million) {
      const double work = work_in(run.run, *per_million);
      if (work <= 0) return fail(no_work(run.run, *per_million));
      scale = 1e6 / (work * static_cast<double>(runs.size()));
    }
    builder.add(run, scale);
    if (run.run.facts.knows.duration) duration_ns += run.run.duration_ns();
  }
  StackProfile profile = std::move(builder).build();
  const char* const plural = runs.size() == 1 ? "" : "s";
  profile.scale = per_million
                      ? fmt::format("for a million {}, mean of {} run{}", name_of(*per_million), runs.size(), plural)
                      : fmt::format("sums over {} run{}", runs.size(), plural);
  profile.duration_ns = duration_ns;
  if (!runs.empty()) {
    profile.wall_start_ns = runs.front().run.facts.wall_start_ns;
    profile.name = printable(runs.front().run.facts.label);
  }
  return profile;
}

std::uint64_t value_of(const StackEntry& entry, ProfileMeasure measure) {
  return measure == ProfileMeasure::kWait ? entry.wait_ns : entry.contentions;
}

}  // namespace socklock::analyzer
