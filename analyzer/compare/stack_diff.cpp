// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/stack_diff.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <tuple>

#include "analyzer/label/labelled_run.h"
#include "analyzer/load/run.h"

namespace socklock::analyzer {
namespace {

constexpr std::size_t kMaxDepth = 100;

struct Flat {
  std::vector<std::string> functions;  // outermost first
  double before_ns = 0;
  double after_ns = 0;
};

using ClassPath = std::pair<ClassId, CallPath>;
using FlatByClassPath = std::map<ClassPath, std::vector<Flat>>;

std::vector<std::string> functions_of(const Dictionaries& dictionaries, StackId id) {
  std::vector<std::string> functions;
  const auto& frames = dictionaries.at(id).frames;
  for (auto frame = frames.rbegin(); frame != frames.rend() && functions.size() < kMaxDepth; ++frame)
    functions.push_back(display_name(dictionaries.at(*frame)));
  if (functions.empty()) functions.emplace_back("(no call stack)");
  return functions;
}

void flatten(const Side& side, double Flat::*wait_ns, std::vector<Flat>& flat) {
  for (const RunMeasures& measures : side) {
    const Run& run = measures.run->run;
    const double scale = measures.work > 0 ? 1 / (measures.work * static_cast<double>(side.size())) : 0;
    std::vector<double> waits(run.dictionaries.stacks.size());
    for (std::size_t row = 0; row < run.waits.size(); ++row)
      waits[index_of(run.waits.keys[row].stack)] += static_cast<double>(run.waits.sums[row].wait_ns);
    for (std::size_t id = 0; id < waits.size(); ++id) {
      if (waits[id] == 0) continue;
      Flat& stack = flat.emplace_back();
      stack.functions = functions_of(run.dictionaries, static_cast<StackId>(id));
      stack.*wait_ns = waits[id] * scale;
    }
  }
}

void flatten(const Side& side, double Flat::*wait_ns, FlatByClassPath& flat) {
  for (const RunMeasures& measures : side) {
    const Run& run = measures.run->run;
    const double scale = measures.work > 0 ? 1 / (measures.work * static_cast<double>(side.size())) : 0;
    std::map<std::tuple<ClassId, CallPath, StackId>, double> waits;
    for (std::size_t row = 0; row < run.waits.size(); ++row) {
      const WaitLabels& labels = measures.run->labels[row];
      waits[{labels.lock_class, labels.path, run.waits.keys[row].stack}] +=
          static_cast<double>(run.waits.sums[row].wait_ns);
    }
    for (const auto& [key, wait] : waits) {
      if (wait == 0) continue;
      Flat& stack = flat[{std::get<0>(key), std::get<1>(key)}].emplace_back();
      stack.functions = functions_of(run.dictionaries, std::get<2>(key));
      stack.*wait_ns = wait * scale;
    }
  }
}

// `stacks` are sorted and agree in their first `depth` functions.
void grow(StackNode& node, std::span<const Flat> stacks, std::size_t depth) {
  for (std::size_t begin = 0; begin < stacks.size();) {
    std::size_t end = begin + 1;
    if (stacks[begin].functions.size() > depth) {
      const std::string& function = stacks[begin].functions[depth];
      while (end < stacks.size() && stacks[end].functions[depth] == function) ++end;
      StackNode& child = node.children.emplace_back();
      child.function = function;
      grow(child, stacks.subspan(begin, end - begin), depth + 1);
    }
    begin = end;
  }
  for (const Flat& stack : stacks) {
    node.before_ns += stack.before_ns;
    node.after_ns += stack.after_ns;
  }
  std::stable_sort(node.children.begin(), node.children.end(), [](const StackNode& a, const StackNode& b) {
    return std::abs(a.after_ns - a.before_ns) > std::abs(b.after_ns - b.before_ns);
  });
}

StackNode tree_of(std::vector<Flat> flat) {
  std::sort(flat.begin(), flat.end(), [](const Flat& a, const Flat& b) { return a.functions < b.functions; });
  StackNode root;
  root.function = "all waits";
  grow(root, flat, 0);
  return root;
}

}  // namespace

StackNode stack_diff(const Side& before, const Side& after) {
  std::vector<Flat> flat;
  flatten(before, &Flat::before_ns, flat);
  flatten(after, &Flat::after_ns, flat);
  return tree_of(std::move(flat));
}

std::vector<ClassPathStacks> stacks_by_class_path(const Side& before, const Side& after) {
  FlatByClassPath flat;
  flatten(before, &Flat::before_ns, flat);
  flatten(after, &Flat::after_ns, flat);
  std::vector<ClassPathStacks> stacks;
  for (auto& [key, of] : flat) stacks.push_back({key.first, key.second, tree_of(std::move(of))});
  return stacks;
}

}  // namespace socklock::analyzer
