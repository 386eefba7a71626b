// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/label/classes_of_locks.h"

#include <vector>

#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/event_reader.h"
#include "analyzer/load/flat_index.h"
#include "analyzer/load/kernel_stack.h"
#include "analyzer/load/wait_table_builder.h"

namespace socklock::analyzer {

void ClassesOfLocks::add(const WaitKey& key, const WaitLabels& labels) {
  if (key.lock == kNoLock || labels.lock_class == kUnclassified) return;
  const auto [known, is_new] = class_of_.try_emplace(index_of(key.lock), labels.lock_class);
  if (!is_new && known->second != labels.lock_class) known->second.reset();
}

WaitLabels ClassesOfLocks::completed(const WaitKey& key, WaitLabels labels) const {
  if (key.stack != kNoStack || labels.lock_class != kUnclassified) return labels;
  const auto known = class_of_.find(index_of(key.lock));
  if (known != class_of_.end() && known->second) labels.lock_class = *known->second;
  return labels;
}

Result<ClassesOfLocks> classes_of_locks(const std::string& path, const LabelledRun& run, const Taxonomy& taxonomy) {
  ClassesOfLocks classes;
  if (!run.sampling.used) return classes;
  SOCKLOCK_TRY_ASSIGN(
      auto reader,
      EventReader::open(
          path, run.run.budget_bytes,
          {.waits = false, .threads = false, .cpus = false, .weights = false, .errors = false, .run_delays = false}));
  WaitLabeller labeller(run.run, taxonomy);
  FlatIndex known;
  std::size_t kinds = 0;
  while (const trace::EventColumns* const columns = reader.next())
    for (std::size_t i = 0; i < columns->size(); ++i) {
      const WaitKey key{LockId{columns->lock[i]}, StackId{columns->stack[i]},        kNoThread,
                        columns->syscall[i],      kernel_stack(columns->context[i]), columns->flags[i]};
      if (known.find_or_add(pack(key)) < kinds) continue;
      ++kinds;
      classes.add(key, labeller.label(key));
    }
  return classes;
}

}  // namespace socklock::analyzer
