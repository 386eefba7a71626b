/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which hits of a tracepoint its main program has taken, so that its fallback program knows those that it has not. */
#ifndef SOCKLOCK_COLLECTOR_BPF_HANDLED_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_HANDLED_BPF_H

#include "collector/bpf/filter.bpf.h"

/*
 * The main program takes this hit. What interrupts this leaves depth and marks as it found them. A task is the
 * outermost context, so that marks found there are left over: of interrupts during a fallback program, which kept
 * their own from running.
 */
static __always_inline void mark_handled(struct socklock_handled *handled, const struct here *here)
{
	__u64 depth = *(volatile __u64 *)&handled->depth;
	__u32 i;

	if (here->context == SOCKLOCK_CONTEXT_TASK && depth != 0) {
		*(volatile __u64 *)&handled->depth = 0;
#pragma unroll
		for (i = 0; i < SOCKLOCK_CONTEXTS; i++)
			*(volatile __u64 *)&handled->at[i] = 0;
		depth = 0;
	}
	if (depth >= SOCKLOCK_CONTEXTS)
		return;
	*(volatile __u64 *)&handled->depth = depth + 1;
	*(volatile __u64 *)&handled->at[depth] = here->stack_pointer;
}

/*
 * Whether the main program has taken this hit. Takes the mark away, and those above it, which are left over.
 */
static __always_inline bool take_handled(struct socklock_handled *handled, void *ctx)
{
	bool found = false;
	__u32 i;

	/* Nearly always: nothing interrupted anything. */
	if (*(volatile __u64 *)&handled->depth == 1 && *(volatile __u64 *)&handled->at[0] == (__u64)ctx) {
		*(volatile __u64 *)&handled->depth = 0;
		*(volatile __u64 *)&handled->at[0] = 0;
		return true;
	}
#pragma unroll
	for (i = 0; i < SOCKLOCK_CONTEXTS; i++) {
		if (!found && *(volatile __u64 *)&handled->at[i] == (__u64)ctx) {
			found = true;
			*(volatile __u64 *)&handled->depth = i;
		}
		if (found)
			*(volatile __u64 *)&handled->at[i] = 0;
	}
	return found;
}

#endif
