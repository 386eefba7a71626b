// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/dictionary_builder.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "analyzer/load/cgroup_name.h"

namespace socklock::analyzer {
namespace {

FactKind fact_kind(trace::v1::LockFactKind kind) {
  switch (kind) {
    case trace::v1::LOCK_FACT_TABLE: return FactKind::kTable;
    case trace::v1::LOCK_FACT_SLAB: return FactKind::kSlab;
    case trace::v1::LOCK_FACT_SYMBOL: return FactKind::kSymbol;
    case trace::v1::LOCK_FACT_PERCPU: return FactKind::kPerCpu;
    case trace::v1::LOCK_FACT_OWNER: return FactKind::kOwner;
    default: return FactKind::kUnresolved;  // also kinds of a newer version
  }
}

// Where a kernel or a tool had no name for a function or a lock, a trace has its address as "[0x...]", "0x..." or bare.
bool is_address(std::string_view name) {
  if (name.starts_with('[')) name.remove_prefix(1);
  if (name.starts_with("0x")) return true;
  constexpr std::size_t kDigits = 16;
  const std::size_t digits = std::min(name.find_first_not_of("0123456789abcdefABCDEF"), name.size());
  return digits >= kDigits && (digits == name.size() || name[digits] == ']' || name[digits] == '+');
}

// Addresses end here: no report, export or query shows one.
std::string without_address(const std::string& name) { return is_address(name) ? "[unnamed]" : name; }

// What fentry and kprobe programs put between a function and its caller: memory without a name of its own.
bool is_trampoline(std::string_view symbol) {
  return symbol == "[unnamed]" || symbol.starts_with("ftrace_trampoline") || symbol.starts_with("bpf_trampoline_");
}

// A probed function is entered by way of a trampoline that is its own caller once more: f, trampoline, f is one call of
// f. The recorder's own probes at level 2 leave such stacks.
void fold_trampolines(std::vector<FunctionId>& frames, const std::vector<Function>& functions) {
  const auto symbol = [&](FunctionId id) -> const std::string& { return functions[index_of(id)].symbol; };
  std::vector<FunctionId> folded;
  folded.reserve(frames.size());
  for (const FunctionId frame : frames) {
    const std::size_t size = folded.size();
    if (size >= 2 && is_trampoline(symbol(folded[size - 1])) && symbol(folded[size - 2]) == symbol(frame) &&
        !is_trampoline(symbol(frame)))
      folded.pop_back();
    else
      folded.push_back(frame);
  }
  frames = std::move(folded);
}

}  // namespace

bool IdMap::add(std::uint32_t id, std::uint32_t position) {
  if (id == 0) return false;
  if (id >= kDenseIds) return sparse_.emplace(id, position).second;
  if (id >= dense_.size()) dense_.resize(std::max<std::size_t>(id + 1U, dense_.size() * 2));
  if (dense_[id] != 0) return false;
  dense_[id] = position;
  return true;
}

std::uint32_t IdMap::find_sparse(std::uint32_t id, std::uint64_t uses) {
  if (id == 0) return 0;
  if (const auto found = sparse_.find(id); found != sparse_.end()) return found->second;
  unknown_ += uses;
  return 0;
}

void DictionaryBuilder::add(const trace::v1::Dictionary& message) {
  for (const auto& function : message.functions()) {
    if (functions_.add(function.id(), static_cast<std::uint32_t>(dictionaries_.functions.size())))
      dictionaries_.functions.push_back({without_address(function.symbol()), function.module()});
    else
      ++defined_twice_;
  }
  for (const auto& stack : message.stacks()) add_stack(stack);
  for (const auto& lock : message.locks()) add_lock(lock);
  for (const auto& cgroup : message.cgroups()) {
    if (cgroups_.add(cgroup.id(), static_cast<std::uint32_t>(dictionaries_.cgroups.size())))
      dictionaries_.cgroups.push_back({cgroup.path(), cgroup_name(cgroup.path())});
    else
      ++defined_twice_;
  }
  for (const auto& netns : message.network_namespaces())
    if (!netns.name().empty()) dictionaries_.namespaces.try_emplace(netns.inode(), netns.name());
  for (const auto& thread : message.threads()) {
    if (threads_.add(thread.id(), static_cast<std::uint32_t>(dictionaries_.threads.size())))
      dictionaries_.threads.push_back(
          {thread.tid(), thread.pid(), thread.comm(), CgroupId{cgroups_.find(thread.cgroup())}});
    else
      ++defined_twice_;
  }
}

void DictionaryBuilder::add_stack(const trace::v1::Stack& message) {
  if (!stacks_.add(message.id(), static_cast<std::uint32_t>(dictionaries_.stacks.size()))) {
    ++defined_twice_;
    return;
  }
  Stack stack;
  stack.truncated = message.truncated();
  stack.frames.reserve(static_cast<std::size_t>(message.functions_size()));
  for (const auto function : message.functions()) stack.frames.push_back(FunctionId{functions_.find(function)});
  fold_trampolines(stack.frames, dictionaries_.functions);
  dictionaries_.stacks.push_back(std::move(stack));
}

void DictionaryBuilder::add_lock(const trace::v1::Lock& message) {
  if (!locks_.add(message.id(), static_cast<std::uint32_t>(dictionaries_.locks.size()))) {
    ++defined_twice_;
    return;
  }
  LockFacts lock;
  lock.address = message.address();
  lock.kind = fact_kind(message.kind());
  lock.table = message.table();
  lock.index = message.index();
  lock.netns_inode = message.netns_inode();
  lock.place = {message.cache(), message.member()};
  for (const auto& alias : message.aliases()) lock.aliases.push_back({alias.cache(), alias.member()});
  lock.offset_bytes = message.offset_bytes();
  lock.symbol = without_address(message.symbol());
  lock.object = message.object();
  if (message.local_port() <= UINT16_MAX) lock.local_port = static_cast<std::uint16_t>(message.local_port());
  lock.listens = message.listens();
  lock.addresses = message.addresses();
  dictionaries_.locks.push_back(std::move(lock));
}

std::uint64_t DictionaryBuilder::bad_ids() const {
  return functions_.unknown() + stacks_.unknown() + locks_.unknown() + threads_.unknown() + cgroups_.unknown() +
         defined_twice_;
}

}  // namespace socklock::analyzer
