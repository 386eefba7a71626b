// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/query/run_tables.h"
#include "base/text.h"

namespace socklock::analyzer {
namespace {

// The class of a lock alone, as far as it tells it: of the first row that waits for it.
std::vector<std::string> names_of_locks(const LabelledRun& labelled, const Taxonomy& taxonomy) {
  const Dictionaries& dictionaries = labelled.run.dictionaries;
  const InstanceNames names(dictionaries);
  std::vector<std::string> result(dictionaries.locks.size());
  for (std::size_t row = 0; row < labelled.run.waits.size(); ++row) {
    const LockId lock = labelled.run.waits.keys[row].lock;
    std::string& name = result[index_of(lock)];
    if (name.empty()) name = printable(names.name(dictionaries.at(lock), taxonomy.at(labelled.labels[row].lock_class)));
  }
  return result;
}

std::string stack_text(const Stack& stack, const std::vector<std::string>& functions) {
  std::string text;
  for (auto frame = stack.frames.rbegin(); frame != stack.frames.rend(); ++frame)
    text += (text.empty() ? "" : ";") + functions[index_of(*frame)];
  return text;
}

std::string_view name_of(CellType type) {
  if (type == CellType::kText) return "TEXT";
  return type == CellType::kReal ? "REAL" : "INTEGER";
}

// What cells show as it is in the trace: a database is read by others, on terminals, too, and is to be UTF-8.
void make_printable(Run& run) {
  RunFacts& facts = run.facts;
  std::vector<std::string*> texts{
      &run.path, &facts.label, &facts.origin, &facts.host.name, &facts.host.kernel_release, &facts.host.machine};
  for (LockFacts& lock : run.dictionaries.locks)
    for (std::string* const text : {&lock.table, &lock.place.cache, &lock.place.member, &lock.symbol})
      texts.push_back(text);
  for (std::string* const text : texts) *text = printable(*text);
}

}  // namespace

const Run& run_of(const QueryRun& run) { return run.labelled->run; }

QueryRun prepared(LabelledRun labelled, const Taxonomy& taxonomy) {
  QueryRun run;
  const Dictionaries& dictionaries = labelled.run.dictionaries;
  for (const Function& function : dictionaries.functions) run.functions.push_back(printable(display_name(function)));
  for (const Stack& stack : dictionaries.stacks) run.stack_texts.push_back(stack_text(stack, run.functions));
  for (const Thread& thread : dictionaries.threads) run.comms.push_back(printable(thread.comm));
  for (const Cgroup& cgroup : dictionaries.cgroups)
    run.cgroups.push_back({printable(cgroup.name), printable(cgroup.path)});
  for (const LockFacts& lock : dictionaries.locks) {
    const auto named = dictionaries.namespaces.find(lock.netns_inode);
    run.netns_names.push_back(named == dictionaries.namespaces.end() ? "" : printable(named->second));
  }
  for (const std::string& word : labelled.run.facts.workload.argv)
    run.workload += (run.workload.empty() ? "" : " ") + printable(word);
  run.lock_names = names_of_locks(labelled, taxonomy);
  run.path = labelled.run.path;
  make_printable(labelled.run);
  run.acquired = acquired_calls(labelled.run, taxonomy);
  run.held = held_spans(labelled.run, taxonomy);
  run.labelled = std::make_shared<const LabelledRun>(std::move(labelled));
  return run;
}

std::span<const QueryTable> query_tables() {
  static const std::array kTables{kRunsTable,  kTotalsTable, kWaitsTable,     kThreadWaitsTable, kEventsTable,
                                  kCallsTable, kHoldsTable,  kHeldLocksTable, kHoldersTable,     kOwnersTable,
                                  kLocksTable, kStacksTable, kThreadsTable,   kWorkTable,        kLossesTable};
  return kTables;
}

std::string tables_text() {
  std::string text;
  for (const QueryTable& table : query_tables()) {
    text += fmt::format("{}{}: {}\n", text.empty() ? "" : "\n", table.name, table.meaning);
    for (const TableColumn& column : table.columns)
      text += fmt::format("  {:<20} {:<7} {:<13} {}\n", column.name, name_of(column.type), column.unit, column.meaning);
  }
  return text;
}

}  // namespace socklock::analyzer
