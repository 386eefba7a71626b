// SPDX-License-Identifier: GPL-2.0-or-later
// Level 2: how long locks were held, sampled; and who held a socket or a bucket that others waited for, which reaches
// user space with the wait. Where the kernel does not permit fentry and fexit, neither is measured.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collector/bpf/calls.h"
#include "collector/kernel/mapped_array.h"
#include "collector/probe/session.h"
#include "socklock/trace/v1/header.pb.h"

struct holds_bpf;

namespace socklock::collector {

// Holds of one function, kind of socket and origin, since the last take().
struct HoldRow {
  std::string_view function;  // "lock_sock_nested" for a socket's
  socklock_kind kind;
  std::uint16_t syscall;  // number + 1, 0: none, or none that is distinguished
  std::uint8_t context;   // enum socklock_context
  socklock_hold_row sums;
};

class Holds {
 public:
  // Never fails: probes() say what the kernel refused. Shares the session's maps.
  // Not `wanted`: they say that, too.
  static Holds start(const SessionOptions& options, const Session& session, bool wanted = true);

  Holds(Holds&&) noexcept;
  Holds& operator=(Holds&&) noexcept;
  ~Holds();

  void set_phase(socklock_phase phase);
  // Measures as many a second as are worth it, at this rate of calls that could be measured.
  void adapt(double calls_per_second);
  std::vector<HoldRow> take();
  // Which locks of tables those were of, where these are probed themselves.
  std::vector<socklock_held_lock> take_locks();
  [[nodiscard]] const std::vector<trace::v1::Probe>& probes() const { return probes_; }
  [[nodiscard]] bool any_attached() const;
  // Whether all functions of this kernel that may hold a lock of a table are probed.
  [[nodiscard]] bool knows_all_functions() const;

 private:
  struct Free {
    void operator()(holds_bpf* value) const;
  };
  Holds() = default;
  bool load(const SessionOptions& options, const Session& session);
  bool attach(const std::string& name);

  std::unique_ptr<holds_bpf, Free> programs_;
  std::vector<trace::v1::Probe> probes_;  // one for each function
  MappedArray<socklock_hold_row> rows_;
  std::vector<socklock_hold_row> seen_;
  MappedArray<socklock_held_lock> locks_;
  std::vector<socklock_held_lock> locks_seen_;
};

// Whether a function's spans are measured, beside sockets'.
bool is_held_by(std::string_view function);

}  // namespace socklock::collector
