// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Level 2: how long locks are held, of a sample, and who held a socket that others waited for. A hold is an
 * exact pair of one task and one socket; what it is filed under needs no stack walk. And which functions that take
 * locks of tables are running, for those who wait for such a lock. Loaded where the kernel permits fentry and fexit;
 * shares stacks and waits under way with the programs of the recorder.
 */
#include "collector/bpf/sites.bpf.h"

#include "collector/bpf/maps.bpf.h"
#include "collector/bpf/running.bpf.h"
#include "collector/bpf/slots.bpf.h"
#include "collector/bpf/stacks.bpf.h"

char LICENSE[] SEC("license") = "GPL";

enum { HOLD_BITS = 12, HOLD_WAYS = 4, NO_HOLD = ~0U };

/* One in 2^n holds is measured; user space sets it. */
volatile __u32 hold_rate_bits = 4;
/* enum socklock_phase; user space moves it on. */
volatile __u32 phase = SOCKLOCK_IDLE;
volatile __u64 open_holds = 0;

struct hold {
	__u64 begin_ns;
	__u64 release_ns; /* 0: not given up yet */
	__u32 row;
	__u16 weight;
	__u8 backlog;
	__u8 pad0;
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
	hold->begin_ns = bpf_ktime_get_ns();
	return 0;
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
	if (backlog_ns) {
		__sync_fetch_and_add(&sums->backlog_ns, backlog_ns * weight);
		__sync_fetch_and_add(&sums->backlogs, weight);
	}
	if (hold_ns > sums->max_ns)
		sums->max_ns = hold_ns;
	/* Last: user space reads a row again whose samples have changed. */
	__sync_fetch_and_add(&sums->samples, 1);
}

SEC("fexit/lock_sock_nested")
int hold_lock_sock_nested(__u64 *ctx)
{
	return begin_hold(ctx, as_number((void *)ctx[0]), SOCKLOCK_SPAN_SOCKET, (const struct sock *)ctx[0]);
}

/* Enters the current task as the owner whom the first waiter for a socket waited for. */
static __always_inline void note_holder(void *ctx, const struct sock *sk)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct socklock_task_slot *slot;
	struct socklock_cpu *cpu;
	struct scratch *scratch;
	__u64 head = as_number(&sk->sk_lock.wq.head), next = 0, waiter = 0;

	if (bpf_core_read(&next, sizeof(next), &sk->sk_lock.wq.head.next) || next == head || !next)
		return;
	next -= bpf_core_field_offset(struct wait_queue_entry, entry);
	if (bpf_core_read(&waiter, sizeof(waiter), &((struct wait_queue_entry *)next)->private) || !waiter)
		return;
	slot = find_task_slot(waiter);
	if (!slot || !(slot->key.flags & SOCKLOCK_FLAG_OWNER_WAIT))
		return;
	scratch = scratch_of(SCRATCH_SWITCH);
	cpu = this_cpu();
	if (!scratch || !cpu)
		return;
	/* A stack where the waiter has one: both are of the same sample. */
	slot->holder.stack = slot->key.stack ? walk_stack(ctx, scratch, cpu) : 0;
	slot->holder.syscall = syscall_of(task);
	slot->holder.known = context_of(task, stack_pointer_of(ctx)) + 1;
}

SEC("fentry/release_sock")
int hold_release_sock(__u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	void *backlog = NULL;
	struct hold *hold;
	__u32 index;

	if (phase != SOCKLOCK_RUNNING)
		return 0;
	note_holder(ctx, sk);
	if (!open_holds)
		return 0;
	index = find_hold(hold_key(as_number(sk), SOCKLOCK_SPAN_SOCKET));
	if (index == NO_HOLD)
		return 0;
	hold = bpf_map_lookup_elem(&holds, &index);
	if (!hold)
		return 0;
	bpf_core_read(&backlog, sizeof(backlog), &sk->sk_backlog.tail);
	hold->backlog = backlog != NULL;
	hold->release_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("fexit/release_sock")
int hold_released_sock(__u64 *ctx)
{
	__u64 now, object = as_number((void *)ctx[0]);
	struct hold *hold;
	__u32 index;

	if (!open_holds)
		return 0;
	now = bpf_ktime_get_ns();
	index = find_hold(hold_key(object, SOCKLOCK_SPAN_SOCKET));
	if (index == NO_HOLD)
		return 0;
	hold = bpf_map_lookup_elem(&holds, &index);
	if (!hold || !hold->release_ns) {
		/* The kernel ran no program when the socket was given up. */
		count(SOCKLOCK_HOLDS_UNPAIRED);
		free_hold(index);
		return 0;
	}
	/* Segments that arrived in the meantime are processed before the socket is given up. */
	if (hold->backlog)
		add_hold(hold, now - hold->begin_ns, now - hold->release_ns);
	else
		add_hold(hold, hold->release_ns - hold->begin_ns, 0);
	free_hold(index);
	return 0;
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

/* Whose locks a function may take (docs/level2.md; what the functions do: net/ipv4/inet_hashtables.c and others). */
static __always_inline __u8 tables_of(__u32 span)
{
	switch (span) {
	case SOCKLOCK_SPAN_inet_ehash_insert:
	case SOCKLOCK_SPAN_inet_csk_complete_hashdance:
		return TABLE_EHASH;
	case SOCKLOCK_SPAN_inet_hash:
	case SOCKLOCK_SPAN_inet6_hash:
	case SOCKLOCK_SPAN_inet_unhash:
		return TABLE_EHASH | TABLE_LHASH2;
	case SOCKLOCK_SPAN_inet_csk_get_port:
	case SOCKLOCK_SPAN_inet_put_port:
	case SOCKLOCK_SPAN___inet_inherit_port:
		return TABLE_BHASH | TABLE_BHASH2;
	default:
		return TABLE_EHASH | TABLE_BHASH | TABLE_BHASH2;
	}
}

/* Which argument is a socket whose port, where it has one, tells the bucket of bhash. */
static __always_inline __u32 socket_of(__u32 span)
{
	switch (span) {
	case SOCKLOCK_SPAN___inet_hash_connect:
	case SOCKLOCK_SPAN___inet_inherit_port:
	case SOCKLOCK_SPAN_inet_twsk_hashdance:
	case SOCKLOCK_SPAN_inet_twsk_hashdance_schedule:
		return 1;
	default:
		return 0;
	}
}

/* Whether that socket is in the table of connections, or was until now, so that its hash tells the bucket there. */
static __always_inline bool is_hashed(__u32 span)
{
	return span == SOCKLOCK_SPAN_inet_unhash || span == SOCKLOCK_SPAN_inet_twsk_kill ||
	       span == SOCKLOCK_SPAN_inet_twsk_deschedule_put || span == SOCKLOCK_SPAN_inet_twsk_hashdance ||
	       span == SOCKLOCK_SPAN_inet_twsk_hashdance_schedule;
}

static __always_inline void note_buckets(const __u64 *ctx, __u32 span, struct running *place)
{
	const struct sock_common *sk = (const struct sock_common *)ctx[socket_of(span)];
	struct net *net = NULL;
	__u32 salt = 0;
	__u16 port = 0;
	__u8 exact = 0;

	if (span == SOCKLOCK_SPAN_inet_csk_get_port)
		port = (__u16)ctx[1];
	else if (tables_of(span) & TABLE_BHASH)
		bpf_core_read(&port, sizeof(port), &sk->skc_num);
	if (port && !bpf_core_read(&net, sizeof(net), &sk->skc_net.net) &&
	    !bpf_core_read(&salt, sizeof(salt), &net->hash_mix)) {
		/* inet_bhashfn() (include/net/inet_hashtables.h) */
		place->port_hash = port + salt;
		exact = TABLE_BHASH;
	}
	if (is_hashed(span) && !bpf_core_read(&place->connection_hash, sizeof(place->connection_hash), &sk->skc_hash))
		exact |= TABLE_EHASH;
	place->exact = exact;
}

/* A call inside another one does not count. */
static __always_inline void enter(__u64 *ctx, __u32 span)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct running_cpu *cpu = running_here();
	__u64 at = stack_pointer_of(ctx);
	__u8 context = context_of(task, at);
	__u16 syscall = context == SOCKLOCK_CONTEXT_TASK ? syscall_of(task) : 0;
	struct running *place;
	__u64 now, owner;

	if (phase != SOCKLOCK_RUNNING || !cpu)
		return;
	now = bpf_ktime_get_ns();
	owner = running_owner(context);
	place = running_of(cpu, owner);
	/* One of another system call has lost its end: the kernel runs no program on top of itself. */
	if (place && at < place->at && place->syscall == syscall && now - place->begin_ns < RUNNING_TOO_LONG_NS)
		return;
	if (!place)
		place = claim_running(cpu, owner, now);
	if (!place)
		return;
	/* Others do not look at a place that began so long ago. */
	*(volatile __u64 *)&place->begin_ns = 0;
	place->at = at;
	place->function = bpf_get_func_ip(ctx);
	place->syscall = syscall;
	place->context = context;
	place->tables = tables_of(span);
	note_buckets(ctx, span, place);
	*(volatile __u64 *)&place->begin_ns = now;
}

struct left {
	__u64 owner;
	__u64 at;
};

static int leave_on(__u32 cpu, struct left *left)
{
	struct running_cpu *there = bpf_map_lookup_elem(&running, &cpu);
	struct running *place = there ? running_of(there, left->owner) : NULL;

	if (!place)
		return 0;
	if (place->at == left->at)
		place->owner = 0;
	return 1;
}

static __always_inline void leave(__u64 *ctx)
{
	struct left left = {.at = stack_pointer_of(ctx)};
	__u8 context = context_of(bpf_get_current_task_btf(), left.at);

	if (phase != SOCKLOCK_RUNNING)
		return;
	left.owner = running_owner(context);
	/* Not here: it was preempted inside, and went on elsewhere. */
	if (!leave_on(bpf_get_smp_processor_id(), &left) && context == SOCKLOCK_CONTEXT_TASK)
		bpf_loop(cpus_count, leave_on, &left, 0);
}

#define SPAN_SITE(function)                                                                        \
	SEC("fentry/" #function) int hold_begin_##function(__u64 *ctx)                             \
	{                                                                                          \
		enter(ctx, SOCKLOCK_SPAN_##function);                                              \
		return begin_hold(ctx, as_number((void *)ctx[0]), SOCKLOCK_SPAN_##function, NULL); \
	}                                                                                          \
	SEC("fexit/" #function) int hold_end_##function(__u64 *ctx)                                \
	{                                                                                          \
		leave(ctx);                                                                        \
		return end_span(as_number((void *)ctx[0]), SOCKLOCK_SPAN_##function);              \
	}

SOCKLOCK_SPAN_SITES(SPAN_SITE)
