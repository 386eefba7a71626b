// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>

#include "analyzer/label/labelled_run.h"
#include "analyzer/query/run_tables.h"

namespace socklock::analyzer {
namespace {

using enum CellType;

// Entry 0 of each dictionary, "not known", has no row: columns that refer to it are NULL or find none.
constexpr std::array kLockColumns{
    TableColumn{"run", kInteger, "", "runs.run"},
    TableColumn{"lock", kInteger, "", "number of the lock in its run"},
    TableColumn{"name", kText, "", "tcp.ehash[17], tcp.sock{#3}: objects are numbered, addresses are not told"},
    TableColumn{"fact", kText, "", "how it is known: table, slab, symbol, percpu, owner or unresolved"},
    TableColumn{"table_name", kText, "", "hash table that it is in: ehash, bhash, bhash2, lhash2"},
    TableColumn{"bucket", kInteger, "", "its place in the table, or its CPU"},
    TableColumn{"netns", kInteger, "", "inode of the network namespace of the table or TCP socket; NULL: not known"},
    TableColumn{"cache", kText, "", "slab cache that it is in: TCP"},
    TableColumn{"member", kText, "", "its place in the object: sk_lock.slock"},
    TableColumn{"symbol", kText, "", "its symbol, where it is a variable of the kernel"},
    TableColumn{"netns_name", kText, "", "what the namespace is called: host, blue; NULL: it has no name"}};

class LocksCursor : public CountedCursor {
 public:
  using CountedCursor::CountedCursor;
  [[nodiscard]] std::size_t rows(const QueryRun& run) const override {
    return run.labelled->run.dictionaries.locks.size() - 1;
  }
  [[nodiscard]] Cell cell(std::size_t column) override {
    const std::size_t id = row() + 1;
    const LockFacts& lock = run().dictionaries.locks[id];
    const bool is_table = lock.kind == FactKind::kTable;
    switch (column) {
      case 0: return run_number(run_index());
      case 1: return integer(id);
      case 2: return text(current().lock_names[id]);
      case 3: return text(fact_named(lock.kind));
      case 4: return text(lock.table);
      case 5: return is_table || lock.kind == FactKind::kPerCpu ? integer(lock.index) : Cell();
      case 6: return lock.netns_inode != 0 ? integer(lock.netns_inode) : Cell();
      case 7: return text(lock.place.cache);
      case 8: return text(lock.place.member);
      case 9: return text(lock.symbol);
      default: return text(current().netns_names[id]);
    }
  }

 private:
  static std::string_view fact_named(FactKind kind) {
    switch (kind) {
      case FactKind::kTable: return "table";
      case FactKind::kSlab: return "slab";
      case FactKind::kSymbol: return "symbol";
      case FactKind::kPerCpu: return "percpu";
      case FactKind::kOwner: return "owner";
      case FactKind::kUnresolved: break;
    }
    return "unresolved";
  }
};

constexpr std::array kStackColumns{TableColumn{"run", kInteger, "", "runs.run"},
                                   TableColumn{"stack", kInteger, "", "number of the stack in its run"},
                                   TableColumn{"frames", kText, "", "functions, outermost first, between semicolons"},
                                   TableColumn{"depth", kInteger, "count", "frames"},
                                   TableColumn{"truncated", kInteger, "", "1: deeper than the recorder walks"}};

class StacksCursor : public CountedCursor {
 public:
  using CountedCursor::CountedCursor;
  [[nodiscard]] std::size_t rows(const QueryRun& run) const override {
    return run.labelled->run.dictionaries.stacks.size() - 1;
  }
  [[nodiscard]] Cell cell(std::size_t column) override {
    const std::size_t id = row() + 1;
    const Stack& stack = run().dictionaries.stacks[id];
    switch (column) {
      case 0: return run_number(run_index());
      case 1: return integer(id);
      case 2: return text(current().stack_texts[id]);
      case 3: return integer(stack.frames.size());
      default: return integer(stack.truncated ? 1 : 0);
    }
  }
};

constexpr std::array kThreadColumns{
    TableColumn{"run", kInteger, "", "runs.run"},
    TableColumn{"thread", kInteger, "", "number of the thread in its run"},
    TableColumn{"tid", kInteger, "", "the kernel's number of the thread"},
    TableColumn{"pid", kInteger, "", "of its process"},
    TableColumn{"comm", kText, "", "its name"},
    TableColumn{"cgroup", kText, "", "its cgroup in words: nginx.service, docker 0123456789ab"},
    TableColumn{"cgroup_path", kText, "", "from the root of cgroup v2"}};

class ThreadsCursor : public CountedCursor {
 public:
  using CountedCursor::CountedCursor;
  [[nodiscard]] std::size_t rows(const QueryRun& run) const override {
    return run.labelled->run.dictionaries.threads.size() - 1;
  }
  [[nodiscard]] Cell cell(std::size_t column) override {
    const std::size_t id = row() + 1;
    const Thread& thread = run().dictionaries.threads[id];
    switch (column) {
      case 0: return run_number(run_index());
      case 1: return integer(id);
      case 2: return integer(thread.tid);
      case 3: return integer(thread.pid);
      case 4: return text(current().comms[id]);
      case 5: return thread.cgroup == kNoCgroup ? Cell() : text(current().cgroups[index_of(thread.cgroup)].name);
      default: return text(current().cgroups[index_of(thread.cgroup)].path);
    }
  }
};

}  // namespace

const QueryTable kLocksTable{"locks", "single locks, as facts", kLockColumns, open_cursor<LocksCursor>};
const QueryTable kStacksTable{"stacks", "call stacks", kStackColumns, open_cursor<StacksCursor>};
const QueryTable kThreadsTable{"threads", "threads that waited", kThreadColumns, open_cursor<ThreadsCursor>};

}  // namespace socklock::analyzer
