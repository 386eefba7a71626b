// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/aa_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "analyzer/label/labelled_run.h"

namespace socklock::analyzer {
namespace {

constexpr std::size_t kMaxRunsASide = 10;
constexpr SliceId kHeadlineSlice{.kind = SliceKind::kHeadline};

// The runs with no more slices than are judged.
Side measured(std::span<const LabelledRun> runs, const Taxonomy& taxonomy, WorkUnit unit) {
  Side side = measure_side(runs, taxonomy, unit);
  for (RunMeasures& run : side)
    std::erase_if(run.slices, [](const auto& slice) { return slice.first != kHeadlineSlice; });
  return side;
}

void count(AaStudy& study, Verdict verdict) {
  ++study.deals;
  switch (verdict) {
    case Verdict::kImproved: ++study.improved; break;
    case Verdict::kRegressed: ++study.regressed; break;
    case Verdict::kUnchanged: ++study.unchanged; break;
    case Verdict::kInconclusive: ++study.inconclusive; break;
    case Verdict::kDiffers:
    case Verdict::kNotJudged: ++study.not_judged; break;
  }
}

}  // namespace

Result<AaStudy> study_aa(std::span<const LabelledRun> runs, const Taxonomy& taxonomy, const AaOptions& options) {
  AaStudy study;
  study.runs = runs.size();
  study.runs_a_side = options.runs_a_side > 0 ? options.runs_a_side
                                              : std::min(kMaxRunsASide, std::max<std::size_t>(1, runs.size() / 2));
  if (runs.size() < 2 * study.runs_a_side)
    return fail({fmt::format("{} runs can't be dealt out as {} on each side", runs.size(), study.runs_a_side), "",
                 "name more runs of one and the same side", ExitCode::kNotEnoughData});
  std::vector<const Run*> plain;
  for (const LabelledRun& run : runs) plain.push_back(&run.run);
  study.unit = options.compare.unit.value_or(default_work_unit(plain));
  const Side all = measured(runs, taxonomy, study.unit);
  for (const RunMeasures& run : all)
    if (run.work <= 0)
      return fail({fmt::format("no {} in this run", name_of(study.unit)), "'" + run.run->run.path + "'",
                   "choose another --unit", ExitCode::kNotEnoughData});
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937_64 random(options.compare.criteria.seed);
  for (unsigned deal = 0; deal < options.deals; ++deal) {
    std::shuffle(order.begin(), order.end(), random);
    Side before, after;
    for (std::size_t i = 0; i < study.runs_a_side; ++i) {
      before.push_back(all[order[i]]);
      after.push_back(all[order[study.runs_a_side + i]]);
    }
    const Effect effect =
        estimate(before, after, taxonomy, {kHeadlineSlice, Measure::kWait, study.unit}, options.compare.criteria);
    const bool is_judged = study.runs_a_side >= kMinRuns;
    count(study, is_judged ? judge(effect, effect.p, options.compare.criteria)
                           : describe(effect, effect.p, options.compare.criteria));
  }
  return study;
}

}  // namespace socklock::analyzer
