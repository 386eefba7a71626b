// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/cpu_profile.h"

#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "collector/kernel/refusal.h"
#include "collector/probe/probe_set.h"
#include "cpu_profile.skel.h"

namespace socklock::collector {
namespace {

constexpr const char* kRefused = "the CPU can't be sampled (perf_event_open)";

int open_clock(std::uint32_t hz, int cpu) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_CPU_CLOCK;
  attributes.freq = 1;
  attributes.sample_freq = hz;
  attributes.exclude_idle = 1;
  return static_cast<int>(syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC));
}

void destroy_link(bpf_link* link) { bpf_link__destroy(link); }

}  // namespace

CpuProfile::CpuProfile(CpuProfile&&) noexcept = default;
CpuProfile& CpuProfile::operator=(CpuProfile&&) noexcept = default;
CpuProfile::~CpuProfile() = default;

void CpuProfile::Free::operator()(cpu_profile_bpf* value) const { cpu_profile_bpf__destroy(value); }

Result<CpuProfile> CpuProfile::start(std::uint32_t hz, const SessionOptions& options, const Session& session) {
  CpuProfile profile;
  profile.programs_.reset(cpu_profile_bpf__open());
  if (!profile.programs_) return fail(refusal(errno, kRefused));
  auto& settings = *profile.programs_->rodata;
  settings.self_pid = options.self_pid;
  settings.filter_pid = options.filter_pid;
  settings.filter_cgroup = options.filter_cgroup;
  settings.filter_cgroup_level = options.filter_cgroup_level;
  settings.cpus_count = session.sizes.cpus;
  settings.stack_bits = session.sizes.stack_bits;
  auto& maps = profile.programs_->maps;
  bpf_map__set_max_entries(maps.cpu_samples, session.sizes.cpus << session.sizes.stack_bits);
  session.share_maps(profile.programs_->obj);
  if (const int error = cpu_profile_bpf__load(profile.programs_.get())) return fail(refusal(-error, kRefused));
  SOCKLOCK_TRY_ASSIGN(profile.counts_, MappedArray<__u64>::map(maps.cpu_samples));
  profile.seen_.resize(std::size_t{1} << session.sizes.stack_bits);
  SOCKLOCK_TRY(profile.attach(hz));
  return profile;
}

Result<void> CpuProfile::attach(std::uint32_t hz) {
  const int cpus = static_cast<int>(sysconf(_SC_NPROCESSORS_CONF));
  for (int cpu = 0; cpu < cpus; ++cpu) {
    const int clock = open_clock(hz, cpu);
    // A CPU that is offline has no clock.
    if (clock < 0 && errno == ENODEV) continue;
    if (clock < 0) return fail(refusal(errno, kRefused));
    // The link owns the event from here on.
    bpf_link* link = bpf_program__attach_perf_event(programs_->progs.sample_cpu, clock);
    if (link == nullptr) {
      const int error = errno;
      close(clock);
      return fail(refusal(error, kRefused));
    }
    links_.emplace_back(link, destroy_link);
  }
  return {};
}

void CpuProfile::set_phase(socklock_phase phase) { programs_->bss->phase = phase; }

CpuSamples CpuProfile::take() {
  CpuSamples taken;
  for (std::size_t stack = 0; stack < seen_.size(); ++stack) {
    std::uint64_t sum = 0;
    for (std::size_t i = stack; i < counts_.size(); i += seen_.size())
      sum += __atomic_load_n(&counts_[i], __ATOMIC_RELAXED);
    if (const std::uint64_t samples = sum - std::exchange(seen_[stack], sum); samples != 0)
      taken.rows.push_back({static_cast<std::uint32_t>(stack), samples});
  }
  const std::uint64_t user = programs_->bss->user_samples, lost = programs_->bss->lost_samples;
  taken.user = user - std::exchange(seen_user_, user);
  taken.lost = lost - std::exchange(seen_lost_, lost);
  return taken;
}

}  // namespace socklock::collector
