/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of the programs for what is too large for their stack. */
#ifndef SOCKLOCK_COLLECTOR_BPF_SCRATCH_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_SCRATCH_BPF_H

#include "collector/bpf/maps.bpf.h"

/* Each program has its own scratch space, since programs may interrupt each other. */
enum scratch_user { SCRATCH_BEGIN, SCRATCH_SWITCH, SCRATCH_END, SCRATCH_RELEASE, SCRATCH_USERS };

/* The places in our programs that ask for a stack: the innermost frames of a walk distinguish them. */
enum stack_site { SITE_SPIN = 1, SITE_SLEEP, SITES };

/* Two independent hashes of a call stack, and how many frames it has. */
struct stack_hash {
	__u64 hash;
	__u64 check;
	__u32 frames;
};

struct scratch {
	struct stack_hash hash; /* of `address` */
	__u64 address[SOCKLOCK_MAX_FRAMES];
	__u64 raw[96];	     /* of a kernel stack */
	__u64 followed;	     /* stacks, without a walk */
	__u64 own[SITES][2]; /* the innermost frames of a walk from each site; 0: not known yet */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_USERS);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline void add_to_hash(struct stack_hash *hash, __u64 address)
{
	hash->hash = (hash->hash ^ address) * 0x9e3779b97f4a7c15ULL;
	hash->hash ^= hash->hash >> 29;
	hash->check = (hash->check << 7 | hash->check >> 57) + address;
	hash->frames++;
}

static __always_inline struct scratch *scratch_of(__u32 user)
{
	return bpf_map_lookup_elem(&scratches, &user);
}

#endif
