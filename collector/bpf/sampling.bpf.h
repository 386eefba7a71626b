/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which waits get their call stack. Where one waits is known without it for most waits: which kernel stack
 * the program runs on and which system call the task is in tell the call path, the address tells the lock.
 * Counts and sums are exact by those; stacks are needed of a part only. Of each kind of wait the first few
 * get one, then one in some, by chance and whatever else the wait is, so that those with a stack stand for
 * the others of their kind. How many others is kept with each.
 */
#ifndef SOCKLOCK_COLLECTOR_BPF_SAMPLING_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_SAMPLING_BPF_H

#include "collector/bpf/maps.bpf.h"

enum {
	KIND_BITS = 10,
	FIRST_STACKS = 8,      /* of a kind */
	AMBIGUOUS_STACKS = 32, /* so long are kinds of unclear path asked for more often */
	AMBIGUOUS_BITS = 2,    /* by this power of two */
	NO_STACK = ~0U,
};

/*
 * A walk takes 10 to 30 us where the unwinder's tables are cold, and hosts have hundreds of kinds: so many a second are
 * spent on new ones by each CPU, and so many at once after a rest. A kind that comes too early gets its first stacks
 * later, and those of its waits that are drawn. With half as many of both, rows of which no error is stated were wrong
 * one time in six (tests/unit/analyzer/sampled_truth_test.cpp).
 */
#define FIRST_STACK_NS		31250000ULL
#define FIRST_STACKS_AT_ONCE_NS (64 * FIRST_STACK_NS)

/* Stacks asked for, by hash of the kind of wait. Kinds of equal hash share a rate, no more. */
struct kind_counts {
	__u8 asked[1 << KIND_BITS]; /* up to AMBIGUOUS_STACKS */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kind_counts);
} kinds SEC(".maps");

/* System calls that tell the path of all waits of their tasks: bit n is of number n. */
const volatile __u64 clear_syscalls[SOCKLOCK_SYSCALLS / 64] = {};

static __always_inline bool path_is_clear(__u8 context, __u16 syscall)
{
	__u32 number = (__u32)syscall - 1;

	if (context != SOCKLOCK_CONTEXT_TASK || number >= SOCKLOCK_SYSCALLS)
		return false;
	return clear_syscalls[number / 64] >> (number % 64) & 1;
}

/* Takes one of the walks that this CPU has for new kinds: the generic cell rate algorithm (ITU-T I.371). */
static __always_inline bool take_first_walk(struct socklock_cpu *cpu, __u64 now)
{
	__u64 spent = cpu->first_walks_ns < now ? now : cpu->first_walks_ns;

	if (spent - now >= FIRST_STACKS_AT_ONCE_NS)
		return false;
	cpu->first_walks_ns = spent + FIRST_STACK_NS;
	return true;
}

/*
 * NO_STACK, or for how many waits without a stack this one's stands besides its own. The count of a kind
 * may miss some where another CPU or an interrupt counts too: it only decides the rate, and the rate is kept.
 */
static __always_inline __u32 ask_for_stack(struct socklock_cpu *cpu, __u64 now, const struct socklock_wait_key *key)
{
	__u32 zero = 0, rate_bits, asked, index;
	struct kind_counts *counts;

	if (stacks_mode == SOCKLOCK_STACKS_ALL)
		return 0;
	if (stacks_mode == SOCKLOCK_STACKS_OFF)
		return NO_STACK;
	counts = bpf_map_lookup_elem(&kinds, &zero);
	if (!counts)
		return NO_STACK;
	index = (((__u32)key->syscall << 16 | (__u32)key->flags << 8 | key->context) * 0x9e3779b1U) >> (32 - KIND_BITS);
	asked = counts->asked[index];
	if (UNLIKELY(asked < FIRST_STACKS && take_first_walk(cpu, now))) {
		counts->asked[index] = (__u8)(asked + 1);
		return 0;
	}
	rate_bits = CONTROL(cpu, stack_rate_bits) & 31;
	if (asked < AMBIGUOUS_STACKS && rate_bits >= AMBIGUOUS_BITS && !path_is_clear(key->context, key->syscall))
		rate_bits -= AMBIGUOUS_BITS;
	/* The clock knows nothing of kinds; the upper bits of such a product are even for any spacing of times. */
	if (LIKELY((now * 0x9e3779b97f4a7c15ULL >> 52) & ((1U << rate_bits) - 1)))
		return NO_STACK;
	if (asked < AMBIGUOUS_STACKS)
		counts->asked[index] = (__u8)(asked + 1);
	return (1U << rate_bits) - 1;
}

/*
 * When a wait began that has been asked for a stack. The walk takes longer than many spinlocks are waited
 * for, and the lock may be free before it ends, so where few waits get a stack it is no part of the wait:
 * sums are then too small by at most the share of waits that are walked. Where all are, they would be too
 * small by most of every short wait, and the walk counts.
 */
static __always_inline __u64 begin_after_walk(__u64 begin_ns, __u32 asked)
{
	return asked == NO_STACK || stacks_mode != SOCKLOCK_STACKS_SAMPLED ? begin_ns : bpf_ktime_get_ns();
}

/*
 * The same where a wait begins. Where short waits are left out, it is asked when the wait has ended, and its length
 * is known: call stacks are the same then.
 */
static __always_inline __u32 ask_for_stack_at_begin(struct socklock_cpu *cpu, __u64 now,
						    const struct socklock_wait_key *key)
{
	return min_wait_ns ? NO_STACK : ask_for_stack(cpu, now, key);
}

/* Whether a wait stands for others, with what else is asked of such waits: who holds the lock. */
static __always_inline bool is_drawn(__u32 asked)
{
	return asked != NO_STACK;
}

/* Whether a wait's event is left out, at a rate of one in 2^n. */
static __always_inline bool is_left_out(__u32 rate_bits)
{
	return rate_bits && bpf_get_prandom_u32() & ((1U << (rate_bits & 31)) - 1);
}

#endif
