// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/cpu_profile.h"

#include <algorithm>
#include <map>

#include "analyzer/label/labelled_run.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

std::vector<CpuSlice> sorted(const std::map<std::string, std::uint64_t>& samples) {
  std::vector<CpuSlice> slices;
  for (const auto& [name, count] : samples) slices.push_back({name, count});
  std::stable_sort(slices.begin(), slices.end(),
                   [](const CpuSlice& a, const CpuSlice& b) { return a.samples > b.samples; });
  return slices;
}

}  // namespace

CpuSlices cpu_slices(const LabelledRun& run) {
  const CpuProfile& profile = run.run.cpu_profile;
  CpuSlices slices;
  slices.all = slices.user = profile.user_samples;
  std::map<std::string, std::uint64_t> paths, functions;
  for (std::size_t i = 0; i < profile.kernel.size(); ++i) {
    const auto& [stack, samples] = profile.kernel[i];
    slices.all += samples;
    paths[std::string(name_of(run.cpu_paths[i]))] += samples;
    const auto& frames = run.run.dictionaries.at(stack).frames;
    functions[frames.empty() ? "(no stack)" : display_name(run.run.dictionaries.at(frames.front()))] += samples;
  }
  slices.by_path = sorted(paths);
  slices.by_function = sorted(functions);
  return slices;
}

double cpu_ns(const Run& run, std::uint64_t samples) {
  return run.cpu_profile.hz == 0 ? 0
                                 : static_cast<double>(samples) * static_cast<double>(kNsPerSecond) /
                                       static_cast<double>(run.cpu_profile.hz);
}

}  // namespace socklock::analyzer
