// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/label/attribute_stacks.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "analyzer/label/apportion.h"
#include "analyzer/label/label_periods.h"
#include "analyzer/label/spread_plan.h"
#include "analyzer/label/spread_waits.h"
#include "analyzer/load/run.h"
#include "analyzer/load/wait_table_builder.h"

namespace socklock::analyzer {
namespace {

bool is_sampled(const WaitKey& key) { return key.stack != kNoStack; }

// Filed by the summary's spill, without anything that would tell what they are like.
bool is_spilled(const WaitKey& key) { return key.lock == kNoLock && key.syscall == 0; }

// Where a row's waits went: the same shares hold for its intervals.
struct Destination {
  std::uint32_t row;
  std::uint64_t contentions;
  std::uint64_t wait_ns;
};

// Waits that are spread by one plan, and so err together.
struct Spread {
  Plan plan;
  Estimate estimate;
  std::unique_ptr<Spreader> spreader;  // none where the sample has nothing like it
  bool is_exact = false;
};

class Attribution {
 public:
  Attribution(Run& run, const RowNaming& naming) : run_(run), naming_(naming), evidence_(run, naming) {}

  // `periods`, where there are any, follow the rows.
  StackSampling run(Periods* periods) {
    sampling_.used = true;
    destinations_.resize(run_.waits.size());
    for (std::size_t row = 0; row < run_.waits.size(); ++row) {
      if (!is_sampled(run_.waits.keys[row])) continue;
      check_path(row);
      keep(row, run_.waits.keys[row]);
    }
    for (std::size_t row = 0; row < run_.waits.size(); ++row)
      if (!is_sampled(run_.waits.keys[row])) attribute(row);
    for (auto& [name, spread] : spreads_)
      if (spread.spreader) finish_estimate(spread);
    split_intervals();
    if (periods != nullptr) split_periods(periods->waits);
    run_.waits = std::move(built_).build();
    return std::move(sampling_);
  }

 private:
  // Whose samples are used, and the class and path that are known without a stack.
  using SpreadKey = std::tuple<PoolKey, std::uint16_t, ClassId, std::optional<CallPath>>;

  void check_path(std::size_t row) {
    const WaitKey& key = run_.waits.keys[row];
    const std::uint64_t contentions = run_.waits.sums[row].contentions;
    sampling_.sampled += contentions;
    if (!naming_.path_is_clear(key)) return;
    WaitKey without = key;
    without.stack = kNoStack;
    sampling_.path_checked += contentions;
    if (naming_.label(without).path != naming_.label(key).path) sampling_.path_disagreed += contentions;
  }

  Spread& spread_for(const Known& known) {
    Plan plan = plan_spread(evidence_, naming_, known);
    const auto path = known.path_clear ? std::optional(known.labels.path) : std::nullopt;
    const SpreadKey name{plan.source, known.path_clear ? known.key.syscall : std::uint16_t{0},
                         known.class_clear ? known.labels.lock_class : kUnclassified, path};
    const auto [entry, is_new] = spreads_.try_emplace(name);
    Spread& spread = entry->second;
    if (!is_new) return spread;
    spread.plan = std::move(plan);
    Estimate& estimate = spread.estimate;
    estimate.draws = spread.plan.draws;
    estimate.wait_draws = spread.plan.wait_draws;
    estimate.never_seen = spread.plan.never_seen;
    estimate.class_clear = known.class_clear;
    estimate.path_clear = known.path_clear;
    for (const PlanGroup& group : spread.plan.groups)
      estimate.groups.push_back({0, group.mass, group.wait_mass, group.wait_squares, group.prior});
    if (!estimate.groups.empty()) spread.spreader = std::make_unique<Spreader>(estimate.groups, estimate);
    spread.is_exact = known.class_clear && known.path_clear &&
                      std::all_of(spread.plan.groups.begin(), spread.plan.groups.end(),
                                  [&known](const PlanGroup& to) { return to.labels.path == known.labels.path; });
    return spread;
  }

  void attribute(std::size_t row) {
    const WaitKey& key = run_.waits.keys[row];
    const WaitSums& sums = run_.waits.sums[row];
    if (is_spilled(key)) {
      sampling_.unknown += sums.contentions;
      return keep(row, key);
    }
    const Known known{key, naming_.label(key), naming_.class_is_clear(key), naming_.path_is_clear(key)};
    Spread& spread = spread_for(known);
    std::uint64_t& count = spread.is_exact   ? sampling_.exact
                           : spread.spreader ? sampling_.estimated
                                             : sampling_.unknown;
    count += sums.contentions;
    if (!spread.spreader) return keep(row, key);
    const EstimatedWaits before = spread.estimate.waits;
    const auto parts = spread.spreader->spread(sums, run_.waits.cells_of(row));
    if (key.thread != kNoThread) count_thread(spread.estimate, key.thread, before);
    for (const Spreader::Part& part : parts) {
      WaitKey to = key;
      to.stack = spread.plan.groups[part.group].key.stack;
      add(row, to, part.sums, part.cells);
    }
  }

  // What the estimate has more than `before` is the thread's.
  static void count_thread(Estimate& estimate, ThreadId thread, const EstimatedWaits& before) {
    const EstimatedWaits& all = estimate.waits;
    estimate.by_thread[thread] +=
        {all.contentions - before.contentions, all.wait_ns - before.wait_ns, all.wait_squares - before.wait_squares};
  }

  void keep(std::size_t row, const WaitKey& key) {
    add(row, key, run_.waits.sums[row], run_.waits.cells_of(row));
    built_.add_sample(destinations_[row].back().row, run_.waits.samples[row]);
  }

  void add(std::size_t from, const WaitKey& key, const WaitSums& sums, std::span<const WaitCell> cells) {
    const std::uint32_t row = built_.row(key);
    built_.add(row, sums);
    for (const WaitCell& cell : cells) built_.add_cell(row, cell.bucket, cell.count);
    destinations_[from].push_back({row, sums.contentions, sums.wait_ns});
  }

  void finish_estimate(Spread& spread) {
    for (std::size_t i = 0; i < spread.plan.groups.size(); ++i)
      spread.estimate.groups[i].row = built_.row(spread.plan.groups[i].key);
    spread.spreader.reset();
    sampling_.estimates.push_back(std::move(spread.estimate));
  }

  void split_intervals() {
    std::vector<std::optional<Apportioner>> counts(destinations_.size()), waits(destinations_.size());
    std::vector<IntervalWait> split;
    for (Interval& interval : run_.intervals) {
      const std::size_t first = split.size();
      for (const IntervalWait& wait : run_.waits_of(interval)) split_wait(wait, counts, waits, split);
      interval.first_wait = first;
      interval.wait_count = split.size() - first;
    }
    run_.interval_waits = std::move(split);
  }

  void split_wait(const IntervalWait& wait, std::vector<std::optional<Apportioner>>& counts,
                  std::vector<std::optional<Apportioner>>& waits, std::vector<IntervalWait>& split) const {
    const std::vector<Destination>& to = destinations_[wait.row];
    if (to.size() == 1) {
      split.push_back({to[0].row, wait.contentions, wait.wait_ns});
      return;
    }
    if (!counts[wait.row]) {
      std::vector<double> by_count, by_wait;
      const WaitSums& all = run_.waits.sums[wait.row];
      for (const Destination& part : to) {
        by_count.push_back(static_cast<double>(part.contentions) / static_cast<double>(all.contentions));
        by_wait.push_back(all.wait_ns == 0 ? by_count.back()
                                           : static_cast<double>(part.wait_ns) / static_cast<double>(all.wait_ns));
      }
      counts[wait.row].emplace(std::move(by_count));
      waits[wait.row].emplace(std::move(by_wait));
    }
    const auto contentions = counts[wait.row]->split(wait.contentions);
    const auto wait_ns = waits[wait.row]->split(wait.wait_ns);
    for (std::size_t i = 0; i < to.size(); ++i)
      if (contentions[i] > 0 || wait_ns[i] > 0) split.push_back({to[i].row, contentions[i], wait_ns[i]});
  }

  // Sums of a period are those of its intervals, and exact; whose what gave up and what is in the histogram is, follows
  // the shares of the contentions.
  void split_periods(std::vector<PeriodWait>& waits) const {
    std::vector<std::optional<Apportioner>> shares(destinations_.size());
    std::vector<PeriodWait> split;
    for (PeriodWait& wait : waits) {
      const std::vector<Destination>& to = destinations_[wait.row];
      if (to.size() == 1) {
        wait.row = to[0].row;
        split.push_back(std::move(wait));
        continue;
      }
      if (!shares[wait.row]) {
        std::vector<double> by_count;
        for (const Destination& part : to)
          by_count.push_back(static_cast<double>(part.contentions) /
                             static_cast<double>(run_.waits.sums[wait.row].contentions));
        shares[wait.row].emplace(std::move(by_count));
      }
      split_period(wait, to, *shares[wait.row], split);
    }
    waits = std::move(split);
  }

  static void split_period(const PeriodWait& wait, const std::vector<Destination>& to, Apportioner& shares,
                           std::vector<PeriodWait>& split) {
    const std::size_t first = split.size();
    const auto gave_up = shares.split(wait.sums.gave_up);
    for (std::size_t i = 0; i < to.size(); ++i) {
      split.push_back({wait.period, to[i].row, wait.sums, {}});
      split.back().sums.gave_up = gave_up[i];
    }
    for (const WaitCell& cell : wait.cells) {
      const auto counts = shares.split(cell.count);
      for (std::size_t i = 0; i < to.size(); ++i)
        if (counts[i] > 0) split[first + i].cells.push_back({cell.bucket, counts[i]});
    }
    const auto begin = split.begin() + static_cast<std::ptrdiff_t>(first);
    split.erase(std::remove_if(begin, split.end(),
                               [](const PeriodWait& part) { return part.cells.empty() && part.sums.gave_up == 0; }),
                split.end());
  }

  Run& run_;
  const RowNaming& naming_;
  StackEvidence evidence_;
  StackSampling sampling_;
  std::map<SpreadKey, Spread> spreads_;
  std::vector<std::vector<Destination>> destinations_;
  WaitTableBuilder built_;
};

}  // namespace

StackSampling attribute_stacks(Run& run, const RowNaming& naming) { return attribute_stacks(run, naming, nullptr); }

StackSampling attribute_stacks(Run& run, const RowNaming& naming, Periods* periods) {
  if (!run.facts.stacks_sampled) return {};
  return Attribution(run, naming).run(periods);
}

}  // namespace socklock::analyzer
