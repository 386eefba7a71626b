// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/whatif/what_if.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "analyzer/compare/statistics.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

constexpr double kConfidence = 0.95;
constexpr double kChecksWithin = 2;
// Half busy: then it is not CPUs that bound how fast work gets done.
constexpr double kHalfBusy = 0.5;

double quotient(double part, double whole) { return whole > 0 ? part / whole : 0; }

// One figure of every run, and what share of it becomes of it. A run where it is 0 says nothing.
struct Series {
  std::vector<double> before;
  std::vector<Range> model;      // left, as the model says
  std::vector<Range> by_factor;  // low and high by the model factor, too
  void add(double of_run, const Range& after, const Range& after_by_factor) {
    before.push_back(of_run);
    if (of_run <= 0) return;
    model.push_back(after * (1 / of_run));
    by_factor.push_back(after_by_factor * (1 / of_run));
  }
};

Prospect operator*(const Prospect& prospect, double by) {
  return {prospect.model * by, prospect.low * by, prospect.high * by};
}

double mean_of(const std::vector<double>& values) { return mean(values); }

// Runs weigh the same on the log, as their work differs; of zeros there is no log.
double middle(const std::vector<double>& values) {
  double logs = 0;
  for (const double value : values) {
    if (value <= 0) return mean_of(values);
    logs += std::log(value);
  }
  return values.empty() ? 0 : std::exp(logs / static_cast<double>(values.size()));
}

// Half the width of the interval of the mean of the logs.
double log_half_width(const std::vector<double>& values) {
  std::vector<double> logs;
  for (const double value : values)
    if (value > 0) logs.push_back(std::log(value));
  if (logs.size() < 2) return 0;
  const MeanInterval interval = mean_interval(logs, kConfidence);
  return (interval.high - interval.low) / 2;
}

Prospect left_of(const Series& series, double blocks_half_width) {
  const auto column = [](const std::vector<Range>& ranges, double Range::*member) {
    std::vector<double> values;
    for (const Range& range : ranges) values.push_back(range.*member);
    return values;
  };
  Prospect prospect;
  const auto estimates = column(series.model, &Range::estimate);
  prospect.model = {middle(column(series.model, &Range::low)), middle(estimates),
                    middle(column(series.model, &Range::high))};
  const double half = series.before.size() < 2 ? blocks_half_width : log_half_width(estimates);
  prospect.low = middle(column(series.by_factor, &Range::low)) * std::exp(-half);
  prospect.high = middle(column(series.by_factor, &Range::high)) * std::exp(half);
  return prospect;
}

// ---- Speed ----------------------------------------------------------------------------------------------------------

struct RunSpeed {
  double high = 1;
  SpeedBound bound = SpeedBound::kNone;
};

// `saved_ns`: wait of the run that would be gone; of that, what spun.
RunSpeed speed_of(const RunUse& run, double saved_ns, double saved_spinning_ns) {
  const double cpu_ns = run.cpus * run.duration_ns;
  RunSpeed speed;
  if (cpu_ns <= 0 || run.cpu_busy_ns <= 0) return speed;
  const double left_busy_ns = std::max(run.cpu_busy_ns - saved_spinning_ns, 0.01 * cpu_ns);
  speed.bound = SpeedBound::kCpu;
  speed.high = std::max(1.0, cpu_ns / left_busy_ns);
  if (run.cpu_busy_ns >= kHalfBusy * cpu_ns) {
    // Who sleeps while he waits leaves his CPU to others: on busy CPUs nothing is gained.
    if (saved_spinning_ns <= 0) speed.high = 1;
    return speed;
  }
  double threads = run.cpus;
  for (const ClassUse& use : run.classes) threads = std::max(threads, use.threads);
  const double cycle_ns = threads * run.duration_ns;
  const double by_cycle = cycle_ns / std::max(cycle_ns - saved_ns, 0.01 * cycle_ns);
  if (by_cycle < speed.high) speed = {std::max(1.0, by_cycle), SpeedBound::kCycle};
  return speed;
}

// ---- One run
// ----------------------------------------------------------------------------------------------------------

struct ClassInRun {
  const ClassUse* use = nullptr;
  const ClassModel* model = nullptr;  // null: no change is about it
  Outlook outlook;
};

struct RowKey {
  std::string lock_class;
  std::optional<CallPath> path;
  bool operator<(const RowKey& other) const {
    return std::tie(lock_class, path) < std::tie(other.lock_class, other.path);
  }
};

Range widened(const Range& range, double factor) { return {range.low / factor, range.estimate, range.high * factor}; }

// Wait and waits per unit of work of the classes that changes are about, and of all; the mean over runs.
struct SideFigures {
  double all_ns = 0, touched_ns = 0, contentions = 0;
};
SideFigures figures_of_side(std::span<const RunUse> runs, std::span<const Change> changes) {
  SideFigures sums;
  for (const RunUse& run : runs) {
    if (run.work <= 0) continue;
    sums.all_ns += run.wait_ns() / run.work;
    for (const ClassUse& use : run.classes) {
      if (std::none_of(changes.begin(), changes.end(),
                       [&](const Change& change) { return change.locks.meets(use.lock_class); }))
        continue;
      sums.touched_ns += use.wait_ns() / run.work;
      sums.contentions += use.contentions() / run.work;
    }
  }
  const double runs_with = std::max<double>(1, static_cast<double>(runs.size()));
  return {sums.all_ns / runs_with, sums.touched_ns / runs_with, sums.contentions / runs_with};
}

class Estimator {
 public:
  Estimator(std::span<const RunUse> runs, std::span<const Change> changes, const OutlookOptions& options)
      : runs_(runs), options_(options) {
    result_.changes.assign(changes.begin(), changes.end());
    for (const RunUse& run : runs)
      for (const ClassUse& use : run.classes)
        if (models_.find(use.id) == models_.end() && meets(use)) models_[use.id] = {};
    for (auto& [id, of_class] : models_) of_class.model = class_model_for(runs, id, result_.changes, options_);
  }

  WhatIf run() && {
    result_.runs = runs_.size();
    result_.seed = options_.seed;
    result_.within_run_only = runs_.size() < 2;
    if (runs_.empty()) return std::move(result_);
    result_.spinlock_mode = runs_.front().spinlock_mode;
    result_.level = runs_.front().level;
    for (const auto& [id, of_class] : models_)
      if (of_class.model.refusal) refuse(id, *of_class.model.refusal);
    if (models_.empty())
      result_.refused.push_back(
          {"", {RefusalReason::kNothingWaits, "nothing waited for such locks in these runs", ""}});
    for (const RunUse& run : runs_) {
      result_.work += run.work;
      before_.push_back(quotient(run.wait_ns(), run.work));
    }
    result_.before_ns = mean_of(before_);
    const SideFigures before = figures_of_side(runs_, result_.changes);
    result_.touched_before_ns = before.touched_ns;
    result_.contentions_before = before.contentions;
    if (result_.is_refused()) return std::move(result_);
    for (const RunUse& run : runs_) add_run(run);
    check_models();
    if (result_.is_refused()) return std::move(result_);
    finish();
    return std::move(result_);
  }

 private:
  struct OfClass {
    ClassModel model;
    std::vector<Outlook> outlooks;
  };

  [[nodiscard]] bool meets(const ClassUse& use) const {
    return use.wait_ns() > 0 && std::any_of(result_.changes.begin(), result_.changes.end(),
                                            [&](const Change& change) { return change.locks.meets(use.lock_class); });
  }
  [[nodiscard]] const LockClass& class_of(ClassId id) const {
    for (const RunUse& run : runs_)
      if (const ClassUse* use = run.find(id)) return use->lock_class;
    static const LockClass kNone;
    return kNone;
  }
  void refuse(ClassId id, const Refusal& refusal) { result_.refused.push_back({class_of(id).name, refusal}); }

  void add_run(const RunUse& run) {
    std::vector<ClassInRun> classes;
    double saved_ns = 0, saved_spinning_ns = 0;
    for (const ClassUse& use : run.classes) {
      ClassInRun& in_run = classes.emplace_back();
      in_run.use = &use;
      const auto found = models_.find(use.id);
      if (found == models_.end()) continue;
      in_run.model = &found->second.model;
      in_run.outlook = outlook(found->second.model, run, use);
      found->second.outlooks.push_back(in_run.outlook);
      for (std::size_t part = 0; part < in_run.outlook.wait.size(); ++part) {
        const double saved = use.parts[part].wait_ns * std::max(0.0, 1 - in_run.outlook.wait[part].estimate);
        saved_ns += saved;
        if (use.waiting == Waiting::kSpinning) saved_spinning_ns += saved;
      }
    }
    const RunSpeed speed = speed_of(run, saved_ns, saved_spinning_ns);
    speeds_.push_back(speed);
    busy_shares_.push_back(quotient(run.cpu_busy_ns, run.cpus * run.duration_ns));
    rates_.push_back(run.duration_ns > 0 ? run.work / (run.duration_ns / static_cast<double>(kNsPerSecond)) : 0);
    add_figures(run, classes, speed);
  }

  // Waits per unit of work grow with the number of others at work at once; what native spinlocks report, from the
  // second waiter on, with its square.
  [[nodiscard]] static Range more_at_once(const RunUse& run, const ClassUse& use, const RunSpeed& speed) {
    const bool is_square = use.waiting == Waiting::kSpinning && run.spinlock_mode == SpinlockMode::kNative;
    const double high = is_square ? speed.high * speed.high : speed.high;
    return {1, std::sqrt(high), high};
  }

  // Of a group of parts in one run: wait and contentions, before and after.
  struct Sums {
    double before_ns = 0, contentions = 0;
    Range after_ns, after_ns_by_factor, after, after_by_factor;
    void add(const PartUse& part, const Range& wait_left, const Range& contentions_left, double factor) {
      before_ns += part.wait_ns;
      contentions += part.contentions;
      after_ns = after_ns + wait_left * part.wait_ns;
      after_ns_by_factor = after_ns_by_factor + widened(wait_left, factor) * part.wait_ns;
      after = after + contentions_left * part.contentions;
      after_by_factor = after_by_factor + widened(contentions_left, factor) * part.contentions;
    }
  };
  struct Group {
    Series wait, contentions;
    // Per unit of work.
    void add(const Sums& sums, double per) {
      wait.add(sums.before_ns * per, sums.after_ns * per, sums.after_ns_by_factor * per);
      contentions.add(sums.contentions * per, sums.after * per, sums.after_by_factor * per);
    }
  };

  void add_figures(const RunUse& run, const std::vector<ClassInRun>& classes, const RunSpeed& speed) {
    Sums all, touched, others;
    std::map<RowKey, Sums> rows;
    for (const ClassInRun& in_run : classes) {
      const Range more = more_at_once(run, *in_run.use, speed);
      const bool is_touched = in_run.model != nullptr && !in_run.outlook.wait.empty();
      const double factor = is_touched ? in_run.model->factor : 1;
      for (std::size_t i = 0; i < in_run.use->parts.size(); ++i) {
        const PartUse& part = in_run.use->parts[i];
        Range wait = is_touched ? in_run.outlook.wait[i] : Range::all(1);
        Range contentions = is_touched ? in_run.outlook.contentions[i] : Range::all(1);
        if (!is_touched || in_run.outlook.is_faster) {
          wait = wait * more;
          contentions = contentions * more;
        }
        const RowKey key{in_run.use->lock_class.name, is_touched ? std::optional(part.path) : std::nullopt};
        for (Sums* const sums : {&all, is_touched ? &touched : &others, &rows[key]})
          sums->add(part, wait, contentions, factor);
      }
    }
    const double per = run.work > 0 ? 1 / run.work : 0;
    all_.add(all, per);
    touched_.add(touched, per);
    others_.add(others, per);
    for (const auto& [key, sums] : rows) rows_[key].add(sums, per);
  }

  // Of all runs together: one alone may be off by chance.
  void check_models() {
    for (auto& [id, of_class] : models_) {
      std::vector<double> model, measured;
      for (const Outlook& of_run : of_class.outlooks) {
        if (of_run.refusal) return refuse(id, *of_run.refusal);
        if (!of_run.check) continue;
        model.push_back(of_run.check->model_wait_ns);
        measured.push_back(of_run.check->measured_wait_ns);
      }
      add_model(of_class, model, measured);
      if (model.empty()) continue;
      const double ratio = quotient(mean_of(model), mean_of(measured));
      if (ratio >= 1 / kChecksWithin && ratio <= kChecksWithin) continue;
      refuse(id, {RefusalReason::kCheckFails,
                  fmt::format("the model makes {} of wait of what was measured as {}: it does not fit this lock",
                              format_ns(mean_of(model)), format_ns(mean_of(measured))),
                  "its holds may be waited for by others than these, or its holders may not run"});
    }
  }

  void add_model(const OfClass& of_class, const std::vector<double>& model, const std::vector<double>& measured) {
    if (of_class.outlooks.empty()) return;
    const Outlook& first = of_class.outlooks.front();
    ModelFacts facts;
    facts.kind = of_class.model.kind;
    facts.from_single_waits = of_class.model.from_single_waits;
    // Where single waits said too little in some run, that one rests on first order.
    if (facts.kind == ModelKind::kClosedQueue && model.empty()) facts.kind = ModelKind::kFirstOrder;
    facts.lock_class = class_of(of_class.model.id).name;
    facts.threads = first.threads;
    facts.think_ns = first.think_ns;
    facts.hold_ns = first.hold_ns;
    facts.residual_ns = first.residual_ns;
    facts.locks_before = first.locks;
    facts.wake_latency_ns = first.wake_latency_ns;
    if (!model.empty()) facts.check = ModelCheck{mean_of(model), mean_of(measured)};
    facts.factor = of_class.model.factor;
    result_.models.push_back(std::move(facts));
  }

  void finish() {
    const double blocks = runs_.size() < 2 ? log_half_width(runs_.front().block_rates) : 0;
    const auto all_runs = static_cast<double>(runs_.size());
    // Of a row that some runs lack: nothing there.
    const auto mean_over_runs = [all_runs](const Series& series) {
      return mean_of(series.before) * static_cast<double>(series.before.size()) / all_runs;
    };
    const auto row_of = [&](const Group& group) {
      WhatIfRow row;
      row.before_ns = mean_over_runs(group.wait);
      row.after_ns = left_of(group.wait, blocks) * row.before_ns;
      row.contentions = mean_over_runs(group.contentions);
      row.contentions_after = left_of(group.contentions, blocks) * row.contentions;
      return row;
    };
    result_.left = left_of(all_.wait, blocks);
    result_.after_ns = result_.left * result_.before_ns;
    result_.touched_left = left_of(touched_.wait, blocks);
    result_.contentions_left = left_of(touched_.contentions, blocks);
    result_.others = row_of(others_);
    for (const auto& [key, group] : rows_) {
      WhatIfRow row = row_of(group);
      row.lock_class = key.lock_class;
      row.path = key.path;
      row.touched = std::any_of(models_.begin(), models_.end(),
                                [&](const auto& model) { return class_of(model.first).name == row.lock_class; });
      if (row.contentions > 0) result_.rows.push_back(std::move(row));
    }
    std::stable_sort(result_.rows.begin(), result_.rows.end(), [](const WhatIfRow& a, const WhatIfRow& b) {
      return a.touched != b.touched ? a.touched : a.before_ns > b.before_ns;
    });
    std::vector<double> high;
    for (const RunSpeed& speed : speeds_) high.push_back(speed.high);
    result_.speed = {mean_of(rates_), 1, middle(high), speeds_.front().bound, mean_of(busy_shares_)};
  }

  std::span<const RunUse> runs_;
  OutlookOptions options_;
  WhatIf result_;
  std::map<ClassId, OfClass> models_;
  std::vector<double> before_, rates_, busy_shares_;
  std::vector<RunSpeed> speeds_;
  Group all_, touched_, others_;
  std::map<RowKey, Group> rows_;
};

bool is_inside(const Prospect& prospect, double value) { return value >= prospect.low && value <= prospect.high; }

}  // namespace

std::string_view name_of(SpeedBound bound) {
  switch (bound) {
    case SpeedBound::kNone: return "none";
    case SpeedBound::kCycle: return "cycle";
    case SpeedBound::kCpu: return "cpu";
  }
  return "";
}

WhatIf what_if(std::span<const RunUse> runs, std::span<const Change> changes, const OutlookOptions& options) {
  return Estimator(runs, changes, options).run();
}

void compare_with(WhatIf& estimate, std::span<const RunUse> after) {
  const SideFigures real = figures_of_side(after, estimate.changes);
  Measured measured;
  measured.runs = after.size();
  measured.after_ns = real.all_ns;
  measured.left = quotient(real.all_ns, estimate.before_ns);
  measured.touched_left = quotient(real.touched_ns, estimate.touched_before_ns);
  measured.contentions_left = quotient(real.contentions, estimate.contentions_before);
  if (!estimate.is_refused()) {
    measured.ratio = quotient(estimate.left.model.estimate, measured.left);
    measured.inside = is_inside(estimate.left, measured.left);
    measured.touched_ratio = quotient(estimate.touched_left.model.estimate, measured.touched_left);
    measured.touched_inside = is_inside(estimate.touched_left, measured.touched_left);
    measured.contentions_ratio = quotient(estimate.contentions_left.model.estimate, measured.contentions_left);
    measured.contentions_inside = is_inside(estimate.contentions_left, measured.contentions_left);
  }
  estimate.measured = measured;
}

ClassProspects class_prospects(std::span<const RunUse> runs, const OutlookOptions& options) {
  constexpr double kLeastShare = 0.01;
  ClassProspects prospects;
  prospects.runs = runs.size();
  std::map<ClassId, std::pair<const ClassUse*, double>> waits;
  double all = 0, per_unit = 0;
  for (const RunUse& run : runs) {
    per_unit += quotient(run.wait_ns(), run.work);
    for (const ClassUse& use : run.classes) {
      auto& [first, wait_ns] = waits[use.id];
      first = &use;
      wait_ns += use.wait_ns();
      all += use.wait_ns();
    }
  }
  prospects.before_ns = runs.empty() ? 0 : per_unit / static_cast<double>(runs.size());
  for (const auto& [id, of_class] : waits) {
    const double share = quotient(of_class.second, all);
    if (share < kLeastShare) continue;
    ClassProspect& prospect = prospects.classes.emplace_back();
    prospect.lock_class = of_class.first->lock_class.name;
    prospect.wait_share = share;
    prospect.before_ns = share * prospects.before_ns;
    prospect.gone = 1 - share;
    for (const double n : {2.0, 8.0}) {
      const std::vector<Change> split{{.kind = ChangeKind::kSplit, .locks = {prospect.lock_class}, .n = n}};
      const WhatIf estimate = what_if(runs, split, options);
      if (estimate.is_refused()) {
        prospect.refusal = estimate.refused.front().refusal;
        break;
      }
      (n == 2.0 ? prospect.split_2 : prospect.split_8) = estimate.left;
      if (!estimate.models.empty()) prospect.model = estimate.models.front();
    }
  }
  std::stable_sort(prospects.classes.begin(), prospects.classes.end(),
                   [](const ClassProspect& a, const ClassProspect& b) { return a.wait_share > b.wait_share; });
  return prospects;
}

}  // namespace socklock::analyzer
