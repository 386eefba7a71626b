/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a wait happens: on which kernel stack, under which system call, and its call stack's id. */
#ifndef SOCKLOCK_COLLECTOR_BPF_STACKS_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_STACKS_BPF_H

#include "collector/bpf/maps.bpf.h"

enum { PF_KTHREAD = 0x00200000 }; /* include/linux/sched.h */

/* Each program has its own scratch space, since programs may interrupt each other. */
enum scratch_user { SCRATCH_BEGIN, SCRATCH_SWITCH, SCRATCH_USERS };

struct scratch {
	__u64 number;
	__u64 address[SOCKLOCK_MAX_FRAMES];
	__u64 raw[96]; /* of a kernel stack */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_USERS);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline struct scratch *scratch_of(__u32 user)
{
	return bpf_map_lookup_elem(&scratches, &user);
}

/*
 * A pointer as a number: the verifier forbids arithmetic on pointers, so it goes through memory.
 * Of a tp_btf program's ctx it is a position on the kernel stack that hit the tracepoint, because the
 * argument array lies there (kernel/trace/bpf_trace.c, bpf_trace_run*()).
 */
static __always_inline __u64 number_of(void *pointer, struct scratch *scratch)
{
	*(void *volatile *)&scratch->number = pointer;
	return *(volatile __u64 *)&scratch->number;
}

/* Softirqs and interrupts run on stacks of their own (x86: per-CPU interrupt stack). */
static __always_inline __u8 context_of(struct task_struct *task, __u64 stack_pointer)
{
	__u64 base = (__u64)BPF_CORE_READ(task, stack);

	return stack_pointer - base < thread_bytes ? SOCKLOCK_CONTEXT_TASK : SOCKLOCK_CONTEXT_INTERRUPT;
}

/* Number + 1 of the system call that the task is in; 0: in none that we know of. */
static __always_inline __u16 syscall_of(struct task_struct *task)
{
	struct pt_regs *regs;
	unsigned long number;

	if (task->flags & PF_KTHREAD)
		return 0;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	number = regs->orig_ax;
	return number < 1024 ? (__u16)(number + 1) : 0;
}

static __always_inline bool same_stack(const struct socklock_stack_slot *slot, __u64 check)
{
	/* Not yet filled by the CPU that claimed it: equal 64-bit hashes will have to do. */
	return slot->frames == 0 || slot->check == check;
}

static __always_inline void fill_stack_slot(struct socklock_stack_slot *slot, const struct scratch *scratch,
					    __u32 frames, __u64 check)
{
	slot->check = check;
	__builtin_memcpy(slot->address, scratch->address, sizeof(slot->address));
	/* An atomic with a result is a full barrier: user space never sees a half-written slot. */
	__sync_fetch_and_add(&slot->frames, frames);
}

/*
 * The id of the stack in scratch->address, innermost first and ended by a zero: its slot in `stacks`,
 * found by hash or claimed. 0 when the table is full or another stack has the same hash; both are
 * counted. Global, so that the verifier looks at it once and not at every call.
 */
__noinline __u32 stack_id(struct scratch *scratch, struct socklock_cpu *cpu)
{
	__u64 hash = 0, check = 0;
	__u32 frames = 0, i, slot_id;

	if (!scratch || !cpu)
		return 0;
	for (i = 0; i < SOCKLOCK_MAX_FRAMES; i++) {
		__u64 address = scratch->address[i];

		if (!address)
			break;
		hash = (hash ^ address) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 29;
		check = (check << 7 | check >> 57) + address;
		frames++;
	}
	hash |= 1;
	for (i = 0; i < SOCKLOCK_PROBES; i++) {
		struct socklock_stack_slot *slot;
		__u64 found;

		slot_id = (__u32)(mix(hash) + i) & ((1U << stack_bits) - 1);
		if (slot_id == 0)
			continue;
		slot = bpf_map_lookup_elem(&stacks, &slot_id);
		if (!slot)
			return 0;
		found = slot->hash;
		if (found == 0)
			found = __sync_val_compare_and_swap(&slot->hash, 0, hash);
		if (found == hash) {
			if (same_stack(slot, check))
				return slot_id;
			COUNT_SHARED(cpu, SOCKLOCK_STACK_COLLISION);
			return 0;
		}
		if (found != 0)
			continue;
		fill_stack_slot(slot, scratch, frames, check);
		return slot_id;
	}
	COUNT_SHARED(cpu, SOCKLOCK_STACK_TABLE_FULL);
	return 0;
}

/* Walks the stack that hit the tracepoint; 0 when it is not to be known, which is counted. */
static __always_inline __u32 walk_stack(void *ctx, struct scratch *scratch, struct socklock_cpu *cpu)
{
	if (!walk_stacks)
		return 0;
	/* The kernel fills what the walk leaves with zeros (kernel/bpf/stackmap.c, __bpf_get_stack()). */
	if (bpf_get_stack(ctx, scratch->address, sizeof(scratch->address), 0) <= 0) {
		COUNT_SHARED(cpu, SOCKLOCK_STACK_WALK_FAILED);
		return 0;
	}
	return stack_id(scratch, cpu);
}

#endif
