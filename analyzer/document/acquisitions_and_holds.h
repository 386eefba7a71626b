// SPDX-License-Identifier: GPL-2.0-or-later
// What capability level 2 measured in one run, as tables and as data: acquisitions and contention
// ratios, hold times, and who held what others waited for.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/document/table.h"
#include "analyzer/document/value.h"
#include "analyzer/label/labels.h"
#include "analyzer/measure/acquisitions.h"
#include "analyzer/measure/breakdown.h"
#include "analyzer/measure/holds.h"

namespace socklock::analyzer {

struct LabelledRun;

// "tcp.ehash", "tcp.ehash × setup".
std::string class_name(const Taxonomy& taxonomy, ClassId lock_class, std::optional<CallPath> path);
// Nothing where single holds are not known.
Figure hold_quantile(const HoldStats& stats, double q);
// "send waits for input".
std::string waits_for_text(CallPath waiter, const std::optional<CallPath>& holder);

// Of one class, or of one class on one call path.
struct AcquisitionRow {
  std::string name;
  ClassId lock_class = kUnclassified;
  std::optional<CallPath> path;
  Acquisitions acquisitions;
  std::uint64_t contentions = 0;
  std::optional<double> ratio;
};

// Most acquisitions first; by class, or by class and path. What was not acquired is left out.
std::vector<AcquisitionRow> acquisition_rows(const LabelledRun& run, const Taxonomy& taxonomy, By by);

// Acquisitions, hold times, who held what others waited for; what the kernel ran, where that was sampled. What was
// not measured says why in its note.
std::vector<Table> acquisition_and_hold_tables(const LabelledRun& run, const Taxonomy& taxonomy, std::size_t limit);

// Its name, or null.
Value path_data(const std::optional<CallPath>& path);

// For the data's keys "acquisitions", "holds", "owners" and "holders".
Value acquisitions_data(const LabelledRun& run, const Taxonomy& taxonomy);
Value holds_data(const LabelledRun& run, const Taxonomy& taxonomy);
Value owners_data(const LabelledRun& run, const Taxonomy& taxonomy);
Value holders_data(const LabelledRun& run, const Taxonomy& taxonomy);
// For "cpu_profile"; null where the CPU was not sampled.
Value cpu_profile_data(const LabelledRun& run);

}  // namespace socklock::analyzer
