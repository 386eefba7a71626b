// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/decomposition.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "analyzer/label/labelled_run.h"

namespace socklock::analyzer {
namespace {

constexpr int kGridBits = 46;

struct Rates {
  double before = 0;
  double after = 0;
};

// Numbers functions by name, since each run has ids of its own.
class FunctionNumbers {
 public:
  std::uint32_t number(const std::string& name) {
    const auto [entry, is_new] = numbers_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
    if (is_new) names_.push_back(name);
    return entry->second;
  }
  [[nodiscard]] const std::string& name(std::uint32_t number) const { return names_[number]; }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> names_;
};

using PartKey = std::tuple<ClassId, CallPath, std::uint32_t>;
using Parts = std::map<PartKey, Rates>;

std::string function_name(const Run& run, FunctionId id) {
  return id == FunctionId{0} ? "(no stack)" : display_name(run.dictionaries.at(id));
}

void add_run(const RunMeasures& measures, double Rates::*side, double runs, FunctionNumbers& functions, Parts& parts) {
  if (measures.work <= 0) return;
  const LabelledRun& labelled = *measures.run;
  std::unordered_map<std::uint32_t, std::uint32_t> known;
  std::map<PartKey, double> waits_ns;  // whole numbers, so that their order doesn't matter
  for (std::size_t row = 0; row < labelled.labels.size(); ++row) {
    const WaitLabels& labels = labelled.labels[row];
    const auto [entry, is_new] = known.try_emplace(static_cast<std::uint32_t>(labels.taker), 0);
    if (is_new) entry->second = functions.number(function_name(labelled.run, labels.taker));
    waits_ns[{labels.lock_class, labels.path, entry->second}] +=
        static_cast<double>(labelled.run.waits.sums[row].wait_ns);
  }
  for (const auto& [key, wait_ns] : waits_ns) parts[key].*side += wait_ns / measures.work / runs;
}

double whole(const Parts& parts, double Rates::*side) {
  double sum = 0;
  for (const auto& [key, rates] : parts) sum += rates.*side;
  return sum;
}

double on_grid(double value, double grid) { return std::nearbyint(value / grid) * grid; }

}  // namespace

std::vector<WaitPart> decompose(const Side& before, const Side& after) {
  FunctionNumbers functions;
  Parts parts;
  for (const RunMeasures& run : before)
    add_run(run, &Rates::before, static_cast<double>(before.size()), functions, parts);
  for (const RunMeasures& run : after) add_run(run, &Rates::after, static_cast<double>(after.size()), functions, parts);
  std::vector<WaitPart> result;
  const double largest = std::max(whole(parts, &Rates::before), whole(parts, &Rates::after));
  if (largest <= 0) return result;
  const double grid = std::ldexp(1.0, std::ilogb(largest) - kGridBits);
  for (const auto& [key, rates] : parts) {
    const auto& [lock_class, path, function] = key;
    const WaitPart part{lock_class, path, functions.name(function), on_grid(rates.before, grid),
                        on_grid(rates.after, grid)};
    if (part.before_ns > 0 || part.after_ns > 0) result.push_back(part);
  }
  std::sort(result.begin(), result.end(), [](const WaitPart& a, const WaitPart& b) {
    return std::tie(a.lock_class, a.path, a.function) < std::tie(b.lock_class, b.path, b.function);
  });
  return result;
}

}  // namespace socklock::analyzer
