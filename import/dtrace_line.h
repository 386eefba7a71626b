// SPDX-License-Identifier: GPL-2.0-or-later
// One line of what collector/dtrace/*.d print (docs/freebsd.md), and of what dtrace(1) says between them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "import/freebsd_lockstat.h"
#include "import/trace_builder.h"

namespace socklock::imports {

// A FreeBSD lock, and how it was waited for.
struct DtraceLock {
  std::string_view name;
  std::uint64_t address = 0;
  LockstatProbe probe = LockstatProbe::kAdaptiveBlock;
  bool reader = false;
};

struct DtraceHeader {  // socklock-dtrace
  std::uint64_t version = 0;
  std::string_view release, machine;
  std::uint32_t cpus = 0;
};
struct DtraceBegin {  // B
  std::uint64_t wall_ns = 0;
};
struct DtraceMode {  // M
  std::string_view mode;
};
struct DtraceWaits {  // W: sums of a lock, stack and class of length; its stack follows
  DtraceLock lock;
  std::uint64_t length = 0;
  std::uint64_t contentions = 0, wait_ns = 0, min_ns = 0, max_ns = 0;  // loops instead of ns where it is no time
};
struct DtraceEvent {  // E: one wait; its stack follows
  DtraceLock lock;
  ImportedWait wait;
  std::uint32_t pid = 0, tid = 0, weight = 0;
  std::string_view comm;
};
struct DtraceAcquired {  // A
  std::string_view syscall, lock;
  std::uint64_t count = 0;
};
struct DtraceWork {  // C: since the start
  std::string_view counter;
  std::uint64_t value = 0;
};
struct DtraceSums {  // S: what W lines have to come to
  std::uint64_t contentions = 0, wait_ns = 0;
};
struct DtraceTime {  // T: end of a block, since the start
  std::uint64_t at_ns = 0;
};
struct DtraceEnd {};  // Z
struct DtraceDrops {  // dtrace: 45 drops on CPU 0; dtrace: 3 aggregation drops on CPU 1
  std::uint64_t count = 0;
};
struct DtraceVariableDrops {  // dtrace: 12 dynamic variable drops with non-empty dirty list
  std::uint64_t count = 0;
};
struct DtraceFrame {          // kernel`tcp_usr_send+0x2a
  ImportedFunction function;  // "[unnamed]" where dtrace had an address only,
  std::uint64_t address = 0;  // which this is
};
struct DtraceBlank {};
struct DtraceMalformed {};
struct DtraceOther {};  // something that dtrace(1) said

using DtraceLine = std::variant<DtraceOther, DtraceMalformed, DtraceBlank, DtraceFrame, DtraceHeader, DtraceBegin,
                                DtraceMode, DtraceWaits, DtraceEvent, DtraceAcquired, DtraceWork, DtraceSums,
                                DtraceTime, DtraceEnd, DtraceDrops, DtraceVariableDrops>;

// What it returns points into `line`.
DtraceLine parse_dtrace_line(std::string_view line);

// Number of a FreeBSD system call that is about sockets or descriptors (sys/kern/syscalls.master), also of those for
// programs of older releases, "compat11.kevent", which do the same; nothing for others.
std::optional<std::uint16_t> freebsd_syscall(std::string_view name);

}  // namespace socklock::imports
