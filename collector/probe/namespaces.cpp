// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/namespaces.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <string>

#include "collector/host/network_counters.h"
#include "collector/kernel/refusal.h"
#include "collector/probe/program_runs.h"
#include "namespaces.skel.h"

namespace socklock::collector {
namespace {

constexpr const char* kNotRead = "the kernel's counters of network namespaces can't be read";
constexpr const char* kEndProbe = "workqueue_execute_start";

struct KnownName {
  socklock_mib mib;
  const char* name;  // in /proc/net/snmp or netstat
};
constexpr std::array kKnownNames{
    KnownName{SOCKLOCK_ACTIVE_OPENS, "Tcp.ActiveOpens"},   KnownName{SOCKLOCK_PASSIVE_OPENS, "Tcp.PassiveOpens"},
    KnownName{SOCKLOCK_ATTEMPT_FAILS, "Tcp.AttemptFails"}, KnownName{SOCKLOCK_SEGMENTS_IN, "Tcp.InSegs"},
    KnownName{SOCKLOCK_SEGMENTS_OUT, "Tcp.OutSegs"},
};

bool run_once(const bpf_program* program) {
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  return bpf_prog_test_run_opts(bpf_program__fd(program), &options) == 0;
}

}  // namespace

Namespaces::Namespaces(Namespaces&&) noexcept = default;
Namespaces& Namespaces::operator=(Namespaces&&) noexcept = default;
Namespaces::~Namespaces() = default;

void Namespaces::Free::operator()(namespaces_bpf* value) const { namespaces_bpf__destroy(value); }

Result<Namespaces> Namespaces::start(const Kallsyms& symbols) {
  Namespaces namespaces;
  SOCKLOCK_TRY(namespaces.load(symbols));
  SOCKLOCK_TRY(namespaces.check());
  namespaces.attach();
  return namespaces;
}

Result<void> Namespaces::load(const Kallsyms& symbols) {
  programs_.reset(namespaces_bpf__open());
  if (!programs_) return fail(refusal(errno, kNotRead));
  const auto cpus = static_cast<std::uint32_t>(libbpf_num_possible_cpus());
  programs_->rodata->cpus_count = cpus;
  if (const auto cleanup = symbols.by_name("cleanup_net"))
    programs_->rodata->cleanup_function = cleanup->address;
  else
    bpf_program__set_autoload(programs_->progs.workqueue_execute_start, false);
  auto& maps = programs_->maps;
  bpf_map__set_max_entries(maps.namespaces, SOCKLOCK_NAMESPACES);
  bpf_map__set_max_entries(maps.ended, SOCKLOCK_ENDED_NAMESPACES);
  bpf_map__set_max_entries(maps.cpu_offsets, cpus);
  if (const int error = namespaces_bpf__load(programs_.get())) return fail(refusal(-error, kNotRead));
  SOCKLOCK_TRY_ASSIGN(namespaces_, MappedArray<socklock_namespace>::map(maps.namespaces));
  SOCKLOCK_TRY_ASSIGN(ended_, MappedArray<socklock_namespace>::map(maps.ended));
  SOCKLOCK_TRY_ASSIGN(cpu_offsets_, MappedArray<__u64>::map(maps.cpu_offsets));
  if (!run_once(programs_->progs.learn_cpu_offsets)) return fail(refusal(errno, kNotRead));
  return {};
}

// The same counters by their names, before and after.
Result<void> Namespaces::check() {
  NetworkReader counters;
  const auto before = counters.read().by_name();
  const bool is_read = walk();
  const auto after = counters.read().by_name();
  bool is_same = is_read && !rows().empty() && programs_->bss->is_whole != 0;
  for (const auto& [mib, name] : kKnownNames) {
    const auto low = before.find(name), high = after.find(name);
    if (!is_same || low == before.end() || high == after.end()) continue;
    is_same = low->second <= rows().front().counts[mib] && rows().front().counts[mib] <= high->second;
  }
  if (is_same) return {};
  return fail(
      {std::string(kNotRead) + ": what programs read is not what /proc/net/snmp says", "", "", ExitCode::kKernelLacks});
}

void Namespaces::attach() {
  probe_.set_name(kEndProbe);
  if (programs_->rodata->cleanup_function == 0) {
    probe_.set_reason("the address of cleanup_net is not known");
    probe_.set_remedy("CAP_SYSLOG or kernel.kptr_restrict=0 shows it");
    return;
  }
  programs_->links.workqueue_execute_start = bpf_program__attach(programs_->progs.workqueue_execute_start);
  if (programs_->links.workqueue_execute_start) {
    probe_.set_attached(true);
    return;
  }
  const Error why = refusal(errno, "refused");
  probe_.set_reason(why.what);
  probe_.set_remedy(why.hint);
}

bool Namespaces::walk() {
  if (!run_once(programs_->progs.read_namespaces)) return false;
  if (programs_->bss->is_whole == 0) ++left_out_;
  return true;
}

std::span<const socklock_namespace> Namespaces::rows() const {
  return namespaces_.part(0, std::min<std::size_t>(programs_->bss->row_count, namespaces_.size()));
}

void Namespaces::begin() {
  walk();
  ended_seen_ = programs_->bss->ended_count;
  totals_.begin(rows(), programs_->bss->own_cookie);
}

const NamespaceTotals& Namespaces::read() {
  // A failed reading says nothing of any namespace; the next one says all.
  if (!walk()) return totals_;
  // After the walk: what ended meanwhile is in both, and what is later is of the next reading.
  const std::uint64_t ended = programs_->bss->ended_count;
  std::vector<socklock_namespace> gone;
  const std::uint64_t oldest = ended > ended_.size() ? ended - ended_.size() : 0;
  for (std::uint64_t i = std::max(ended_seen_, oldest); i < ended; ++i) gone.push_back(ended_[i % ended_.size()]);
  ended_seen_ = ended;
  const std::uint64_t vanished = totals_.vanished();
  totals_.add(rows(), gone, programs_->bss->is_whole != 0);
  left_out_ += totals_.vanished() - vanished;
  return totals_;
}

std::optional<ProgramRuns> Namespaces::runs() const {
  const auto info = probe_.attached() ? info_of(programs_->progs.workqueue_execute_start) : std::nullopt;
  if (!info) return std::nullopt;
  return ProgramRuns{kEndProbe, info->run_time_ns, info->recursion_misses};
}

trace::v1::Probe Namespaces::probe() const {
  trace::v1::Probe probe = probe_;
  if (probe.attached()) set_runs(programs_->progs.workqueue_execute_start, probe);
  return probe;
}

}  // namespace socklock::collector
