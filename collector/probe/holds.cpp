// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/holds.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "collector/kernel/kernel_btf.h"
#include "collector/kernel/refusal.h"
#include "collector/probe/call_origin.h"
#include "collector/probe/probe_set.h"
#include "holds.skel.h"

namespace socklock::collector {
namespace {

using trace::v1::Probe;

#define SOCKLOCK_SPAN_NAME(function) #function,
constexpr std::array kSpanFunctions{SOCKLOCK_SPAN_SITES(SOCKLOCK_SPAN_NAME)};
#undef SOCKLOCK_SPAN_NAME
constexpr std::string_view kSocketFunction = "lock_sock_nested";
// With the one that gives up what it takes.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kSpinlockFunctions{
    {{"_raw_spin_lock", "_raw_spin_unlock"}, {"_raw_spin_lock_bh", "_raw_spin_unlock_bh"}}};

// Enough to tell a p99 in a second, few enough to cost nothing.
constexpr double kHoldsPerSecond = 2000;
constexpr std::uint32_t kMostRateBits = 15;

bool has_function(const btf* types, const std::string& name) {
  return types != nullptr && btf__find_by_name_kind(types, name.c_str(), BTF_KIND_FUNC) > 0;
}

// Where what a function takes is given up: at its end, or in another.
std::string end_of(const std::string& function) {
  for (const auto& [take, give_up] : kSpinlockFunctions)
    if (function == take) return std::string(give_up);
  return function;
}

std::vector<std::string> programs_of(std::string_view function) {
  if (function == kSocketFunction) return {"hold_released_sock", "hold_release_sock", "hold_lock_sock_nested"};
  // The end first: a begin without one would take a place forever.
  return {"hold_end_" + std::string(function), "hold_begin_" + std::string(function)};
}

std::string_view function_of_row(std::size_t span) {
  if (span <= SOCKLOCK_SPAN_SOCKET_LAST) return kSocketFunction;
  if (span >= SOCKLOCK_SPAN_TABLE_LOCK) return kSpinlockFunctions.front().first;
  return kSpanFunctions[span - SOCKLOCK_SPAN_SOCKET_LAST - 1];
}

socklock_kind kind_of_row(std::size_t span) {
  if (span <= SOCKLOCK_SPAN_SOCKET_LAST) return static_cast<socklock_kind>(span);
  if (span >= SOCKLOCK_SPAN_TABLE_LOCK)
    return static_cast<socklock_kind>(SOCKLOCK_KIND_EHASH_LOCK + span - SOCKLOCK_SPAN_TABLE_LOCK);
  return SOCKLOCK_KIND_NONE;
}

// Eight registers at a time, as the kernel's programs go on.
void take_threads(socklock_hold_row& from, socklock_hold_row& to) {
  static_assert(SOCKLOCK_DISTINCT_REGISTERS % sizeof(std::uint64_t) == 0 &&
                offsetof(socklock_hold_row, threads) % sizeof(std::uint64_t) == 0);
  for (std::size_t i = 0; i < SOCKLOCK_DISTINCT_REGISTERS; i += sizeof(std::uint64_t)) {
    const std::uint64_t eight =
        __atomic_exchange_n(reinterpret_cast<std::uint64_t*>(from.threads + i), 0, __ATOMIC_RELAXED);
    std::memcpy(to.threads + i, &eight, sizeof eight);
  }
}

}  // namespace

bool is_held_by(std::string_view function) {
  return function == kSocketFunction || function == kSpinlockFunctions[0].first ||
         function == kSpinlockFunctions[1].first ||
         std::any_of(kSpanFunctions.begin(), kSpanFunctions.end(),
                     [&](const char* known) { return function == known; });
}

Holds::Holds(Holds&&) noexcept = default;
Holds& Holds::operator=(Holds&&) noexcept = default;
Holds::~Holds() = default;

void Holds::Free::operator()(holds_bpf* value) const { holds_bpf__destroy(value); }

Holds Holds::start(const SessionOptions& options, const Session& session, bool wanted) {
  Holds holds;
  const BtfPointer types = read_kernel_btf();
  std::vector<std::string> functions{std::string(kSocketFunction)};
  functions.insert(functions.end(), kSpanFunctions.begin(), kSpanFunctions.end());
  if (options.probe_spinlocks)
    for (const auto& [take, give_up] : kSpinlockFunctions) functions.emplace_back(take);
  for (const auto& function : functions) {
    Probe& probe = holds.probes_.emplace_back();
    probe.set_name(function);
    probe.set_measures_holds(true);
    if (has_function(types.get(), function) && has_function(types.get(), end_of(function))) continue;
    probe.set_absent(true);
    probe.set_reason("this kernel has no such function");
  }
  if (!wanted) {
    for (Probe& probe : holds.probes_)
      if (!probe.absent()) probe.set_reason(std::string(kNotWanted));
    return holds;
  }
  const bool is_forbidden = forbids_programs_on_functions(types.get());
  if (is_forbidden || !holds.load(options, session)) {
    const Error why = refusal(is_forbidden ? EPERM : errno, "fentry refused");
    for (Probe& probe : holds.probes_)
      if (!probe.absent()) probe.set_reason(why.what);
    holds.programs_.reset();
    return holds;
  }
  for (Probe& probe : holds.probes_) {
    if (probe.absent()) continue;
    const auto programs = programs_of(probe.name());
    // Stops at the first that is refused.
    if (std::all_of(programs.begin(), programs.end(), [&](const std::string& name) { return holds.attach(name); })) {
      probe.set_attached(true);
      probe.set_method("fentry");
      continue;
    }
    probe.set_reason(refusal(errno, "fentry refused").what);
  }
  return holds;
}

bool Holds::load(const SessionOptions& options, const Session& session) {
  programs_.reset(holds_bpf__open());
  if (!programs_) return false;
  for (const auto& [take, give_up] : kSpinlockFunctions)
    for (const std::string& name : programs_of(take))
      bpf_program__set_autoload(bpf_object__find_program_by_name(programs_->obj, name.c_str()), false);
  for (const Probe& probe : probes_)
    for (const std::string& name : programs_of(probe.name()))
      bpf_program__set_autoload(bpf_object__find_program_by_name(programs_->obj, name.c_str()), !probe.absent());
  bpf_program__set_autoload(programs_->progs.find_tables, options.probe_spinlocks);
  if (options.probe_spinlocks) bpf_map__set_max_entries(programs_->maps.held_locks, 1U << SOCKLOCK_HELD_LOCK_BITS);
  auto& settings = *programs_->rodata;
  settings.self_pid = options.self_pid;
  settings.filter_pid = options.filter_pid;
  settings.filter_cgroup = options.filter_cgroup;
  settings.filter_cgroup_level = options.filter_cgroup_level;
  settings.cpus_count = session.sizes.cpus;
  settings.stack_bits = session.sizes.stack_bits;
  settings.task_bits = session.sizes.task_bits;
  fill_from_syscall(settings.from_syscall);
  session.share_maps(programs_->obj);
  if (const int error = holds_bpf__load(programs_.get())) {
    errno = -error;
    return false;
  }
  auto rows = MappedArray<socklock_hold_row>::map(programs_->maps.hold_rows);
  if (!rows) return false;
  rows_ = *std::move(rows);
  seen_.resize(rows_.size());
  if (!options.probe_spinlocks) return true;
  bpf_test_run_opts run{};
  run.sz = sizeof run;
  bpf_prog_test_run_opts(bpf_program__fd(programs_->progs.find_tables), &run);
  auto locks = MappedArray<socklock_held_lock>::map(programs_->maps.held_locks);
  if (!locks) return false;
  locks_ = *std::move(locks);
  locks_seen_.resize(locks_.size());
  return true;
}

bool Holds::attach(const std::string& name) {
  bpf_program* program = bpf_object__find_program_by_name(programs_->obj, name.c_str());
  bpf_link* link = bpf_program__attach(program);
  if (link == nullptr) return false;
  for (int slot = 0; slot < programs_->skeleton->prog_cnt; ++slot)
    if (*programs_->skeleton->progs[slot].prog == program) *programs_->skeleton->progs[slot].link = link;
  return true;
}

bool Holds::knows_all_functions() const {
  return programs_ && std::all_of(probes_.begin(), probes_.end(),
                                  [](const Probe& probe) { return probe.attached() || probe.absent(); });
}

bool Holds::any_attached() const {
  return std::any_of(probes_.begin(), probes_.end(), [](const Probe& probe) { return probe.attached(); });
}

void Holds::set_phase(socklock_phase phase) {
  if (programs_ && rows_.size() > 0) programs_->bss->phase = phase;
}

void Holds::adapt(double calls_per_second) {
  if (!programs_ || rows_.size() == 0) return;
  std::uint32_t bits = 0;
  while (bits < kMostRateBits && calls_per_second / static_cast<double>(1U << bits) > kHoldsPerSecond) ++bits;
  programs_->data->hold_rate_bits = bits;
}

std::vector<HoldRow> Holds::take() {
  std::vector<HoldRow> taken;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (__atomic_load_n(&rows_[i].samples, __ATOMIC_ACQUIRE) == seen_[i].samples) continue;
    const socklock_hold_row now = rows_[i];
    const std::size_t from = i % SOCKLOCK_FROM, span = i / SOCKLOCK_FROM;
    HoldRow& row = taken.emplace_back();
    row.function = function_of_row(span);
    row.kind = kind_of_row(span);
    row.syscall = syscall_from(from);
    row.context = context_from(from);
    row.sums = now;
    row.sums.samples -= seen_[i].samples;
    row.sums.weight -= seen_[i].weight;
    row.sums.hold_ns -= seen_[i].hold_ns;
    row.sums.backlog_ns -= seen_[i].backlog_ns;
    row.sums.backlogs -= seen_[i].backlogs;
    row.sums.off_cpu_ns -= seen_[i].off_cpu_ns;
    take_threads(rows_[i], row.sums);
    row.sums.max_ns = __atomic_exchange_n(&rows_[i].max_ns, 0, __ATOMIC_RELAXED);
    for (std::size_t bucket = 0; bucket < SOCKLOCK_WAIT_BUCKETS; ++bucket)
      row.sums.buckets[bucket] -= seen_[i].buckets[bucket];
    seen_[i] = now;
  }
  return taken;
}

std::vector<socklock_held_lock> Holds::take_locks() {
  std::vector<socklock_held_lock> taken;
  for (std::size_t i = 0; i < locks_seen_.size(); ++i) {
    if (__atomic_load_n(&locks_[i].samples, __ATOMIC_ACQUIRE) == locks_seen_[i].samples) continue;
    const socklock_held_lock now = locks_[i];
    socklock_held_lock& row = taken.emplace_back(now);
    row.samples -= locks_seen_[i].samples;
    row.weight -= locks_seen_[i].weight;
    row.hold_ns -= locks_seen_[i].hold_ns;
    locks_seen_[i] = now;
  }
  return taken;
}

}  // namespace socklock::collector
