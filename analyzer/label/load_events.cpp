// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/label/load_events.h"

#include <algorithm>
#include <utility>

#include "analyzer/label/classes_of_locks.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/event_reader.h"
#include "analyzer/load/kernel_stack.h"
#include "analyzer/load/wait_table_builder.h"
#include "proto/rows.h"

namespace socklock::analyzer {
namespace {

class EventLoader {
 public:
  void reserve(std::size_t events) {
    table_.end_ns.reserve(events);
    table_.wait_ns.reserve(events);
    table_.thread.reserve(events);
    table_.kind.reserve(events);
    table_.cpu.reserve(events);
  }

  void add(const trace::EventColumns& columns) {
    table_.end_ns.insert(table_.end_ns.end(), columns.end_ns.begin(), columns.end_ns.end());
    table_.cpu.insert(table_.cpu.end(), columns.cpu.begin(), columns.cpu.end());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const WaitKey key{LockId{columns.lock[i]}, StackId{columns.stack[i]},        kNoThread,
                        columns.syscall[i],      kernel_stack(columns.context[i]), columns.flags[i]};
      table_.kind.push_back(kind_of(key));
      table_.wait_ns.push_back(columns.wait_ns[i]);
      table_.thread.push_back(ThreadId{columns.thread[i]});
      table_.weight.push_back(columns.weight[i]);
    }
  }

  EventTable finish(Dictionaries dictionaries, const Taxonomy& taxonomy) && {
    run().dictionaries = std::move(dictionaries);
    WaitLabeller labeller(run(), taxonomy);
    const std::vector<WaitKey>& keys = run().waits.keys;
    ClassesOfLocks classes;
    for (const WaitKey& key : keys) classes.add(key, of_kinds_.labels.emplace_back(labeller.label(key)));
    for (std::size_t i = 0; i < keys.size(); ++i) of_kinds_.labels[i] = classes.completed(keys[i], of_kinds_.labels[i]);
    table_.kinds = std::make_shared<const LabelledRun>(std::move(of_kinds_));
    return std::move(table_);
  }
  Run& run() { return of_kinds_.run; }

 private:
  // Waits of one kind follow each other often: these are not looked up.
  std::uint32_t kind_of(const WaitKey& key) {
    const FlatKey packed = pack(key);
    if (packed == last_key_ && !run().waits.keys.empty()) return last_kind_;
    last_key_ = packed;
    last_kind_ = kinds_.find_or_add(packed);
    if (last_kind_ == run().waits.keys.size()) run().waits.keys.push_back(key);
    return last_kind_;
  }

  EventTable table_;
  LabelledRun of_kinds_;
  FlatIndex kinds_;
  FlatKey last_key_;
  std::uint32_t last_kind_ = 0;
};

template <typename Column>
void reorder(Column& column, const std::vector<std::uint32_t>& order) {
  Column sorted;
  for (const std::uint32_t i : order) sorted.push_back(column[i]);
  column = std::move(sorted);
}

// A damaged or foreign trace may have blocks in any order.
void sort_by_end(EventTable& table) {
  if (std::is_sorted(table.end_ns.begin(), table.end_ns.end())) return;
  std::vector<std::uint32_t> order(table.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
  std::stable_sort(order.begin(), order.end(),
                   [&table](std::uint32_t a, std::uint32_t b) { return table.end_ns[a] < table.end_ns[b]; });
  reorder(table.end_ns, order);
  reorder(table.wait_ns, order);
  reorder(table.thread, order);
  reorder(table.weight, order);
  reorder(table.kind, order);
  reorder(table.cpu, order);
}

template <typename T>
std::uint64_t bytes_in(const std::vector<T>& column) {
  return column.capacity() * sizeof(T);
}

}  // namespace

std::size_t EventTable::first_at(std::uint64_t ns) const {
  return static_cast<std::size_t>(std::lower_bound(end_ns.begin(), end_ns.end(), ns) - end_ns.begin());
}

const WaitLabels& EventTable::labels_of(std::size_t event) const { return kinds->labels[kind[event]]; }
const std::vector<WaitLabels>& EventTable::labels_of_kinds() const { return kinds->labels; }
const WaitKey& EventTable::key_of_kind(std::size_t number) const { return kinds->run.waits.keys[number]; }
LockId EventTable::lock_of(std::size_t event) const { return kinds->run.waits.keys[kind[event]].lock; }
StackId EventTable::stack_of(std::size_t event) const { return kinds->run.waits.keys[kind[event]].stack; }
const Dictionaries& EventTable::dictionaries() const { return kinds->run.dictionaries; }

std::uint64_t EventTable::bytes() const {
  return bytes_in(end_ns) + wait_ns.bytes() + bytes_in(thread) + weight.bytes() + bytes_in(kind) + bytes_in(cpu);
}

Result<EventTable> load_events(const std::string& path, const Taxonomy& taxonomy, const LoadOptions& options) {
  SOCKLOCK_TRY_ASSIGN(auto reader, EventReader::open(path, options.budget_bytes, {.errors = false}));
  SOCKLOCK_TRY_ASSIGN(RunFacts facts, load_facts(path));
  EventLoader loader;
  loader.run().path = path;
  loader.run().facts = std::move(facts);
  loader.reserve(static_cast<std::size_t>(std::min(reader.promised_events(), reader.size_bytes())));
  while (const trace::EventColumns* const columns = reader.next()) {
    if (options.progress && !options.progress(reader.position_bytes()))
      return fail({kCancelled, "'" + path + "'", "", ExitCode::kBadInput});
    loader.add(*columns);
  }
  EventTable table = std::move(loader).finish(reader.take_dictionaries(), taxonomy);
  sort_by_end(table);
  return table;
}

}  // namespace socklock::analyzer
