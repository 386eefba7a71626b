// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>

#include "analyzer/label/labelled_run.h"
#include "analyzer/query/run_tables.h"

namespace socklock::analyzer {
namespace {

using enum CellType;

constexpr std::array kOwnerColumns{
    TableColumn{"run", kInteger, "", "runs.run"},
    TableColumn{"lock", kInteger, "", "locks.lock of the same run"},
    TableColumn{"stack", kInteger, "", "of the waiter: stacks.stack of the same run"},
    TableColumn{"syscall", kInteger, "", "of the waiter: number of the system call; NULL: none known"},
    TableColumn{"lock_class", kText, "", "what the lock protects"},
    TableColumn{"call_path", kText, "", "what the waiter was doing"},
    TableColumn{"owner", kInteger, "", "threads.thread of the same run; NULL: not known, for instance readers"},
    TableColumn{"owner_path", kText, "", "what the owner was doing; NULL: not known who it was"},
    TableColumn{"state", kText, "", "of the owner when the wait began: running, runnable or asleep; NULL: not known"},
    TableColumn{"owner_stack", kInteger, "", "of an owner that did not run: stacks.stack; NULL: not recorded"},
    TableColumn{"function", kText, "", "that such an owner was in; NULL: not known"},
    TableColumn{"root", kInteger, "", "threads.thread that the owner waited for itself, in the end; NULL: for none"},
    TableColumn{"contentions", kInteger, "count", "waits that the sampled ones stand for"},
    TableColumn{"wait_ns", kInteger, "ns", "sum of them"},
    TableColumn{"contended_ns", kInteger, "ns", "in which this owner held it and others waited, each moment once"}};

class OwnersCursor : public CountedCursor {
 public:
  using CountedCursor::CountedCursor;
  [[nodiscard]] std::size_t rows(const QueryRun& run) const override { return run_of(run).owners.size(); }
  [[nodiscard]] Cell cell(std::size_t column) override {
    const OwnerSum& sum = run().owners[row()];
    const OwnerLabels& labels = current().labelled->owners[row()];
    switch (column) {
      case 0: return run_number(run_index());
      case 1: return integer(index_of(sum.lock));
      case 2: return sum.stack == kNoStack ? Cell() : integer(index_of(sum.stack));
      case 3: return sum.syscall == 0 ? Cell() : integer(sum.syscall - 1U);
      case 4: return text(taxonomy().at(labels.lock_class).name);
      case 5: return text(name_of(labels.waiter));
      case 6: return sum.owner == kNoThread ? Cell() : integer(index_of(sum.owner));
      case 7: return labels.owner ? text(name_of(*labels.owner)) : Cell();
      case 8: return sum.state == OwnerState::kUnknown ? Cell() : text(name_of(sum.state));
      case 9: return sum.owner_stack == kNoStack ? Cell() : integer(index_of(sum.owner_stack));
      case 10: return labels.function == FunctionId{0} ? Cell() : text(current().functions[index_of(labels.function)]);
      case 11: return sum.root == kNoThread ? Cell() : integer(index_of(sum.root));
      case 12: return integer(sum.waits);
      case 13: return integer(sum.wait_ns);
      default: return integer(sum.contended_ns);
    }
  }
};

}  // namespace

const QueryTable kOwnersTable{"owners", "sampled waits for mutexes, rwsems and rt-mutexes, by who owned the lock then",
                              kOwnerColumns, open_cursor<OwnersCursor>};

}  // namespace socklock::analyzer
