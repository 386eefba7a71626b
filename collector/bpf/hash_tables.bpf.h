/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a network namespace keeps its TCP tables. */
#ifndef SOCKLOCK_COLLECTOR_BPF_HASH_TABLES_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_HASH_TABLES_BPF_H

#include "collector/bpf/wire.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

static __always_inline void read_hash_tables(struct net *net, struct inet_hashinfo *info,
					     struct socklock_hash_tables *tables)
{
	tables->ehash_locks = (__u64)BPF_CORE_READ(info, ehash_locks);
	tables->ehash_locks_count = BPF_CORE_READ(info, ehash_locks_mask) + 1;
	tables->ehash_lock_bytes = bpf_core_type_size(struct spinlock);
	tables->bhash = (__u64)BPF_CORE_READ(info, bhash);
	tables->bhash2 = (__u64)BPF_CORE_READ(info, bhash2);
	tables->bhash_count = BPF_CORE_READ(info, bhash_size);
	tables->bhash_bytes = bpf_core_type_size(struct inet_bind_hashbucket);
	tables->lhash2 = (__u64)BPF_CORE_READ(info, lhash2);
	tables->lhash2_count = BPF_CORE_READ(info, lhash2_mask) + 1;
	tables->lhash2_bytes = bpf_core_type_size(struct inet_listen_hashbucket);
	/* Last: user space takes a set without its namespace for unfinished. */
	tables->netns_inode = BPF_CORE_READ(net, ns.inum);
}

/* Of the current task's network namespace. */
static __always_inline void read_own_hash_tables(struct socklock_hash_tables *tables)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct net *net = BPF_CORE_READ(task, nsproxy, net_ns);
	struct inet_hashinfo *info = BPF_CORE_READ(net, ipv4.tcp_death_row.hashinfo);

	tables->hashinfo = (__u64)info;
	read_hash_tables(net, info, tables);
}

#endif
