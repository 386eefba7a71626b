// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>

#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/holds.h"
#include "analyzer/query/run_tables.h"

namespace socklock::analyzer {
namespace {

using enum CellType;

constexpr std::array kHeldLockColumns{TableColumn{"run", kInteger, "", "runs.run"},
                                      TableColumn{"lock", kInteger, "", "locks.lock of the same run"},
                                      TableColumn{"lock_class", kText, "", "what the lock protects: tcp.ehash"},
                                      TableColumn{"samples", kInteger, "count", "holds that were measured"},
                                      TableColumn{"holds", kInteger, "count", "holds that they stand for"},
                                      TableColumn{"hold_ns", kInteger, "ns", "sum of all those"}};

class HeldLocksCursor : public CountedCursor {
 public:
  using CountedCursor::CountedCursor;
  [[nodiscard]] std::size_t rows(const QueryRun& run) const override { return run_of(run).held_locks.size(); }
  [[nodiscard]] Cell cell(std::size_t column) override {
    const HeldLock& held = run().held_locks[row()];
    switch (column) {
      case 0: return run_number(run_index());
      case 1: return integer(index_of(held.lock));
      case 2: {
        const auto lock_class = class_of(held, taxonomy());
        return lock_class ? text(taxonomy().at(*lock_class).name) : Cell();
      }
      case 3: return integer(held.samples);
      case 4: return integer(held.weight);
      default: return integer(held.hold_ns);
    }
  }
};

}  // namespace

const QueryTable kHeldLocksTable{"held_locks",
                                 "the same samples by which lock of a table it was, where --probe-spinlocks was given",
                                 kHeldLockColumns, open_cursor<HeldLocksCursor>};

}  // namespace socklock::analyzer
