// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/roll_up.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <unordered_map>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <fmt/format.h>

#include "analyzer/label/classify.h"
#include "analyzer/label/label_periods.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/load_run.h"
#include "analyzer/query/run_tables.h"
#include "base/text.h"
#include "base/units.h"

namespace socklock::fleet {
namespace {

using analyzer::Interval;
using analyzer::LabelledRun;
using analyzer::Run;
using analyzer::Taxonomy;

constexpr std::uint64_t kHourNs = 3600 * kNsPerSecond;
constexpr std::size_t kMaxHostBytes = 253;
constexpr std::size_t kMaxLabels = 32;
constexpr std::size_t kMaxLabelBytes = 128;

std::string shortened(std::string_view text, std::size_t most = kMaxNameBytes) {
  std::string safe = printable(text);
  while (safe.size() > most) {
    safe.pop_back();
    while (!safe.empty() && (static_cast<unsigned char>(safe.back()) & 0xC0) == 0x80) safe.pop_back();
    if (!safe.empty() && static_cast<unsigned char>(safe.back()) >= 0xC0) safe.pop_back();
  }
  return safe;
}

Id16 id_of(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, hash);
  Id16 id{};
  static_assert(sizeof bytes.digest == sizeof id);
  std::memcpy(id.data(), bytes.digest, sizeof id);
  return id;
}

std::string hmac_of(const std::string& key, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, &length);
  std::string hex;
  for (unsigned i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

// Sums of one minute or hour while they are made.
struct Sums {
  Row row;
  std::unordered_map<std::uint64_t, LockSum> locks;
  std::map<std::pair<std::uint64_t, std::uint16_t>, std::uint64_t> cells;
};

std::string function_of(const Run& run, const LabelledRun& labelled, std::size_t row) {
  if (run.waits.keys[row].stack == analyzer::kNoStack) return "";
  const std::string name = display_name(run.dictionaries.at(labelled.labels[row].taker));
  return name.starts_with("0x") ? "[unnamed]" : shortened(name);
}

Name name_of_row(const LabelledRun& labelled, const Taxonomy& taxonomy, std::size_t row) {
  const analyzer::WaitLabels& labels = labelled.labels[row];
  const analyzer::LockClass& lock_class = taxonomy.at(labels.lock_class);
  return {shortened(lock_class.name),
          std::string(name_of(lock_class.role)),
          std::string(name_of(labels.path)),
          std::string(name_of(labels.context)),
          function_of(labelled.run, labelled, row),
          std::string(analyzer::kind_named(labelled.run.waits.keys[row].flags))};
}

// The smallest by wait become "rest" until there are few enough.
void fold_smallest(Sums& sums) {
  if (sums.locks.size() <= kMaxLocks && sums.cells.size() <= kMaxCells) return;
  std::vector<LockSum> by_wait;
  for (const auto& [name, sum] : sums.locks) by_wait.push_back(sum);
  std::sort(by_wait.begin(), by_wait.end(), [](const LockSum& a, const LockSum& b) {
    return a.wait_ns != b.wait_ns ? a.wait_ns > b.wait_ns : a.name < b.name;
  });
  std::unordered_map<std::uint64_t, std::size_t> cells_of;
  for (const auto& [key, waits] : sums.cells) ++cells_of[key.first];
  std::set<std::uint64_t> kept;
  std::size_t cells = 0;
  for (const LockSum& sum : by_wait) {
    // Room for "rest" itself, and all of its buckets.
    if (kept.size() + 1 >= kMaxLocks || cells + cells_of[sum.name] + SOCKLOCK_WAIT_BUCKETS > kMaxCells) break;
    cells += cells_of[sum.name];
    kept.insert(sum.name);
  }
  const std::uint64_t rest = hash_of(rest_name());
  Sums folded{std::move(sums.row), {}, {}};
  for (const LockSum& sum : by_wait) {
    LockSum& to = folded.locks[kept.contains(sum.name) ? sum.name : rest];
    to.name = kept.contains(sum.name) ? sum.name : rest;
    to.add(sum);
  }
  for (const auto& [key, waits] : sums.cells)
    folded.cells[{kept.contains(key.first) ? key.first : rest, key.second}] += waits;
  sums = std::move(folded);
}

Row finished(Sums&& sums) {
  fold_smallest(sums);
  Row row = std::move(sums.row);
  for (const auto& [name, sum] : sums.locks) row.locks.push_back(sum);
  std::sort(row.locks.begin(), row.locks.end(), [](const LockSum& a, const LockSum& b) { return a.name < b.name; });
  for (const auto& [key, waits] : sums.cells) row.cells.push_back({key.first, key.second, waits});
  return row;
}

void add_counters(Row& to, const Row& from) {
  to.covered_ns += from.covered_ns;
  to.work.add(from.work);
  to.lost_totals += from.lost_totals;
  to.lost_details += from.lost_details;
  to.recorder_cpu_ns += from.recorder_cpu_ns;
  to.bpf_ns += from.bpf_ns;
}

class Rolling {
 public:
  Rolling(const LabelledRun& labelled, const analyzer::Periods& periods, const Taxonomy& taxonomy,
          const RollUpOptions& options)
      : labelled_(labelled), run_(labelled.run), periods_(periods), taxonomy_(taxonomy) {
    const analyzer::RunFacts& facts = run_.facts;
    std::string host = shortened(options.host.empty() ? facts.host.name : options.host, kMaxHostBytes);
    if (options.redact_key) host = hmac_of(*options.redact_key, host);
    host_.host = std::move(host);
    host_.trace = id_of(facts.run_id);
    // Who knows a boot id knows the host.
    host_.boot = id_of(options.redact_key ? hmac_of(*options.redact_key, facts.host.boot_id) : facts.host.boot_id);
    host_.kernel = shortened(facts.host.kernel_release);
    host_.machine = shortened(facts.host.machine);
    host_.spinlock_mode = name_of(facts.spinlock_mode);
    host_.cpus = static_cast<std::uint16_t>(std::min<std::uint32_t>(facts.host.cpus_online, UINT16_MAX));
    host_.level = static_cast<std::uint8_t>(std::min<std::uint32_t>(facts.level, UINT8_MAX));
    host_.labels = options.labels;
    host_.taxonomy = options.rules_version;
    host_.length_s = options.every_s;
    host_.lost_traces = options.lost_traces;
  }

  RollUp run() && {
    for (std::size_t row = 0; row < run_.waits.size(); ++row) {
      Name name = name_of_row(labelled_, taxonomy_, row);
      hashes_.push_back(hash_of(name));
      names_.emplace(hashes_.back(), std::move(name));
    }
    for (const Interval& interval : run_.intervals) add(interval);
    for (const analyzer::PeriodWait& wait : periods_.waits) add(wait);
    for (const auto& [period, costs] : periods_.costs) {
      Row& row = minute(period).row;
      row.lost_totals += costs.lost_totals;
      row.lost_details += costs.lost_details;
      row.recorder_cpu_ns += costs.recorder_cpu_ns;
      row.bpf_ns += costs.bpf_ns;
    }
    return made();
  }

 private:
  Sums& minute(std::uint64_t number) {
    const auto [entry, is_new] = minutes_.try_emplace(number);
    if (is_new) {
      entry->second.row = host_;
      entry->second.row.time_s = static_cast<std::uint32_t>(number * host_.length_s);
    }
    return entry->second;
  }

  LockSum& lock(Sums& sums, std::uint32_t wait_row) const {
    LockSum& sum = sums.locks[hashes_[wait_row]];
    sum.name = hashes_[wait_row];
    return sum;
  }

  void add(const Interval& interval) {
    Sums& sums = minute(period_of(run_.facts, interval.begin_ns, interval.end_ns, periods_.length_ns));
    sums.row.covered_ns += interval.end_ns - interval.begin_ns;
    sums.row.work.add(interval.work);
    for (const analyzer::IntervalWait& wait : run_.waits_of(interval)) {
      LockSum& sum = lock(sums, wait.row);
      sum.contentions += wait.contentions;
      sum.wait_ns += wait.wait_ns;
    }
  }

  void add(const analyzer::PeriodWait& wait) {
    Sums& sums = minute(wait.period);
    LockSum extremes;
    extremes.gave_up = wait.sums.gave_up;
    if (wait.sums.wait_min_ns <= wait.sums.wait_max_ns) {
      extremes.min_ns = wait.sums.wait_min_ns;
      extremes.max_ns = wait.sums.wait_max_ns;
    }
    lock(sums, wait.row).add(extremes);
    for (const analyzer::WaitCell& cell : wait.cells)
      sums.cells[{hashes_[wait.row], static_cast<std::uint16_t>(cell.bucket)}] += cell.count;
  }

  RollUp made() {
    RollUp result;
    std::map<std::uint64_t, Sums> hours;
    for (auto& [number, sums] : minutes_) {
      const std::uint64_t hour = number * host_.length_s / 3600;
      const auto [entry, is_new] = hours.try_emplace(hour);
      Sums& into = entry->second;
      if (is_new) {
        into.row = host_;
        into.row.time_s = static_cast<std::uint32_t>(hour * 3600);
        into.row.length_s = 3600;
      }
      add_counters(into.row, sums.row);
      for (const auto& [name, sum] : sums.locks) {
        into.locks[name].name = name;
        into.locks[name].add(sum);
      }
      for (const auto& [key, waits] : sums.cells) into.cells[key] += waits;
      result.minutes.push_back(finished(std::move(sums)));
    }
    for (auto& [number, sums] : hours) result.hours.push_back(finished(std::move(sums)));
    for (const std::vector<Row>* rows : {&result.minutes, &result.hours})
      for (const Row& row : *rows)
        for (const LockSum& sum : row.locks)
          if (sum.name == hash_of(rest_name())) names_.emplace(sum.name, rest_name());
    result.names = std::move(names_);
    return result;
  }

  const LabelledRun& labelled_;
  const Run& run_;
  const analyzer::Periods& periods_;
  const Taxonomy& taxonomy_;
  Row host_;  // what is the same in all rows
  std::vector<std::uint64_t> hashes_;
  std::map<std::uint64_t, Name> names_;
  std::map<std::uint64_t, Sums> minutes_;
};

Error unusable(const std::string& what, const std::string& path) {
  return {what, "'" + path + "'", "a fleet's store needs traces of socklock-record", ExitCode::kBadInput};
}

// What every row needs, and the store has room for.
Result<void> check(const Run& run, const RollUpOptions& options) {
  const std::string& path = run.path;
  if (run.facts.wall_start_ns == 0) return fail(unusable("it does not say when it was recorded", path));
  if (!run.facts.knows.duration) return fail(unusable("it does not say how long was recorded", path));
  if (run.facts.run_id.empty()) return fail(unusable("it has no id, so sending it twice would count twice", path));
  if (options.host.empty() && run.facts.host.name.empty()) return fail(unusable("it names no host", path));
  for (const Interval& interval : run.intervals)
    if (interval.end_ns - interval.begin_ns > kHourNs)
      return fail(unusable("an interval of it is longer than an hour", path));
  const std::uint64_t end_ns = run.facts.wall_start_ns + run.end_ns;
  if (end_ns < run.end_ns || end_ns / kNsPerSecond > UINT32_MAX)
    return fail(unusable("its clock is beyond the year 2106", path));
  return {};
}

}  // namespace

void LockSum::add(const LockSum& other) {
  contentions += other.contentions;
  gave_up += other.gave_up;
  wait_ns += other.wait_ns;
  // 0 and 0: of none.
  if (other.max_ns != 0 || other.min_ns != 0)
    min_ns = max_ns == 0 && min_ns == 0 ? other.min_ns : std::min(min_ns, other.min_ns);
  max_ns = std::max(max_ns, other.max_ns);
}

std::uint64_t hash_of(const Name& name) {
  std::string text;
  for (const std::string* part :
       {&name.lock_class, &name.role, &name.call_path, &name.context, &name.function, &name.kind}) {
    text += *part;
    text.push_back('\0');
  }
  text.pop_back();
  return XXH3_64bits(text.data(), text.size());
}

const Name& rest_name() {
  static const Name kRest{"rest", "other", "other", "", "", ""};
  return kRest;
}

Result<std::vector<std::string>> checked_labels(std::vector<std::string> labels) {
  for (const std::string& label : labels) {
    const std::size_t equals = label.find('=');
    if (equals == std::string::npos || equals == 0 || label.size() > kMaxLabelBytes || printable(label) != label)
      return fail({"not KEY=VALUE of at most 128 characters", "--label '" + printable(label) + "'",
                   "as in --label group=canary", ExitCode::kUsage});
  }
  std::sort(labels.begin(), labels.end());
  for (std::size_t i = 1; i < labels.size(); ++i) {
    const std::size_t equals = labels[i].find('=');
    if (labels[i].compare(0, equals + 1, labels[i - 1], 0, equals + 1) == 0)
      return fail({"two values of one key", "--label " + labels[i], "", ExitCode::kUsage});
  }
  if (labels.size() > kMaxLabels)
    return fail({fmt::format("more than {} labels", kMaxLabels), "--label", "", ExitCode::kUsage});
  return labels;
}

Result<RollUp> roll_up(const std::string& path, const Taxonomy& taxonomy, const RollUpOptions& options) {
  analyzer::LoadOptions load;
  load.budget_bytes = options.budget_bytes;
  analyzer::Periods periods;
  periods.length_ns = options.every_s * kNsPerSecond;
  SOCKLOCK_TRY_ASSIGN(Run run, analyzer::load_run(path, load, periods));
  SOCKLOCK_TRY(check(run, options));
  const LabelledRun labelled = analyzer::label(std::move(run), taxonomy, periods);
  RollUp result = Rolling(labelled, periods, taxonomy, options).run();
  result.run_id = labelled.run.facts.run_id;
  result.begin_s = (labelled.run.facts.wall_start_ns + labelled.run.begin_ns) / kNsPerSecond;
  result.end_s = (labelled.run.facts.wall_start_ns + labelled.run.end_ns) / kNsPerSecond;
  result.taxonomy = options.rules_version;
  result.is_damaged = !labelled.run.damage.empty();
  return result;
}

}  // namespace socklock::fleet
