/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds that are measured: a place for each while it lasts, sums afterwards. */
#ifndef SOCKLOCK_COLLECTOR_BPF_HOLD_SLOTS_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_HOLD_SLOTS_BPF_H

#include "collector/bpf/sites.bpf.h"

#include "collector/bpf/maps.bpf.h"
#include "collector/bpf/sampling.bpf.h"
#include "collector/bpf/slots.bpf.h"

enum { HOLD_BITS = 12, HOLD_WAYS = 4, NO_HOLD = ~0U };

/* One in 2^n holds is measured; user space sets it. */
volatile __u32 hold_rate_bits = 4;
/* enum socklock_phase; user space moves it on. */
volatile __u32 phase = SOCKLOCK_IDLE;
volatile __u64 open_holds = 0;

/* Of a task: its sched_entity's exec_start and sum_exec_runtime. */
struct run_time {
	__u64 exec_start;
	__u64 sum_exec_runtime;
};

struct hold {
	__u64 begin_ns;
	__u64 release_ns;    /* 0: not given up yet */
	struct run_time ran; /* of the holder when it began; 0: an interrupt's hold, which nothing takes the CPU from */
	__u64 table_lock;    /* address; 0: it is of another kind */
	__u32 row;
	__u32 cpu; /* that it began on */
	__u16 weight;
	__u8 backlog;
	__u8 pad[5];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << HOLD_BITS);
	__type(key, __u32);
	__type(value, __u64);
} hold_keys SEC(".maps"); /* 0: free */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << HOLD_BITS);
	__type(key, __u32);
	__type(value, struct hold);
} holds SEC(".maps"); /* by place in hold_keys */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SOCKLOCK_HOLD_ROWS);
	__type(key, __u32);
	__type(value, struct socklock_hold_row);
} hold_rows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* 1 << SOCKLOCK_HELD_LOCK_BITS where locks of tables are probed themselves */
	__type(key, __u32);
	__type(value, struct socklock_held_lock);
} held_locks SEC(".maps");

/* Of one task and one object, in one function. */
static __always_inline __u64 hold_key(__u64 object, __u32 span)
{
	return mix(object + span + bpf_get_current_task() * 3) | 1;
}

static __always_inline __u32 find_hold(__u64 key)
{
	__u32 i, first = (__u32)(key >> 32) & ((1U << HOLD_BITS) - HOLD_WAYS);

#pragma unroll
	for (i = 0; i < HOLD_WAYS; i++) {
		__u32 index = first + i;
		__u64 *place = bpf_map_lookup_elem(&hold_keys, &index);

		if (place && *place == key)
			return index;
	}
	return NO_HOLD;
}

static __always_inline void count(enum socklock_counter which)
{
	struct socklock_cpu *cpu = this_cpu();

	if (cpu)
		COUNT_SHARED(cpu, which);
}

static __always_inline __u32 claim_hold(__u64 key)
{
	__u32 i, first = (__u32)(key >> 32) & ((1U << HOLD_BITS) - HOLD_WAYS);

#pragma unroll
	for (i = 0; i < HOLD_WAYS; i++) {
		__u32 index = first + i;
		__u64 *place = bpf_map_lookup_elem(&hold_keys, &index);

		if (place && *place == 0 && __sync_val_compare_and_swap(place, 0, key) == 0)
			return index;
	}
	count(SOCKLOCK_HOLDS_FULL);
	return NO_HOLD;
}

static __always_inline void free_hold(__u32 index)
{
	__u64 *place = bpf_map_lookup_elem(&hold_keys, &index);

	if (!place)
		return;
	__sync_lock_test_and_set(place, 0);
	__sync_fetch_and_add(&open_holds, -1);
}

/* A tick between two loads would put what it adds to one of them only. */
static __always_inline void read_run_time(struct task_struct *task, struct run_time *ran)
{
	int i;

#pragma unroll
	for (i = 0; i < 2; i++) {
		ran->exec_start = *(volatile __u64 *)&task->se.exec_start;
		ran->sum_exec_runtime = *(volatile __u64 *)&task->se.sum_exec_runtime;
		if (ran->exec_start == *(volatile __u64 *)&task->se.exec_start)
			return;
	}
}

/*
 * Of a hold of `hold_ns` that ends now. When a task's times are brought up to date exec_start is now and what passed
 * since the last time is added to sum_exec_runtime; when it gets a CPU exec_start is now and nothing is added. So the
 * one grows faster than the other by the time off the CPU. The clock of another CPU may be hours off, where interrupts
 * are not counted (update_rq_clock_task(), kernel/sched/core.c): for a task that moved there the sum alone tells, to a
 * tick.
 */
static __always_inline __u64 off_cpu_in(const struct hold *hold, __u64 hold_ns)
{
	struct run_time now = {};
	__u64 ran_ns;
	__s64 off_ns;

	if (!hold->ran.exec_start)
		return 0;
	read_run_time(bpf_get_current_task_btf(), &now);
	ran_ns = now.sum_exec_runtime - hold->ran.sum_exec_runtime;
	if (hold->cpu == bpf_get_smp_processor_id())
		off_ns = (__s64)(now.exec_start - hold->ran.exec_start - ran_ns);
	else
		off_ns = (__s64)(hold_ns - ran_ns);
	if (off_ns < 0)
		return 0;
	return (__u64)off_ns < hold_ns ? (__u64)off_ns : hold_ns;
}

/* Of a number that is not 0. The compiler's own word for it is none that clang 14 can say in BPF. */
static __always_inline __u32 trailing_zeros(__u64 number)
{
	__u32 zeros = 0, half;

#pragma unroll
	for (half = 32; half; half /= 2)
		if (!(number & ((1ULL << half) - 1))) {
			number >>= half;
			zeros += half;
		}
	return zeros;
}

static __always_inline void note_thread(__u32 row, const struct task_struct *task)
{
	struct socklock_hold_row *sums = bpf_map_lookup_elem(&hold_rows, &row);
	__u64 hash = mix((__u64)task->pid);
	/* The bit at the end bounds the rank. */
	__u64 rest = hash >> SOCKLOCK_DISTINCT_BITS | 1ULL << (64 - SOCKLOCK_DISTINCT_BITS - 1);
	__u8 rank = (__u8)(1 + trailing_zeros(rest));
	__u32 index = hash & (SOCKLOCK_DISTINCT_REGISTERS - 1);

	/* Two at once may undo one another: the next sample of the task makes up for it. */
	if (sums && sums->threads[index] < rank)
		sums->threads[index] = rank;
}

/* `sk` where the hold is a socket's: its kind is asked for after the draw, because it costs more. */
static __always_inline int begin_hold(void *ctx, __u64 object, __u32 span, const struct sock *sk)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 index, rate_bits = hold_rate_bits & 15;
	struct hold *hold;
	__u8 context;

	if (phase != SOCKLOCK_RUNNING || is_left_out(rate_bits))
		return 0;
	context = context_of(task, stack_pointer_of(ctx));
	if (is_self(task, context) || left_out_by_filter(task))
		return 0;
	index = find_hold(hold_key(object, span));
	if (index != NO_HOLD) {
		/* The kernel ran no program at its end, or the function called itself. */
		count(SOCKLOCK_HOLDS_UNPAIRED);
	} else {
		index = claim_hold(hold_key(object, span));
		if (index == NO_HOLD)
			return 0;
		__sync_fetch_and_add(&open_holds, 1);
	}
	hold = bpf_map_lookup_elem(&holds, &index);
	if (!hold)
		return 0;
	hold->row = (span + (sk ? kind_of(sk) : 0)) * SOCKLOCK_FROM + from_of(task, context);
	hold->weight = (__u16)(1U << rate_bits);
	hold->release_ns = 0;
	hold->backlog = 0;
	hold->table_lock = span >= SOCKLOCK_SPAN_TABLE_LOCK ? object : 0;
	hold->cpu = bpf_get_smp_processor_id();
	hold->ran.exec_start = 0;
	if (context == SOCKLOCK_CONTEXT_TASK) {
		note_thread(hold->row, task);
		read_run_time(task, &hold->ran);
	}
	hold->begin_ns = bpf_ktime_get_ns();
	return 0;
}

static __always_inline struct socklock_held_lock *held_lock_of(__u64 lock)
{
	__u32 i, first = (__u32)(mix(lock) >> 32) & ((1U << SOCKLOCK_HELD_LOCK_BITS) - HOLD_WAYS);

#pragma unroll
	for (i = 0; i < HOLD_WAYS; i++) {
		__u32 index = first + i;
		struct socklock_held_lock *place = bpf_map_lookup_elem(&held_locks, &index);

		if (!place)
			return NULL;
		if (place->lock == lock ||
		    (place->lock == 0 && __sync_val_compare_and_swap(&place->lock, 0, lock) == 0))
			return place;
	}
	return NULL;
}

static __always_inline void add_held_lock(const struct hold *hold, __u64 hold_ns)
{
	struct socklock_held_lock *lock;

	if (!hold->table_lock)
		return;
	lock = held_lock_of(hold->table_lock);
	if (!lock) {
		count(SOCKLOCK_HOLDS_FULL);
		return;
	}
	lock->kind = hold->row / SOCKLOCK_FROM - SOCKLOCK_SPAN_TABLE_LOCK + SOCKLOCK_KIND_EHASH_LOCK;
	__sync_fetch_and_add(&lock->weight, (__u64)hold->weight);
	__sync_fetch_and_add(&lock->hold_ns, hold_ns * hold->weight);
	__sync_fetch_and_add(&lock->samples, 1);
}

static __always_inline void add_hold(const struct hold *hold, __u64 hold_ns, __u64 backlog_ns)
{
	__u32 row = hold->row, bucket = socklock_wait_bucket(hold_ns);
	struct socklock_hold_row *sums = bpf_map_lookup_elem(&hold_rows, &row);
	__u64 weight = hold->weight;

	if (!sums || (__s64)hold_ns < 0 || bucket >= SOCKLOCK_WAIT_BUCKETS) {
		count(SOCKLOCK_HOLDS_UNPAIRED);
		return;
	}
	__sync_fetch_and_add(&sums->buckets[bucket], 1);
	__sync_fetch_and_add(&sums->weight, weight);
	__sync_fetch_and_add(&sums->hold_ns, hold_ns * weight);
	__sync_fetch_and_add(&sums->off_cpu_ns, off_cpu_in(hold, hold_ns) * weight);
	if (backlog_ns) {
		__sync_fetch_and_add(&sums->backlog_ns, backlog_ns * weight);
		__sync_fetch_and_add(&sums->backlogs, weight);
	}
	if (hold_ns > sums->max_ns)
		sums->max_ns = hold_ns;
	add_held_lock(hold, hold_ns);
	/* Last: user space reads a row again whose samples have changed. */
	__sync_fetch_and_add(&sums->samples, 1);
}

static __always_inline int end_span(__u64 object, __u32 span)
{
	struct hold *hold;
	__u32 index;
	__u64 now;

	if (!open_holds)
		return 0;
	now = bpf_ktime_get_ns();
	index = find_hold(hold_key(object, span));
	if (index == NO_HOLD)
		return 0;
	hold = bpf_map_lookup_elem(&holds, &index);
	if (hold)
		add_hold(hold, now - hold->begin_ns, 0);
	free_hold(index);
	return 0;
}

#endif
