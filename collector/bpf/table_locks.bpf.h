/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of all spinlocks are those of a TCP table's buckets. */
#ifndef SOCKLOCK_COLLECTOR_BPF_TABLE_LOCKS_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_TABLE_LOCKS_BPF_H

#include "collector/bpf/calls.h"
#include "collector/bpf/hash_tables.bpf.h"
#include "collector/bpf/sites.bpf.h"

/* Of user space's own network namespace; all 0 where spinlocks are not asked for. */
struct socklock_hash_tables tables = {};

SEC("syscall")
int find_tables(void *ctx)
{
	read_own_hash_tables(&tables);
	return 0;
}

static __always_inline bool is_within(__u64 address, __u64 begin, __u32 count, __u32 bytes)
{
	return begin && address - begin < (__u64)count * bytes;
}

/* The argument is a spinlock, of all that there are. */
static __always_inline int kind_table_lock(const void *lock)
{
	__u64 address = as_number(lock);

	if (is_within(address, tables.ehash_locks, tables.ehash_locks_count, tables.ehash_lock_bytes))
		return SOCKLOCK_KIND_EHASH_LOCK;
	if (is_within(address, tables.bhash, tables.bhash_count, tables.bhash_bytes))
		return SOCKLOCK_KIND_BHASH_LOCK;
	if (is_within(address, tables.bhash2, tables.bhash_count, tables.bhash_bytes))
		return SOCKLOCK_KIND_BHASH2_LOCK;
	if (is_within(address, tables.lhash2, tables.lhash2_count, tables.lhash2_bytes))
		return SOCKLOCK_KIND_LHASH2_LOCK;
	return -1;
}

#endif
