// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "analyzer/compare/statistics.h"
#include "base/units.h"

namespace socklock::fleet {
namespace {

using analyzer::DidEffect;
using analyzer::DidMethod;
using analyzer::HostChange;

constexpr double kLeastCovered = 0.8;
constexpr double kMostLoadChange = 0.2;
constexpr double kPlaceboAlpha = 0.05;
constexpr double kLeastContentions = 10;
// Roles whose locks are the socket layer's.
constexpr std::array<std::string_view, 6> kSocketRoles{"connection table", "bind table",   "listener",
                                                       "socket",           "socket queue", "timewait"};

double work_of(const HostUse& host, const std::string& unit, bool opens) {
  if (unit == "operations") return static_cast<double>(host.work.operations());
  if (unit == "seconds") return static_cast<double>(host.covered_ns) / 1e9;
  return static_cast<double>(opens ? host.work.connections_active : host.work.connections_passive);
}

// One host in the windows that it was in.
struct Pair {
  const HostUse* before = nullptr;
  const HostUse* after = nullptr;
  std::string host;
  bool is_canary = false;
  bool is_compared = false;
  bool opens = false;  // connections, in either window: one count for both
};

std::string mode_of(const HostUse& host) {
  std::string text;
  for (const std::string& mode : host.spinlock_modes) text += mode + ",";
  return fmt::format("{} level {} to {}", text, host.least_level, host.most_level);
}

// Of a group, in the halves of the window before (the second empty where it has none), in all of it, and after.
struct Loaded {
  std::vector<HostUse> first, second, before, after;
};

std::vector<HostUse> together(const std::vector<HostUse>& a, const std::vector<HostUse>& b) {
  std::map<std::string, HostUse> hosts;
  for (const std::vector<HostUse>* part : {&a, &b})
    for (const HostUse& host : *part) hosts[host.host].add(host);
  std::vector<HostUse> list;
  for (auto& [name, host] : hosts) list.push_back(std::move(host));
  return list;
}

// Of long windows on the hour, where whole hours can be read.
std::uint64_t middle_of(const Window& window, std::uint32_t row_s) {
  const std::uint64_t unit = window.seconds() >= 7200 ? 3600 : row_s;
  return (window.begin_s + window.seconds() / 2 + unit / 2) / unit * unit;
}

class Comparing {
 public:
  Comparing(Store& store, const CompareQuestion& question) : store_(store), question_(question) {}

  Result<FleetComparison> run() {
    result_.before = question_.before;
    result_.after = question_.after;
    result_.confidence = question_.criteria.confidence;
    result_.look_text = question_.look_text;
    result_.threshold = question_.criteria.threshold;
    result_.condition_text = question_.condition_text;
    SOCKLOCK_TRY(load());
    SOCKLOCK_TRY_ASSIGN(names_, store_.names());
    choose_unit();
    find_same();
    for (Pair& pair : pairs_) check(pair);
    check_groups();
    check_placebo();
    judge_all();
    return std::move(result_);
  }

 private:
  void forbid(const std::string& reason) {
    if (result_.no_verdict.empty()) result_.no_verdict = reason;
    result_.warnings.push_back(reason);
  }

  // One question for all of it; and another where rows are longer than a minute and a window does not end between two.
  Result<void> ask() {
    SOCKLOCK_TRY_ASSIGN(const std::uint32_t row_s, ask_for(60));
    if (row_s <= 60) return {};
    const auto is_between = [row_s](const Window& window) {
      return window.begin_s % row_s == 0 && window.end_s % row_s == 0;
    };
    if (is_between(result_.before) && is_between(result_.after) && middle_of(result_.before, 60) % row_s == 0)
      return {};
    for (Window* window : {&result_.before, &result_.after}) {
      window->begin_s = (window->begin_s + row_s - 1) / row_s * row_s;
      window->end_s = window->end_s / row_s * row_s;
      if (window->end_s <= window->begin_s)
        return fail({fmt::format("no row of {} minutes lies in a window whole", row_s / 60), "--window", "a longer one",
                     ExitCode::kUsage});
    }
    result_.warnings.push_back(
        fmt::format("rows of {} minutes: of the windows only what whole rows cover is compared", row_s / 60));
    SOCKLOCK_TRY(ask_for(row_s));
    return {};
  }

  // The length of the longest rows.
  Result<std::uint32_t> ask_for(std::uint32_t row_s) {
    const Window& before = result_.before;
    const std::uint64_t middle = middle_of(before, row_s);
    const bool has_halves = middle > before.begin_s && middle < before.end_s;
    std::vector<Window> windows{before, result_.after};
    if (has_halves) windows = {{before.begin_s, middle}, {middle, before.end_s}, result_.after};
    std::vector<Selector> groups{question_.canary, question_.control};
    if (!question_.canary_hosts.empty()) groups = {question_.control};
    SOCKLOCK_TRY_ASSIGN(HostsFound found, store_.hosts(windows, groups));
    if (found.doubled > 0 && result_.no_verdict.empty())
      forbid(fmt::format("{} rows count twice, being on two shards or of another --every: socklock fleet status",
                         found.doubled));
    for (const bool is_canary : {true, false}) {
      Loaded& loaded = is_canary ? canary_ : control_;
      auto& of_windows = found.hosts[groups.size() == 1 || is_canary ? 0 : 1];
      loaded.first = of_group(of_windows.front(), is_canary);
      loaded.second = has_halves ? of_group(of_windows[1], is_canary) : std::vector<HostUse>();
      loaded.before = together(loaded.first, loaded.second);
      loaded.after = of_group(of_windows.back(), is_canary);
      for (const auto* window : {&loaded.before, &loaded.after})
        for (const HostUse& host : *window) row_s = std::lcm(row_s, host.row_s);
    }
    return row_s;
  }

  [[nodiscard]] std::vector<HostUse> of_group(std::vector<HostUse>& hosts, bool is_canary) const {
    if (question_.canary_hosts.empty()) return std::move(hosts);
    std::vector<HostUse> named;
    for (const HostUse& host : hosts)
      if (is_canary == (std::find(question_.canary_hosts.begin(), question_.canary_hosts.end(), host.host) !=
                        question_.canary_hosts.end()))
        named.push_back(host);
    return named;
  }

  Result<void> load() {
    SOCKLOCK_TRY(ask());
    for (const bool is_canary : {true, false}) {
      const Loaded& loaded = is_canary ? canary_ : control_;
      std::map<std::string, Pair> pairs;
      for (const HostUse& host : loaded.before) pairs[host.host].before = &host;
      for (const HostUse& host : loaded.after) pairs[host.host].after = &host;
      if (pairs.empty())
        return fail(
            {fmt::format("no host of the {} group said anything", is_canary ? "canary" : "control"),
             fmt::format("{} to {} UTC", format_moment(result_.before.begin_s), format_moment(result_.after.end_s)),
             "socklock fleet top --by label:KEY shows which labels there are", ExitCode::kNotEnoughData});
      for (auto& [host, pair] : pairs) {
        pair.host = host;
        pair.is_canary = is_canary;
        if (is_canary) canary_hosts_.insert(host);
        if (!is_canary && canary_hosts_.contains(host))
          return fail({"a host is in both groups", "'" + host + "'",
                       "its labels changed, or both expressions hold for it", ExitCode::kUsage});
        pairs_.push_back(pair);
      }
    }
    return {};
  }

  // Whatever nearly all hosts have, in both windows.
  void choose_unit() {
    for (Pair& pair : pairs_)
      for (const HostUse* use : {pair.before, pair.after})
        pair.opens = pair.opens || (use != nullptr && use->work.connections_active > 0);
    unit_ = question_.unit;
    if (!unit_.empty()) return;
    for (const char* unit : {"connections", "operations"}) {
      double all = 0, with = 0;
      for (const Pair& pair : pairs_) {
        if (pair.before == nullptr || pair.after == nullptr) continue;
        ++all;
        with += work_of(*pair.before, unit, pair.opens) >= 10 && work_of(*pair.after, unit, pair.opens) >= 10 ? 1 : 0;
      }
      if (all > 0 && with >= 0.9 * all) {
        unit_ = unit;
        return;
      }
    }
    unit_ = "seconds";
  }

  // What a host says of a key of --same; "several" where that changed.
  static std::string value_of(const HostUse& host, const std::string& key) {
    const auto of_set = [](const std::set<std::string>& values) {
      return values.size() == 1 ? *values.begin() : std::string("several");
    };
    if (key == "kernel") return of_set(host.kernels);
    if (key == "spinlock_mode") return of_set(host.spinlock_modes);
    std::set<std::string> found;
    for (const std::string& set : host.labels) {
      const std::string with_commas = "," + set + ",";
      const std::size_t at = with_commas.find("," + key + "=");
      found.insert(at == std::string::npos ? "" : with_commas.substr(at + 1, with_commas.find(',', at + 1) - at - 1));
    }
    return of_set(found);
  }

  [[nodiscard]] std::string values_of(const HostUse& host) const {
    std::string text;
    for (const std::string& key : question_.same)
      text += fmt::format("{}{}={}", text.empty() ? "" : ", ", key, value_of(host, key));
    return text;
  }

  // Like with like: of the keys of --same, only values that hosts of both groups have.
  void find_same() {
    std::map<bool, std::set<std::string>> values;
    for (const Pair& pair : pairs_)
      if (pair.before != nullptr && pair.after != nullptr) values[pair.is_canary].insert(values_of(*pair.before));
    std::set_intersection(values[true].begin(), values[true].end(), values[false].begin(), values[false].end(),
                          std::inserter(same_, same_.end()));
  }

  // Whether a host is compared, and if not, why: counted by group.
  void check(Pair& pair) {
    GroupFacts& group = pair.is_canary ? result_.canary : result_.control;
    ++group.hosts;
    if (pair.after == nullptr) return void(++group.missing_after);
    if (pair.before == nullptr) return void(++group.missing_before);
    const auto covers = [](const HostUse& host, const Window& window) {
      return static_cast<double>(host.covered_ns) >= kLeastCovered * 1e9 * static_cast<double>(window.seconds());
    };
    if (!covers(*pair.before, result_.before) || !covers(*pair.after, result_.after)) return void(++group.uncovered);
    if (!question_.same.empty() && !same_.contains(values_of(*pair.before))) return void(++group.unlike);
    if (mode_of(*pair.before) != mode_of(*pair.after)) return void(++group.modes_changed);
    if (pair.before->kernels != pair.after->kernels) {
      ++group.kernels_changed;
      if (!pair.is_canary) return;
    }
    const double before = work_of(*pair.before, unit_, pair.opens), after = work_of(*pair.after, unit_, pair.opens);
    if (before <= 0 || after <= 0) return void(++group.without_work);
    group.lost += pair.before->lost_totals + pair.after->lost_totals;
    group.work_before += before / static_cast<double>(result_.before.seconds());
    group.work_after += after / static_cast<double>(result_.after.seconds());
    ++group.compared;
    pair.is_compared = true;
    compared_.insert(pair.host);
  }

  void check_groups() {
    for (const bool is_canary : {true, false}) {
      const GroupFacts& group = is_canary ? result_.canary : result_.control;
      const char* name = is_canary ? "canary" : "control";
      const auto warn = [&](std::size_t hosts, const char* what) {
        if (hosts > 0) result_.warnings.push_back(fmt::format("{} {} hosts {}", hosts, name, what));
      };
      warn(group.missing_after, "said nothing after the change: did they die? they are left out");
      warn(group.missing_before, "said nothing before the change; they are left out");
      warn(group.uncovered, "covered less than 80% of a window; they are left out");
      warn(group.modes_changed, "changed their spinlock mode or level; they are left out");
      warn(group.unlike, "are like no host of the other group in what --same names; they are left out");
      warn(group.without_work, "did no work of that unit in a window; they are left out");
      warn(group.kernels_changed, is_canary ? "changed their kernel, which is then part of the change"
                                            : "changed their kernel; they are left out");
      if (group.lost > 0)
        result_.warnings.push_back(fmt::format("{} waits of {} hosts are missing from the sums", group.lost, name));
      const double change = group.work_before > 0 ? group.work_after / group.work_before - 1 : 0;
      if (std::abs(change) > kMostLoadChange)
        result_.warnings.push_back(fmt::format("the load of {} hosts changed by {:+.0f}%", name, 100 * change));
    }
    check_taxonomies();
    if (result_.canary.compared == 0 || result_.control.compared == 0)
      forbid("no host of a group can be compared");
    else if (result_.canary.missing_after * 5 > result_.canary.hosts)
      forbid("more than a fifth of the canary hosts are gone after the change");
  }

  void check_taxonomies() {
    std::map<std::uint32_t, std::size_t> versions;
    for (const Pair& pair : pairs_)
      for (const HostUse* use : {pair.before, pair.after})
        if (use != nullptr) {
          ++versions[use->least_taxonomy];
          if (use->most_taxonomy != use->least_taxonomy) ++versions[use->most_taxonomy];
        }
    if (versions.size() < 2) return;
    std::string text;
    for (const auto& [version, count] : versions)
      text += fmt::format("{}{} at taxonomy {}", text.empty() ? "" : ", ", count, version);
    result_.warnings.push_back("windows of hosts: " + text +
                               "; the same waits may have two names: socklock ship --again");
  }

  [[nodiscard]] bool is_of_headline(std::uint64_t hash) const {
    const auto found = names_.find(hash);
    if (found == names_.end()) return false;
    if (question_.meets) return question_.meets(found->second);
    return std::find(kSocketRoles.begin(), kSocketRoles.end(), found->second.role) != kSocketRoles.end();
  }

  [[nodiscard]] std::string unit_of(const HostUse& host) const {
    if (question_.replication.empty()) return host.host;
    for (const std::string& set : host.labels) {
      const std::string with_commas = "," + set + ",";
      const std::size_t at = with_commas.find("," + question_.replication + "=");
      if (at == std::string::npos) continue;
      return with_commas.substr(at + 1, with_commas.find(',', at + 1) - at - 1);
    }
    return host.host;
  }

  template <typename Wanted>
  analyzer::HostWait wait_of(const HostUse& host, bool opens, const Wanted& wanted) const {
    analyzer::HostWait wait;
    wait.work = work_of(host, unit_, opens);
    for (const auto& [name, sum] : host.waits) {
      if (!wanted(name)) continue;
      wait.wait_ns += static_cast<double>(sum.wait_ns);
      wait.contentions += static_cast<double>(sum.contentions);
    }
    return wait;
  }

  template <typename Wanted>
  std::vector<HostChange> changes(const Wanted& wanted) const {
    std::vector<HostChange> hosts;
    for (const Pair& pair : pairs_)
      if (pair.is_compared)
        hosts.push_back({unit_of(*pair.before), pair.is_canary, wait_of(*pair.before, pair.opens, wanted),
                         wait_of(*pair.after, pair.opens, wanted)});
    return hosts;
  }

  // Were the groups moving apart before? Then what they do afterwards is not the change's.
  void check_placebo() {
    const auto wanted = [this](std::uint64_t name) { return is_of_headline(name); };
    std::vector<HostChange> halves;
    for (const bool is_canary : {true, false}) {
      const Loaded& loaded = is_canary ? canary_ : control_;
      std::map<std::string, const HostUse*> by_name;
      for (const HostUse& host : loaded.first) by_name[host.host] = &host;
      for (const HostUse& host : loaded.second) {
        const auto found = by_name.find(host.host);
        if (found == by_name.end() || !compared_.contains(host.host)) continue;
        const bool opens = found->second->work.connections_active > 0 || host.work.connections_active > 0;
        halves.push_back(
            {unit_of(host), is_canary, wait_of(*found->second, opens, wanted), wait_of(host, opens, wanted)});
      }
    }
    result_.placebo_p = analyzer::placebo_p(halves, did_options());
    if (result_.placebo_p && *result_.placebo_p <= kPlaceboAlpha)
      forbid(fmt::format(
          "the groups moved apart before the change already (p = {:.3g} of the halves of the window before)",
          *result_.placebo_p));
  }

  [[nodiscard]] analyzer::DidOptions did_options() const {
    return {question_.criteria.confidence, question_.criteria.seed, 20'000};
  }

  template <typename Wanted>
  ComparedSlice slice(const std::string& name, const Wanted& wanted) const {
    const auto hosts = changes(wanted);
    ComparedSlice slice;
    slice.name = name;
    slice.effect = analyzer::difference_in_differences(hosts, did_options());
    double work_before = 0, work_after = 0;
    for (const HostChange& host : hosts) {
      if (!host.is_canary) continue;
      slice.canary_wait_before += host.before.wait_ns;
      slice.canary_wait_after += host.after.wait_ns;
      work_before += host.before.work;
      work_after += host.after.work;
    }
    if (work_before > 0) slice.canary_wait_before /= work_before;
    if (work_after > 0) slice.canary_wait_after /= work_after;
    return slice;
  }

  [[nodiscard]] FleetVerdict verdict_of(const DidEffect& effect, std::optional<double> significance) const {
    if (!result_.no_verdict.empty() || effect.method == DidMethod::kNotEnough) return FleetVerdict::kInconclusive;
    const analyzer::Effect as{effect.ratio, effect.low, effect.high, effect.p, significance, {}};
    switch (analyzer::judge(as, significance, question_.criteria)) {
      case analyzer::Verdict::kImproved: return FleetVerdict::kImproved;
      case analyzer::Verdict::kRegressed: return FleetVerdict::kRegressed;
      case analyzer::Verdict::kUnchanged: return FleetVerdict::kUnchanged;
      default: return FleetVerdict::kInconclusive;
    }
  }

  void judge_all() {
    result_.unit = unit_.substr(0, unit_.size() - 1);
    result_.headline = slice("socket layer", [this](std::uint64_t name) { return is_of_headline(name); });
    if (!question_.condition_text.empty()) result_.headline.name = question_.condition_text;
    result_.headline.verdict = verdict_of(result_.headline.effect, result_.headline.effect.p);
    std::map<std::string, double> contentions;
    for (const Pair& pair : pairs_)
      for (const HostUse* use : {pair.before, pair.after})
        if (pair.is_compared)
          for (const auto& [hash, wait] : use->waits)
            if (const auto found = names_.find(hash);
                found != names_.end() && (!question_.meets || question_.meets(found->second)))
              contentions[found->second.lock_class] += static_cast<double>(wait.contentions);
    std::vector<std::optional<double>> p;
    for (const auto& [name, count] : contentions) {
      if (count < kLeastContentions) continue;
      result_.classes.push_back(slice(name, [this, &of = name](std::uint64_t hash) {
        const auto found = names_.find(hash);
        return found != names_.end() && found->second.lock_class == of &&
               (!question_.meets || question_.meets(found->second));
      }));
      p.push_back(result_.classes.back().effect.p);
    }
    const auto q = analyzer::false_discovery_rates(p);
    for (std::size_t i = 0; i < q.size(); ++i) {
      ComparedSlice& of_class = result_.classes[i];
      of_class.q = q[i];
      of_class.verdict = verdict_of(of_class.effect, q[i]);
    }
    std::sort(result_.classes.begin(), result_.classes.end(), [](const ComparedSlice& a, const ComparedSlice& b) {
      return std::abs(a.canary_wait_after - a.canary_wait_before) >
             std::abs(b.canary_wait_after - b.canary_wait_before);
    });
    add_reasons();
  }

  [[nodiscard]] std::string units_word() const {
    return question_.replication.empty() ? "hosts" : "values of " + question_.replication;
  }

  void add_reasons() {
    const DidEffect& effect = result_.headline.effect;
    const double alpha = 1 - question_.criteria.confidence;
    if (effect.method == DidMethod::kOneHost)
      result_.warnings.emplace_back("one canary host: other causes on it can't be told apart from the change");
    if (effect.method == DidMethod::kRare)
      result_.warnings.push_back(
          fmt::format("{} of {} {} had no wait in a window, so none is typical: the figure is that of all contentions "
                      "together, its "
                      "interval a bound; in the changes of {} half a wait stands for none",
                      effect.without_waits, effect.canaries + effect.controls, units_word(), units_word()));
    if (effect.canaries > 0 && effect.least_p > alpha) {
      const auto would_do = analyzer::canaries_for(effect.controls, alpha);
      result_.warnings.push_back(fmt::format(
          "{} and {} hosts can give no p below {:.2g}: {}", effect.canaries, effect.controls, effect.least_p,
          would_do ? fmt::format("{} canaries beside these controls would do", *would_do) : "more of both would do"));
    }
  }

  Store& store_;
  const CompareQuestion& question_;
  FleetComparison result_;
  Loaded canary_, control_;
  std::vector<Pair> pairs_;
  std::set<std::string> canary_hosts_, compared_, same_;
  Names names_;
  std::string unit_;
};

}  // namespace

std::string_view name_of(FleetVerdict verdict) {
  switch (verdict) {
    case FleetVerdict::kImproved: return "improved";
    case FleetVerdict::kRegressed: return "regressed";
    case FleetVerdict::kUnchanged: return "unchanged";
    case FleetVerdict::kInconclusive: return "inconclusive";
  }
  return "";
}

Result<FleetComparison> compare_fleet(Store& store, const CompareQuestion& question) {
  return Comparing(store, question).run();
}

}  // namespace socklock::fleet
