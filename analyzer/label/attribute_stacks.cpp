// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/label/attribute_stacks.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "analyzer/label/apportion.h"
#include "analyzer/load/run.h"
#include "analyzer/load/wait_table_builder.h"

namespace socklock::analyzer {
namespace {

// Waits that are alike for all that is known without a stack. Locks are alike that are the same member of
// the same kind of object; one of which nothing is known is like itself only.
using Stratum = std::tuple<std::string, std::uint16_t, KernelStack, std::uint8_t>;

// In what waits are alike, the closest first.
enum class Likeness { kLockAndCall, kLock, kCall };
constexpr std::array kLikenesses{Likeness::kLockAndCall, Likeness::kLock, Likeness::kCall};
constexpr std::uint16_t kAnyCall = UINT16_MAX;

std::string fact_of(const LockFacts& lock, LockId id) {
  switch (lock.kind) {
    case FactKind::kTable: return "table " + lock.table;
    case FactKind::kSymbol:
    case FactKind::kPerCpu: return "symbol " + lock.symbol;
    case FactKind::kSlab:
    case FactKind::kOwner: return "slab " + lock.place.cache + " " + std::to_string(lock.offset_bytes);
    case FactKind::kUnresolved: break;
  }
  return lock.address != 0 ? "at " + std::to_string(lock.address) : "lock " + std::to_string(index_of(id));
}

// Waits with a stack of one stratum that share all labels, and one stack of theirs.
struct Group {
  WaitLabels labels;
  WaitKey key;
  EstimateGroup sums;
  double contentions = 0;  // all of them, also those that stand for no others
  double wait_ns = 0;
};
using Groups = std::vector<Group>;

bool is_sampled(const WaitKey& key) { return key.stack != kNoStack; }

// Filed by the summary's spill, without anything that would tell what they are like.
bool is_spilled(const WaitKey& key) { return key.lock == kNoLock && key.syscall == 0; }

// Where nothing was sampled beyond the first waits of a kind, those have to do.
void rest_on_first_waits(Groups& groups) {
  if (std::any_of(groups.begin(), groups.end(), [](const Group& group) { return group.sums.weight > 0; })) return;
  for (Group& group : groups) {
    const double mean = group.contentions > 0 ? group.wait_ns / group.contentions : 0;
    group.sums = {0, group.contentions, group.contentions, group.wait_ns, group.wait_ns * mean};
  }
}

// Spreads the rows of one stratum over groups.
class Spreader {
 public:
  Spreader(Groups groups, Estimate& estimate) : groups_(std::move(groups)), estimate_(estimate), count_(shares()) {
    for (const Group& group : groups_) total_wait_ += group.sums.wait;
    given_ns_.resize(groups_.size());
  }

  struct Part {
    std::size_t group;
    std::uint64_t count;
    WaitSums sums;
    std::vector<WaitCell> cells;
  };

  std::vector<Part> spread(const WaitSums& sums, std::span<const WaitCell> cells) {
    estimate_.contentions += static_cast<double>(sums.contentions);
    estimate_.wait_ns += static_cast<double>(sums.wait_ns);
    const std::vector<std::uint64_t> counts = count_.split(sums.contentions, owed_waits(sums));
    std::vector<Part> parts;
    for (std::size_t i = 0; i < counts.size(); ++i)
      if (counts[i] > 0) parts.push_back({i, counts[i], {}, {}});
    spread_wait(parts, sums);
    spread_cells(parts, sums, cells);
    return parts;
  }

  [[nodiscard]] const Groups& groups() const { return groups_; }

 private:
  [[nodiscard]] std::vector<double> shares() const {
    double all = 0;
    for (const Group& group : groups_) all += group.sums.weight;
    std::vector<double> shares;
    for (const Group& group : groups_) shares.push_back(all > 0 ? group.sums.weight / all : 0);
    return shares;
  }

  // What each group is owed of wait so far, in waits of this row's length.
  [[nodiscard]] std::vector<double> owed_waits(const WaitSums& sums) const {
    std::vector<double> owed(groups_.size());
    if (total_wait_ <= 0 || sums.wait_ns == 0) return owed;
    const double mean = static_cast<double>(sums.wait_ns) / static_cast<double>(sums.contentions);
    for (std::size_t i = 0; i < owed.size(); ++i)
      owed[i] = (estimate_.wait_ns * groups_[i].sums.wait / total_wait_ - given_ns_[i]) / mean;
    return owed;
  }

  // By how long the waits of each group are in the sample.
  void spread_wait(std::vector<Part>& parts, const WaitSums& sums) {
    double all = 0;
    std::vector<double> weights;
    for (const Part& part : parts) {
      const EstimateGroup& group = groups_[part.group].sums;
      const double mean = group.weight > 0 ? group.wait / group.weight : 0;
      weights.push_back(static_cast<double>(part.count) * std::max(mean, 1.0));
      all += weights.back();
    }
    std::uint64_t rest_ns = sums.wait_ns, rest_gave_up = sums.gave_up;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      WaitSums& out = parts[i].sums;
      const bool last = i + 1 == parts.size();
      const auto due = static_cast<std::uint64_t>(static_cast<double>(sums.wait_ns) * weights[i] / all);
      out.contentions = parts[i].count;
      out.wait_ns = last ? rest_ns : std::min(due, rest_ns);
      out.gave_up = last ? std::min(rest_gave_up, out.contentions)
                         : std::min(rest_gave_up, sums.gave_up * parts[i].count / sums.contentions);
      rest_ns -= out.wait_ns;
      rest_gave_up -= out.gave_up;
      given_ns_[parts[i].group] += static_cast<double>(out.wait_ns);
    }
  }

  static void spread_cells(std::vector<Part>& parts, const WaitSums& sums, std::span<const WaitCell> cells) {
    std::vector<double> shares;
    for (const Part& part : parts)
      shares.push_back(static_cast<double>(part.count) / static_cast<double>(sums.contentions));
    Apportioner share(shares);
    for (const WaitCell& cell : cells) {
      const auto counts = share.split(cell.count);
      for (std::size_t i = 0; i < parts.size(); ++i)
        if (counts[i] > 0) parts[i].cells.push_back({cell.bucket, counts[i]});
    }
    for (Part& part : parts) {
      part.sums.wait_min_ns = sums.wait_min_ns;
      part.sums.wait_max_ns = sums.wait_max_ns;
      if (part.cells.empty()) continue;
      const auto low = socklock_wait_bucket_low(part.cells.front().bucket);
      part.sums.wait_min_ns = std::max<std::uint64_t>(sums.wait_min_ns, low);
      // The longest wait of the row is of those that have its last bucket.
      if (part.cells.back().bucket != cells.back().bucket)
        part.sums.wait_max_ns =
            std::min<std::uint64_t>(sums.wait_max_ns, socklock_wait_bucket_low(part.cells.back().bucket + 1) - 1);
    }
  }

  Groups groups_;
  Estimate& estimate_;
  Apportioner count_;
  double total_wait_ = 0;
  std::vector<double> given_ns_;
};

// Where a row's waits went: the same shares hold for its intervals.
struct Destination {
  std::uint32_t row;
  std::uint64_t contentions;
  std::uint64_t wait_ns;
};

class Attribution {
 public:
  Attribution(Run& run, const RowNaming& naming) : run_(run), naming_(naming) {}

  StackSampling run() {
    sampling_.used = true;
    collect_groups();
    destinations_.resize(run_.waits.size());
    for (std::size_t row = 0; row < run_.waits.size(); ++row)
      if (is_sampled(run_.waits.keys[row])) keep(row, run_.waits.keys[row]);
    for (std::size_t row = 0; row < run_.waits.size(); ++row)
      if (!is_sampled(run_.waits.keys[row])) attribute(row);
    for (const auto& [name, spread] : spreaders_)
      if (spread.spreader) finish_estimate(*spread.spreader, *spread.estimate);
    split_intervals();
    run_.waits = std::move(built_).build();
    return std::move(sampling_);
  }

 private:
  struct Spread {
    std::unique_ptr<Estimate> estimate;
    std::unique_ptr<Spreader> spreader;  // none where the sample has nothing like it
  };
  // A stratum, and the class and path that are known without a stack.
  using SpreadKey = std::tuple<Stratum, ClassId, std::optional<CallPath>>;

  Stratum stratum_of(const WaitKey& key, Likeness likeness) const {
    return {likeness == Likeness::kCall ? "" : fact_of(run_.dictionaries.at(key.lock), key.lock),
            likeness == Likeness::kLock ? kAnyCall : key.syscall, key.on, key.flags};
  }

  void collect_groups() {
    for (std::size_t row = 0; row < run_.waits.size(); ++row) {
      const WaitKey& key = run_.waits.keys[row];
      if (!is_sampled(key)) continue;
      const WaitLabels labels = naming_.label(key);
      sampling_.sampled += run_.waits.sums[row].contentions;
      check_path(key, labels, run_.waits.sums[row].contentions);
      for (const Likeness likeness : kLikenesses) add_to_group(groups_[stratum_of(key, likeness)], row, labels);
    }
    for (auto& [stratum, groups] : groups_) rest_on_first_waits(groups);
  }

  void check_path(const WaitKey& key, const WaitLabels& labels, std::uint64_t contentions) {
    if (!naming_.path_is_clear(key)) return;
    WaitKey without = key;
    without.stack = kNoStack;
    sampling_.path_checked += contentions;
    if (naming_.label(without).path != labels.path) sampling_.path_disagreed += contentions;
  }

  void add_to_group(Groups& groups, std::size_t row, const WaitLabels& labels) const {
    auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.labels == labels; });
    if (group == groups.end()) group = groups.insert(groups.end(), {labels, run_.waits.keys[row], {}, 0, 0});
    const StackSample& sample = run_.waits.samples[row];
    group->sums.weight += sample.weight;
    group->sums.weight_squares += sample.weight_squares;
    group->sums.wait += sample.wait;
    group->sums.wait_squares += sample.wait_squares;
    group->contentions += static_cast<double>(run_.waits.sums[row].contentions);
    group->wait_ns += static_cast<double>(run_.waits.sums[row].wait_ns);
  }

  // Whether the system call tells the path of these waits, and no stack of theirs says another: under any call a
  // task may be preempted on its way out and wait for a run queue.
  bool path_is_clear(const WaitKey& key, const WaitLabels& cheap) const {
    if (!naming_.path_is_clear(key)) return false;
    const auto found = groups_.find(stratum_of(key, Likeness::kLockAndCall));
    return found == groups_.end() || std::none_of(found->second.begin(), found->second.end(), [&](const Group& group) {
             return group.sums.weight > 0 && group.labels.path != cheap.path;
           });
  }

  // Of the waits like these, those that agree with what is known: any class or path where that is not.
  Groups groups_like(const WaitKey& key, const WaitLabels& cheap, bool class_clear, bool path_clear) const {
    for (const Likeness likeness : kLikenesses) {
      // The same lock under another call says of what class it is, which is known then.
      if (likeness == Likeness::kLock && class_clear) continue;
      const bool by_lock = likeness != Likeness::kCall;
      const auto found = groups_.find(stratum_of(key, likeness));
      if (found == groups_.end()) continue;
      Groups fit;
      for (Group group : found->second) {
        // Another lock under the same stack may be of another class.
        WaitKey as = key;
        as.stack = group.key.stack;
        if (!by_lock) group.labels = naming_.label(as);
        group.key = as;
        if (path_clear && likeness != Likeness::kLock && group.labels.path != cheap.path) continue;
        if (class_clear && group.labels.lock_class != cheap.lock_class) continue;
        if (group.sums.weight > 0) fit.push_back(group);
      }
      if (!fit.empty()) return fit;
    }
    return {};
  }

  Spread& spread_for(const WaitKey& key, const WaitLabels& cheap, bool class_clear, bool path_clear) {
    const SpreadKey name{stratum_of(key, Likeness::kLockAndCall), class_clear ? cheap.lock_class : kUnclassified,
                         path_clear ? std::optional(cheap.path) : std::nullopt};
    const auto [entry, is_new] = spreaders_.try_emplace(name);
    Spread& spread = entry->second;
    if (!is_new) return spread;
    spread.estimate = std::make_unique<Estimate>();
    spread.estimate->class_clear = class_clear;
    spread.estimate->path_clear = path_clear;
    Groups groups = groups_like(key, cheap, class_clear, path_clear);
    if (!groups.empty()) spread.spreader = std::make_unique<Spreader>(std::move(groups), *spread.estimate);
    return spread;
  }

  void attribute(std::size_t row) {
    const WaitKey& key = run_.waits.keys[row];
    const WaitSums& sums = run_.waits.sums[row];
    const WaitLabels cheap = naming_.label(key);
    const bool path_clear = path_is_clear(key, cheap), class_clear = naming_.class_is_clear(key);
    Spread* const spread = is_spilled(key) ? nullptr : &spread_for(key, cheap, class_clear, path_clear);
    std::uint64_t& count = path_clear && class_clear    ? sampling_.exact
                           : spread && spread->spreader ? sampling_.estimated
                                                        : sampling_.unknown;
    count += sums.contentions;
    if (!spread || !spread->spreader) return keep(row, key);
    for (const Spreader::Part& part : spread->spreader->spread(sums, run_.waits.cells_of(row))) {
      WaitKey to = key;
      to.stack = spread->spreader->groups()[part.group].key.stack;
      add(row, to, part.sums, part.cells);
    }
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

  void finish_estimate(const Spreader& spreader, Estimate& estimate) {
    for (const Group& group : spreader.groups()) {
      estimate.groups.push_back(group.sums);
      estimate.groups.back().row = built_.row(group.key);
    }
    sampling_.estimates.push_back(std::move(estimate));
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

  Run& run_;
  const RowNaming& naming_;
  StackSampling sampling_;
  std::map<Stratum, Groups> groups_;
  std::map<SpreadKey, Spread> spreaders_;
  std::vector<std::vector<Destination>> destinations_;
  WaitTableBuilder built_;
};

}  // namespace

StackSampling attribute_stacks(Run& run, const RowNaming& naming) {
  if (!run.facts.stacks_sampled) return {};
  return Attribution(run, naming).run();
}

}  // namespace socklock::analyzer
