/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Level 2: which functions that take locks of TCP's tables run on which CPU now. Their programs enter and leave
 * them; whoever waits for such a lock looks at other CPUs' (table_holders.bpf.h).
 */
#ifndef SOCKLOCK_COLLECTOR_BPF_RUNNING_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_RUNNING_BPF_H

#include "collector/bpf/filter.bpf.h"
#include "collector/bpf/maps.bpf.h"

/* Tables, as bits. */
enum { TABLE_EHASH = 1, TABLE_BHASH = 2, TABLE_BHASH2 = 4, TABLE_LHASH2 = 8 };

enum {
	/* One in softirq, and tasks: one that is preempted inside keeps its place. */
	RUNNING_PLACES = 4,
	/* Longer ago: its end was not seen, and the place is free. */
	RUNNING_TOO_LONG_NS = 1000000000,
	/* Instead of a task: a softirq stays on its CPU, on which there is one at a time. */
	RUNNING_SOFTIRQ = 1,
};

/* The outermost such function of a task or softirq. */
struct running {
	__u64 owner; /* the task or RUNNING_SOFTIRQ; 0: free */
	__u64 at;    /* where the call's arguments lie on the kernel stack; those of calls inside it lie below */
	__u64 begin_ns;
	__u64 function;	 /* address; 0: one of several for which there was no place */
	__u32 port_hash; /* bucket of bhash, and of ehash below, modulo the table's size; where `exact` has the table */
	__u32 connection_hash;
	__u16 syscall;
	__u8 context;
	__u8 tables; /* whose locks it may take */
	__u8 exact;
	__u8 pad0[3];
};

struct running_cpu {
	struct running places[RUNNING_PLACES];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct running_cpu);
} running SEC(".maps"); /* by CPU */

static __always_inline struct running_cpu *running_here(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&running, &cpu);
}

static __always_inline __u64 running_owner(__u8 context)
{
	return context == SOCKLOCK_CONTEXT_TASK ? bpf_get_current_task() : RUNNING_SOFTIRQ;
}

static __always_inline struct running *running_of(struct running_cpu *cpu, __u64 owner)
{
	__u32 i;

#pragma unroll
	for (i = 0; i < RUNNING_PLACES; i++)
		if (cpu->places[i].owner == owner)
			return &cpu->places[i];
	return NULL;
}

/* A free place, now the owner's; where there is none, the last one says that it does not know any more. */
static __always_inline struct running *claim_running(struct running_cpu *cpu, __u64 owner, __u64 now)
{
	struct socklock_cpu *counted = this_cpu();
	__u32 i;

#pragma unroll
	for (i = 0; i < RUNNING_PLACES; i++) {
		struct running *place = &cpu->places[i];
		__u64 found = *(volatile __u64 *)&place->owner;

		if (found && now - place->begin_ns < RUNNING_TOO_LONG_NS)
			continue;
		if (__sync_val_compare_and_swap(&place->owner, found, owner) == found)
			return place;
	}
	if (counted)
		COUNT_SHARED(counted, SOCKLOCK_RUNNING_FULL);
	cpu->places[RUNNING_PLACES - 1].function = 0;
	cpu->places[RUNNING_PLACES - 1].begin_ns = now;
	return NULL;
}

#endif
