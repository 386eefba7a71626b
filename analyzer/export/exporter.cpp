// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/export/exporter.h"

#include <algorithm>
#include <array>

#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/conditions.h"

namespace socklock::analyzer {

// Each defined beside what it writes.
extern const Exporter kFoldedExporter, kPprofExporter, kSpeedscopeExporter, kPerfettoExporter, kCsvExporter,
    kOpenMetricsExporter, kBenchstatExporter;

namespace {

constexpr std::array kExporters{&kFoldedExporter, &kPprofExporter,       &kSpeedscopeExporter, &kPerfettoExporter,
                                &kCsvExporter,    &kOpenMetricsExporter, &kBenchstatExporter};

}  // namespace

std::span<const Exporter* const> exporters() { return kExporters; }

const Exporter* find_exporter(std::string_view name) {
  const auto* const found = std::find_if(kExporters.begin(), kExporters.end(),
                                         [&](const Exporter* exporter) { return exporter->name == name; });
  return found == kExporters.end() ? nullptr : *found;
}

std::string path_for_side(const std::string& path, const std::string& side) {
  const std::size_t folder = path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1;
  const std::size_t dot = std::min(path.find('.', folder + 1), path.size());
  return path.substr(0, dot) + "-" + side + path.substr(dot);
}

WorkUnit ExportRequest::work_unit() const {
  if (unit) return *unit;
  std::vector<const Run*> runs;
  for (const ExportSide& side : sides)
    for (const LabelledRun& run : side.runs) runs.push_back(&run.run);
  return default_work_unit(runs);
}

Result<std::vector<StackProfile>> ExportRequest::profiles() const {
  std::optional<WorkUnit> per = unit;
  if (sides.size() > 1) per = work_unit();
  std::vector<StackProfile> profiles;
  for (const ExportSide& side : sides) {
    SOCKLOCK_TRY_ASSIGN(StackProfile profile, stack_profile(side.runs, per));
    if (!side.name.empty()) profile.name = side.name;
    for (const std::string& condition : condition_texts(filter)) profile.scale += "; only " + condition;
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

}  // namespace socklock::analyzer
