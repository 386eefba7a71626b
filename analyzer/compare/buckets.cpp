// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/buckets.h"

#include <algorithm>
#include <map>

#include "analyzer/label/labelled_run.h"

namespace socklock::analyzer {
namespace {

using Buckets = std::map<std::uint32_t, BucketWait>;

struct SideOf {
  double BucketWait::*wait_ns;
  std::uint64_t BucketWait::*contentions;
};

void add(std::span<const LabelledRun> runs, SideOf side, WorkUnit unit, std::map<ClassId, Buckets>& tables) {
  for (const LabelledRun& run : runs) {
    const double work = work_in(run.run, unit);
    if (work <= 0) continue;
    const WaitTable& waits = run.run.waits;
    for (std::size_t row = 0; row < waits.size(); ++row) {
      const LockFacts& lock = run.run.dictionaries.at(waits.keys[row].lock);
      if (lock.kind != FactKind::kTable || waits.sums[row].contentions == 0) continue;
      BucketWait& bucket = tables[run.labels[row].lock_class][lock.index];
      bucket.index = lock.index;
      bucket.*side.wait_ns += static_cast<double>(waits.sums[row].wait_ns) / work / static_cast<double>(runs.size());
      bucket.*side.contentions += waits.sums[row].contentions;
    }
  }
}

std::size_t hot_half(const std::vector<BucketWait>& buckets, double BucketWait::*wait_ns) {
  std::vector<double> waits;
  double all = 0;
  for (const BucketWait& bucket : buckets) {
    waits.push_back(bucket.*wait_ns);
    all += bucket.*wait_ns;
  }
  if (all <= 0) return 0;
  std::sort(waits.rbegin(), waits.rend());
  double sum = 0;
  std::size_t count = 0;
  while (count < waits.size() && sum < all / 2) sum += waits[count++];
  return count;
}

double whole(const TableBuckets& table) {
  double before = 0, after = 0;
  for (const BucketWait& bucket : table.buckets) {
    before += bucket.before_ns;
    after += bucket.after_ns;
  }
  return std::max(before, after);
}

}  // namespace

std::vector<TableBuckets> table_buckets(std::span<const LabelledRun> before, std::span<const LabelledRun> after,
                                        const Taxonomy& taxonomy, WorkUnit unit) {
  std::map<ClassId, Buckets> tables;
  add(before, {&BucketWait::before_ns, &BucketWait::contentions_before}, unit, tables);
  add(after, {&BucketWait::after_ns, &BucketWait::contentions_after}, unit, tables);
  std::vector<TableBuckets> list;
  for (const auto& [lock_class, buckets] : tables) {
    TableBuckets& table = list.emplace_back();
    table.lock_class = taxonomy.at(lock_class).name;
    for (const auto& [index, bucket] : buckets) table.buckets.push_back(bucket);
    table.hot_half_before = hot_half(table.buckets, &BucketWait::before_ns);
    table.hot_half_after = hot_half(table.buckets, &BucketWait::after_ns);
  }
  std::sort(list.begin(), list.end(), [](const TableBuckets& a, const TableBuckets& b) { return whole(a) > whole(b); });
  return list;
}

}  // namespace socklock::analyzer
