// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/namespaces.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <string>

#include "collector/host/host_facts.h"
#include "collector/kernel/refusal.h"
#include "namespaces.skel.h"

namespace socklock::collector {
namespace {

constexpr const char* kRefused = "the kernel's counters of network namespaces can't be read";
constexpr const char* kEndProbe = "workqueue_execute_start";

struct KnownName {
  socklock_mib mib;
  const char* name;  // in /proc/net/snmp or netstat
};
constexpr std::array kKnownNames{
    KnownName{SOCKLOCK_ACTIVE_OPENS, "Tcp.ActiveOpens"},   KnownName{SOCKLOCK_PASSIVE_OPENS, "Tcp.PassiveOpens"},
    KnownName{SOCKLOCK_ATTEMPT_FAILS, "Tcp.AttemptFails"}, KnownName{SOCKLOCK_EMBRYONIC_RESETS, "TcpExt.EmbryonicRsts"},
    KnownName{SOCKLOCK_SEGMENTS_IN, "Tcp.InSegs"},         KnownName{SOCKLOCK_SEGMENTS_OUT, "Tcp.OutSegs"},
};

bool run(const bpf_program* program) {
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
  if (!programs_) return fail(refusal(errno, kRefused));
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
  if (const int error = namespaces_bpf__load(programs_.get())) return fail(refusal(-error, kRefused));
  SOCKLOCK_TRY_ASSIGN(namespaces_, MappedArray<socklock_namespace>::map(maps.namespaces));
  SOCKLOCK_TRY_ASSIGN(ended_, MappedArray<socklock_namespace>::map(maps.ended));
  SOCKLOCK_TRY_ASSIGN(cpu_offsets_, MappedArray<__u64>::map(maps.cpu_offsets));
  if (!run(programs_->progs.learn_cpu_offsets)) return fail(refusal(errno, kRefused));
  return {};
}

// The same counters by their names, before and after.
Result<void> Namespaces::check() {
  const auto before = read_host_counters().network;
  const bool is_read = walk();
  const auto after = read_host_counters().network;
  bool is_same = is_read && !rows().empty() && programs_->bss->is_whole != 0;
  for (const auto& [mib, name] : kKnownNames) {
    const auto low = before.find(name), high = after.find(name);
    if (!is_same || low == before.end() || high == after.end()) continue;
    is_same = low->second <= rows().front().counts[mib] && rows().front().counts[mib] <= high->second;
  }
  if (is_same) return {};
  return fail(
      {std::string(kRefused) + ": what programs read is not what /proc/net/snmp says", "", "", ExitCode::kKernelLacks});
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
  if (!run(programs_->progs.read_namespaces)) return false;
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

trace::v1::Probe Namespaces::probe() const {
  trace::v1::Probe probe = probe_;
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (!probe.attached() ||
      bpf_obj_get_info_by_fd(bpf_program__fd(programs_->progs.workqueue_execute_start), &info, &size) != 0)
    return probe;
  probe.set_run_count(info.run_cnt);
  probe.set_run_time_ns(info.run_time_ns);
  probe.set_recursion_misses(info.recursion_misses);
  return probe;
}

}  // namespace socklock::collector
