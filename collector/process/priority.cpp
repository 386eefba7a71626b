// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/process/priority.h"

#include <sys/resource.h>

#include <cerrno>

namespace socklock::collector {
namespace {

constexpr int kHighest = -20;
constexpr int kThisThread = 0;  // setpriority(2): in Linux of a thread, whatever POSIX says

}  // namespace

HighPriority::HighPriority() {
  errno = 0;
  before_ = getpriority(PRIO_PROCESS, kThisThread);  // -1 is a priority, too
  is_raised_ = errno == 0 && before_ != kHighest && setpriority(PRIO_PROCESS, kThisThread, kHighest) == 0;
}

HighPriority::~HighPriority() {
  if (is_raised_) setpriority(PRIO_PROCESS, kThisThread, before_);
}

}  // namespace socklock::collector
