// SPDX-License-Identifier: GPL-2.0-or-later
// From a question, which is all that a user can choose, to everything that is shown. Both are immutable
// values: a worker answers, the window swaps answers, undo goes back to an older question.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/compare/buckets.h"
#include "analyzer/compare/compare.h"
#include "analyzer/compare/quantiles.h"
#include "analyzer/compare/stack_trees.h"
#include "analyzer/load/time_range.h"
#include "analyzer/measure/distribution.h"
#include "analyzer/measure/filter.h"
#include "base/result.h"

namespace socklock::analyzer {
struct LabelledRun;
}  // namespace socklock::analyzer

namespace socklock::gui {

// How the table on the first page is divided.
enum class Grouping { kRole, kClass, kClassPath, kPath, kInstance, kFunction, kProcess, kCgroup, kNetns };
inline constexpr int kGroupings = 9;
const char* nameOf(Grouping grouping);  // "lock class", "call path", ...

struct Question {
  std::vector<std::string> before;  // traces, folders, manifests
  std::vector<std::string> after;   // empty: one side is explored
  std::string label_before;         // of the user; empty: as recorded
  std::string label_after;
  std::vector<std::string> left_out;  // traces of either side that are not used
  analyzer::Filter filter;
  std::optional<analyzer::WorkUnit> unit;
  double confidence = analyzer::Criteria{}.confidence;
  double threshold = analyzer::Criteria{}.threshold;
  Grouping grouping = Grouping::kClass;

  bool operator==(const Question&) const = default;
  [[nodiscard]] bool isComparison() const { return !after.empty(); }
  // Summaries have no threads.
  [[nodiscard]] bool needsEvents() const {
    return grouping == Grouping::kProcess || grouping == Grouping::kCgroup || filter.needs_events();
  }
};

// Of the waits of all runs, where only some had their call stack taken.
struct StackSample {
  double waits = 0;
  double with_stack = 0;
  double error_share = 0;  // half width of the 95% interval of a function's wait, of all wait; of the worst function

  [[nodiscard]] bool isSample() const { return waits > 0; }
};

struct LoadedRuns {
  std::vector<std::string> before_paths, after_paths;  // of the traces, in the order of the runs
  std::vector<analyzer::LabelledRun> before, after;    // unfiltered
  analyzer::Taxonomy taxonomy;                         // as it counts everything
  StackSample stacks;
  // Most wait first, of both sides and whatever the filter: by their place classes have their colours on every page.
  std::vector<std::string> classes;
};

// How long waits of a side were.
struct WaitTimes {
  std::uint64_t waits = 0;
  double waits_per_unit = 0;  // of work
  std::vector<analyzer::DistributionBin> bins;
  std::vector<analyzer::CumulativePoint> cumulative;
  std::vector<analyzer::Quantile> quantiles;
};

struct Findings {
  Question question;
  std::shared_ptr<const LoadedRuns> runs;
  analyzer::Taxonomy taxonomy;                    // as it counts what meets the filter
  analyzer::Comparison comparison;                // of the filtered runs
  std::vector<analyzer::SliceComparison> groups;  // by question.grouping
  WaitTimes times_before, times_after;
  analyzer::StackNode bottom_up;
  std::vector<analyzer::FunctionWait> functions;
  std::vector<analyzer::TableBuckets> tables;
  std::vector<analyzer::LabelledRun> filtered_before;  // what a report of one side is made of

  [[nodiscard]] bool isComparison() const { return question.isComparison(); }
  [[nodiscard]] bool isFromEvents() const { return question.needsEvents(); }
};
using FindingsPtr = std::shared_ptr<const Findings>;

// Keeps what was loaded last, since most questions are about the same runs.
class RunCache {
 public:
  // Returns false to give up; share is 0 to 1.
  using Progress = std::function<bool(double share)>;
  Result<std::shared_ptr<const LoadedRuns>> load(const Question& question, const analyzer::Taxonomy& taxonomy,
                                                 const Progress& progress);

 private:
  struct Key {
    std::vector<std::string> before, after, left_out;
    bool from_events = false;
    std::optional<analyzer::TimeRange> range, range_after;
    std::optional<std::uint64_t> min_wait_ns;
    std::string cpus;  // as conditions; they are applied when a run is loaded
    bool operator==(const Key&) const = default;
  };
  std::mutex mutex_;
  Key key_;
  std::vector<std::string> classes_;  // of the runs of `key_`, as they were first loaded
  std::shared_ptr<const LoadedRuns> runs_;
};

Result<FindingsPtr> answer(const Question& question, const analyzer::Taxonomy& taxonomy, RunCache& cache,
                           const RunCache::Progress& progress);

}  // namespace socklock::gui
