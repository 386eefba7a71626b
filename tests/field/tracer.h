/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the witness writes down of a wait. */
#ifndef SOCKLOCK_TESTS_FIELD_TRACER_H
#define SOCKLOCK_TESTS_FIELD_TRACER_H

#ifndef __bpf__
#include <linux/types.h>
#endif

enum { FIELD_FRAMES = 40, FIELD_STACKS = 16384 };

struct field_wait {
  __u64 lock;
  __u64 end_ns; /* CLOCK_MONOTONIC */
  __u64 begin_ns;
  __u32 tid;
  __u32 pid;
  __u32 flags; /* LCB_F_* of the first begin */
  __u32 port;  /* of the TCP socket whose sk_lock.slock the lock is; 0: of none, or not known */
  __s32 stack; /* number of the call stack; below 0: not known */
  __u32 pad0;
};

#endif
