/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What programs on functions that take socket-layer locks share: for what kind of socket, and where from. */
#ifndef SOCKLOCK_COLLECTOR_BPF_SITES_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_SITES_BPF_H

#include "collector/bpf/calls.h"
#include "collector/bpf/filter.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* include/net/tcp_states.h, include/uapi/linux/in.h */
enum { SITE_TCP_LISTEN = 10 };
enum { IPPROTO_TCP = 6, IPPROTO_UDP = 17, IPPROTO_UDPLITE = 136, IPPROTO_MPTCP = 262 };

/* SOCKLOCK_FROM_* of a system call, by its number + 1. */
const volatile __u8 from_syscall[2 * SOCKLOCK_SYSCALLS] = {};

/* A program's ctx lies on the kernel stack that the function was called on: there the arguments are saved. */
static __always_inline __u64 stack_pointer_of(void *ctx)
{
	return as_number(ctx);
}

static __always_inline __u32 kind_of(const struct sock *sk)
{
	__u16 protocol = 0;
	__u8 state = 0;

	bpf_core_read(&protocol, sizeof(protocol), &sk->sk_protocol);
	if (protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE)
		return SOCKLOCK_KIND_UDP;
	if (protocol != IPPROTO_TCP && protocol != IPPROTO_MPTCP)
		return SOCKLOCK_KIND_OTHER;
	bpf_core_read(&state, sizeof(state), &sk->__sk_common.skc_state);
	return state == SITE_TCP_LISTEN ? SOCKLOCK_KIND_TCP_LISTENER : SOCKLOCK_KIND_TCP;
}

/* ksoftirqd/N: runs softirqs on a task's stack (kernel/softirq.c). */
static __always_inline bool is_softirq_thread(struct task_struct *task)
{
	__u64 name = 0;

	if (!(task->flags & PF_KTHREAD))
		return false;
	bpf_core_read(&name, sizeof(name), &task->comm);
	return name == 0x71726974666f736bULL; /* "ksoftirq" */
}

static __always_inline __u32 from_of(struct task_struct *task, __u8 context)
{
	__u64 number;

	if (context != SOCKLOCK_CONTEXT_TASK || is_softirq_thread(task))
		return SOCKLOCK_FROM_INTERRUPT;
	number = syscall_of(task);
	/* The compiler knows its bounds, Linux 6.1's verifier does not: hide them from the one for the other. */
	asm volatile("" : "+r"(number));
	return from_syscall[number & (2 * SOCKLOCK_SYSCALLS - 1)] & (SOCKLOCK_FROM - 1);
}

#endif
