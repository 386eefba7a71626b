// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/call_counts.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "calls.skel.h"
#include "collector/kernel/kernel_btf.h"
#include "collector/kernel/refusal.h"
#include "collector/probe/call_origin.h"
#include "collector/probe/probe_set.h"
#include "collector/probe/program_runs.h"

namespace socklock::collector {
namespace {

using trace::v1::Probe;

#define SOCKLOCK_SITE_NAME(function) #function,
constexpr std::array<std::string_view, SOCKLOCK_SITES> kFunctions{SOCKLOCK_CALL_SITES(SOCKLOCK_SITE_NAME)};
#undef SOCKLOCK_SITE_NAME

constexpr std::string_view kRemedy =
    "needs CONFIG_FUNCTION_TRACER and CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS, or CONFIG_KPROBES, and a policy "
    "that allows it";

// A function's prototype, or null.
const btf_type* prototype_of(const btf* types, const std::string& function) {
  const int id = btf__find_by_name_kind(types, function.c_str(), BTF_KIND_FUNC);
  return id < 0 ? nullptr : btf__type_by_id(types, btf__type_by_id(types, static_cast<std::uint32_t>(id))->type);
}

bool has_parameter(const btf* types, const std::string& function, std::uint32_t position, const char* name) {
  const btf_type* prototype = prototype_of(types, function);
  if (prototype == nullptr || btf_vlen(prototype) <= position) return false;
  const char* found = btf__name_by_offset(types, btf_params(prototype)[position].name_off);
  return found != nullptr && std::strcmp(found, name) == 0;
}

// The method's programs are named "method_function".
std::string program_name(std::string_view method, std::size_t site) {
  return std::string(method) + "_" + std::string(kFunctions[site]);
}

bpf_program* find_program(const calls_bpf* programs, const std::string& name) {
  return bpf_object__find_program_by_name(programs->obj, name.c_str());
}

// On kernels without inet_twsk_hashdance_schedule() only inet_twsk_kill(), which it calls, takes one
// (net/ipv4/inet_timewait_sock.c).
bool takes_no_lock(const btf* types, std::size_t site) {
  return site == SOCKLOCK_SITE_inet_twsk_deschedule_put &&
         prototype_of(types, "inet_twsk_hashdance_schedule") == nullptr;
}

// The programs of the others leave out calls that take no lock.
bool counts_every_call(socklock_site site) {
  switch (site) {
    case SOCKLOCK_SITE_tcp_v4_do_rcv:
    case SOCKLOCK_SITE_tcp_v6_do_rcv:
    case SOCKLOCK_SITE_inet_unhash:
    case SOCKLOCK_SITE___inet_check_established:
    case SOCKLOCK_SITE___inet6_check_established:
    case SOCKLOCK_SITE_inet_csk_complete_hashdance:
    case SOCKLOCK_SITE_inet_csk_accept: return false;
    default: return true;
  }
}

}  // namespace

std::string_view function_of(socklock_site site) { return kFunctions[site]; }

CallCounts::CallCounts(CallCounts&&) noexcept = default;
CallCounts& CallCounts::operator=(CallCounts&&) noexcept = default;
CallCounts::~CallCounts() = default;

void CallCounts::Free::operator()(calls_bpf* value) const { calls_bpf__destroy(value); }

CallCounts CallCounts::start(const SessionOptions& options, bool wanted) {
  CallCounts counts;
  counts.probes_.resize(options.probe_spinlocks ? std::size_t{SOCKLOCK_SITES}
                                                : std::size_t{SOCKLOCK_FIRST_SPINLOCK_SITE});
  counts.is_filtered_ = options.filter_pid != 0 || options.filter_cgroup != 0;
  const BtfPointer types = read_kernel_btf();
  counts.check_may_look_up_ = types && has_parameter(types.get(), "__inet_check_established", 4, "rcu_lookup");
  for (std::size_t site = 0; site < counts.probes_.size(); ++site) {
    Probe& probe = counts.probes_[site];
    probe.set_name(std::string(kFunctions[site]));
    probe.set_counts_calls(true);
    const bool is_there = types && prototype_of(types.get(), std::string(kFunctions[site])) != nullptr;
    if (is_there && !takes_no_lock(types.get(), site)) continue;
    probe.set_absent(true);
    probe.set_reason(is_there ? "takes no lock of its own in this kernel" : "this kernel has no such function");
  }
  if (!wanted) {
    for (auto& probe : counts.probes_)
      if (!probe.absent()) probe.set_reason(std::string(kNotWanted));
    return counts;
  }
  for (const std::string_view method : {"fentry", "kprobe"})
    if (counts.attach_all(method, options)) return counts;
  counts.programs_.reset();
  return counts;
}

CallCounts::Programs CallCounts::load(std::string_view method, const SessionOptions& options,
                                      const std::vector<bool>& wanted) const {
  Programs programs(calls_bpf__open());
  if (!programs) return nullptr;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, programs->obj) bpf_program__set_autoload(program, false);
  for (std::size_t site = 0; site < wanted.size(); ++site)
    if (bpf_program* of = find_program(programs.get(), program_name(method, site)); of != nullptr && wanted[site])
      bpf_program__set_autoload(of, true);
  auto& settings = *programs->rodata;
  settings.self_pid = options.self_pid;
  settings.filter_pid = options.filter_pid;
  settings.filter_cgroup = options.filter_cgroup;
  settings.filter_cgroup_level = options.filter_cgroup_level;
  settings.check_may_look_up = check_may_look_up_;
  fill_from_syscall(settings.from_syscall);
  bpf_program__set_autoload(programs->progs.find_tables, options.probe_spinlocks);
  bpf_map__set_max_entries(programs->maps.calls,
                           static_cast<std::uint32_t>(libbpf_num_possible_cpus()) * SOCKLOCK_CALL_CELLS);
  if (const int error = calls_bpf__load(programs.get())) {
    errno = -error;
    return nullptr;
  }
  bpf_test_run_opts run{};
  run.sz = sizeof run;
  if (options.probe_spinlocks) bpf_prog_test_run_opts(bpf_program__fd(programs->progs.find_tables), &run);
  return programs;
}

// One function that the kernel knows, but refuses, must not cost the others. A policy that forbids to attach
// shows at the first that loads: each load reads the kernel's types, which takes 10 ms and
// more.
void CallCounts::load_single_sites(std::string_view method, const SessionOptions& options, std::vector<bool>& wanted) {
  bool may_attach = false;
  for (std::size_t site = 0; site < wanted.size(); ++site) {
    if (!wanted[site]) continue;
    std::vector<bool> only(wanted.size(), false);
    only[site] = true;
    const Programs programs = load(method, options, only);
    if (!programs) {
      refuse(site, method, errno);
      wanted[site] = false;
      continue;
    }
    if (may_attach) continue;
    bpf_link* link = bpf_program__attach(find_program(programs.get(), program_name(method, site)));
    if (link == nullptr && errno == EPERM) {
      refuse_all(method, EPERM, wanted);
      return;
    }
    may_attach = true;
    bpf_link__destroy(link);
  }
}

void CallCounts::refuse_all(std::string_view method, int error_number, std::vector<bool>& wanted) {
  for (std::size_t site = 0; site < wanted.size(); ++site)
    if (wanted[site]) refuse(site, method, error_number);
  wanted.assign(wanted.size(), false);
}

void CallCounts::refuse(std::size_t site, std::string_view method, int error_number) {
  const Error why = refusal(error_number, std::string(method) + " refused");
  Probe& probe = probes_[site];
  // The refusal of the better method comes first.
  probe.set_reason(probe.reason().empty() ? why.what : probe.reason() + "; " + why.what);
  probe.set_remedy(why.exit_code == ExitCode::kNotPermitted ? why.hint : std::string(kRemedy));
}

bool CallCounts::attach_all(std::string_view method, const SessionOptions& options) {
  std::vector<bool> wanted(probes_.size());
  for (std::size_t site = 0; site < wanted.size(); ++site) wanted[site] = !probes_[site].absent();
  // Since Linux 4.17 kprobes are a source of perf's events.
  if (method == "kprobe" && access("/sys/bus/event_source/devices/kprobe", F_OK) != 0) {
    refuse_all(method, EOPNOTSUPP, wanted);
    return false;
  }
  if (method == "fentry" && forbids_programs_on_functions(read_kernel_btf().get())) {
    refuse_all(method, EPERM, wanted);
    return false;
  }
  programs_ = load(method, options, wanted);
  if (!programs_ && errno == EPERM) {
    refuse_all(method, errno, wanted);
    return false;
  }
  if (!programs_) {
    load_single_sites(method, options, wanted);
    if (std::none_of(wanted.begin(), wanted.end(), [](bool w) { return w; })) return false;
    programs_ = load(method, options, wanted);
    if (!programs_) return false;
  }
  bool any = false;
  for (std::size_t site = 0; site < wanted.size(); ++site) {
    if (!wanted[site]) continue;
    bpf_program* program = find_program(programs_.get(), program_name(method, site));
    bpf_link* link = program == nullptr ? nullptr : bpf_program__attach(program);
    if (link == nullptr) {
      refuse(site, method, program == nullptr ? EOPNOTSUPP : errno);
      continue;
    }
    for (int slot = 0; slot < programs_->skeleton->prog_cnt; ++slot)
      if (*programs_->skeleton->progs[slot].prog == program) *programs_->skeleton->progs[slot].link = link;
    probes_[site].set_attached(true);
    probes_[site].set_method(std::string(method));
    probes_[site].clear_reason();
    probes_[site].clear_remedy();
    any = true;
  }
  if (!any) return false;
  auto cells = MappedArray<__u64>::map(programs_->maps.calls);
  if (!cells) return false;
  cells_ = *std::move(cells);
  seen_.assign(SOCKLOCK_CALL_CELLS, 0);
  method_ = method;
  return true;
}

void CallCounts::set_phase(socklock_phase phase) {
  if (programs_) programs_->bss->phase = phase;
}

bool CallCounts::any_attached() const {
  return std::any_of(probes_.begin(), probes_.end(), [](const Probe& probe) { return probe.attached(); });
}

std::vector<CallRow> CallCounts::take() {
  std::vector<CallRow> rows;
  for (std::size_t cell = 0; cell < seen_.size(); ++cell) {
    std::uint64_t sum = 0;
    for (std::size_t i = cell; i < cells_.size(); i += SOCKLOCK_CALL_CELLS)
      sum += __atomic_load_n(&cells_[i], __ATOMIC_RELAXED);
    const std::uint64_t calls = sum - std::exchange(seen_[cell], sum);
    if (calls == 0) continue;
    const std::size_t from = cell % SOCKLOCK_FROM;
    const std::size_t of = cell / SOCKLOCK_FROM;
    rows.push_back({static_cast<socklock_site>(of / SOCKLOCK_KINDS), static_cast<socklock_kind>(of % SOCKLOCK_KINDS),
                    syscall_from(from), context_from(from), calls});
  }
  add_skipped(rows);
  return rows;
}

void CallCounts::add_skipped(std::vector<CallRow>& rows) {
  const auto now = probes();
  missed_.resize(now.size());
  for (std::size_t site = 0; site < now.size(); ++site) {
    const std::uint64_t missed =
        now[site].recursion_misses() - std::exchange(missed_[site], now[site].recursion_misses());
    if (missed == 0) continue;
    if (site >= SOCKLOCK_FIRST_SPINLOCK_SITE) continue;  // nearly all are other locks
    if (is_filtered_ || !counts_every_call(static_cast<socklock_site>(site)))
      skipped_ += missed;
    else
      rows.push_back({static_cast<socklock_site>(site), SOCKLOCK_KIND_UNKNOWN, 0, SOCKLOCK_CONTEXT_TASK, missed});
  }
}

std::uint64_t CallCounts::take_skipped() { return std::exchange(skipped_, 0); }

CallCounts::Cost CallCounts::take_cost() {
  Cost now;
  for (const auto& probe : probes()) now.run_time_ns += probe.run_time_ns();
  if (programs_ && cells_.size() > 0) now.timed_ns = programs_->bss->timed_ns;
  const Cost seen = std::exchange(cost_seen_, now);
  return {now.run_time_ns - seen.run_time_ns, now.timed_ns - seen.timed_ns};
}

std::vector<Probe> CallCounts::probes() const {
  std::vector<Probe> probes = probes_;
  for (std::size_t site = 0; site < probes.size(); ++site) {
    if (!probes[site].attached()) continue;
    set_runs(find_program(programs_.get(), program_name(method_, site)), probes[site]);
  }
  return probes;
}

}  // namespace socklock::collector
