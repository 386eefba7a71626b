// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/difference_in_differences.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

#include "analyzer/compare/statistics.h"

namespace socklock::analyzer {
namespace {

constexpr double kMostExactDeals = 50'000;
// Where more units of a group than this share had no wait in a window, half a wait decides instead of what was
// measured.
constexpr double kMostWithoutWaits = 0.2;

double ways_to_deal(std::size_t all, std::size_t chosen) {
  const auto log_factorial = [](std::size_t n) { return std::lgamma(static_cast<double>(n) + 1); };
  return std::round(std::exp(log_factorial(all) - log_factorial(chosen) - log_factorial(all - chosen)));
}

struct Moments {
  double n = 0, sum = 0, squares = 0;

  void add(double value) {
    ++n;
    sum += value;
    squares += value * value;
  }
  [[nodiscard]] double mean() const { return sum / n; }
  [[nodiscard]] double variance() const { return std::max(0.0, (squares - sum * sum / n) / (n - 1)); }
  [[nodiscard]] Moments without(const Moments& part) const {
    return {n - part.n, sum - part.sum, squares - part.squares};
  }
};

// The studentised difference: of hosts that differ, that of the means alone is not exchangeable (MacKinnon and Webb
// 2016). Of a group of one its distance from the others' mean, in their spread.
double studentised(const Moments& a, const Moments& b) {
  const double difference = std::abs(a.mean() - b.mean());
  double variance = 0;
  if (a.n < 2 || b.n < 2) {
    const Moments& many = a.n < 2 ? b : a;
    variance = many.n < 2 ? 1 : many.variance() * (1 + 1 / many.n);
  } else {
    variance = a.variance() / a.n + b.variance() / b.n;
  }
  if (variance <= 1e-300) return difference <= 1e-150 ? 0 : 1e150;
  return difference / std::sqrt(variance);
}

// Two-sided permutation of the labels: exact up to kMostExactDeals, else by random ones.
class Deals {
 public:
  Deals(std::vector<double> values, std::size_t first) : values_(std::move(values)), first_(first) {
    const double centre = std::accumulate(values_.begin(), values_.end(), 0.0) / static_cast<double>(values_.size());
    for (double& value : values_) value -= centre;  // squares of small numbers
    for (const double value : values_) all_.add(value);
    Moments dealt;
    for (std::size_t i = 0; i < first_; ++i) dealt.add(values_[i]);
    // Ties count as ties.
    observed_ = studentised(dealt, all_.without(dealt)) * (1 - 1e-9);
    // The smaller group is dealt; the other is what is left.
    if (first_ * 2 > values_.size()) {
      std::rotate(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(first_), values_.end());
      first_ = values_.size() - first_;
    }
  }

  double p(std::uint64_t seed, unsigned random_deals) {
    const double deals = ways_to_deal(values_.size(), first_);
    return deals <= kMostExactDeals ? exact() : random(seed, random_deals);
  }

 private:
  [[nodiscard]] bool is_as_far(const Moments& dealt) const {
    return studentised(dealt, all_.without(dealt)) >= observed_;
  }

  double exact() {
    std::vector<bool> chosen(values_.size());
    std::fill(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(first_), true);
    double hits = 0, deals = 0;
    do {
      Moments dealt;
      for (std::size_t i = 0; i < values_.size(); ++i)
        if (chosen[i]) dealt.add(values_[i]);
      hits += is_as_far(dealt) ? 1 : 0;
      ++deals;
    } while (std::prev_permutation(chosen.begin(), chosen.end()));
    return hits / deals;
  }

  double random(std::uint64_t seed, unsigned random_deals) {
    std::mt19937_64 engine(seed);
    double hits = 1;  // as it was observed
    for (unsigned i = 0; i < random_deals; ++i) {
      Moments dealt;
      for (std::size_t k = 0; k < first_; ++k) {
        std::swap(values_[k], values_[k + engine() % (values_.size() - k)]);
        dealt.add(values_[k]);
      }
      hits += is_as_far(dealt) ? 1 : 0;
    }
    return hits / (random_deals + 1);
  }

  std::vector<double> values_;
  std::size_t first_;
  Moments all_;
  double observed_ = 0;
};

double student_quantile(double degrees, double confidence) {
  return quantile(boost::math::students_t_distribution<double>(std::max(degrees, 1.0)), (1 + confidence) / 2);
}

struct LogInterval {
  double middle, half;
};

LogInterval interval_of(const Moments& canary, const Moments& control, double confidence) {
  const double middle = canary.mean() - control.mean();
  if (canary.n < 2) {
    const double spread = std::sqrt(control.variance() * (1 + 1 / control.n));
    return {middle, spread * student_quantile(control.n - 1, confidence)};
  }
  const double a = canary.variance() / canary.n, b = control.variance() / control.n;
  if (a + b <= 0) return {middle, 0};
  const double degrees = (a + b) * (a + b) / (a * a / (canary.n - 1) + b * b / (control.n - 1));
  return {middle, std::sqrt(a + b) * student_quantile(degrees, confidence)};
}

void add(HostWait& to, const HostWait& from) {
  to.wait_ns += from.wait_ns;
  to.contentions += from.contentions;
  to.work += from.work;
}

// Sums of each unit, canaries first.
std::vector<HostChange> units_of(std::span<const HostChange> hosts) {
  std::map<std::pair<bool, std::string>, HostChange> units;
  for (const HostChange& host : hosts) {
    HostChange& unit = units[{!host.is_canary, host.unit}];
    unit.unit = host.unit;
    unit.is_canary = host.is_canary;
    add(unit.before, host.before);
    add(unit.after, host.after);
  }
  std::vector<HostChange> result;
  for (auto& [key, unit] : units)
    if (unit.before.work > 0 && unit.after.work > 0) result.push_back(std::move(unit));
  return result;
}

struct GroupWait {
  HostWait before, after;
  [[nodiscard]] std::optional<double> ratio() const {
    if (before.wait_ns <= 0 || before.work <= 0 || after.work <= 0) return std::nullopt;
    return after.wait_ns / after.work / (before.wait_ns / before.work);
  }
};

GroupWait wait_of_group(std::span<const HostChange> units, bool of_canaries) {
  GroupWait totals;
  for (const HostChange& unit : units) {
    if (unit.is_canary != of_canaries) continue;
    add(totals.before, unit.before);
    add(totals.after, unit.after);
  }
  return totals;
}

// Contentions of a group's window as so many independent ones as vary as much from unit to unit.
RareEvents events_of(std::span<const HostChange> units, bool of_canaries, HostWait HostChange::*window) {
  RareEvents events;
  std::vector<double> rates;
  for (const HostChange& unit : units) {
    if (unit.is_canary != of_canaries) continue;
    const HostWait& wait = unit.*window;
    events.events += wait.contentions;
    events.work += wait.work;
    rates.push_back(wait.contentions / wait.work);
  }
  const double effective = effective_events(rates, events.events);
  if (events.events > 0) {
    events.work *= effective / events.events;
    events.events = effective;
  }
  return events;
}

// Both groups' intervals at half the error each, so that their quotient's has at most the whole.
void bound_rare(std::span<const HostChange> units, double confidence, DidEffect& effect) {
  effect.method = DidMethod::kRare;
  const double each = (1 + confidence) / 2;
  const auto interval = [&](bool of_canaries) {
    const RareEvents before = events_of(units, of_canaries, &HostChange::before);
    const RareEvents after = events_of(units, of_canaries, &HostChange::after);
    return ratio_of_rare_events(before, after, each);
  };
  const RatioInterval canary = interval(true), control = interval(false);
  effect.low = control.high > 0 && std::isfinite(control.high) ? canary.low / control.high : 0;
  // Of contentions, as the bound is: how long they were is not in it.
  if (std::isfinite(canary.ratio) && std::isfinite(control.ratio) && control.ratio > 0)
    effect.ratio = canary.ratio / control.ratio;
  effect.high = control.low > 0 && std::isfinite(canary.high) ? std::optional(canary.high / control.low) : std::nullopt;
}

// Of each group and window the share of units without any wait; the largest.
double largest_share_without_waits(std::span<const HostChange> units) {
  double largest = 0;
  for (const bool of_canaries : {true, false})
    for (HostWait HostChange::*const window : {&HostChange::before, &HostChange::after}) {
      double all = 0, without = 0;
      for (const HostChange& unit : units) {
        if (unit.is_canary != of_canaries) continue;
        ++all;
        without += (unit.*window).wait_ns <= 0 ? 1 : 0;
      }
      if (all > 0) largest = std::max(largest, without / all);
    }
  return largest;
}

// Half a mean wait, so that a host without any has a logarithm: the same for all, or it would favour some.
double half_a_wait(std::span<const HostChange> units) {
  HostWait all;
  for (const HostChange& unit : units) {
    add(all, unit.before);
    add(all, unit.after);
  }
  return all.contentions > 0 ? all.wait_ns / all.contentions / 2 : 0;
}

}  // namespace

DidEffect difference_in_differences(std::span<const HostChange> hosts, const DidOptions& options) {
  const std::vector<HostChange> units = units_of(hosts);
  DidEffect effect;
  const double half = half_a_wait(units);
  std::vector<double> changes;
  Moments canary, control;
  for (const HostChange& unit : units) {
    ++(unit.is_canary ? effect.canaries : effect.controls);
    effect.without_waits += unit.before.wait_ns <= 0 || unit.after.wait_ns <= 0 ? 1 : 0;
    if (half <= 0) continue;
    const double change = std::log((unit.after.wait_ns + half) / unit.after.work) -
                          std::log((unit.before.wait_ns + half) / unit.before.work);
    changes.push_back(change);
    (unit.is_canary ? canary : control).add(change);
    (unit.is_canary ? effect.canary_changes : effect.control_changes).emplace_back(unit.unit, change);
  }
  effect.least_p = least_permutation_p(effect.canaries, effect.controls);
  const auto of_canaries = wait_of_group(units, true).ratio(), of_controls = wait_of_group(units, false).ratio();
  if (of_canaries && of_controls && *of_controls > 0) effect.total_ratio = *of_canaries / *of_controls;
  if (effect.canaries == 0 || effect.controls < 2 || half <= 0) return effect;
  effect.canary_ratio = std::exp(canary.mean());
  effect.control_ratio = std::exp(control.mean());
  effect.p = Deals(changes, effect.canaries).p(options.seed, options.random_deals);
  if (largest_share_without_waits(units) > kMostWithoutWaits) {
    bound_rare(units, options.confidence, effect);
    return effect;
  }
  effect.method = effect.canaries == 1 ? DidMethod::kOneHost : DidMethod::kHosts;
  const LogInterval interval = interval_of(canary, control, options.confidence);
  effect.ratio = std::exp(interval.middle);
  effect.low = std::exp(interval.middle - interval.half);
  effect.high = std::exp(interval.middle + interval.half);
  return effect;
}

std::optional<double> placebo_p(std::span<const HostChange> halves, const DidOptions& options) {
  const DidEffect effect = difference_in_differences(halves, options);
  return effect.method == DidMethod::kNotEnough ? std::nullopt : effect.p;
}

double least_permutation_p(std::size_t canaries, std::size_t controls) {
  if (canaries == 0 || controls == 0) return 1;
  // With as many on both sides each deal has a mirror image that is as far out.
  return std::min(1.0, (canaries == controls ? 2 : 1) / ways_to_deal(canaries + controls, canaries));
}

std::optional<std::size_t> canaries_for(std::size_t controls, double alpha) {
  for (std::size_t canaries = 1; canaries <= std::max<std::size_t>(controls, 8); ++canaries)
    if (least_permutation_p(canaries, controls) <= alpha) return canaries;
  return std::nullopt;
}

}  // namespace socklock::analyzer
