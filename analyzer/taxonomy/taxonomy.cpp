// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/taxonomy/taxonomy.h"

#include <algorithm>

namespace socklock::analyzer {
namespace {

constexpr std::array<std::string_view, kCallPaths> kPathNames{"setup",  "send", "receive", "input", "teardown",
                                                              "option", "poll", "timer",   "other"};
constexpr std::array<std::string_view, kRoles> kRoleNames{"connection table", "bind table", "listener", "socket",
                                                          "socket queue",     "timewait",   "timer",    "wait queue",
                                                          "scheduler",        "fd table",   "memory",   "other"};

template <typename Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view name_of(CallPath path) { return kPathNames[static_cast<std::size_t>(path)]; }
std::optional<CallPath> call_path_named(std::string_view name) { return find_name<CallPath>(kPathNames, name); }
std::string_view name_of(Role role) { return kRoleNames[static_cast<std::size_t>(role)]; }
std::optional<Role> role_named(std::string_view name) { return find_name<Role>(kRoleNames, name); }

std::optional<ClassId> Taxonomy::class_named(std::string_view name) const {
  const auto found =
      std::find_if(classes.begin(), classes.end(), [name](const LockClass& c) { return c.name == name; });
  if (found == classes.end()) return std::nullopt;
  return ClassId{static_cast<std::uint32_t>(found - classes.begin())};
}

CallPath Taxonomy::path_of_call(const std::string& function, KernelStack on, std::uint16_t syscall,
                                const std::string& machine) const {
  if (const std::size_t at = place_of(function); at != std::string::npos) {
    const std::string place = function.substr(at + 1);
    for (const Boundary& boundary : boundaries)
      if (boundary.functions.matches(place)) return boundary.path;
    return CallPath::kOther;
  }
  // Softirqs run in a thread of their own, too, in no system call.
  if (on == KernelStack::kInterrupt || syscall == 0) {
    for (const InterruptCalls& rule : interrupt_calls)
      if (rule.functions.matches(function)) return rule.path;
    return on == KernelStack::kInterrupt ? CallPath::kInput : CallPath::kOther;
  }
  const std::pair<std::string, std::uint32_t> number{machine, syscall - 1U};
  for (const auto* paths : {&call_syscalls, &syscalls})
    if (const auto found = paths->find(number); found != paths->end()) return found->second;
  return CallPath::kOther;
}

}  // namespace socklock::analyzer
