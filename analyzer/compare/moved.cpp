// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/moved.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace socklock::analyzer {
namespace {

// What one change explains of another has to be this share of it, or it is no place that the wait went to or came from.
constexpr double kCounterpartShare = 0.05;

template <typename Value>
void sort_by_change(std::vector<Value>& values) {
  std::stable_sort(values.begin(), values.end(), [](const Value& a, const Value& b) {
    return std::abs(a.after_ns - a.before_ns) > std::abs(b.after_ns - b.before_ns);
  });
}

std::string_view family(std::string_view name) {
  const auto point = name.find('.');
  return point == std::string_view::npos ? std::string_view() : name.substr(0, point);
}

bool are_counterparts(const LockClass& one, const LockClass& other) {
  if (one.role != other.role || one.role == Role::kOther || one.role == Role::kScheduler) return false;
  const auto a = family(one.name), b = family(other.name);
  return a.empty() || b.empty() || a == b;
}

bool is_down(Trend trend) { return trend == Trend::kFell || trend == Trend::kGone; }
bool is_up(Trend trend) { return trend == Trend::kRose || trend == Trend::kNew; }

Fate alone(Trend trend) {
  switch (trend) {
    case Trend::kUnclear: return Fate::kUnclear;
    case Trend::kUnchanged: return Fate::kUnchanged;
    case Trend::kFell: return Fate::kFell;
    case Trend::kRose: return Fate::kRose;
    case Trend::kGone: return Fate::kGone;
    case Trend::kNew: return Fate::kNew;
  }
  return Fate::kUnclear;
}

void explain(MovedWait& change, ClassId by, double explained_ns, Fate fate) {
  if (explained_ns < kCounterpartShare * std::abs(change.delta_ns())) return;
  change.counterparts.push_back(by);
  change.moved_ns += explained_ns;
  change.fate = fate;
}

}  // namespace

std::string_view name_of(Fate fate) {
  constexpr std::array<std::string_view, 8> kNames{"unclear", "unchanged", "fell",  "rose",
                                                   "gone",    "new",       "moved", "took over"};
  return kNames[static_cast<std::size_t>(fate)];
}

std::vector<MovedWait> moved_by_class(std::span<const WaitPart> parts, const Taxonomy& taxonomy) {
  std::vector<MovedWait> moved;
  for (const WaitPart& part : parts) {
    if (moved.empty() || moved.back().lock_class != part.lock_class) {
      moved.emplace_back().lock_class = part.lock_class;
      moved.back().role = taxonomy.at(part.lock_class).role;
    }
    MovedWait& of_class = moved.back();
    if (of_class.paths.empty() || of_class.paths.back().path != part.path)
      of_class.paths.push_back({part.path, 0, 0, {}});
    MovedWait::Part& of_path = of_class.paths.back();
    of_path.functions.push_back({part.function, part.before_ns, part.after_ns});
    of_path.before_ns += part.before_ns;
    of_path.after_ns += part.after_ns;
    of_class.before_ns += part.before_ns;
    of_class.after_ns += part.after_ns;
  }
  for (MovedWait& of_class : moved) {
    for (auto& of_path : of_class.paths) sort_by_change(of_path.functions);
    sort_by_change(of_class.paths);
  }
  sort_by_change(moved);
  return moved;
}

NetChange net_change(std::span<const MovedWait> moved) {
  NetChange change;
  for (const MovedWait& part : moved)
    (part.delta_ns() < 0 ? change.fell_ns : change.rose_ns) += std::abs(part.delta_ns());
  change.net_ns = change.rose_ns - change.fell_ns;
  change.moved_ns = std::min(change.rose_ns, change.fell_ns);
  return change;
}

void find_fates(std::vector<MovedWait>& moved, std::span<const Trend> trends, const Taxonomy& taxonomy) {
  std::vector<double> left;  // of each change, what is not explained yet
  std::vector<std::size_t> falls, rises;
  for (std::size_t i = 0; i < moved.size(); ++i) {
    moved[i].fate = alone(trends[i]);
    left.push_back(std::abs(moved[i].delta_ns()));
    if (is_down(trends[i])) falls.push_back(i);
    if (is_up(trends[i])) rises.push_back(i);
  }
  const auto larger = [&left](std::size_t a, std::size_t b) { return left[a] > left[b]; };
  for (auto* order : {&falls, &rises}) std::stable_sort(order->begin(), order->end(), larger);
  for (const std::size_t fall : falls) {
    for (const std::size_t rise : rises) {
      const double explained_ns = std::min(left[fall], left[rise]);
      if (explained_ns <= 0) continue;
      if (!are_counterparts(taxonomy.at(moved[fall].lock_class), taxonomy.at(moved[rise].lock_class))) continue;
      left[fall] -= explained_ns;
      left[rise] -= explained_ns;
      explain(moved[fall], moved[rise].lock_class, explained_ns, Fate::kMoved);
      explain(moved[rise], moved[fall].lock_class, explained_ns, Fate::kTookOver);
    }
  }
}

}  // namespace socklock::analyzer
