// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The programs of a recording: contention_begin/end for every lock the kernel reports, sched_switch for
 * owner waits in lock_sock(), socket tracepoints for the work done meanwhile.
 */
#include "collector/bpf/kernel_types.h"

#include "collector/bpf/maps.bpf.h"
#include "collector/bpf/slots.bpf.h"
#include "collector/bpf/stacks.bpf.h"
#include "collector/bpf/summary.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* include/trace/events/lock.h */
enum { LCB_F_SPIN = 1, LCB_F_MUTEX = 32 };
/* include/linux/sched.h */
enum { TASK_UNINTERRUPTIBLE = 2 };

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

static __always_inline void begin_sleeping(void *ctx, __u64 now, __u64 lock, __u8 flags, struct task_struct *task,
					   struct scratch *scratch, struct socklock_cpu *cpu)
{
	__u64 key = bpf_get_current_task();
	struct socklock_task_slot *slot = find_task_slot(key);

	if (slot) {
		/* A mutex says begin again when optimistic spinning gives up (kernel/locking/mutex.c). */
		if (slot->lock == lock && (flags & LCB_F_MUTEX) && (slot->flags & LCB_F_MUTEX)) {
			COUNT(cpu, SOCKLOCK_DOUBLED_BEGINS);
			return;
		}
		/* A task waits for one lock at a time: the end of the earlier wait was not seen. */
		COUNT_SHARED(cpu, SOCKLOCK_MISSED_END);
		if (slot->flags & SOCKLOCK_FLAG_OWNER_WAIT)
			__sync_fetch_and_add(&open_owner_waits, -1);
	} else {
		slot = claim_task_slot(key, cpu);
		if (!slot)
			return;
	}
	slot->lock = lock;
	slot->begin_ns = now;
	slot->tid = task->pid;
	slot->syscall = syscall_of(task);
	slot->flags = flags;
	slot->stack = walk_stack(ctx, scratch, cpu);
}

/* Counts one of the self-test's spin waits and keeps where it began. */
static __always_inline void note_self_test(void *ctx, unsigned int flags)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (flags != LCB_F_SPIN || (__u32)task->tgid != self_pid)
		return;
	if (__sync_fetch_and_add(&self_test_waits, 1) == 0)
		bpf_get_stack(ctx, self_test_stack, sizeof(self_test_stack), 0);
}

SEC("tp_btf/contention_begin")
int BPF_PROG(contention_begin, void *lock, unsigned int flags)
{
	__u64 now = bpf_ktime_get_ns();
	struct socklock_cpu *cpu = this_cpu();
	struct scratch *scratch = scratch_of(SCRATCH_BEGIN);
	struct task_struct *task = bpf_get_current_task_btf();
	struct socklock_spin_slot *slot;
	__u64 key = bpf_get_current_task();
	__u64 stack_pointer;
	__u8 context;

	if (phase == SOCKLOCK_SELF_TEST)
		note_self_test(ctx, flags);
	if (phase != SOCKLOCK_RUNNING || !cpu || !scratch)
		return 0;
	COUNT(cpu, SOCKLOCK_BEGINS);
	stack_pointer = number_of(ctx, scratch);
	context = context_of(task, stack_pointer);
	if (flags == LCB_F_SPIN)
		COUNT(cpu, SOCKLOCK_SPIN_BEGINS);
	if (is_self(task, context)) {
		COUNT(cpu, SOCKLOCK_SELF);
		return 0;
	}
	if (left_out_by_filter(task)) {
		COUNT(cpu, SOCKLOCK_FILTERED);
		return 0;
	}
	if (!(flags & LCB_F_SPIN) || (flags & LCB_F_MUTEX)) {
		begin_sleeping(ctx, now, (__u64)lock, (__u8)flags, task, scratch, cpu);
		return 0;
	}
	slot = claim_spin_slot(cpu, key, stack_pointer, context);
	if (!slot)
		return 0;
	slot->begin_ns = now;
	slot->stack_pointer = stack_pointer;
	slot->task = key;
	slot->syscall = syscall_of(task);
	slot->flags = (__u8)flags;
	slot->context = context;
	slot->stack = walk_stack(ctx, scratch, cpu);
	/* Last: from here on the slot is in use. */
	*(volatile __u64 *)&slot->lock = (__u64)lock;
	return 0;
}

/* An end without a slot: of a wait that was left out, or one that began before the recording. */
static __always_inline void count_unmatched(struct task_struct *task, __u8 context, struct socklock_cpu *cpu)
{
	if (is_self(task, context) || left_out_by_filter(task))
		COUNT(cpu, SOCKLOCK_LEFT_OUT_ENDS);
	else
		COUNT(cpu, SOCKLOCK_UNMATCHED_ENDS);
}

SEC("tp_btf/contention_end")
int BPF_PROG(contention_end, void *lock, int ret)
{
	__u64 now = bpf_ktime_get_ns();
	struct socklock_cpu *cpu = this_cpu();
	struct task_struct *task = bpf_get_current_task_btf();
	struct socklock_spin_slot *spin;
	__u64 key = bpf_get_current_task();
	struct wait wait = {};

	if (phase < SOCKLOCK_RUNNING || !cpu)
		return 0;
	COUNT(cpu, SOCKLOCK_ENDS);
	wait.end_ns = now;
	wait.lock = (__u64)lock;
	wait.task = task;
	wait.error = ret < 0 ? (__u16)-ret : 0;
	spin = find_spin_slot(cpu, (__u64)lock, key);
	if (spin) {
		wait.wait_ns = now - spin->begin_ns;
		wait.stack = spin->stack;
		wait.syscall = spin->syscall;
		wait.flags = spin->flags;
		wait.context = spin->context;
		*(volatile __u64 *)&spin->lock = 0;
	} else {
		struct socklock_task_slot *slot = find_task_slot(key);

		if (!slot || slot->lock != (__u64)lock) {
			count_unmatched(task, SOCKLOCK_CONTEXT_TASK, cpu);
			return 0;
		}
		wait.wait_ns = now - slot->begin_ns;
		wait.stack = slot->stack;
		wait.syscall = slot->syscall;
		wait.flags = slot->flags;
		free_task_slot(slot);
	}
	record_wait(&wait, cpu);
	return 0;
}

/*
 * The wait queue that a sleeper in __lock_sock() hangs in, found through its wait_queue_entry on the
 * stack: {private = the task, func = autoremove_wake_function, entry}. prepare_to_wait_exclusive() has
 * just put it at the tail, so entry.next is the head inside sk->sk_lock.wq. 0 when not found; ~0 when
 * no return address into __lock_sock() is there either.
 */
static __noinline __u64 owner_wait_queue(struct scratch *scratch, __u64 task)
{
	bool in_lock_sock = false;
	__u64 head = 0;
	__u32 i;

	if (!scratch)
		return ~0ULL;
	for (i = 0; i + 3 < 96; i++) {
		__u64 word = scratch->raw[i];

		if (word > lock_sock_begin && word < lock_sock_end)
			in_lock_sock = true;
		if (word == task && scratch->raw[i + 1] == autoremove_function)
			head = scratch->raw[i + 2];
	}
	if (!in_lock_sock)
		return ~0ULL;
	return head ? head - bpf_core_field_offset(struct wait_queue_head, head) : 0;
}

static __always_inline void begin_owner_wait(void *ctx, struct task_struct *task, struct socklock_cpu *cpu)
{
	struct scratch *scratch = scratch_of(SCRATCH_SWITCH);
	struct socklock_task_slot *slot;
	__u64 key = bpf_get_current_task();
	__u64 queue;

	if (!scratch)
		return;
	number_of(ctx, scratch);
	if (!lock_sock_begin || bpf_probe_read_kernel(scratch->raw, sizeof(scratch->raw), (void *)scratch->number))
		return;
	queue = owner_wait_queue(scratch, key);
	if (queue == ~0ULL)
		return;
	if ((__u32)task->tgid == self_pid || left_out_by_filter(task))
		return;
	COUNT(cpu, SOCKLOCK_OWNER_BEGINS);
	if (!queue)
		COUNT(cpu, SOCKLOCK_OWNER_LOCK_UNKNOWN);
	slot = find_task_slot(key);
	if (slot) {
		COUNT_SHARED(cpu, SOCKLOCK_MISSED_END);
	} else {
		slot = claim_task_slot(key, cpu);
		if (!slot)
			return;
	}
	slot->lock = queue;
	slot->tid = task->pid;
	slot->syscall = syscall_of(task);
	slot->flags = SOCKLOCK_FLAG_OWNER_WAIT;
	slot->stack = walk_stack(ctx, scratch, cpu);
	slot->begin_ns = bpf_ktime_get_ns();
	__sync_fetch_and_add(&open_owner_waits, 1);
}

static __always_inline void end_owner_wait(struct task_struct *task, struct socklock_cpu *cpu)
{
	struct scratch *scratch = scratch_of(SCRATCH_SWITCH);
	struct socklock_task_slot *slot;
	struct wait wait = {};

	if (!scratch)
		return;
	slot = find_task_slot(number_of(task, scratch));
	if (!slot || !(slot->flags & SOCKLOCK_FLAG_OWNER_WAIT))
		return;
	wait.end_ns = bpf_ktime_get_ns();
	wait.wait_ns = wait.end_ns - slot->begin_ns;
	wait.lock = slot->lock;
	wait.task = task;
	wait.stack = slot->stack;
	wait.syscall = slot->syscall;
	wait.flags = SOCKLOCK_FLAG_OWNER_WAIT;
	free_task_slot(slot);
	__sync_fetch_and_add(&open_owner_waits, -1);
	record_wait(&wait, cpu);
}

/*
 * lock_sock() on an owned socket sleeps uninterruptibly in __lock_sock() (net/core/sock.c) without a
 * lock event; ordinary socket waits sleep interruptibly, so the state filters before anything costs.
 */
SEC("tp_btf/sched_switch")
int BPF_PROG(sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int prev_state)
{
	struct socklock_cpu *cpu;

	if (prev_state != TASK_UNINTERRUPTIBLE && !open_owner_waits)
		return 0;
	cpu = this_cpu();
	if (!cpu)
		return 0;
	if (prev_state == TASK_UNINTERRUPTIBLE && !preempt && phase == SOCKLOCK_RUNNING)
		begin_owner_wait(ctx, prev, cpu);
	if (open_owner_waits)
		end_owner_wait(next, cpu);
	return 0;
}

#include "collector/bpf/work.bpf.h"
