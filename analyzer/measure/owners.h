// SPDX-License-Identifier: GPL-2.0-or-later
// Who owned locks that others slept for, and why that took so long: waits by class, call paths of both, and what the
// owner did when the wait began. Of a sample of the waits, which stands for all.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/label/labels.h"
#include "analyzer/load/run.h"

namespace socklock::analyzer {

struct LabelledRun;

inline constexpr std::size_t kOwnerStates = 5;

struct OwnerCell {
  ClassId lock_class = kUnclassified;
  CallPath waiter = CallPath::kOther;
  std::optional<CallPath> owner;  // nothing: not known who it was, for instance readers
  std::uint64_t waits = 0;
  std::uint64_t wait_ns = 0;
  std::array<std::uint64_t, kOwnerStates> wait_ns_by_state{};  // by OwnerState of the owner
  // In which owners held the lock and others waited for it, each moment once; all 0 in traces that lack it.
  std::uint64_t contended_ns = 0;
  std::array<std::uint64_t, kOwnerStates> contended_ns_by_state{};
};

// One thread that was waited for.
struct OwnerDetail {
  ClassId lock_class = kUnclassified;
  std::string owner;   // command of its process
  std::string cgroup;  // of it
  OwnerState state = OwnerState::kUnknown;
  std::string function;  // that it did not run in; empty: not known, as of one that ran
  std::string root;      // command of who it waited for itself, in the end; empty: for nobody that is known
  std::uint64_t waits = 0;
  std::uint64_t wait_ns = 0;
  std::uint64_t contended_ns = 0;  // as of OwnerCell
};

// Most wait first.
std::vector<OwnerCell> owner_matrix(const LabelledRun& run);
// Of owners that are known, most wait first.
std::vector<OwnerDetail> owner_details(const LabelledRun& run);

}  // namespace socklock::analyzer
