// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/whatif/load_use.h"

#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_events.h"
#include "analyzer/whatif/measure_use.h"

namespace socklock::analyzer {

Result<std::vector<RunUse>> load_use_in(const std::vector<LabelledRun>& runs, const Taxonomy& taxonomy,
                                        std::span<const Change> changes, WorkUnit unit) {
  std::vector<RunUse> uses;
  for (const LabelledRun& run : runs) {
    if (work_in(run.run, unit) <= 0) return fail(no_work(run.run, unit));
    SOCKLOCK_TRY_ASSIGN(const EventTable events,
                        load_events(run.run.path, taxonomy, {.budget_bytes = run.run.budget_bytes}));
    uses.push_back(measure_use(run, &events, taxonomy, changes, unit));
  }
  return uses;
}

Result<LoadedUse> load_use(const std::vector<LabelledRun>& runs, const Taxonomy& taxonomy,
                           std::span<const Change> changes, std::optional<WorkUnit> unit) {
  std::vector<const Run*> pointers;
  for (const LabelledRun& run : runs) pointers.push_back(&run.run);
  LoadedUse loaded;
  loaded.unit = unit.value_or(default_work_unit(pointers));
  SOCKLOCK_TRY_ASSIGN(loaded.runs, load_use_in(runs, taxonomy, changes, loaded.unit));
  return loaded;
}

}  // namespace socklock::analyzer
