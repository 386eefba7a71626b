/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose waits and calls are recorded. */
#ifndef SOCKLOCK_COLLECTOR_BPF_FILTER_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_FILTER_BPF_H

#include "collector/bpf/wire.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 self_pid = 0;
const volatile __u32 filter_pid = 0;
const volatile __u64 filter_cgroup = 0;
const volatile __u32 filter_cgroup_level = 0;
const volatile __u64 thread_bytes = 16384;

enum { PF_KTHREAD = 0x00200000 }; /* include/linux/sched.h */

/*
 * A pointer as a number, without going through memory: the verifier allows the difference of two pointers, and
 * no other arithmetic on them (kernel/bpf/verifier.c, adjust_reg_min_max_vals()).
 */
static __always_inline __u64 number_by_task(const void *pointer, struct task_struct *task, __u64 task_number)
{
	__u64 number = (__u64)pointer;

	asm volatile("%0 -= %1" : "+r"(number) : "r"(task));
	return number + task_number;
}

static __always_inline __u64 as_number(const void *pointer)
{
	return number_by_task(pointer, bpf_get_current_task_btf(), bpf_get_current_task());
}

/* What a program runs on top of. */
struct here {
	struct task_struct *task;
	__u64 task_number;
	/* Of a tp_btf program's ctx: its arguments lie there (kernel/trace/bpf_trace.c, bpf_trace_run*()). */
	__u64 stack_pointer;
	__u8 context;
};

/* Softirqs and interrupts run on stacks of their own (x86: per-CPU interrupt stack). */
static __always_inline __u8 context_of(struct task_struct *task, __u64 stack_pointer)
{
	__u64 base = (__u64)task->stack;

	return stack_pointer - base < thread_bytes ? SOCKLOCK_CONTEXT_TASK : SOCKLOCK_CONTEXT_INTERRUPT;
}

static __always_inline struct here here_of(void *ctx)
{
	struct here here;

	here.task = bpf_get_current_task_btf();
	here.task_number = bpf_get_current_task();
	here.stack_pointer = number_by_task(ctx, here.task, here.task_number);
	here.context = context_of(here.task, here.stack_pointer);
	return here;
}

static __always_inline __u16 numbered_syscall(__u64 number)
{
	return number < SOCKLOCK_SYSCALLS ? (__u16)(number + 1) : 0;
}

/* Number + 1 of the system call that the task is in; 0: in none that we know of. */
static __always_inline __u16 syscall_of(struct task_struct *task)
{
	struct pt_regs *regs;

	if (task->flags & PF_KTHREAD)
		return 0;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	return numbered_syscall(regs->SYSCALL_REGISTER);
}

/* Linux 6.2 and later: lets a program read any address without a call, a fault giving 0. */
extern void *bpf_rdonly_cast(const void *address, __u32 btf_id) __ksym __weak;

/* The same without a call, where the offset of the registers on the stack is known. */
static __always_inline __u16 syscall_at(struct task_struct *task, __u16 registers_offset)
{
	struct pt_regs *regs;

	if (!bpf_rdonly_cast || !registers_offset)
		return syscall_of(task);
	if (task->flags & PF_KTHREAD)
		return 0;
	regs = bpf_rdonly_cast((void *)((__u64)task->stack + registers_offset),
			       bpf_core_type_id_kernel(struct pt_regs));
	return numbered_syscall(regs->SYSCALL_REGISTER);
}

static __always_inline bool left_out_by_filter(struct task_struct *task)
{
	if (filter_pid && (__u32)task->tgid != filter_pid)
		return true;
	return filter_cgroup && bpf_get_current_ancestor_cgroup_id(filter_cgroup_level) != filter_cgroup;
}

/* The recorder's own waits; in an interrupt the current task says nothing about the waiter. */
static __always_inline bool is_self(struct task_struct *task, __u8 context)
{
	return context == SOCKLOCK_CONTEXT_TASK && (__u32)task->tgid == self_pid;
}

#endif
