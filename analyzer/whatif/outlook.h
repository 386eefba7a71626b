// SPDX-License-Identifier: GPL-2.0-or-later
// What a change would leave of the waits for one class of locks, run by run. An estimate under assumptions that it
// names, no measurement.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "analyzer/whatif/change.h"
#include "analyzer/whatif/class_use.h"
#include "analyzer/whatif/refusal.h"

namespace socklock::analyzer {

// Both ends of what the model leaves open, and what it takes for likeliest in between.
struct Range {
  double low = 0;
  double estimate = 0;
  double high = 0;
  static Range all(double value) { return {value, value, value}; }
};
Range operator+(const Range& a, const Range& b);
Range operator*(const Range& a, const Range& b);
Range operator*(const Range& a, double b);

enum class ModelKind : std::uint8_t {
  kClosedQueue,  // measured acquisitions and holds, or single waits; simulated
  kPairs,        // waits by who held the lock
  kFirstOrder,   // waits go with the use of a lock
  kNobodyMeets,  // one lock for each thread or CPU
};
std::string_view name_of(ModelKind kind);  // "closed-queue"

// Of a side's model factor: by how much the validation (docs/what-if.md) says estimates may be off.
inline constexpr double kFactorClosedLevel2 = 1.25;
inline constexpr double kFactorOther = 2;

struct ModelCheck {
  double model_wait_ns = 0;     // of an acquisition, or of a waiter at level 1
  double measured_wait_ns = 0;  // of the same
  [[nodiscard]] double ratio() const { return measured_wait_ns > 0 ? model_wait_ns / measured_wait_ns : 0; }
};

// How a class is modelled, decided from all runs together.
struct ClassModel {
  ClassId id = kUnclassified;
  ModelKind kind = ModelKind::kFirstOrder;
  bool from_single_waits = false;  // level 1: hand-offs
  std::optional<Refusal> refusal{};
  double factor = kFactorOther;
  SplitBy split_by = SplitBy::kNumber;
  double split = 1;
  SingleWaits single{};     // of all runs
  double threads_said = 0;  // by the user; 0: none
  std::uint64_t seed = 1;
  std::uint64_t visits = 200'000;  // of a simulation
  std::span<const Change> changes{};
  unsigned about = 0;  // bit i: change i is about this class

  // Of a part whose waits or holds these changes select.
  [[nodiscard]] double keep(unsigned selected) const;
  [[nodiscard]] double shorter(unsigned selected) const;
  [[nodiscard]] bool avoids() const;
  [[nodiscard]] bool shortens() const;
};

struct OutlookOptions {
  double threads = 0;  // 0: as recorded
  std::uint64_t seed = 1;
  std::uint64_t visits = 200'000;
};

// `changes` and what they meet have to outlive the model.
ClassModel class_model_for(std::span<const RunUse> runs, ClassId id, std::span<const Change> changes,
                           const OutlookOptions& options);

// Of one run.
struct Outlook {
  std::vector<Range> wait;         // left, of each part's wait
  std::vector<Range> contentions;  // likewise
  bool is_faster = false;          // waits of others were taken away: what is left grows with the speed
  double threads = 0, think_ns = 0, hold_ns = 0, residual_ns = 0, locks = 1;
  std::optional<double> wake_latency_ns{};
  std::optional<ModelCheck> check{};
  std::optional<Refusal> refusal{};
};
Outlook outlook(const ClassModel& model, const RunUse& run, const ClassUse& use);

}  // namespace socklock::analyzer
