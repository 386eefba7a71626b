// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/unnamed.h"

#include <algorithm>

#include "analyzer/label/labelled_run.h"
#include "analyzer/load/run.h"

namespace socklock::analyzer {
namespace {

struct PathShare {
  double wait_ns = 0;
  double without_path_ns = 0;
};

void count(const LabelledRun& run, const Taxonomy& taxonomy, PathShare& share, Unnamed& unnamed) {
  for (std::size_t row = 0; row < run.labels.size(); ++row) {
    const WaitLabels& labels = run.labels[row];
    const WaitSums& sums = run.run.waits.sums[row];
    if (labels.socket && labels.lock_class == kUnclassified) unnamed.unclassified += sums.contentions;
    if (!part_of(taxonomy.at(labels.lock_class))) continue;
    share.wait_ns += static_cast<double>(sums.wait_ns);
    if (labels.path == CallPath::kOther) share.without_path_ns += static_cast<double>(sums.wait_ns);
  }
}

}  // namespace

Unnamed unnamed_waits(const Side& before, const Side& after, const Taxonomy& taxonomy) {
  Unnamed unnamed;
  for (const Side* side : {&before, &after}) {
    PathShare share;
    for (const RunMeasures& run : *side) count(*run.run, taxonomy, share, unnamed);
    if (share.wait_ns > 0) unnamed.without_path = std::max(unnamed.without_path, share.without_path_ns / share.wait_ns);
  }
  return unnamed;
}

}  // namespace socklock::analyzer
