// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/stacks_data.h"

namespace socklock::analyzer {
namespace {

constexpr double kLeastShare = 1e-4;

Value node_data(const StackNode& node, double least_ns) {
  Value data = Value::Object{{"f", node.function}, {"b", node.before_ns}, {"a", node.after_ns}};
  Value children = Value::List{};
  bool has_children = false;
  for (const StackNode& child : node.children) {
    if (child.before_ns + child.after_ns < least_ns) continue;
    children.add(node_data(child, least_ns));
    has_children = true;
  }
  if (has_children) data.add("c", std::move(children));
  return data;
}

}  // namespace

Value stacks_data(std::span<const ClassPathStacks> stacks, const Taxonomy& taxonomy) {
  double whole_ns = 0;
  for (const ClassPathStacks& of : stacks) whole_ns += of.stacks.before_ns + of.stacks.after_ns;
  return list_of(stacks, [&](const ClassPathStacks& of) {
    return Value::Object{{"class", taxonomy.at(of.lock_class).name},
                         {"path", name_of(of.path)},
                         {"tree", node_data(of.stacks, kLeastShare * whole_ns)}};
  });
}

}  // namespace socklock::analyzer
