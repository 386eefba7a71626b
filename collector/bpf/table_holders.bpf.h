/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who held the lock of a table's bucket that somebody waited for. Spinlocks don't say, so it takes two ways:
 *
 * - Waiters get a spinlock in the order in which they queued up (kernel/locking/qspinlock.c). Whoever got this
 *   very lock by waiting, while we waited ourselves, and last of those, held it before us.
 * - Where nobody did, we were the first in the queue: the holder had not waited, or as the one waiter that the
 *   kernel has no event for. When the wait began, both were inside functions that take locks of this table.
 *   So they are among those functions that ran on other CPUs then, but for those that were waiting for this lock
 *   in the queue themselves and those that are known to take another bucket's. Where all that are left are calls
 *   of one function from one origin, it was one of them.
 */
#ifndef SOCKLOCK_COLLECTOR_BPF_TABLE_HOLDERS_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_TABLE_HOLDERS_BPF_H

#include "collector/bpf/running.bpf.h"
#include "collector/bpf/stacks.bpf.h"

/* A function that held a lock, and where from. */
struct table_holder {
	__u64 function; /* address; 0: none that is known */
	__u16 syscall;
	__u8 context;
};

/* Who got a lock by waiting for it, last; by hash of the lock, that of another lock overwrites it. */
struct last_waiter {
	__u64 lock; /* 0: being written, by who has the lock */
	__u64 got_ns;
	struct table_holder who;
};

enum { LAST_WAITER_BITS = 10 };

/* socklock_holder.searched */
enum { SEARCHED = 1, SEARCHED_BEHIND_OTHERS };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << LAST_WAITER_BITS);
	__type(key, __u32);
	__type(value, struct last_waiter);
} last_waiters SEC(".maps");

struct holder_search {
	__u64 lock;
	__u64 now;
	struct table_holder found;
	__u32 own_cpu;
	__u32 table; /* TABLE_*; 0: none that is known */
	__u32 bucket;
	__u32 buckets;
	__u32 is_unclear; /* several were found that differ */
	__u32 waiters;	  /* of this lock */
};

static __always_inline bool find_bucket(struct holder_search *search, __u32 table, __u64 begin, __u32 count,
					__u32 bytes)
{
	__u64 offset = search->lock - begin;

	if (!begin || !bytes || offset >= (__u64)count * bytes)
		return false;
	search->table = table;
	search->bucket = (__u32)(offset / bytes);
	search->buckets = count;
	return true;
}

static int look_in_namespace(__u32 slot, struct holder_search *search)
{
	const struct socklock_hash_tables *of = &netns_tables[slot % SOCKLOCK_NETNS_SLOTS];

	if (!of->netns_inode ||
	    find_bucket(search, TABLE_EHASH, of->ehash_locks, of->ehash_locks_count, of->ehash_lock_bytes) ||
	    find_bucket(search, TABLE_BHASH, of->bhash, of->bhash_count, of->bhash_bytes) ||
	    find_bucket(search, TABLE_BHASH2, of->bhash2, of->bhash_count, of->bhash_bytes) ||
	    find_bucket(search, TABLE_LHASH2, of->lhash2, of->lhash2_count, of->lhash2_bytes))
		return 1;
	return 0;
}

static __always_inline bool may_hold(const struct running *place, const struct holder_search *search)
{
	__u32 hash = search->table == TABLE_EHASH ? place->connection_hash : place->port_hash;

	if (!(place->tables & search->table))
		return false;
	return !(place->exact & search->table) || (hash & (search->buckets - 1)) == search->bucket;
}

static __always_inline void consider(const struct running *place, struct holder_search *search)
{
	struct table_holder *found = &search->found;
	__u64 begin_ns = *(volatile __u64 *)&place->begin_ns;
	struct table_holder who = {place->function, place->syscall, place->context};

	if (!place->owner || search->now - begin_ns >= RUNNING_TOO_LONG_NS || !may_hold(place, search))
		return;
	if (!who.function || *(volatile __u64 *)&place->begin_ns != begin_ns ||
	    (found->function &&
	     (found->function != who.function || found->syscall != who.syscall || found->context != who.context)))
		search->is_unclear = 1;
	else
		*found = who;
}

static int look_at_cpu(__u32 cpu, struct holder_search *search)
{
	struct socklock_cpu *waits = bpf_map_lookup_elem(&cpus, &cpu);
	struct running_cpu *there = bpf_map_lookup_elem(&running, &cpu);
	__u32 i;

	if (cpu == search->own_cpu || !waits || !there)
		return 0;
#pragma unroll
	for (i = 0; i < SOCKLOCK_SPIN_SLOTS; i++) {
		if (*(volatile __u64 *)&waits->spin[i].key.lock == search->lock) {
			search->waiters++;
			return 0;
		}
	}
#pragma unroll
	for (i = 0; i < RUNNING_PLACES; i++)
		consider(&there->places[i], search);
	return search->is_unclear ? 1 : 0;
}

/* Enters who it was, and as a call stack of one frame the function. */
static __always_inline void enter_holder(struct socklock_holder *holder, const struct table_holder *who,
					 struct scratch *scratch, struct socklock_cpu *cpu)
{
	/* As return addresses are: behind what was called. */
	scratch->address[0] = who->function + 1;
	scratch->address[1] = 0;
	hash_stack(scratch);
	holder->stack = stack_id(scratch, cpu);
	holder->syscall = who->syscall;
	holder->known = who->context + 1;
}

/* Its first bytes, of every size that it has, are not 0 while anybody holds a spinlock or waits for it. */
static __always_inline bool is_free(__u64 lock)
{
	__u32 value = 0;

	return bpf_probe_read_kernel(&value, sizeof(value), (void *)lock) || !value;
}

/* At the begin of a wait that gets its stack. Global, as stack_id() is. */
__noinline int find_table_holder(struct socklock_spin_slot *slot, __u64 lock, struct scratch *scratch,
				 struct socklock_cpu *cpu)
{
	struct holder_search search = {.lock = lock};

	if (!slot || !scratch || !cpu)
		return 0;
	bpf_loop(SOCKLOCK_NETNS_SLOTS, look_in_namespace, &search, 0);
	if (!search.table)
		return 0;
	search.now = bpf_ktime_get_ns();
	search.own_cpu = bpf_get_smp_processor_id();
	if (!is_free(lock))
		bpf_loop(cpus_count, look_at_cpu, &search, 0);
	if (search.found.function && !search.is_unclear)
		enter_holder(&slot->holder, &search.found, scratch, cpu);
	slot->holder.searched = search.waiters ? SEARCHED_BEHIND_OTHERS : SEARCHED;
	slot->queued_ns = bpf_ktime_get_ns();
	return 0;
}

/* Corrects what was found at the begin by who got the lock since, if any. */
static __always_inline void ask_last_waiter(const struct last_waiter *last, struct socklock_spin_slot *slot,
					    struct scratch *scratch, struct socklock_cpu *cpu)
{
	struct table_holder who = last->who;
	bool is_of_lock = last->lock == slot->key.lock;
	bool is_since = (__s64)(last->got_ns - slot->queued_ns) > 0;

	if (is_of_lock && !is_since)
		return;
	/* Its entry may have been overwritten. */
	if (!is_of_lock && slot->holder.searched != SEARCHED_BEHIND_OTHERS)
		return;
	if (is_of_lock && who.function && *(volatile __u64 *)&last->lock == slot->key.lock) {
		enter_holder(&slot->holder, &who, scratch, cpu);
		return;
	}
	slot->holder.stack = 0;
	slot->holder.syscall = 0;
	slot->holder.known = 0;
}

/* When a wait has ended, and the lock is ours. Global, as stack_id() is. */
__noinline int pass_table_lock(struct socklock_spin_slot *slot, __u64 now, struct scratch *scratch,
			       struct socklock_cpu *cpu)
{
	struct running_cpu *here = running_here();
	struct last_waiter *last;
	struct running *place;
	__u32 index;

	if (!slot || !scratch || !cpu || !here)
		return 0;
	index = mix(slot->key.lock) & ((1U << LAST_WAITER_BITS) - 1);
	last = bpf_map_lookup_elem(&last_waiters, &index);
	if (!last)
		return 0;
	if (slot->holder.searched)
		ask_last_waiter(last, slot, scratch, cpu);
	place = running_of(here, slot->key.context == SOCKLOCK_CONTEXT_TASK ? slot->task : RUNNING_SOFTIRQ);
	/* Most are waits for other locks. */
	if (!place && last->lock != slot->key.lock)
		return 0;
	*(volatile __u64 *)&last->lock = 0;
	last->got_ns = now;
	last->who.function = place ? place->function : 0;
	last->who.syscall = slot->key.syscall;
	last->who.context = slot->key.context;
	*(volatile __u64 *)&last->lock = slot->key.lock;
	return 0;
}

#endif
