// SPDX-License-Identifier: GPL-2.0-or-later
// Where only a sample of waits has call stacks: stacks for the others, by the shares of the sample. Sums
// by lock, system call, context and kind of lock are exact and stay so. Class and path are exact, too,
// where they follow from those; the rest is an estimate, and what its error rests on is kept.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "analyzer/label/labels.h"
#include "analyzer/load/wait_table.h"

namespace socklock::analyzer {

struct Run;

// Waits of one estimate that share all labels.
struct EstimateGroup {
  std::uint32_t row = 0;         // of run.waits, one with these labels; it may have no waits
  double share = 0;              // of the estimate's contentions that were filed here; 0: possible, none was
  double wait_share = 0;         // of its wait
  double wait_square_share = 0;  // of the sample's squared waits
  double prior_share = 0;        // what is to be expected before the sample is looked at
};

// How many waits an estimate is of.
struct EstimatedWaits {
  double contentions = 0;
  double wait_ns = 0;
  double wait_squares = 0;  // sum over these waits, ns²

  EstimatedWaits& operator+=(const EstimatedWaits& other) {
    contentions += other.contentions;
    wait_ns += other.wait_ns;
    wait_squares += other.wait_squares;
    return *this;
  }
};

// Waits without a stack that were spread over groups by one sample.
struct Estimate {
  EstimatedWaits waits;
  std::map<ThreadId, EstimatedWaits> by_thread;  // the same, where rows have threads
  double draws = 0;                              // waits of equal weight that say as much as the sample
  double wait_draws = 0;                         // ... of the wait, where a few long ones say most
  double longest_ns = 0;                         // of these waits
  double never_seen = 0;                         // what is to be expected of slices of which the sample has none
  bool class_clear = false;                      // the class is known without stacks, and the groups are of no other
  bool path_clear = false;                       // the path, likewise
  bool is_part = false;                          // some of its groups were left out by a filter
  std::vector<EstimateGroup> groups;
};

// What the sample says about the whole run.
struct StackSampling {
  bool used = false;
  bool is_part = false;              // of a part of the run, of which the following are not counted
  std::uint64_t sampled = 0;         // waits with a stack
  std::uint64_t exact = 0;           // without, of which class and path are known all the same
  std::uint64_t estimated = 0;       // without, filed by shares of the sample
  std::uint64_t unknown = 0;         // without, and no wait like them has one
  std::uint64_t path_checked = 0;    // waits with a stack whose path is known without it as well
  std::uint64_t path_disagreed = 0;  // ... as another
  std::vector<Estimate> estimates;
};

// What the taxonomy says of a row.
struct RowNaming {
  std::function<WaitLabels(const WaitKey&)> label;
  std::function<bool(const WaitKey&)> path_is_clear;   // by system call and context alone
  std::function<bool(const WaitKey&)> class_is_clear;  // by the lock alone
  // Equal for locks that no rule distinguishes; a lock of which nothing is known is equal to itself only.
  std::function<std::uint32_t(LockId)> lock_kind;
};

// The rows of a part of a run.
struct PartRows {
  // A row of the part with the labels of this one of the whole; nothing: the part has none of those labels.
  std::function<std::optional<std::uint32_t>(std::uint32_t row)> row_of;
  std::function<bool(ThreadId)> has_thread;  // empty: it has all of them
};

// What the estimates say about the part. Of some threads' waits so much of the sample counts as they have of the waits:
// threads differ in what they wait for.
StackSampling part_of(const StackSampling& sampling, const PartRows& rows);
// The same of one estimate, of fewer waits.
Estimate of_waits(Estimate estimate, const EstimatedWaits& waits);

// Gives rows without a stack one that stands for their labels, splitting rows where it has to.
StackSampling attribute_stacks(Run& run, const RowNaming& naming);

}  // namespace socklock::analyzer
