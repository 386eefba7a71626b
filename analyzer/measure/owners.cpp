// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/owners.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/breakdown.h"

namespace socklock::analyzer {
namespace {

template <typename Rows, typename Row>
std::vector<Row> by_wait(Rows& rows, std::vector<Row> sorted) {
  for (auto& [key, row] : rows) sorted.push_back(std::move(row));
  std::stable_sort(sorted.begin(), sorted.end(), [](const Row& a, const Row& b) { return a.wait_ns > b.wait_ns; });
  return sorted;
}

}  // namespace

std::vector<OwnerCell> owner_matrix(const LabelledRun& run) {
  std::map<std::tuple<ClassId, CallPath, std::optional<CallPath>>, OwnerCell> cells;
  for (std::size_t i = 0; i < run.run.owners.size(); ++i) {
    const OwnerLabels& labels = run.owners[i];
    const OwnerSum& sum = run.run.owners[i];
    OwnerCell& cell = cells[{labels.lock_class, labels.waiter, labels.owner}];
    cell.lock_class = labels.lock_class;
    cell.waiter = labels.waiter;
    cell.owner = labels.owner;
    cell.waits += sum.waits;
    cell.wait_ns += sum.wait_ns;
    cell.wait_ns_by_state[static_cast<std::size_t>(sum.state)] += sum.wait_ns;
    cell.contended_ns += sum.contended_ns;
    cell.contended_ns_by_state[static_cast<std::size_t>(sum.state)] += sum.contended_ns;
  }
  return by_wait(cells, std::vector<OwnerCell>());
}

std::vector<OwnerDetail> owner_details(const LabelledRun& run) {
  const Dictionaries& dictionaries = run.run.dictionaries;
  const auto command = [&dictionaries](ThreadId id) {
    return id == kNoThread ? std::string() : command_name(dictionaries.at(id));
  };
  using Key = std::tuple<ClassId, std::string, CgroupId, OwnerState, FunctionId, std::string>;
  std::map<Key, OwnerDetail> rows;
  for (std::size_t i = 0; i < run.run.owners.size(); ++i) {
    const OwnerLabels& labels = run.owners[i];
    const OwnerSum& sum = run.run.owners[i];
    if (sum.owner == kNoThread) continue;
    const CgroupId cgroup = dictionaries.at(sum.owner).cgroup;
    OwnerDetail& row =
        rows[{labels.lock_class, command(sum.owner), cgroup, sum.state, labels.function, command(sum.root)}];
    row.lock_class = labels.lock_class;
    row.owner = command(sum.owner);
    row.cgroup = dictionaries.at(cgroup).name;
    row.state = sum.state;
    if (labels.function != FunctionId{0}) row.function = display_name(dictionaries.at(labels.function));
    row.root = command(sum.root);
    row.waits += sum.waits;
    row.wait_ns += sum.wait_ns;
    row.contended_ns += sum.contended_ns;
  }
  return by_wait(rows, std::vector<OwnerDetail>());
}

}  // namespace socklock::analyzer
