// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/stack_trees.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <span>
#include <unordered_map>

namespace socklock::analyzer {
namespace {

struct Waits {
  double before_ns = 0;
  double after_ns = 0;
};

// A tree that grows by whole paths; children by name.
struct Growing {
  Waits waits;
  std::map<std::string, Growing, std::less<>> children;

  void add(std::span<const std::string* const> path, Waits more) {
    Growing* node = this;
    node->count(more);
    for (const std::string* const function : path) {
      node = &node->children[*function];
      node->count(more);
    }
  }
  void count(Waits more) {
    waits.before_ns += more.before_ns;
    waits.after_ns += more.after_ns;
  }
};

StackNode grown(const Growing& growing, const std::string& function) {
  StackNode node;
  node.function = function;
  node.before_ns = growing.waits.before_ns;
  node.after_ns = growing.waits.after_ns;
  for (const auto& [name, child] : growing.children) node.children.push_back(grown(child, name));
  std::stable_sort(node.children.begin(), node.children.end(), [](const StackNode& a, const StackNode& b) {
    return std::abs(a.after_ns - a.before_ns) > std::abs(b.after_ns - b.before_ns);
  });
  return node;
}

// What of a node's wait is in none of its children.
Waits self_of(const StackNode& node) {
  Waits self{node.before_ns, node.after_ns};
  for (const StackNode& child : node.children) {
    self.before_ns -= child.before_ns;
    self.after_ns -= child.after_ns;
  }
  // Sums in another order than the tree's leave a rest of rounding.
  const double least = 1e-9 * (node.before_ns + node.after_ns);
  if (self.before_ns < least) self.before_ns = 0;
  if (self.after_ns < least) self.after_ns = 0;
  return self;
}

using Path = std::vector<const std::string*>;

// `visit(path, self)` for each node where stacks end; the path leads from the outermost function to it.
void visit_ends(const StackNode& node, Path& path, const std::function<void(const Path&, Waits)>& visit) {
  const Waits self = self_of(node);
  if (!path.empty() && (self.before_ns > 0 || self.after_ns > 0)) visit(path, self);
  for (const StackNode& child : node.children) {
    path.push_back(&child.function);
    visit_ends(child, path, visit);
    path.pop_back();
  }
}

}  // namespace

StackNode bottom_up(const StackNode& top_down) {
  Growing root;
  Path path;
  visit_ends(top_down, path, [&root](const Path& outwards, Waits self) {
    const Path inwards(outwards.rbegin(), outwards.rend());
    root.add(inwards, self);
  });
  return grown(root, top_down.function);
}

std::vector<FunctionWait> functions(const StackNode& top_down) {
  std::unordered_map<std::string, FunctionWait> by_name;
  Path path;
  visit_ends(top_down, path, [&by_name](const Path& outwards, Waits self) {
    Path once = outwards;
    std::sort(once.begin(), once.end(), [](const auto* a, const auto* b) { return *a < *b; });
    once.erase(std::unique(once.begin(), once.end(), [](const auto* a, const auto* b) { return *a == *b; }),
               once.end());
    for (const std::string* const name : once) {
      by_name[*name].before_ns += self.before_ns;
      by_name[*name].after_ns += self.after_ns;
    }
    by_name[*outwards.back()].self_before_ns += self.before_ns;
    by_name[*outwards.back()].self_after_ns += self.after_ns;
  });
  std::vector<FunctionWait> list;
  for (auto& [name, wait] : by_name) {
    wait.function = name;
    list.push_back(wait);
  }
  std::sort(list.begin(), list.end(), [](const FunctionWait& a, const FunctionWait& b) {
    const double change_a = std::abs(a.after_ns - a.before_ns), change_b = std::abs(b.after_ns - b.before_ns);
    return change_a != change_b ? change_a > change_b : a.function < b.function;
  });
  return list;
}

CallerCallee caller_callee(const StackNode& top_down, std::string_view function) {
  Growing callers, callees;
  Path path;
  visit_ends(top_down, path, [&](const Path& outwards, Waits self) {
    const auto found =
        std::find_if(outwards.begin(), outwards.end(), [&](const std::string* name) { return *name == function; });
    if (found == outwards.end()) return;
    const Path up(std::make_reverse_iterator(found), outwards.rend());
    const Path down(found + 1, outwards.end());
    callers.add(up, self);
    callees.add(down, self);
  });
  return {grown(callers, std::string(function)), grown(callees, std::string(function))};
}

namespace {

// `is_hidden(caller, function)`, where the caller is the one that is shown.
using IsHidden = std::function<bool(const std::string& caller, const std::string& function)>;

void add_visible(const StackNode& node, const IsHidden& is_hidden, StackNode& into) {
  for (const StackNode& child : node.children) {
    if (is_hidden(into.function, child.function)) {
      add_visible(child, is_hidden, into);
      continue;
    }
    auto same = std::find_if(into.children.begin(), into.children.end(),
                             [&child](const StackNode& other) { return other.function == child.function; });
    if (same == into.children.end()) {
      into.children.emplace_back().function = child.function;
      same = into.children.end() - 1;
    }
    same->before_ns += child.before_ns;
    same->after_ns += child.after_ns;
    add_visible(child, is_hidden, *same);
  }
}

void sort_by_change(StackNode& node) {
  std::stable_sort(node.children.begin(), node.children.end(), [](const StackNode& a, const StackNode& b) {
    return std::abs(a.delta_ns()) > std::abs(b.delta_ns());
  });
  for (StackNode& child : node.children) sort_by_change(child);
}

StackNode visible(const StackNode& top_down, const IsHidden& is_hidden) {
  StackNode shown{top_down.function, top_down.before_ns, top_down.after_ns, {}};
  add_visible(top_down, is_hidden, shown);
  sort_by_change(shown);
  return shown;
}

void add_large(const StackNode& node, double least_ns, StackNode& into) {
  for (const StackNode& child : node.children) {
    if (child.before_ns + child.after_ns < least_ns) continue;
    into.children.push_back({child.function, child.before_ns, child.after_ns, {}});
    add_large(child, least_ns, into.children.back());
  }
}

}  // namespace

StackNode without_functions(const StackNode& top_down, const std::function<bool(const std::string&)>& is_hidden) {
  return visible(top_down, [&is_hidden](const std::string& /*caller*/, const std::string& function) {
    return is_hidden(function);
  });
}

StackNode without_recursion(const StackNode& top_down) {
  return visible(top_down, [](const std::string& caller, const std::string& function) { return caller == function; });
}

StackNode without_small(const StackNode& top_down, double share) {
  StackNode shown{top_down.function, top_down.before_ns, top_down.after_ns, {}};
  add_large(top_down, share * (top_down.before_ns + top_down.after_ns), shown);
  return shown;
}

}  // namespace socklock::analyzer
