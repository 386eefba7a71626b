/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits under way: per CPU for spinning locks, per task for locks whose waiter may sleep. */
#ifndef SOCKLOCK_COLLECTOR_BPF_SLOTS_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_SLOTS_BPF_H

#include "collector/bpf/filter.bpf.h"
#include "collector/bpf/maps.bpf.h"

/*
 * Whether a wait recorded earlier on this CPU can still be under way, seen from a tracepoint at
 * `stack_pointer`. A spinning waiter can't be preempted, only interrupted: a live one belongs to the
 * current task and lies further up the same stack, or on the task's stack while we are on another.
 */
static __always_inline bool spin_slot_live(const struct socklock_spin_slot *slot, __u64 task, __u64 stack_pointer,
					   __u8 context)
{
	if (slot->task != task)
		return false;
	if (slot->key.context == context)
		return slot->stack_pointer > stack_pointer;
	return slot->key.context == SOCKLOCK_CONTEXT_TASK;
}

/* A free spin slot of this CPU; slots whose end was never seen are freed and counted. */
static __noinline struct socklock_spin_slot *search_spin_slot(struct socklock_cpu *cpu, __u64 task, __u64 stack_pointer,
							      __u8 context)
{
	/* A number, since the verifier forbids what compilers make of a pointer that may be NULL. */
	__u32 free = SOCKLOCK_SPIN_SLOTS, i;
	__u64 deep = 0;

	if (!cpu)
		return NULL;
#pragma unroll
	for (i = 0; i < SOCKLOCK_SPIN_SLOTS; i++) {
		struct socklock_spin_slot *slot = &cpu->spin[i];

		if (slot->key.lock && !spin_slot_live(slot, task, stack_pointer, context)) {
			COUNT_SHARED(cpu, SOCKLOCK_MISSED_END);
			slot->key.lock = 0;
		}
		if (slot->key.lock)
			deep |= i;
		else if (free == SOCKLOCK_SPIN_SLOTS)
			free = i;
	}
	if (free == SOCKLOCK_SPIN_SLOTS) {
		COUNT(cpu, SOCKLOCK_SPIN_SLOTS_FULL);
		return NULL;
	}
	cpu->deep_spins = deep | free;
	return &cpu->spin[free & (SOCKLOCK_SPIN_SLOTS - 1)];
}

/* The same; almost always the first one, so that the others need not be looked at. */
static __always_inline struct socklock_spin_slot *claim_spin_slot(struct socklock_cpu *cpu, const struct here *here)
{
	if (!cpu->spin[0].key.lock && !cpu->deep_spins)
		return &cpu->spin[0];
	return search_spin_slot(cpu, here->task_number, here->stack_pointer, here->context);
}

static __always_inline struct socklock_spin_slot *find_spin_slot(struct socklock_cpu *cpu, __u64 lock, __u64 task)
{
	__u32 i;

	if (cpu->spin[0].key.lock == lock && cpu->spin[0].task == task)
		return &cpu->spin[0];
	if (!cpu->deep_spins)
		return NULL;
#pragma unroll
	for (i = 1; i < SOCKLOCK_SPIN_SLOTS; i++)
		if (cpu->spin[i].key.lock == lock && cpu->spin[i].task == task)
			return &cpu->spin[i];
	return NULL;
}

/*
 * Where a task's wait is, or ~0U. Tasks are plain numbers here: the verifier hashes no pointers. Global, so that it
 * looks at this once and not at every call.
 */
__noinline __u32 find_task_index(__u64 task)
{
	__u64 hash = mix(task);
	__u32 i;

	for (i = 0; i < SOCKLOCK_PROBES; i++) {
		__u32 index = (__u32)(hash + i) & ((1U << task_bits) - 1);
		struct socklock_task_slot *slot = bpf_map_lookup_elem(&task_slots, &index);

		if (slot && slot->task == task)
			return index;
	}
	return ~0U;
}

/* The slot of a task's wait, or NULL. */
static __always_inline struct socklock_task_slot *find_task_slot(__u64 task)
{
	__u32 index = find_task_index(task);

	return bpf_map_lookup_elem(&task_slots, &index);
}

/* A free slot, now the task's, or NULL, which is counted. */
static __noinline __attribute__((unused)) struct socklock_task_slot *claim_task_slot(__u64 task,
										     struct socklock_cpu *cpu)
{
	__u64 hash = mix(task);
	__u32 i;

	for (i = 0; i < SOCKLOCK_PROBES; i++) {
		__u32 index = (__u32)(hash + i) & ((1U << task_bits) - 1);
		struct socklock_task_slot *slot = bpf_map_lookup_elem(&task_slots, &index);

		if (slot && slot->task == 0 && __sync_val_compare_and_swap(&slot->task, 0, task) == 0)
			return slot;
	}
	if (cpu)
		COUNT_SHARED(cpu, SOCKLOCK_TASK_SLOTS_FULL);
	return NULL;
}

static __always_inline void free_task_slot(struct socklock_task_slot *slot)
{
	slot->key.lock = 0;
	__sync_lock_test_and_set(&slot->task, 0);
}

#endif
