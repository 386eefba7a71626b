// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/folder_store.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "analyzer/label/load_runs.h"

namespace socklock::fleet {
namespace {

bool meets(const std::string& folder, const Row& row, const std::string& part) {
  const std::string key = part.substr(0, part.find('=')), value = part.substr(part.find('=') + 1);
  if (key == "folder") return folder == value;
  if (key == "host") return row.host == value;
  if (key == "kernel") return row.kernel == value;
  if (key == "machine") return row.machine == value;
  if (key == "spinlock_mode") return row.spinlock_mode == value;
  return std::find(row.labels.begin(), row.labels.end(), part) != row.labels.end();
}

bool meets_all(const std::string& folder, const Row& row, const Selector& selector) {
  return std::all_of(selector.begin(), selector.end(),
                     [&](const std::string& part) { return meets(folder, row, part); });
}

}  // namespace

Result<FolderStore> FolderStore::open(const std::vector<std::string>& folders, const analyzer::Taxonomy& taxonomy,
                                      const RollUpOptions& options) {
  FolderStore store;
  for (const std::string& folder : folders) {
    SOCKLOCK_TRY_ASSIGN(const auto paths, analyzer::traces_named({folder}, "before"));
    // As in the store: of what was rolled up twice, from copies of one trace, one counts.
    std::map<std::tuple<std::uint32_t, std::string, Id16>, Row> by_key;
    for (const std::string& path : paths) {
      SOCKLOCK_TRY_ASSIGN(RollUp rolled, roll_up(path, taxonomy, options));
      for (Row& row : rolled.minutes) {
        std::tuple key{row.time_s, row.host, row.trace};
        by_key.insert_or_assign(std::move(key), std::move(row));
      }
      store.names_.merge(rolled.names);
    }
    for (auto& [key, row] : by_key) store.rows_.push_back({folder, std::move(row)});
  }
  return store;
}

std::vector<const Row*> FolderStore::rows(const Window& window, const Selector& selector) const {
  std::vector<const Row*> found;
  for (const Held& held : rows_)
    if (held.row.time_s >= window.begin_s && held.row.time_s < window.end_s &&
        meets_all(held.folder, held.row, selector))
      found.push_back(&held.row);
  return found;
}

Result<HostsFound> FolderStore::hosts(const std::vector<Window>& windows, const std::vector<Selector>& groups) {
  HostsFound found;
  for (const Selector& group : groups) {
    found.hosts.emplace_back();
    for (const Window& window : windows) found.hosts.back().push_back(hosts_in(window, group));
  }
  return found;
}

std::vector<HostUse> FolderStore::hosts_in(const Window& window, const Selector& selector) const {
  std::map<std::string, HostUse> hosts;
  for (const Row* row : rows(window, selector)) {
    HostUse& host = hosts[row->host];
    host.host = row->host;
    host.labels.insert(fmt::format("{}", fmt::join(row->labels, ",")));
    host.kernels.insert(row->kernel);
    host.spinlock_modes.insert(row->spinlock_mode);
    host.least_level = std::min(host.least_level, row->level);
    host.most_level = std::max(host.most_level, row->level);
    host.least_taxonomy = std::min(host.least_taxonomy, row->taxonomy);
    host.most_taxonomy = std::max(host.most_taxonomy, row->taxonomy);
    host.work.add(row->work);
    host.covered_ns += row->covered_ns;
    host.lost_totals += row->lost_totals;
    for (const LockSum& lock : row->locks) {
      host.waits[lock.name].wait_ns += lock.wait_ns;
      host.waits[lock.name].contentions += lock.contentions;
    }
  }
  std::vector<HostUse> result;
  for (auto& [name, host] : hosts) result.push_back(std::move(host));
  return result;
}

Result<std::vector<NameUse>> FolderStore::uses(const Window& window, const Selector& selector) {
  std::map<std::uint64_t, NameUse> uses;
  for (const Row* row : rows(window, selector)) {
    for (const LockSum& lock : row->locks) {
      NameUse& use = uses[lock.name];
      use.name = lock.name;
      use.contentions += lock.contentions;
      use.wait_ns += lock.wait_ns;
      use.max_ns = std::max(use.max_ns, lock.max_ns);
      use.hosts.insert(row->host);
    }
    for (const Cell& cell : row->cells) uses[cell.name].cells[cell.bucket] += cell.waits;
  }
  std::vector<NameUse> result;
  for (auto& [name, use] : uses) result.push_back(std::move(use));
  return result;
}

}  // namespace socklock::fleet
