// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/host/spinlock_mode.h"

namespace socklock::collector {

using trace::v1::SpinlockMode;

const char* spinlock_mode_name(SpinlockMode mode) {
  switch (mode) {
    case trace::v1::SPINLOCK_MODE_PV: return "pv";
    case trace::v1::SPINLOCK_MODE_NATIVE: return "native";
    case trace::v1::SPINLOCK_MODE_TEST_AND_SET: return "test-and-set";
    default: return "unknown";
  }
}

SpinlockMode spinlock_mode_named(std::string_view name) {
  for (const auto mode :
       {trace::v1::SPINLOCK_MODE_PV, trace::v1::SPINLOCK_MODE_NATIVE, trace::v1::SPINLOCK_MODE_TEST_AND_SET})
    if (name == spinlock_mode_name(mode)) return mode;
  return trace::v1::SPINLOCK_MODE_UNKNOWN;
}

const char* spinlock_mode_note(SpinlockMode mode) {
  switch (mode) {
    case trace::v1::SPINLOCK_MODE_NATIVE:
      return "spinlocks are native: the first waiter of each lock is not reported by the kernel, only further ones";
    case trace::v1::SPINLOCK_MODE_TEST_AND_SET:
      return "spinlock contention can't be seen on this machine: a virtual machine without paravirtual spinlocks waits "
             "before the kernel's tracepoint; record --cpu-profile 1000 samples CPUs that wait so, in "
             "native_queued_spin_lock_slowpath()";
    case trace::v1::SPINLOCK_MODE_UNKNOWN:
      return "how spinlocks wait here could not be found out: the machine is too busy for the self-test, or has one "
             "CPU";
    default: return "";
  }
}

}  // namespace socklock::collector
