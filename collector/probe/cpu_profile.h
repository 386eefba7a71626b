// SPDX-License-Identifier: GPL-2.0-or-later
// On demand: samples of what the kernel does on the CPU, by a software clock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "collector/kernel/mapped_array.h"
#include "collector/probe/session.h"

struct cpu_profile_bpf;

namespace socklock::collector {

// Since the last take().
struct CpuSamples {
  struct Row {
    std::uint32_t stack;  // slot in the session's stacks
    std::uint64_t samples;
  };
  std::vector<Row> rows;
  std::uint64_t user = 0;  // outside the kernel
  std::uint64_t lost = 0;  // in the kernel, but the stack is not known
};

class CpuProfile {
 public:
  // `hz` samples a second on every CPU that is not idle. Shares the session's stacks.
  static Result<CpuProfile> start(std::uint32_t hz, const SessionOptions& options, const Session& session);

  CpuProfile(CpuProfile&&) noexcept;
  CpuProfile& operator=(CpuProfile&&) noexcept;
  ~CpuProfile();

  void set_phase(socklock_phase phase);
  CpuSamples take();

 private:
  struct Free {
    void operator()(cpu_profile_bpf* value) const;
  };
  CpuProfile() = default;
  Result<void> attach(std::uint32_t hz);

  std::unique_ptr<cpu_profile_bpf, Free> programs_;
  std::vector<std::unique_ptr<struct bpf_link, void (*)(struct bpf_link*)>> links_;
  MappedArray<__u64> counts_;
  std::vector<std::uint64_t> seen_;  // by stack, over all CPUs
  std::uint64_t seen_user_ = 0;
  std::uint64_t seen_lost_ = 0;
};

}  // namespace socklock::collector
