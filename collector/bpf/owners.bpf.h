/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who owns a lock that its waiters sleep for. Mutexes, rwsems and rt-mutexes have their owner's task in them: it is
 * read when a wait begins that gets its call stack, with what the owner is doing then. A rwsem that readers hold has
 * none, only the reader that came last (kernel/locking/rwsem.c): then it is not known.
 */
#ifndef SOCKLOCK_COLLECTOR_BPF_OWNERS_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_OWNERS_BPF_H

#include "collector/bpf/slots.bpf.h"
#include "collector/bpf/stacks.bpf.h"
#include "collector/bpf/tasks.bpf.h"

/* include/trace/events/lock.h */
enum { LCB_F_READ = 2, LCB_F_WRITE = 4, LCB_F_RT = 8, LCB_F_PERCPU = 16 };

/* Linux 6.2 and later: a task that may be walked, where a number may not. */
extern struct task_struct *bpf_task_from_pid(__s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;

MMAPPED_ARRAY(threads, struct socklock_thread); /* by hash of what is in it; 0 is never used */

/* An owner that waits itself is followed to the one that it waits for, so far. */
enum { OWNER_LINKS = 4 };

static __always_inline void forget_owner(struct socklock_task_slot *slot)
{
	__builtin_memset(&slot->holder, 0, sizeof(slot->holder));
	slot->owner = 0;
	slot->root = 0;
	slot->owner_state = SOCKLOCK_OWNER_STATE_UNKNOWN;
}

static __always_inline void take_owner(struct socklock_event *wait, const struct socklock_task_slot *slot)
{
	wait->owner = slot->owner;
	wait->root = slot->root;
	wait->owner_state = slot->owner_state;
}

/* Task that owns the lock now, as a number; 0: none, or it is not to be known. */
static __always_inline __u64 owner_of(__u64 lock, __u8 flags)
{
	enum {
		OWNED_MUTEX = 32,	/* LCB_F_MUTEX */
		MUTEX_FLAGS = 7,	/* kernel/locking/mutex.c */
		RWSEM_READER_OWNED = 1, /* kernel/locking/rwsem.c */
		RWSEM_FLAGS = 3,
		RT_MUTEX_HAS_WAITERS = 1, /* kernel/locking/rtmutex_common.h */
	};
	__u64 word = 0;

	if (flags & OWNED_MUTEX) {
		/* PREEMPT_RT makes it an rt-mutex. */
		if (!bpf_core_field_exists(struct mutex, owner))
			return 0;
		bpf_probe_read_kernel(&word, sizeof(word), (void *)(lock + bpf_core_field_offset(struct mutex, owner)));
		return word & ~(__u64)MUTEX_FLAGS;
	}
	if (flags == LCB_F_RT && bpf_core_field_exists(struct rt_mutex_base, owner)) {
		bpf_probe_read_kernel(&word, sizeof(word),
				      (void *)(lock + bpf_core_field_offset(struct rt_mutex_base, owner)));
		return word & ~(__u64)RT_MUTEX_HAS_WAITERS;
	}
	if ((flags == LCB_F_READ || flags == LCB_F_WRITE) && bpf_core_field_exists(struct rw_semaphore, owner)) {
		bpf_probe_read_kernel(&word, sizeof(word),
				      (void *)(lock + bpf_core_field_offset(struct rw_semaphore, owner)));
		return word & RWSEM_READER_OWNED ? 0 : word & ~(__u64)RWSEM_FLAGS;
	}
	return 0;
}

/* The same, at the begin of a wait, which knows from then on that it was asked. Semaphores have no owner. */
static __always_inline __u64 look_for_owner(struct socklock_task_slot *slot, __u8 flags)
{
	if (!flags || flags & LCB_F_PERCPU)
		return 0;
	slot->holder.searched = SOCKLOCK_OWNER_SEARCHED;
	return owner_of(slot->key.lock, flags);
}

/* Number in `threads`; 0: there is no place, which is counted. Global, as stack_id() is. */
__noinline __u32 thread_number(__u64 task_number, struct socklock_cpu *cpu)
{
	struct task_struct *task = (struct task_struct *)task_number;
	struct socklock_thread thread = {};
	const __u64 *words = (const __u64 *)&thread;
	__u64 hash = 0;
	__u32 i;

	if (!cpu)
		return 0;
	thread.tid = (__u32)BPF_CORE_READ(task, pid);
	thread.pid = (__u32)BPF_CORE_READ(task, tgid);
	bpf_core_read(thread.comm, sizeof(thread.comm), &task->comm);
	thread.cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	note_cgroup((__u64)BPF_CORE_READ(task, cgroups, dfl_cgrp, kn), cpu);
#pragma unroll
	for (i = 2; i < sizeof(thread) / sizeof(__u64); i++)
		hash = mix(hash + words[i]) + i;
	hash |= 1;
	for (i = 0; i < SOCKLOCK_PROBES; i++) {
		__u32 index = (__u32)(hash + i) & ((1U << SOCKLOCK_THREAD_BITS) - 1);
		struct socklock_thread *place = bpf_map_lookup_elem(&threads, &index);
		__u64 found;

		if (!index || !place)
			continue;
		found = place->hash;
		if (found == hash)
			return index;
		if (found || __sync_val_compare_and_swap(&place->hash, 0, hash) != 0)
			continue;
		place->tid = thread.tid;
		place->pid = thread.pid;
		__builtin_memcpy(place->comm, thread.comm, sizeof(place->comm));
		place->cgroup = thread.cgroup;
		__sync_lock_test_and_set(&place->complete, 1);
		return index;
	}
	COUNT_SHARED(cpu, SOCKLOCK_THREAD_TABLE_FULL);
	return 0;
}

static __always_inline __u8 state_of(struct task_struct *task)
{
	if (BPF_CORE_READ(task, on_cpu))
		return SOCKLOCK_OWNER_RUNNING;
	return BPF_CORE_READ(task, on_rq) ? SOCKLOCK_OWNER_RUNNABLE : SOCKLOCK_OWNER_ASLEEP;
}

static __always_inline __u16 syscall_of_owner(struct task_struct *task, __u16 registers_offset)
{
	struct pt_regs *registers;

	if (!registers_offset || BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return 0;
	registers = (struct pt_regs *)((__u64)BPF_CORE_READ(task, stack) + registers_offset);
	return numbered_syscall(BPF_CORE_READ(registers, orig_ax));
}

/* Of an owner that does not run: that of one that does can't be walked from another CPU. 0: not known. */
static __always_inline __u32 stack_of_owner(__u64 owner, __u32 tid, struct scratch *scratch, struct socklock_cpu *cpu)
{
	struct task_struct *task;
	long walked = 0;

	if (!bpf_task_from_pid || !bpf_task_release)
		return 0;
	task = bpf_task_from_pid((__s32)tid);
	if (!task)
		return 0;
	/* Else the number is another's by now. */
	if (as_number(task) == owner)
		walked = bpf_get_task_stack(task, scratch->address, sizeof(scratch->address), 0);
	bpf_task_release(task);
	if (walked <= 0)
		return 0;
	hash_stack(scratch);
	return stack_id(scratch, cpu);
}

/* Who has what an owner waits for, and so on; the owner itself where it waits for no lock, or nobody is known. */
static __noinline __u64 root_of(__u64 owner)
{
	__u32 i;

	for (i = 0; i < OWNER_LINKS; i++) {
		struct socklock_task_slot *slot = find_task_slot(owner);
		__u64 next;

		if (!slot)
			return owner;
		next = owner_of(slot->key.lock, slot->key.flags);
		if (!next)
			return owner;
		owner = next;
	}
	return owner;
}

/*
 * Enters who owned the lock when the wait began, unless it is another's already: then what the owner does now has
 * nothing to do with this lock. Global, as stack_id() is.
 */
__noinline int note_owner(struct socklock_task_slot *slot, __u64 owner, struct scratch *scratch,
			  struct socklock_cpu *cpu)
{
	struct task_struct *task = (struct task_struct *)owner;
	__u64 root;
	__u32 stack = 0;
	__u8 state;

	if (!slot || !scratch || !cpu || !owner)
		return 0;
	state = state_of(task);
	if (state != SOCKLOCK_OWNER_RUNNING)
		stack = stack_of_owner(owner, (__u32)BPF_CORE_READ(task, pid), scratch, cpu);
	root = root_of(owner);
	slot->owner = thread_number(owner, cpu);
	slot->root = root == owner ? 0 : thread_number(root, cpu);
	slot->holder.syscall = syscall_of_owner(task, CONTROL(cpu, registers_offset));
	if (owner_of(slot->key.lock, slot->key.flags) != owner)
		return 0;
	slot->holder.stack = stack;
	slot->owner_state = state;
	return 0;
}

#endif
