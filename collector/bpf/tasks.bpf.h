/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of a task besides its name: its cgroup, and how long it waited for a CPU. */
#ifndef SOCKLOCK_COLLECTOR_BPF_TASKS_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_TASKS_BPF_H

#include "collector/bpf/filter.bpf.h"
#include "collector/bpf/maps.bpf.h"

MMAPPED_ARRAY(cgroups, struct socklock_cgroup); /* by hash of the id */

/* How often one was entered: user space need not look for new ones otherwise. */
volatile __u64 cgroups_entered = 0;

enum { CGROUP_LEVELS = 32, CGROUP_PROBES = 8 };

static __always_inline struct kernfs_node *parent_of(struct kernfs_node *node)
{
	struct kernfs_node___before_6_15 *before = (void *)node;

	if (bpf_core_field_exists(node->__parent))
		return BPF_CORE_READ(node, __parent);
	return BPF_CORE_READ(before, parent);
}

/*
 * Whether the cgroup was entered before. One that user space took out is entered again, which is no harm. Global, so
 * that the verifier looks at it once and not at every level.
 */
__noinline bool enter_cgroup(__u64 number, __u64 number_of_parent, struct socklock_cpu *cpu)
{
	struct kernfs_node *node = (struct kernfs_node *)number;
	__u64 id = (__u32)BPF_CORE_READ(node, id);
	__u32 i;

	if (!cpu)
		return true;
	for (i = 0; i < CGROUP_PROBES; i++) {
		__u32 index = (__u32)(mix(id) + i) & ((1U << SOCKLOCK_CGROUP_BITS) - 1);
		struct socklock_cgroup *place = bpf_map_lookup_elem(&cgroups, &index);
		__u64 found;

		if (!place)
			return true;
		found = place->id;
		if (found == 0)
			found = __sync_val_compare_and_swap(&place->id, 0, id);
		if (found == id)
			return true;
		if (found != 0)
			continue;
		node = (struct kernfs_node *)number_of_parent;
		place->parent = node ? (__u32)BPF_CORE_READ(node, id) : 0;
		node = (struct kernfs_node *)number;
		bpf_probe_read_kernel_str(place->name, sizeof(place->name), BPF_CORE_READ(node, name));
		__sync_lock_test_and_set(&place->complete, 1);
		__sync_fetch_and_add(&cgroups_entered, 1);
		return false;
	}
	COUNT_SHARED(cpu, SOCKLOCK_CGROUP_TABLE_FULL);
	return true;
}

/*
 * Enters a cgroup that is new to this CPU, and those above it, as far as they are not known. Global, so that the
 * verifier looks at it once and not at every call.
 */
__noinline int note_cgroup(__u64 number, struct socklock_cpu *cpu)
{
	__u32 i;

	if (!cpu)
		return 0;
	for (i = 0; i < CGROUP_LEVELS && number; i++) {
		__u64 parent = (__u64)parent_of((struct kernfs_node *)number);

		if (enter_cgroup(number, parent, cpu))
			return 0;
		number = parent;
	}
	return 0;
}

/* Its id in cgroup v2. */
static __always_inline __u32 cgroup_of(const struct task_struct *task, struct socklock_cpu *cpu)
{
	const struct kernfs_node *node = task->cgroups->dfl_cgrp->kn;
	__u32 id = (__u32)node->id;

	if (UNLIKELY(id != cpu->last_cgroup)) {
		note_cgroup(as_number(node), cpu);
		cpu->last_cgroup = id;
	}
	return id;
}

/* Time that the task was runnable without running, since it began, ns; 0 where the kernel does not count it. */
static __always_inline __u64 run_delay_of(const struct task_struct *task)
{
	if (!bpf_core_field_exists(task->sched_info.run_delay))
		return 0;
	return task->sched_info.run_delay;
}

/*
 * The same in sched_switch, of the task that is about to run: what it has just waited is added only after the
 * tracepoint (kernel/sched/core.c, __schedule(); stats.h, sched_info_arrive()).
 */
static __always_inline __u64 run_delay_of_next(const struct task_struct *next)
{
	__u64 queued;

	if (!bpf_core_field_exists(next->sched_info.run_delay))
		return 0;
	queued = next->sched_info.last_queued;
	if (!queued || !bpf_core_field_exists(next->se.cfs_rq) || !bpf_core_field_exists(struct cfs_rq, rq))
		return next->sched_info.run_delay;
	return next->sched_info.run_delay + (next->se.cfs_rq->rq->clock - queued);
}

/* What of a wait that has just ended its task was waiting for a CPU; clocks of CPUs may differ. */
static __always_inline __u64 run_delay_since(__u64 begin, __u64 end, __u64 wait_ns)
{
	__u64 delay = end - begin;

	if ((__s64)delay < 0)
		return 0;
	return delay < wait_ns ? delay : wait_ns;
}

#endif
