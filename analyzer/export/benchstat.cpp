// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/export/benchstat.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analyzer/compare/sides.h"
#include "analyzer/export/exporter.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/conditions.h"
#include "base/text.h"

namespace socklock::analyzer {
namespace {

// The word after "Benchmark": no blanks, and nothing that benchstat takes for a part of its own.
std::string name_of(SliceId slice, const Taxonomy& taxonomy) {
  switch (slice.kind) {
    case SliceKind::kAll: return "AllLocks";
    case SliceKind::kHeadline: return "SocketLayerLocks";
    case SliceKind::kClass: return fmt::format("Lock/class={}", taxonomy.at(slice.lock_class).name);
    case SliceKind::kClassPath:
      return fmt::format("Lock/class={}/path={}", taxonomy.at(slice.lock_class).name,
                         socklock::analyzer::name_of(slice.path));
    default: return "";
  }
}

std::string one_line(std::string text) {
  text = printable(text);
  std::replace(text.begin(), text.end(), '?', ' ');
  return text;
}

// benchstat compares what has the same settings, file by file: what may differ between sides is a comment, or its
// tables would have one side each. Two sides in one file are distinguished by "side".
std::string settings(const ExportSide& side, const Run& run, WorkUnit unit) {
  const HostFacts& host = run.facts.host;
  std::string text = fmt::format("goos: {}\ngoarch: {}\npkg: socklock\n",
                                 run.facts.knows.system == trace::System::kFreebsd ? "freebsd" : "linux",
                                 host.machine == "x86_64"    ? "amd64"
                                 : host.machine == "aarch64" ? "arm64"
                                                             : one_line(host.machine));
  if (!host.cpu_model.empty()) text += fmt::format("cpu: {}\n", one_line(host.cpu_model));
  if (!side.name.empty()) text += fmt::format("side: {}\n", side.name);
  text += fmt::format("# kernel {}; label {}\n", one_line(host.kernel_release), one_line(run.facts.label));
  return text + fmt::format("Unit wait-ns/{0} better=lower\nUnit contentions/{0} better=lower\n", singular_of(unit));
}

std::string line(SliceId slice, const RunMeasures& measures, const Taxonomy& taxonomy, WorkUnit unit) {
  const auto found = measures.slices.find(slice);
  const WaitSums sums = found == measures.slices.end() ? WaitSums{} : found->second.sums;
  // The tail is what Go calls GOMAXPROCS: without one, benchstat would take a class's last figure for it.
  return fmt::format("Benchmark{}-{} {} {} wait-ns/{} {} contentions/{}\n", name_of(slice, taxonomy),
                     std::max(1U, measures.run->run.facts.host.cpus_online), std::llround(std::max(1.0, measures.work)),
                     static_cast<double>(sums.wait_ns) / measures.work, singular_of(unit),
                     static_cast<double>(sums.contentions) / measures.work, singular_of(unit));
}

}  // namespace

Result<std::string> benchstat(std::span<const ExportSide> sides, const Taxonomy& taxonomy, WorkUnit unit) {
  std::vector<Side> measured;
  std::set<SliceId> slices;
  for (const ExportSide& side : sides) {
    for (const RunMeasures& run : measured.emplace_back(measure_side(side.runs, taxonomy, unit))) {
      if (run.work <= 0) return fail(no_work(run.run->run, unit));
      for (const auto& [slice, stats] : run.slices)
        if (!name_of(slice, taxonomy).empty()) slices.insert(slice);
    }
  }
  std::string text;
  for (std::size_t i = 0; i < sides.size(); ++i)
    for (const RunMeasures& run : measured[i]) {
      text += settings(sides[i], run.run->run, unit);
      for (const SliceId slice : slices) text += line(slice, run, taxonomy, unit);
    }
  return text;
}

namespace {

ExportFiles export_benchstat(const ExportRequest& request) {
  SOCKLOCK_TRY_ASSIGN(std::string text, benchstat(request.sides, request.taxonomy, request.work_unit()));
  for (const std::string& condition : condition_texts(request.filter))
    text.insert(0, fmt::format("# only {}\n", one_line(condition)));
  return std::vector{ExportFile{std::move(text)}};
}

}  // namespace

extern const Exporter kBenchstatExporter{"benchstat", "Go benchmark lines: a second opinion on a verdict", false,
                                         export_benchstat};

}  // namespace socklock::analyzer
