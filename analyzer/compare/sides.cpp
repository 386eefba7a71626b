// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/sides.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "analyzer/label/labelled_run.h"

namespace socklock::analyzer {
namespace {

// With fewer waits two different recordings may be alike by chance.
constexpr std::uint64_t kEnoughToTell = 10;

// The slices that a wait belongs to.
struct SlicesOfWait {
  std::array<SliceId, 9> ids;
  std::size_t count = 0;
  void add(SliceId id) { ids[count++] = id; }
  [[nodiscard]] std::span<const SliceId> all() const { return std::span(ids).first(count); }
};

SlicesOfWait slices_of(ClassId class_id, CallPath path, const Taxonomy& taxonomy) {
  const LockClass& lock_class = taxonomy.at(class_id);
  SlicesOfWait slices;
  slices.add({.kind = SliceKind::kAll});
  if (const auto part = part_of(lock_class)) {
    slices.add({.kind = SliceKind::kHeadline});
    slices.add({.kind = SliceKind::kPart, .part = *part});
  }
  if (lock_class.role != Role::kMemory && lock_class.role != Role::kScheduler) slices.add({.kind = SliceKind::kQuiet});
  slices.add({.kind = SliceKind::kRole, .role = lock_class.role});
  slices.add({.kind = SliceKind::kClass, .lock_class = class_id});
  slices.add({.kind = SliceKind::kClassPath, .lock_class = class_id, .path = path});
  if (is_table(lock_class)) slices.add({.kind = SliceKind::kTablePath, .path = path});
  if (lock_class.role == Role::kConnectionTable || lock_class.role == Role::kBindTable)
    slices.add({.kind = SliceKind::kRolePath, .role = lock_class.role, .path = path});
  return slices;
}

double value_of(const WaitSums& sums, Measure measure) {
  return static_cast<double>(measure == Measure::kWait ? sums.wait_ns : sums.contentions);
}

}  // namespace

std::string_view name_of(Part part) {
  constexpr std::array<std::string_view, kParts> kNames{"tables", "listeners", "sockets", "queues", "wait queues"};
  return kNames[static_cast<std::size_t>(part)];
}

std::optional<Part> part_of(const LockClass& lock_class) {
  switch (lock_class.role) {
    case Role::kConnectionTable:
    case Role::kBindTable: return Part::kTables;
    case Role::kListener: return Part::kListeners;
    case Role::kSocket: return Part::kSockets;
    case Role::kSocketQueue: return Part::kQueues;
    default: break;
  }
  return lock_class.of_sockets ? std::optional(Part::kWaitQueues) : std::nullopt;
}

namespace {

// What makes two traces the same recording. A text that was imported twice has two ids, but the same waits to the
// nanosecond; of next to none this says nothing.
std::string identity_of(const Run& run) {
  if (run.facts.origin.empty()) return run.facts.run_id.empty() ? run.path : run.facts.run_id;
  WaitSums all;
  for (const WaitSums& sums : run.waits.sums) all.add(sums);
  if (all.contentions < kEnoughToTell) return run.facts.run_id + " " + run.path;
  return fmt::format("{} {} {} {} {}", run.facts.origin, run.waits.size(), all.contentions, all.wait_ns,
                     run.duration_ns());
}

}  // namespace

void drop_repeated(Side& side) {
  std::set<std::string> seen;
  std::erase_if(side, [&seen](const RunMeasures& run) { return !seen.insert(identity_of(run.run->run)).second; });
}

bool share_a_run(const Side& before, const Side& after) {
  std::set<std::string> seen;
  for (const RunMeasures& run : before) seen.insert(identity_of(run.run->run));
  return std::any_of(after.begin(), after.end(),
                     [&seen](const RunMeasures& run) { return seen.contains(identity_of(run.run->run)); });
}

bool is_table(const LockClass& lock_class) {
  return lock_class.role == Role::kConnectionTable || lock_class.role == Role::kBindTable ||
         lock_class.name == "tcp.lhash2";
}

bool is_in(SliceId slice, ClassId lock_class, CallPath path, const Taxonomy& taxonomy) {
  const SlicesOfWait slices = slices_of(lock_class, path, taxonomy);
  return std::find(slices.all().begin(), slices.all().end(), slice) != slices.all().end();
}

Side measure_side(std::span<const LabelledRun> runs, const Taxonomy& taxonomy, WorkUnit unit) {
  Side side;
  for (const LabelledRun& labelled : runs) {
    RunMeasures& measures = side.emplace_back();
    measures.run = &labelled;
    measures.work = work_in(labelled.run, unit);
    const WaitTable& waits = labelled.run.waits;
    for (std::size_t row = 0; row < waits.size(); ++row) {
      const SlicesOfWait slices = slices_of(labelled.labels[row].lock_class, labelled.labels[row].path, taxonomy);
      for (const SliceId& slice : slices.all()) measures.slices[slice].add(waits.sums[row], waits.cells_of(row));
    }
  }
  return side;
}

std::vector<double> rates(const Side& side, SliceId slice, Measure measure) {
  std::vector<double> values;
  for (const RunMeasures& run : side) {
    const auto found = run.slices.find(slice);
    values.push_back(found == run.slices.end() || run.work <= 0 ? 0 : value_of(found->second.sums, measure) / run.work);
  }
  return values;
}

std::vector<IntervalSeries> interval_series(const Side& side, const Taxonomy& taxonomy, SliceId slice, Measure measure,
                                            WorkUnit unit) {
  std::vector<IntervalSeries> all;
  for (const RunMeasures& measures : side) {
    const LabelledRun& labelled = *measures.run;
    IntervalSeries& series = all.emplace_back();
    std::vector<bool> inside;
    for (const WaitLabels& labels : labelled.labels)
      inside.push_back(is_in(slice, labels.lock_class, labels.path, taxonomy));
    for (const Interval& interval : labelled.run.intervals) {
      double value = 0;
      for (const IntervalWait& wait : labelled.run.waits_of(interval))
        if (inside[wait.row]) value += static_cast<double>(measure == Measure::kWait ? wait.wait_ns : wait.contentions);
      series.value.push_back(value);
      series.work.push_back(work_in(labelled.run, interval, unit));
    }
  }
  return all;
}

WaitStats pooled(const Side& side, SliceId slice) {
  WaitStats stats;
  for (const RunMeasures& run : side)
    if (const auto found = run.slices.find(slice); found != run.slices.end()) stats.add(found->second);
  return stats;
}

std::optional<Interleaving> interleaving_of(const Side& before, const Side& after) {
  if (before.size() != after.size() || before.size() < kMinPairs) return std::nullopt;
  struct Start {
    std::uint64_t ns;
    bool is_after;
    std::size_t at;
  };
  std::vector<Start> starts;
  for (const bool is_after : {false, true}) {
    const Side& side = is_after ? after : before;
    for (std::size_t at = 0; at < side.size(); ++at)
      starts.push_back({side[at].run->run.facts.wall_start_ns, is_after, at});
  }
  std::sort(starts.begin(), starts.end(), [](const Start& a, const Start& b) { return a.ns < b.ns; });
  Interleaving turns;
  for (std::size_t i = 0; i + 1 < starts.size(); i += 2) {
    const Start &first = starts[i], &second = starts[i + 1];
    const bool is_pair =
        first.is_after != second.is_after && first.ns < second.ns && (i == 0 || starts[i - 1].ns < first.ns);
    if (!is_pair) return std::nullopt;
    turns.before.push_back(first.is_after ? second.at : first.at);
    turns.after.push_back(first.is_after ? first.at : second.at);
  }
  return turns;
}

}  // namespace socklock::analyzer
