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

/*
 * Who gave a lock up that sampled waits are for, last: Linux 7.2 and later say when (lock:contended_release). By hash
 * of the lock; while waits for one are under way, another of equal hash goes without.
 */
struct last_release {
	__u64 lock; /* 0: none is watched */
	__u32 waiters;
	__u16 owner; /* number in `threads` */
	__u16 syscall;
	__u32 stack;
	__u32 pad0;
	__u64 released_ns; /* 0: not yet, or being written */
};

enum { RELEASE_BITS = 10 };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << RELEASE_BITS);
	__type(key, __u32);
	__type(value, struct last_release);
} releases SEC(".maps");

/* Set before the programs are loaded: whether there is the tracepoint. */
const volatile bool sees_releases = false;

/* An owner that waits itself is followed to the one that it waits for, so far. */
enum { OWNER_LINKS = 4 };

static __always_inline void forget_owner(struct socklock_task_slot *slot)
{
	__builtin_memset(&slot->holder, 0, sizeof(slot->holder));
	slot->owner = 0;
	slot->root = 0;
	slot->owner_state = SOCKLOCK_OWNER_STATE_UNKNOWN;
	slot->watches_release = 0;
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
	return numbered_syscall(BPF_CORE_READ(registers, SYSCALL_REGISTER));
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
 * nothing to do with this lock. Without a scratch its stack is not walked. Global, as stack_id() is.
 */
__noinline int note_owner(struct socklock_task_slot *slot, __u64 owner, struct scratch *scratch,
			  struct socklock_cpu *cpu)
{
	struct task_struct *task = (struct task_struct *)owner;
	__u64 root;
	__u32 stack = 0;
	__u8 state;

	if (!slot || !cpu || !owner)
		return 0;
	state = state_of(task);
	if (scratch && state != SOCKLOCK_OWNER_RUNNING)
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

static __always_inline struct last_release *release_of(__u64 lock)
{
	__u32 index = (__u32)mix(lock) & ((1U << RELEASE_BITS) - 1);

	return bpf_map_lookup_elem(&releases, &index);
}

/* From here on who gives the lock up is noted. */
static __always_inline void watch_release(struct socklock_task_slot *slot)
{
	struct last_release *release = sees_releases ? release_of(slot->key.lock) : NULL;

	if (!release)
		return;
	if (release->lock == slot->key.lock) {
		__sync_fetch_and_add(&release->waiters, 1);
	} else {
		if (release->lock || __sync_val_compare_and_swap(&release->lock, 0, slot->key.lock) != 0)
			return;
		release->waiters = 1;
		release->released_ns = 0;
	}
	slot->watches_release = 1;
}

/* The wait has ended: who gave the lock up last, while it lasted, is who had it. */
static __always_inline void take_release(struct socklock_event *wait, const struct socklock_task_slot *slot)
{
	struct last_release *release = slot->watches_release ? release_of(slot->key.lock) : NULL;

	if (!release || release->lock != slot->key.lock)
		return;
	if (release->released_ns > slot->begin_ns && release->owner) {
		/* What another did when the wait began says nothing of this one. */
		if (release->owner != wait->owner) {
			wait->owner_state = SOCKLOCK_OWNER_RELEASED;
			wait->root = 0;
			wait->holder.stack = release->stack;
			wait->holder.syscall = release->syscall;
		}
		wait->owner = release->owner;
		wait->holder.searched = SOCKLOCK_OWNER_SEARCHED;
		wait->holder.known = 1;
	}
	if (__sync_fetch_and_add(&release->waiters, -1) == 1)
		release->lock = 0;
}

/* Of the task that gives a watched lock up. Global, as stack_id() is. */
__noinline int note_release(__u64 number, __u64 lock, __u32 stack, struct socklock_cpu *cpu)
{
	struct last_release *release = release_of(lock);

	if (!release || !cpu || release->lock != lock)
		return 0;
	release->released_ns = 0;
	release->owner = (__u16)thread_number(number, cpu);
	release->syscall = syscall_of_owner((struct task_struct *)number, CONTROL(cpu, registers_offset));
	release->stack = stack;
	*(volatile __u64 *)&release->released_ns = bpf_ktime_get_ns();
	return 0;
}

#endif
