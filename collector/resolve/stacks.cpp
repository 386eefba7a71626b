// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/resolve/stacks.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace socklock::collector {
namespace {

// Between a tracepoint and a program on it (include/trace/trace_events.h, bpf_probe.h; kernel/trace/bpf_trace.c).
constexpr std::array<std::string_view, 8> kTracingPrefixes{"ftrace_trampoline", "bpf_trace_run", "__bpf_trace_",
                                                           "__traceiter_",      "bpf_prog_",     "bpf_trampoline_",
                                                           "__do_trace_",       "bpf_get_stack"};

// What a stack shows of how the kernel was entered (arch/x86/entry, arch/arm64/kernel, kernel/softirq.c).
constexpr std::array<std::string_view, 2> kSystemCallEntries{"do_syscall_64", "invoke_syscall"};
constexpr std::array<std::string_view, 10> kInterruptEntries{"el0_interrupt",
                                                             "el1_interrupt",
                                                             "handle_softirqs",
                                                             "__do_softirq",
                                                             "common_interrupt",
                                                             "sysvec_apic_timer_interrupt",
                                                             "asm_common_interrupt",
                                                             "sysvec_reschedule_ipi",
                                                             "sysvec_call_function_single",
                                                             "sysvec_kvm_asyncpf_interrupt"};

}  // namespace

Stacks::Stacks(const Kallsyms& symbols) : symbols_(symbols) {}

bool Stacks::is_tracing(std::uint64_t address) const {
  const auto symbol = symbols_.find(address);
  if (!symbol) return true;  // at the innermost end only JIT code has no symbol
  return std::any_of(kTracingPrefixes.begin(), kTracingPrefixes.end(),
                     [&](std::string_view prefix) { return symbol->name.starts_with(prefix); });
}

std::uint32_t Stacks::id(std::uint32_t slot, const socklock_stack_slot& raw, trace::v1::Dictionary& added) {
  if (slot == 0 || raw.frames == 0) return 0;
  if (const auto known = id_by_slot_.find(slot); known != id_by_slot_.end()) return known->second;
  const __u64* begin = raw.address;
  const __u64* end = begin + std::min<std::uint32_t>(raw.frames, SOCKLOCK_MAX_FRAMES);
  prefetch_frames({begin, end});
  if (symbols_.knows_symbols()) begin = std::find_if_not(begin, end, [this](__u64 a) { return is_tracing(a); });
  std::vector<std::uint64_t> frames(begin, end);
  traits_by_slot_[slot] = traits_of(frames, raw.frames >= SOCKLOCK_MAX_FRAMES);
  const auto [entry, is_new] = id_by_frames_.try_emplace(frames, static_cast<std::uint32_t>(id_by_frames_.size()) + 1);
  id_by_slot_[slot] = entry->second;
  if (!is_new) return entry->second;
  trace::v1::Stack stack;
  stack.set_id(entry->second);
  stack.set_truncated(raw.frames >= SOCKLOCK_MAX_FRAMES);
  for (const std::uint64_t address : frames) {
    std::uint32_t offset_bytes = 0;
    stack.add_functions(function_id(address, offset_bytes, added));
    stack.add_offsets_bytes(offset_bytes);
  }
  *added.add_stacks() = std::move(stack);
  return entry->second;
}

// Of each frame the address itself and, where it is one behind a call, the call.
void Stacks::prefetch_frames(std::span<const __u64> frames) const {
  std::vector<std::uint64_t> addresses;
  for (const std::uint64_t address : frames) {
    addresses.push_back(address);
    addresses.push_back(address - 1);
  }
  symbols_.prefetch(addresses);
}

Stacks::Traits Stacks::traits_of(const std::vector<std::uint64_t>& frames, bool truncated) const {
  Traits traits;
  traits.whole = !truncated && symbols_.knows_symbols();
  for (const std::uint64_t address : frames) {
    const auto symbol = symbols_.find(address - 1);
    if (!symbol) continue;
    traits.system_call = traits.system_call || std::find(kSystemCallEntries.begin(), kSystemCallEntries.end(),
                                                         symbol->name) != kSystemCallEntries.end();
    traits.interrupt = traits.interrupt || std::find(kInterruptEntries.begin(), kInterruptEntries.end(),
                                                     symbol->name) != kInterruptEntries.end();
  }
  return traits;
}

std::optional<bool> Stacks::agrees(std::uint32_t slot, std::uint8_t context, std::uint16_t syscall) const {
  const auto known = traits_by_slot_.find(slot);
  if (known == traits_by_slot_.end() || !known->second.whole) return std::nullopt;
  const Traits& traits = known->second;
  if (context == SOCKLOCK_CONTEXT_INTERRUPT) return traits.interrupt;
  // A kernel thread runs softirqs, too, but on its own stack.
  if (syscall == 0) return !traits.system_call;
  return traits.system_call && !traits.interrupt;
}

std::uint32_t Stacks::function_id(std::string_view name, trace::v1::Dictionary& added) {
  return function_id(name, "", added);
}

std::uint32_t Stacks::function_id(std::uint64_t address, std::uint32_t& offset_bytes, trace::v1::Dictionary& added) {
  // A frame is a return address, which may be the first of the next function: look up the call.
  const auto symbol = symbols_.find(address - 1);
  const std::uint64_t start = symbol ? symbol->address : address;
  offset_bytes = static_cast<std::uint32_t>(address - start);
  const auto known = function_by_start_.find(start);
  if (known != function_by_start_.end()) return known->second;
  const std::uint32_t id =
      symbol ? function_id(symbol->name, symbol->module, added) : function_id(fmt::format("[{:#x}]", start), "", added);
  function_by_start_.emplace(start, id);
  return id;
}

// Functions of one name and module are one: reports go by names.
std::uint32_t Stacks::function_id(std::string_view name, std::string_view module, trace::v1::Dictionary& added) {
  const auto [entry, is_new] = function_by_name_.try_emplace({std::string(module), std::string(name)},
                                                             static_cast<std::uint32_t>(function_by_name_.size()) + 1);
  if (!is_new) return entry->second;
  auto* function = added.add_functions();
  function->set_id(entry->second);
  function->set_symbol(entry->first.second);
  function->set_module(entry->first.first);
  return entry->second;
}

}  // namespace socklock::collector
