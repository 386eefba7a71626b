// SPDX-License-Identifier: GPL-2.0-or-later
// The waits of many runs, cut into the same slices, so that sides can be compared slice by slice.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "analyzer/compare/statistics.h"
#include "analyzer/label/labels.h"
#include "analyzer/measure/wait_stats.h"
#include "analyzer/measure/work_unit.h"

namespace socklock::analyzer {

struct LabelledRun;

enum class SliceKind : std::uint8_t {
  kAll,       // every wait
  kHeadline,  // the socket layer's locks together: tables, listeners, sockets, queues and their wait queues
  kPart,      // ... one of these parts
  kQuiet,     // all but memory's and the scheduler's
  kRole,
  kClass,
  kClassPath,
  kTablePath,  // connection-table locks (and bind and listener tables) by call path
  kRolePath,   // connection tables and bind tables, each by call path
};

// What the headline is made of; chosen beforehand, so that nobody looks for the part that fits.
enum class Part : std::uint8_t { kTables, kListeners, kSockets, kQueues, kWaitQueues };
inline constexpr std::size_t kParts = 5;
std::string_view name_of(Part part);
// Nothing: no lock of the socket layer.
std::optional<Part> part_of(const LockClass& lock_class);

// Fields that the kind does not name are 0.
struct SliceId {
  SliceKind kind = SliceKind::kAll;
  Role role = Role::kConnectionTable;
  ClassId lock_class = kUnclassified;
  CallPath path = CallPath::kSetup;
  Part part = Part::kTables;
  auto operator<=>(const SliceId&) const = default;
};

// Whether waits of this class and path belong to the slice.
bool is_in(SliceId slice, ClassId lock_class, CallPath path, const Taxonomy& taxonomy);

// Locks of the tables that connections are looked up, bound and listened in: "the connection tables".
bool is_table(const LockClass& lock_class);

struct RunMeasures {
  const LabelledRun* run = nullptr;
  double work = 0;
  std::map<SliceId, WaitStats> slices;
};

using Side = std::vector<RunMeasures>;

Side measure_side(std::span<const LabelledRun> runs, const Taxonomy& taxonomy, WorkUnit unit);

// Leaves one of runs that were named several times: a run counts once.
void drop_repeated(Side& side);
// Whether some run is on both sides.
bool share_a_run(const Side& before, const Side& after);

enum class Measure : std::uint8_t { kWait, kContentions };

// One value a run: the measure per unit of work.
std::vector<double> rates(const Side& side, SliceId slice, Measure measure);
// Runs of both sides in the order in which they were recorded, as positions in their sides: pair by pair, one before
// and one after, in either order. Nothing where they were not interleaved, or are fewer than kMinPairs a side.
struct Interleaving {
  std::vector<std::size_t> before, after;
};
inline constexpr std::size_t kMinPairs = 8;
std::optional<Interleaving> interleaving_of(const Side& before, const Side& after);

// The measure per interval of each run, for comparisons of too few runs.
std::vector<IntervalSeries> interval_series(const Side& side, const Taxonomy& taxonomy, SliceId slice, Measure measure,
                                            WorkUnit unit);
// All runs of a side together.
WaitStats pooled(const Side& side, SliceId slice);

}  // namespace socklock::analyzer
