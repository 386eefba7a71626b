// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/label/classify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <unordered_map>

#include "analyzer/label/label_periods.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/label/same_locks.h"
#include "proto/rows.h"

namespace socklock::analyzer {
namespace {

// What the rules say about one function, asked once.
struct FunctionTraits {
  std::string symbol;  // without compiler suffixes
  bool skip = false;
  bool socket = false;
  bool softirq = false;
  bool hardirq = false;
  std::optional<CallPath> path;
  std::vector<std::size_t> conditional;  // of Taxonomy::conditional_boundaries
};

// What one stack says, whatever the lock.
struct StackTraits {
  FunctionId taker{0};
  std::optional<CallPath> path;
  std::optional<CallPath> origin;
  std::optional<Context> context;
  bool socket = false;
  std::span<const FunctionId> inner;     // from the lock to the path's boundary
  std::vector<std::size_t> conditional;  // innermost first
};

class Labeller {
 public:
  Labeller(const Run& run, const Taxonomy& taxonomy)
      : run_(run), taxonomy_(taxonomy), best_known_(best_known(run.dictionaries.locks)) {
    for (const Function& function : run.dictionaries.functions) functions_.push_back(traits_of(function));
    for (const Stack& stack : run.dictionaries.stacks) stacks_.push_back(traits_of(stack));
  }

  WaitLabels label(const WaitKey& key) {
    const StackTraits& stack = stacks_[index_of(key.stack)];
    const LockFacts& lock = facts_of(key.lock);
    WaitLabels labels;
    labels.lock_class = class_of(key.lock, key.stack);
    labels.taker = stack.taker;
    labels.socket = stack.socket || lock.kind == FactKind::kOwner;
    labels.context = stack.context.value_or(key.on == KernelStack::kTask ? Context::kTask : Context::kSoftirq);
    labels.path = path_of(key, stack, taxonomy_.at(labels.lock_class).role);
    if (stack.origin && stack.origin != labels.path) labels.origin = stack.origin;
    return labels;
  }

  [[nodiscard]] CallPath path_of(StackId stack) const {
    return stacks_[index_of(stack)].path.value_or(CallPath::kOther);
  }

  [[nodiscard]] HolderLabels label(const HolderSum& sum) {
    const std::string& machine = run_.facts.host.machine;
    constexpr auto kOwnerWait = trace::kFlagOwnerWait;
    const WaitLabels waiter =
        label(WaitKey{sum.lock, sum.stack, kNoThread, sum.syscall, KernelStack::kTask, kOwnerWait});
    HolderLabels labels;
    labels.lock_class = waiter.lock_class;
    labels.waiter =
        sum.stack != kNoStack ? waiter.path : taxonomy_.path_of_call("", KernelStack::kTask, sum.syscall, machine);
    labels.of_table = facts_of(sum.lock).kind == FactKind::kTable;
    if (!sum.holder) return labels;
    for (const FunctionId frame : run_.dictionaries.at(sum.holder_stack).frames) {
      const FunctionTraits& function = functions_[index_of(frame)];
      if (function.skip || taxonomy_.holder_skip.matches(function.symbol)) continue;
      labels.function = frame;
      break;
    }
    const StackTraits& stack = stacks_[index_of(sum.holder_stack)];
    // Of a bucket's holder the function is all that is known of the stack.
    const std::string& function = functions_[index_of(labels.function)].symbol;
    labels.holder =
        stack.path ? *stack.path : taxonomy_.path_of_call(function, *sum.holder, sum.holder_syscall, machine);
    return labels;
  }

  [[nodiscard]] OwnerLabels label(const OwnerSum& sum) {
    const WaitLabels waiter = label(WaitKey{sum.lock, sum.stack, kNoThread, sum.syscall, KernelStack::kTask, 0});
    OwnerLabels labels;
    labels.lock_class = waiter.lock_class;
    labels.waiter = waiter.path;
    if (sum.owner == kNoThread) return labels;
    const StackTraits& stack = stacks_[index_of(sum.owner_stack)];
    labels.function = sleeps_in(sum.owner_stack);
    labels.owner = stack.path
                       ? *stack.path
                       : taxonomy_.path_of_call("", KernelStack::kTask, sum.owner_syscall, run_.facts.host.machine);
    return labels;
  }

  // Equal for locks that no rule and no fact distinguishes, so that whatever decides a class is in it.
  [[nodiscard]] std::uint32_t lock_kind(LockId id) {
    const auto [entry, is_new] = kind_of_lock_.try_emplace(index_of(id), 0);
    if (is_new) {
      const LockFacts& lock = facts_of(id);
      const auto next = static_cast<std::uint32_t>(kinds_.size());
      entry->second = kinds_.try_emplace({fact_of(lock, best_known_[index_of(id)]), rules_of(id)}, next).first->second;
    }
    return entry->second;
  }

  // Whether system call and context tell the call path, whatever the stack.
  [[nodiscard]] bool path_is_clear(const WaitKey& key) const {
    if (key.on != KernelStack::kTask || key.syscall == 0) return false;
    const std::pair<std::string, std::uint32_t> call{run_.facts.host.machine, key.syscall - 1U};
    return taxonomy_.syscalls.contains(call) && !taxonomy_.likely_syscalls.contains(call);
  }

  // Whether the lock tells its class, whatever the stack.
  [[nodiscard]] bool class_is_clear(LockId id) {
    const std::vector<std::size_t>& rules = rules_of(id);
    return rules.size() == 1 && taxonomy_.rules[rules.front()].under.empty();
  }

 private:
  // What a thread that does not run is in: behind what puts it to sleep.
  [[nodiscard]] FunctionId sleeps_in(StackId stack) const {
    static constexpr std::array<std::string_view, 8> kSleeping{"__schedule",       "schedule",
                                                               "schedule_timeout", "schedule_preempt_disabled",
                                                               "preempt_schedule", "preempt_schedule_common",
                                                               "__cond_resched",   "preempt_schedule_irq"};
    for (const FunctionId frame : run_.dictionaries.at(stack).frames) {
      const FunctionTraits& function = functions_[index_of(frame)];
      if (std::find(kSleeping.begin(), kSleeping.end(), function.symbol) == kSleeping.end() && !function.skip)
        return frame;
    }
    return FunctionId{0};
  }

  [[nodiscard]] const LockFacts& facts_of(LockId id) const { return run_.dictionaries.at(best_known_[index_of(id)]); }

  // Locks are alike that are the same member of the same kind of object; one of which nothing is known is like itself
  // only.
  static std::string fact_of(const LockFacts& lock, LockId id) {
    switch (lock.kind) {
      case FactKind::kTable: return "table " + lock.table;
      case FactKind::kSymbol:
      case FactKind::kPerCpu: return "symbol " + lock.symbol;
      case FactKind::kSlab: return fmt::format("slab {} {}", lock.place.cache, lock.offset_bytes);
      case FactKind::kOwner: return "owner " + lock.place.cache;
      case FactKind::kUnresolved: break;
    }
    return lock.address != 0 ? fmt::format("at {}", lock.address) : fmt::format("lock {}", index_of(id));
  }

  // Which rules of facts match, whatever the stack, up to the one that always does.
  const std::vector<std::size_t>& rules_of(LockId id) {
    const auto [entry, is_new] = rules_of_lock_.try_emplace(index_of(id));
    std::vector<std::size_t>& rules = entry->second;
    if (!is_new) return rules;
    const LockFacts& lock = facts_of(id);
    for (std::size_t i = 0; i < taxonomy_.rules.size(); ++i) {
      const ClassRule& rule = taxonomy_.rules[i];
      if (!matches(rule, lock)) continue;
      rules.push_back(i);
      if (rule.under.empty()) break;
    }
    return rules;
  }

  [[nodiscard]] FunctionTraits traits_of(const Function& function) const {
    FunctionTraits traits;
    traits.symbol = without_compiler_suffix(function.symbol);
    traits.skip = taxonomy_.skip.matches(traits.symbol);
    traits.socket = taxonomy_.socket.matches(traits.symbol);
    traits.softirq = taxonomy_.softirq.matches(traits.symbol);
    traits.hardirq = taxonomy_.hardirq.matches(traits.symbol);
    for (const Boundary& boundary : taxonomy_.boundaries)
      if (!traits.path && boundary.functions.matches(traits.symbol)) traits.path = boundary.path;
    for (std::size_t i = 0; i < taxonomy_.conditional_boundaries.size(); ++i)
      if (taxonomy_.conditional_boundaries[i].functions.matches(traits.symbol)) traits.conditional.push_back(i);
    return traits;
  }

  [[nodiscard]] StackTraits traits_of(const Stack& stack) const {
    StackTraits traits;
    const std::span<const FunctionId> frames = stack.frames;
    traits.inner = frames;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const FunctionTraits& function = functions_[index_of(frames[i])];
      traits.socket = traits.socket || function.socket;
      if (function.skip) continue;
      if (traits.taker == FunctionId{0}) traits.taker = frames[i];
      if (!traits.context && function.softirq) traits.context = Context::kSoftirq;
      if (!traits.context && function.hardirq) traits.context = Context::kHardirq;
      traits.conditional.insert(traits.conditional.end(), function.conditional.begin(), function.conditional.end());
      if (!function.path) continue;
      if (!traits.path) {
        traits.path = function.path;
        traits.inner = frames.first(i + 1);
      }
      traits.origin = function.path;
    }
    return traits;
  }

  [[nodiscard]] CallPath path_of(const WaitKey& key, const StackTraits& stack, Role role) const {
    if (stack.path) return *stack.path;
    for (const std::size_t i : stack.conditional) {
      const ConditionalBoundary& boundary = taxonomy_.conditional_boundaries[i];
      if (std::find(boundary.roles.begin(), boundary.roles.end(), role) != boundary.roles.end()) return boundary.path;
    }
    if (key.stack != kNoStack || key.on != KernelStack::kTask || key.syscall == 0) return CallPath::kOther;
    const auto found = taxonomy_.syscalls.find({run_.facts.host.machine, key.syscall - 1U});
    return found == taxonomy_.syscalls.end() ? CallPath::kOther : found->second;
  }

  ClassId class_of(LockId lock, StackId stack) {
    const std::uint64_t key = (std::uint64_t{index_of(lock)} << 32) | index_of(stack);
    const auto [entry, is_new] = classes_.try_emplace(key, kUnclassified);
    if (is_new) entry->second = find_class(lock, stacks_[index_of(stack)]);
    return entry->second;
  }

  [[nodiscard]] ClassId find_class(LockId id, const StackTraits& stack) {
    const LockFacts& lock = facts_of(id);
    for (const std::size_t rule : rules_of(id))
      if (is_under(taxonomy_.rules[rule], stack)) return taxonomy_.rules[rule].lock_class;
    if (lock.kind == FactKind::kOwner) return kUnclassified;
    for (const std::size_t rule : rules_by_taker(stack.taker))
      if (is_under(taxonomy_.rules[rule], stack)) return taxonomy_.rules[rule].lock_class;
    return kUnclassified;
  }

  // The rules that match this function as the taker, asked once.
  const std::vector<std::size_t>& rules_by_taker(FunctionId taker) {
    const auto [entry, is_new] = taken_by_.try_emplace(index_of(taker));
    if (!is_new) return entry->second;
    for (std::size_t i = 0; i < taxonomy_.rules.size(); ++i) {
      const ClassRule& rule = taxonomy_.rules[i];
      if (rule.kind == RuleKind::kTakenBy && rule.subject.matches(functions_[index_of(taker)].symbol))
        entry->second.push_back(i);
    }
    return entry->second;
  }

  // Of rules by facts.
  static bool matches(const ClassRule& rule, const LockFacts& lock) {
    if (rule.listening && !lock.listens) return false;
    switch (rule.kind) {
      case RuleKind::kTable: return lock.kind == FactKind::kTable && rule.subject.matches(lock.table);
      case RuleKind::kSymbol: return lock.kind == FactKind::kSymbol && rule.subject.matches(lock.symbol);
      case RuleKind::kPerCpu: return lock.kind == FactKind::kPerCpu && rule.subject.matches(lock.symbol);
      case RuleKind::kTakenBy: return false;
      case RuleKind::kOwner:
        return lock.kind == FactKind::kOwner && (rule.subject.empty() || rule.subject.matches(lock.place.cache));
      case RuleKind::kSlab:
        return lock.kind == FactKind::kSlab &&
               (in_slab(rule, lock.place) ||
                std::any_of(lock.aliases.begin(), lock.aliases.end(),
                            [&rule](const SlabPlace& alias) { return in_slab(rule, alias); }));
    }
    return false;
  }

  static bool in_slab(const ClassRule& rule, const SlabPlace& place) {
    if (!rule.subject.matches(place.cache)) return false;
    return rule.members.empty() ||
           std::any_of(rule.members.begin(), rule.members.end(),
                       [&place](const std::string& pattern) { return is_member(pattern, place.member); });
  }

  [[nodiscard]] bool is_under(const ClassRule& rule, const StackTraits& stack) const {
    return rule.under.empty() || std::any_of(stack.inner.begin(), stack.inner.end(), [&](FunctionId frame) {
             return rule.under.matches(functions_[index_of(frame)].symbol);
           });
  }

  const Run& run_;
  const Taxonomy& taxonomy_;
  std::vector<LockId> best_known_;
  std::vector<FunctionTraits> functions_;
  std::vector<StackTraits> stacks_;
  std::unordered_map<std::uint64_t, ClassId> classes_;
  std::unordered_map<std::size_t, std::vector<std::size_t>> taken_by_;
  std::unordered_map<std::size_t, std::uint32_t> kind_of_lock_;
  std::unordered_map<std::size_t, std::vector<std::size_t>> rules_of_lock_;
  std::map<std::pair<std::string, std::vector<std::size_t>>, std::uint32_t> kinds_;
};

std::uint64_t address_of(const LockFacts& lock) { return lock.object != 0 ? lock.object : lock.address; }

}  // namespace

std::string_view name_of(Context context) {
  switch (context) {
    case Context::kTask: return "task";
    case Context::kSoftirq: return "softirq";
    case Context::kHardirq: return "hardirq";
  }
  return "";
}

namespace {

LabelledRun labelled(Run run, const Taxonomy& taxonomy, Periods* periods) {
  std::vector<WaitLabels> labels;
  labels.reserve(run.waits.size());
  Labeller labeller(run, taxonomy);
  StackSampling sampling = attribute_stacks(run,
                                            {[&](const WaitKey& key) { return labeller.label(key); },
                                             [&](const WaitKey& key) { return labeller.path_is_clear(key); },
                                             [&](const WaitKey& key) { return labeller.class_is_clear(key.lock); },
                                             [&](LockId lock) { return labeller.lock_kind(lock); }},
                                            periods);
  for (const WaitKey& key : run.waits.keys) labels.push_back(labeller.label(key));
  std::vector<HolderLabels> holders;
  for (const HolderSum& sum : run.holders) holders.push_back(labeller.label(sum));
  std::vector<OwnerLabels> owners;
  for (const OwnerSum& sum : run.owners) owners.push_back(labeller.label(sum));
  std::vector<CallPath> cpu_paths;
  for (const auto& row : run.cpu_profile.kernel) cpu_paths.push_back(labeller.path_of(row.stack));
  return {std::move(run),     std::move(labels), std::move(sampling),
          std::move(holders), std::move(owners), std::move(cpu_paths)};
}

}  // namespace

LabelledRun label(Run run, const Taxonomy& taxonomy) { return labelled(std::move(run), taxonomy, nullptr); }
LabelledRun label(Run run, const Taxonomy& taxonomy, Periods& periods) {
  return labelled(std::move(run), taxonomy, &periods);
}

struct WaitLabeller::State {
  Labeller labeller;
};

WaitLabeller::WaitLabeller(const Run& run, const Taxonomy& taxonomy)
    : state_(std::make_unique<State>(State{Labeller(run, taxonomy)})) {}
WaitLabeller::WaitLabeller(WaitLabeller&&) noexcept = default;
WaitLabeller& WaitLabeller::operator=(WaitLabeller&&) noexcept = default;
WaitLabeller::~WaitLabeller() = default;
WaitLabels WaitLabeller::label(const WaitKey& key) { return state_->labeller.label(key); }

InstanceNames::InstanceNames(const Dictionaries& dictionaries) {
  for (const LockFacts& lock : dictionaries.locks)
    if (const std::uint64_t address = address_of(lock); address != 0)
      numbers_.try_emplace(address, numbers_.size() + 1);
  std::uint64_t first = 0;
  for (const LockFacts& lock : dictionaries.locks) {
    if (lock.kind != FactKind::kTable || lock.netns_inode == 0) continue;
    if (first == 0) first = lock.netns_inode;
    several_namespaces_ = several_namespaces_ || lock.netns_inode != first;
  }
}

std::string InstanceNames::name(const LockFacts& lock, const LockClass& lock_class) const {
  if (lock.kind == FactKind::kTable && several_namespaces_)
    return fmt::format("{}[{}]@netns:{}", lock_class.name, lock.index, lock.netns_inode);
  if (lock.kind == FactKind::kTable) return fmt::format("{}[{}]", lock_class.name, lock.index);
  if (lock.kind == FactKind::kPerCpu) return fmt::format("{}{{cpu={}}}", lock_class.name, lock.index);
  if (lock.kind == FactKind::kSymbol) return fmt::format("{}{{{}}}", lock_class.name, lock.symbol);
  if (!lock.addresses.empty()) return fmt::format("{}{{{}}}", lock_class.name, lock.addresses);
  if (lock.local_port != 0) return fmt::format("{}{{lport={}}}", lock_class.name, lock.local_port);
  const auto number = numbers_.find(address_of(lock));
  return number == numbers_.end() ? lock_class.name : fmt::format("{}{{#{}}}", lock_class.name, number->second);
}

}  // namespace socklock::analyzer
