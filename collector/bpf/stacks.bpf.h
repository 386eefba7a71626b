/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a wait happens: on which kernel stack, under which system call, and its call stack's id. */
#ifndef SOCKLOCK_COLLECTOR_BPF_STACKS_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_STACKS_BPF_H

#include "collector/bpf/filter.bpf.h"
#include "collector/bpf/frames.bpf.h"
#include "collector/bpf/maps.bpf.h"
#include "collector/bpf/sampling.bpf.h"
#include "collector/bpf/scratch.bpf.h"

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

/* Hashes the stack in scratch->address, which is ended by a zero. Global, as stack_id() is. */
__noinline int hash_stack(struct scratch *scratch)
{
	struct stack_hash hash = {};
	__u32 i;

	if (!scratch)
		return 0;
	for (i = 0; i < SOCKLOCK_MAX_FRAMES; i++) {
		if (!scratch->address[i])
			break;
		add_to_hash(&hash, scratch->address[i]);
	}
	scratch->hash = hash;
	return 0;
}

/*
 * The id of the stack in scratch->address, innermost first, with scratch->hash: its slot in `stacks`,
 * found by hash or claimed. 0 when the table is full or another stack has the same hash; both are
 * counted. Global, so that the verifier looks at it once and not at every call.
 */
__noinline __u32 stack_id(struct scratch *scratch, struct socklock_cpu *cpu)
{
	__u64 hash, check;
	__u32 i, slot_id;

	if (!scratch || !cpu)
		return 0;
	hash = scratch->hash.hash | 1;
	check = scratch->hash.check;
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
		fill_stack_slot(slot, scratch, scratch->hash.frames, check);
		return slot_id;
	}
	COUNT_SHARED(cpu, SOCKLOCK_STACK_TABLE_FULL);
	return 0;
}

/* Walks the stack that hit the tracepoint; 0 when it is not to be known, which is counted. */
static __always_inline __u32 walk_stack(void *ctx, struct scratch *scratch, struct socklock_cpu *cpu)
{
	COUNT_SHARED(cpu, SOCKLOCK_STACKS_WALKED);
	/* The kernel fills what the walk leaves with zeros (kernel/bpf/stackmap.c, __bpf_get_stack()). */
	if (bpf_get_stack(ctx, scratch->address, sizeof(scratch->address), 0) <= 0) {
		COUNT_SHARED(cpu, SOCKLOCK_STACK_WALK_FAILED);
		return 0;
	}
	hash_stack(scratch);
	return stack_id(scratch, cpu);
}

/* Whether the nth stack that was followed is walked, too: often at first, when what was learnt is new. */
static __always_inline bool is_checked(__u64 n)
{
	return !(n & (n - 1)) || !(n % FOLLOWED_PER_CHECK);
}

/*
 * The same, followed where all frames are known. Not for sched_switch, which may interrupt a program that is
 * writing the frames.
 */
static __always_inline __u32 follow_or_walk_stack(void *ctx, struct scratch *scratch, struct socklock_cpu *cpu,
						  const struct here *here, enum stack_site site)
{
	struct stack_place place;
	bool placed, followed;
	__u32 id;

	placed = find_place(&place, here->task, here->stack_pointer, here->context, cpu);
	followed = placed && follow_stack(&place, scratch, site);
	if (followed && !is_checked(++scratch->followed))
		return stack_id(scratch, cpu);
	if (followed)
		__builtin_memcpy(scratch->raw, scratch->address, sizeof(scratch->address));
	id = walk_stack(ctx, scratch, cpu);
	if (followed && id && !check_followed(scratch, site))
		COUNT_SHARED(cpu, SOCKLOCK_STACK_MISFOLLOWED);
	if (placed && id)
		learn_frames(&place, scratch, site);
	return id;
}

/*
 * Id of the stack of a wait that has to get one (`stack_weight` is not NO_STACK), else 0. Without `site` it is
 * never followed, only walked.
 * `stack_weight` becomes 0 where there is no stack that could stand for others.
 */
static __always_inline __u32 stack_of(void *ctx, enum scratch_user user, struct socklock_cpu *cpu,
				      const struct here *here, enum stack_site site, __u32 *stack_weight)
{
	struct scratch *scratch = LIKELY(*stack_weight == NO_STACK) ? NULL : scratch_of(user);
	__u32 id = 0;

	if (scratch && site)
		id = follow_or_walk_stack(ctx, scratch, cpu, here, site);
	else if (scratch)
		id = walk_stack(ctx, scratch, cpu);
	if (!id)
		*stack_weight = 0;
	return id;
}

#endif
