// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/holds.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
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

// Enough to tell a p99 in a second, few enough to cost nothing.
constexpr double kHoldsPerSecond = 2000;
constexpr std::uint32_t kMostRateBits = 15;

bool has_function(const btf* types, const std::string& name) {
  return types != nullptr && btf__find_by_name_kind(types, name.c_str(), BTF_KIND_FUNC) > 0;
}

std::vector<std::string> programs_of(std::string_view function) {
  if (function == kSocketFunction) return {"hold_released_sock", "hold_release_sock", "hold_lock_sock_nested"};
  // The end first: a begin without one would take a place forever.
  return {"hold_end_" + std::string(function), "hold_begin_" + std::string(function)};
}

std::string_view function_of_row(std::size_t span) {
  return span <= SOCKLOCK_SPAN_SOCKET_LAST ? kSocketFunction
                                           : std::string_view(kSpanFunctions[span - SOCKLOCK_SPAN_SOCKET_LAST - 1]);
}

}  // namespace

bool is_held_by(std::string_view function) {
  return function == kSocketFunction || std::any_of(kSpanFunctions.begin(), kSpanFunctions.end(),
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
  for (const auto& function : functions) {
    Probe& probe = holds.probes_.emplace_back();
    probe.set_name(function);
    probe.set_measures_holds(true);
    if (has_function(types.get(), function)) continue;
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
  for (const Probe& probe : probes_)
    for (const std::string& name : programs_of(probe.name()))
      bpf_program__set_autoload(bpf_object__find_program_by_name(programs_->obj, name.c_str()), !probe.absent());
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
    row.kind = span <= SOCKLOCK_SPAN_SOCKET_LAST ? static_cast<socklock_kind>(span) : SOCKLOCK_KIND_NONE;
    row.syscall = syscall_from(from);
    row.context = context_from(from);
    row.sums = now;
    row.sums.samples -= seen_[i].samples;
    row.sums.weight -= seen_[i].weight;
    row.sums.hold_ns -= seen_[i].hold_ns;
    row.sums.backlog_ns -= seen_[i].backlog_ns;
    row.sums.backlogs -= seen_[i].backlogs;
    row.sums.max_ns = __atomic_exchange_n(&rows_[i].max_ns, 0, __ATOMIC_RELAXED);
    for (std::size_t bucket = 0; bucket < SOCKLOCK_WAIT_BUCKETS; ++bucket)
      row.sums.buckets[bucket] -= seen_[i].buckets[bucket];
    seen_[i] = now;
  }
  return taken;
}

}  // namespace socklock::collector
