// SPDX-License-Identifier: GPL-2.0-or-later
// Where the wait went: the change of the wait per unit of work by lock class, call path and function, and
// whether what fell is gone or waits at another lock now.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/compare/decomposition.h"

namespace socklock::analyzer {

enum class Fate : std::uint8_t {
  kUnclear,    // the runs don't say
  kUnchanged,  // within the threshold
  kFell,       // less, though not gone; no counterpart rose
  kRose,       // more; no counterpart fell
  kGone,       // nothing is left, and no counterpart rose
  kNew,        // nothing was there, and no counterpart fell
  kMoved,      // fell or vanished while a counterpart rose
  kTookOver,   // rose or is new while a counterpart fell
};
std::string_view name_of(Fate fate);  // "unclear", "gone", "moved", "took over", ...

// A part of the change of the whole. Before, after and delta of parts add up exactly.
struct MovedWait {
  struct Function {
    std::string name;
    double before_ns = 0;
    double after_ns = 0;
  };
  struct Part {
    CallPath path = CallPath::kOther;
    double before_ns = 0;
    double after_ns = 0;
    std::vector<Function> functions;  // add up to the path; largest change first
  };
  ClassId lock_class = kUnclassified;
  Role role = Role::kOther;
  double before_ns = 0;  // per unit of work
  double after_ns = 0;
  std::vector<Part> paths;  // add up to the class
  Fate fate = Fate::kUnclear;
  std::vector<ClassId> counterparts;  // of kMoved and kTookOver: locks of the same role that went the other way
  double moved_ns = 0;                // what those explain of the change; a rise explains one fall only

  [[nodiscard]] double delta_ns() const { return after_ns - before_ns; }
};

// The whole change: rose_ns - fell_ns = net_ns exactly. What rose may be the bottleneck that fell, moved to
// another lock of whatever role: at most the smaller of the two.
struct NetChange {
  double fell_ns = 0;
  double rose_ns = 0;
  double net_ns = 0;
  double moved_ns = 0;
};

// Adds up to the whole; largest change first. Fates are unclear as yet.
std::vector<MovedWait> moved_by_class(std::span<const WaitPart> parts, const Taxonomy& taxonomy);
NetChange net_change(std::span<const MovedWait> moved);

// What a class's figures say alone, before counterparts are looked for.
enum class Trend : std::uint8_t { kUnclear, kUnchanged, kFell, kRose, kGone, kNew };
// `trends[i]` is of `moved[i]`. Counterparts are locks of the same role, as classes of different kernels
// and of split or renamed locks have it, and of the same family (what is before the point of the name, where
// both have one), many to many, the largest falls first; what of a rise explained one fall is used up. Roles "other"
// and "scheduler" have none in common but the name.
void find_fates(std::vector<MovedWait>& moved, std::span<const Trend> trends, const Taxonomy& taxonomy);

}  // namespace socklock::analyzer
