/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which hits of a tracepoint its main program has taken, so that its stand-in knows those that it has not. */
#ifndef SOCKLOCK_COLLECTOR_BPF_HANDLED_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_HANDLED_BPF_H

#include "collector/bpf/stacks.bpf.h"

/*
 * The main program takes this hit: its first act. What interrupts this leaves depth and marks as it found
 * them. A task is the outermost context, so that marks found there are left over: of interrupts during a
 * stand-in, which kept their own stand-in from running.
 */
static __always_inline void mark_handled(struct socklock_handled *handled, void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 depth = *(volatile __u64 *)&handled->depth;
	__u64 stack_pointer;
	__u32 i;

	/* Only the main program writes this, and never on top of itself: a pointer becomes a number. */
	*(void *volatile *)&handled->number = ctx;
	stack_pointer = *(volatile __u64 *)&handled->number;
	if (context_of(task, stack_pointer) == SOCKLOCK_CONTEXT_TASK && depth != 0) {
		*(volatile __u64 *)&handled->depth = 0;
#pragma unroll
		for (i = 0; i < SOCKLOCK_CONTEXTS; i++)
			*(volatile __u64 *)&handled->at[i] = 0;
		depth = 0;
	}
	if (depth >= SOCKLOCK_CONTEXTS)
		return;
	*(volatile __u64 *)&handled->depth = depth + 1;
	*(volatile __u64 *)&handled->at[depth] = stack_pointer;
}

/*
 * Whether the main program has taken this hit. Takes the mark away, and those above it, which are left over.
 */
static __always_inline bool take_handled(struct socklock_handled *handled, void *ctx)
{
	bool found = false;
	__u32 i;

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
