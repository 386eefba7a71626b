// SPDX-License-Identifier: GPL-2.0-or-later
// Level 2: how often the functions that take socket-layer locks were called, exactly. Attached where the
// kernel permits it, by fentry or else by kprobes; what was refused is told with its reason.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "collector/bpf/calls.h"
#include "collector/kernel/mapped_array.h"
#include "collector/probe/session.h"
#include "socklock/trace/v1/header.pb.h"

struct calls_bpf;

namespace socklock::collector {

// Calls of one function under one kind of socket, from one place, since the last take().
struct CallRow {
  socklock_site site;
  socklock_kind kind;
  std::uint16_t syscall;  // number + 1, 0: none, or none that is distinguished
  std::uint8_t context;   // enum socklock_context
  std::uint64_t calls;
};

std::string_view function_of(socklock_site site);

class CallCounts {
 public:
  // Never fails: where the kernel permits nothing, probes() say why and rows stay empty.
  // Not `wanted`: they say that, too.
  static CallCounts start(const SessionOptions& options, bool wanted = true);

  CallCounts(CallCounts&&) noexcept;
  CallCounts& operator=(CallCounts&&) noexcept;
  ~CallCounts();

  void set_phase(socklock_phase phase);
  [[nodiscard]] bool any_attached() const;
  // What was counted since the last time; rows without calls are left out. Calls that the kernel did not hand to
  // a program (recursion, preemption) are rows of SOCKLOCK_KIND_UNKNOWN, where each call counts.
  std::vector<CallRow> take();
  // Such calls of functions of which not every call counts, since the last time.
  std::uint64_t take_skipped();
  // What the programs cost since the last time, from the kernel's statistics (0: off) and their own timing.
  struct Cost {
    std::uint64_t run_time_ns = 0;
    std::uint64_t timed_ns = 0;
  };
  Cost take_cost();
  // One for each function, as for the trace's header.
  [[nodiscard]] std::vector<trace::v1::Probe> probes() const;

 private:
  struct Free {
    void operator()(calls_bpf* value) const;
  };
  using Programs = std::unique_ptr<calls_bpf, Free>;

  CallCounts() = default;
  // With programs of one kind, "fentry" or "kprobe"; false when none could be attached.
  bool attach_all(std::string_view method, const SessionOptions& options);
  Programs load(std::string_view method, const SessionOptions& options, const std::vector<bool>& wanted) const;
  void load_single_sites(std::string_view method, const SessionOptions& options, std::vector<bool>& wanted);
  void refuse(std::size_t site, std::string_view method, int error_number);
  // All that are still wanted.
  void refuse_all(std::string_view method, int error_number, std::vector<bool>& wanted);
  void add_skipped(std::vector<CallRow>& rows);

  Programs programs_;
  std::vector<trace::v1::Probe> probes_;  // by site
  std::string_view method_;
  MappedArray<__u64> cells_;
  std::vector<std::uint64_t> seen_;  // by cell, over all CPUs
  bool is_filtered_ = false;
  bool check_may_look_up_ = false;     // as programs must know
  std::vector<std::uint64_t> missed_;  // by site
  std::uint64_t skipped_ = 0;          // not taken yet
  Cost cost_seen_;
};

}  // namespace socklock::collector
