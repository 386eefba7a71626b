// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/label/load_events.h"

#include <algorithm>
#include <variant>

#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/dictionary_builder.h"
#include "analyzer/load/kernel_stack.h"
#include "analyzer/load/wait_table_builder.h"
#include "proto/rows.h"
#include "proto/trace_reader.h"

namespace socklock::analyzer {
namespace {

namespace v1 = trace::v1;

class EventLoader {
 public:
  void add(const v1::Dictionary& dictionary) { dictionaries_.add(dictionary); }
  // Of other blocks load_run() knows.
  template <typename Other>
  void add(const Other& /*message*/) {}

  void add(const v1::Events& message) {
    if (!trace::decode(message, columns_)) return;  // load_run() lists it as damage
    for (std::size_t i = 0; i < columns_.size(); ++i) add_event(i);
  }

  void reserve(std::size_t events) {
    table_.end_ns.reserve(events);
    table_.wait_ns.reserve(events);
    table_.thread.reserve(events);
    table_.weight.reserve(events);
    table_.kind.reserve(events);
    table_.cpu.reserve(events);
  }

  EventTable finish(const Taxonomy& taxonomy) && {
    run().dictionaries = dictionaries_.take();
    WaitLabeller labeller(run(), taxonomy);
    for (const WaitKey& key : run().waits.keys) of_kinds_.labels.push_back(labeller.label(key));
    table_.kinds = std::make_shared<const LabelledRun>(std::move(of_kinds_));
    return std::move(table_);
  }
  Run& run() { return of_kinds_.run; }

 private:
  void add_event(std::size_t i) {
    const WaitKey key{dictionaries_.lock(columns_.lock[i]),
                      dictionaries_.stack(columns_.stack[i]),
                      kNoThread,
                      columns_.syscall[i],
                      kernel_stack(columns_.context[i]),
                      columns_.flags[i]};
    const std::uint32_t kind = kinds_.find_or_add(pack(key));
    if (kind == run().waits.keys.size()) run().waits.keys.push_back(key);
    table_.end_ns.push_back(columns_.end_ns[i]);
    table_.wait_ns.push_back(columns_.wait_ns[i]);
    table_.thread.push_back(dictionaries_.thread(columns_.thread[i]));
    table_.weight.push_back(columns_.weight[i]);
    table_.kind.push_back(kind);
    table_.cpu.push_back(columns_.cpu[i]);
  }

  EventTable table_;
  LabelledRun of_kinds_;
  DictionaryBuilder dictionaries_;
  FlatIndex kinds_;
  trace::EventColumns columns_;
};

template <typename T>
void reorder(std::vector<T>& column, const std::vector<std::uint32_t>& order) {
  std::vector<T> sorted;
  sorted.reserve(column.size());
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
LockId EventTable::lock_of(std::size_t event) const { return kinds->run.waits.keys[kind[event]].lock; }
StackId EventTable::stack_of(std::size_t event) const { return kinds->run.waits.keys[kind[event]].stack; }
const Dictionaries& EventTable::dictionaries() const { return kinds->run.dictionaries; }

std::uint64_t EventTable::bytes() const {
  return bytes_in(end_ns) + bytes_in(wait_ns) + bytes_in(thread) + bytes_in(weight) + bytes_in(kind) + bytes_in(cpu);
}

Result<EventTable> load_events(const std::string& path, const Taxonomy& taxonomy, const LoadProgress& progress) {
  SOCKLOCK_TRY_ASSIGN(auto reader, trace::TraceReader::open(path));
  SOCKLOCK_TRY_ASSIGN(RunFacts facts, load_facts(path));
  EventLoader loader;
  loader.run().path = path;
  loader.run().facts = std::move(facts);
  // A footer is input: it may save growing, never ask for more than the file can hold.
  if (const auto footer = reader.footer())
    loader.reserve(static_cast<std::size_t>(std::min(footer->events(), reader.size_bytes())));
  while (auto block = reader.next()) {
    if (progress && !progress(reader.position_bytes()))
      return fail({kCancelled, "'" + path + "'", "", ExitCode::kBadInput});
    std::visit([&loader](const auto& message) { loader.add(message); }, block->message);
  }
  EventTable table = std::move(loader).finish(taxonomy);
  sort_by_end(table);
  return table;
}

}  // namespace socklock::analyzer
