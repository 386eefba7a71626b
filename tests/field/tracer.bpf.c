// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The witness of the field tests: writes down every wait for a lock that the kernel reports, with its call stack, and
 * which TCP socket's lock it was by what the socket's changes of state have said. Hash maps and a ring buffer, as any
 * tool would be written; it has nothing in common with the recorder, and is not made to be cheap.
 */
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;

enum bpf_map_type { BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_STACK_TRACE = 7, BPF_MAP_TYPE_RINGBUF = 27 };
enum { BPF_ANY = 0 };
enum { BPF_RB_NO_WAKEUP = 1 }; /* which would be a part of others' waits */

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "tests/field/tracer.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct sock_common {
  __u16 skc_num;
};
struct spinlock {};
typedef struct {
  struct spinlock slock;
} socket_lock_t;
struct sock {
  struct sock_common __sk_common;
  socket_lock_t sk_lock;
  __u16 sk_protocol;
};
#pragma clang attribute pop

char LICENSE[] SEC("license") = "GPL";

struct waiter {
  __u64 lock;
  __u32 tid;
  __u32 cpu; /* of the idle task, which has one number on all */
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16384);
  __type(key, struct waiter);
  __type(value, struct field_wait);
} waiting SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 65536);
  __type(key, __u64);
  __type(value, __u32);
} ports SEC(".maps"); /* by socket */

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 32 << 20);
} written SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_STACK_TRACE);
  __uint(max_entries, FIELD_STACKS);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, FIELD_FRAMES * sizeof(__u64));
} stacks SEC(".maps");

__u64 lost = 0; /* that could not be written down */

static __always_inline struct waiter waiter_of(void *lock) {
  struct waiter who = {(__u64)lock, (__u32)bpf_get_current_pid_tgid(), 0};

  if (who.tid == 0) who.cpu = bpf_get_smp_processor_id() + 1;
  return who;
}

/* Everything that takes time comes before the wait begins: the recorder's programs run after these. */
SEC("tp_btf/contention_begin")
int BPF_PROG(wait_begins, void *lock, unsigned int flags) {
  struct waiter who = waiter_of(lock);
  __u64 sk = (__u64)lock - bpf_core_field_offset(struct sock, sk_lock.slock);
  __u32 *port = bpf_map_lookup_elem(&ports, &sk);
  struct field_wait wait = {.lock = (__u64)lock};

  /* A mutex says begin twice. */
  if (bpf_map_lookup_elem(&waiting, &who)) return 0;
  wait.tid = who.tid;
  wait.pid = bpf_get_current_pid_tgid() >> 32;
  wait.flags = flags;
  wait.port = port ? *port : 0;
  wait.stack = (__s32)bpf_get_stackid(ctx, &stacks, 0);
  wait.begin_ns = bpf_ktime_get_ns();
  if (bpf_map_update_elem(&waiting, &who, &wait, BPF_ANY)) __sync_fetch_and_add(&lost, 1);
  return 0;
}

SEC("tp_btf/contention_end")
int BPF_PROG(wait_ends, void *lock, int result) {
  __u64 now = bpf_ktime_get_ns();
  struct waiter who = waiter_of(lock);
  struct field_wait *wait = bpf_map_lookup_elem(&waiting, &who);

  if (!wait) return 0;
  wait->end_ns = now;
  if (bpf_ringbuf_output(&written, wait, sizeof(*wait), BPF_RB_NO_WAKEUP)) __sync_fetch_and_add(&lost, 1);
  bpf_map_delete_elem(&waiting, &who);
  return 0;
}

/* The port is known from when a socket listens or is connected until it is closed; in between nothing is said. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_changes, const struct sock *sk, int before, int after) {
  enum { ESTABLISHED = 1, SYN_SENT = 2, CLOSE = 7, LISTEN = 10, TCP = 6 };
  __u64 key = (__u64)sk;
  __u32 port = BPF_CORE_READ(sk, __sk_common.skc_num);

  if (BPF_CORE_READ(sk, sk_protocol) != TCP) return 0;
  if (after == SYN_SENT || after == CLOSE)
    bpf_map_delete_elem(&ports, &key);
  else if (after == ESTABLISHED || after == LISTEN)
    bpf_map_update_elem(&ports, &key, &port, BPF_ANY);
  return 0;
}
