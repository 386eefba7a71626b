// SPDX-License-Identifier: GPL-2.0-or-later
// The BPF side of one recording: loaded, attached, its maps in our memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collector/bpf/wire.h"
#include "collector/probe/frame_cache.h"
#include "collector/probe/program_runs.h"
#include "collector/probe/shared_tables.h"
#include "collector/resolve/kallsyms.h"
#include "socklock/trace/v1/header.pb.h"

struct bpf_object;
struct btf;
struct recorder_bpf;

namespace socklock::collector {

struct SessionOptions {
  std::uint32_t self_pid = 0;
  std::uint32_t filter_pid = 0;     // 0: all
  std::uint64_t filter_cgroup = 0;  // cgroup v2 id, 0: all
  std::uint32_t filter_cgroup_level = 0;
  socklock_stacks stacks = SOCKLOCK_STACKS_ALL;
  std::uint32_t stack_rate_bits = 0;
  bool socket_addresses = false;            // else local ports only
  std::vector<std::uint32_t> socket_locks;  // offsets in a TCP socket of the locks to look for, in bytes
  bool probe_spinlocks = false;             // _raw_spin_lock and its like
  bool counts_connections = false;          // by programs that run at each of them, and at each operation
  bool counts_opened = false;               // of connections: the kernel's own counters tell the others
  bool counts_operations = false;
  std::uint32_t map_bytes = 24U << 20;  // for all tables together
  std::uint64_t min_wait_ns = 0;        // shorter waits are summed only
};

// In it threads sleep until the owner of a socket gives it up (net/core/sock.c).
inline constexpr const char* kOwnerWaitFunction = "__lock_sock";

class Session : public SharedTables {
 public:
  // Errors say what the kernel refused, with the exit code for it. Optional probes that are refused
  // are listed in probes() and leave the session usable.
  static Result<Session> start(const SessionOptions& options, const Kallsyms& symbols);

  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  void set_phase(socklock_phase phase);
  // Has programs write the other half of the summary from now on; which one they wrote, and may write yet until
  // wait_for_programs() has returned.
  std::uint32_t switch_half();
  // Returns when every program that was running has returned.
  void wait_for_programs();

  // One in 2^stack_bits waits gets its stack where they are sampled, one in 2^event_bits its event.
  void set_rates(std::uint32_t stack_bits, std::uint32_t event_bits);

  // Whether programs still run at every operation; ends that. Nothing can start them again.
  [[nodiscard]] bool counts_operations() const;
  void stop_counting_operations();
  [[nodiscard]] bool stopped_operations() const { return stopped_operations_; }

  // Whether a program runs for connections opened; has it run or rest. False where it can't: what it counts stays.
  [[nodiscard]] bool counts_opened() const;
  bool count_opened(bool wanted);

  // Adds tables that programs have not met yet; counted as lost where there is no place.
  void learn_tables(std::span<const socklock_namespace> namespaces);

  // Of sampled waits for locks of tables. Programs on functions have to say what runs (Holds).
  void find_table_holders();

  // For the next recording of this boot.
  void keep_frames() { frame_cache_.save(known_frames_.all()); }

  // Forgets waits under way and stacks, in phase SOCKLOCK_IDLE and when no program runs any more.
  void clear();
  // Lets programs that are not loaded yet use the maps of this session that they name, too.
  void share_maps(bpf_object* other) const;

  [[nodiscard]] std::uint64_t self_test_waits() const;
  // Innermost first, zeros at the end.
  [[nodiscard]] std::vector<std::uint64_t> self_test_stack() const;
  [[nodiscard]] std::vector<socklock_hash_tables> netns_tables() const;
  // Frees slots of tasks that are gone; how many there were.
  std::uint64_t sweep_abandoned();

  // Of programs that are loaded.
  [[nodiscard]] std::vector<ProgramRuns> runs() const;

  // Times that programs entered a cgroup; grows after its entry is complete.
  [[nodiscard]] std::uint64_t cgroups_entered() const;

  // As for the trace's header, with what the kernel says of the programs' runs by now.
  [[nodiscard]] std::vector<trace::v1::Probe> probes() const;

  // Both ends of connections that were waited for in a half of the summary, where addresses were asked for.
  [[nodiscard]] std::span<socklock_endpoints> endpoints_of(std::uint32_t half) const;

  MappedArray<socklock_endpoints> endpoints;  // half << SOCKLOCK_ENDPOINTS_BITS | number
  MappedArray<__u64> own_sockets;
  MappedArray<socklock_cgroup> cgroups;  // that programs met, for CgroupNames

 private:
  struct Free {
    void operator()(recorder_bpf* value) const;
  };
  Session() = default;
  Result<void> load(const SessionOptions& options, const Kallsyms& symbols);
  void choose_programs(const btf* kernel_btf, const SessionOptions& options);
  void size_tables(const SessionOptions& options);
  void fill_settings(const SessionOptions& options, const Kallsyms& symbols);
  Result<void> attach();
  Result<void> map_tables();
  // Detaches a program for good.
  void take_off(std::string_view name, const char* reason, const char* remedy);
  template <typename Change>
  void tell_programs(Change change);

  std::unique_ptr<recorder_bpf, Free> programs_;
  std::vector<trace::v1::Probe> probes_;
  bool stopped_operations_ = false;
  MappedArray<socklock_known_frame> known_frames_;  // of the kernel, by hash
  FrameCache frame_cache_;
};

}  // namespace socklock::collector
