// SPDX-License-Identifier: GPL-2.0-or-later
// Every measure of a slice, described once: tables of reports, comparisons and the viewer, CSV, JSON, its schemas and
// the manual take name, title, unit and definition from here, and the figure too. A new measure is an entry in
// slice_columns.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/document/table.h"
#include "analyzer/measure/wait_stats.h"

namespace socklock::analyzer {

// How often the locks of a slice were taken, where that was measured.
struct SliceAcquisitions {
  std::uint64_t count = 0;
  bool at_least = false;
  double per_unit = 0;                     // of one side
  std::optional<double> contention_ratio;  // nothing where waits could not be seen
};

// What is known of a slice, in one run or of all runs of a side.
struct SliceValues {
  const WaitStats& stats;
  bool knows_distribution = true;  // else only sums are known
  bool knows_run_delay = false;    // what of the wait was for a CPU
  double contentions_error = 0;    // half widths of 95% intervals; 0: exact
  double wait_ns_error = 0;
  double whole_wait_ns = 0;  // of the run: what shares are of
  double contentions_per_unit = 0;
  double wait_ns_per_unit = 0;
  double wait_share = 0;  // of online CPUs times elapsed time
  std::optional<SliceAcquisitions> acquisitions = std::nullopt;
};

// Where a measure is shown: of one run, or of each side of a comparison.
enum Places : std::uint16_t {
  kRunTable = 1U << 0U,   // tables of a report
  kRunRow = 1U << 1U,     // its CSV
  kRunData = 1U << 2U,    // its JSON
  kClassData = 1U << 3U,  // its JSON, of lock classes only
  kSideLines = 1U << 4U,  // tables of a comparison: text and all that have more room
  kSideMarkup = 1U << 5U,
  kSidePage = 1U << 6U,
  kSideScreen = 1U << 7U,
  kSideRow = 1U << 8U,
  kSideData = 1U << 9U,
};

struct SliceMeasure {
  Column column;
  unsigned places = 0;  // of Places
  Figure (*figure)(const SliceValues& values) = nullptr;
};

// In the order of columns and keys.
std::span<const SliceMeasure> slice_measures();
// Those that are shown at one of the places.
std::vector<const SliceMeasure*> slice_measures_at(unsigned places);
// The measure of this id; it has to exist.
const SliceMeasure& slice_measure(std::string_view id);
// The place of a side's measures in a table with so much room.
unsigned side_places(Detail detail);

}  // namespace socklock::analyzer
