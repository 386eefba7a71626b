// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs that user space runs to ask the kernel: which slab object is at an address, where are my tables. */
#include "collector/bpf/kernel_types.h"

#include "collector/bpf/hash_tables.bpf.h"
#include "collector/bpf/wire.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

enum { PAGE_BYTES = 4096 };

__u32 query_count = 0;
struct socklock_object_query queries[SOCKLOCK_QUERIES] = {};
struct socklock_hash_tables own_tables = {};

/* mm/slab_common.c, Linux 6.13 and later. */
extern struct kmem_cache *bpf_get_kmem_cache(__u64 addr) __ksym;

static long answer_query(__u32 i, void *unused)
{
	struct socklock_object_query *query;
	struct kmem_cache *cache;
	__u64 slab_bytes;

	if (i >= SOCKLOCK_QUERIES)
		return 1;
	query = &queries[i];
	query->cache = 0;
	query->size_bytes = 0;
	query->offset_bytes = 0;
	cache = bpf_get_kmem_cache(query->address);
	if (!cache)
		return 0;
	query->size_bytes = cache->size;
	if (!query->size_bytes)
		return 0;
	/* A slab of order n is aligned to its size (mm/slub.c, oo_order()). */
	slab_bytes = (__u64)PAGE_BYTES << (cache->oo.x >> 16);
	query->offset_bytes = (__u32)(query->address & (slab_bytes - 1)) % query->size_bytes;
	bpf_probe_read_kernel_str(query->name, sizeof(query->name), cache->name);
	query->cache = (__u64)(long)cache;
	return 0;
}

SEC("syscall")
int resolve_objects(void *ctx)
{
	bpf_loop(query_count, answer_query, NULL, 0);
	return 0;
}

SEC("syscall")
int read_own_tables(void *ctx)
{
	read_own_hash_tables(&own_tables);
	return 0;
}
