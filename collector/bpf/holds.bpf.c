// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Level 2: how long locks are held, of a sample, and who held a socket that others waited for. A hold is an
 * exact pair of one task and one socket; what it is filed under needs no stack walk. And which functions that take
 * locks of tables are running, for those who wait for such a lock. Loaded where the kernel permits fentry and fexit;
 * shares stacks and waits under way with the programs of the recorder.
 */
#include "collector/bpf/hold_slots.bpf.h"

#include "collector/bpf/maps.bpf.h"
#include "collector/bpf/running.bpf.h"
#include "collector/bpf/slots.bpf.h"
#include "collector/bpf/stacks.bpf.h"
#include "collector/bpf/table_locks.bpf.h"

char LICENSE[] SEC("license") = "GPL";

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

/* Every spinlock of the kernel comes here; what is said of _raw_spin_lock in calls.bpf.c goes for these, too. */
static __always_inline int span_of_table_lock(const void *lock)
{
	int kind = kind_table_lock(lock);

	return kind < 0 ? -1 : SOCKLOCK_SPAN_TABLE_LOCK + kind - SOCKLOCK_KIND_EHASH_LOCK;
}

static __always_inline int took_table_lock(__u64 *ctx)
{
	int span = span_of_table_lock((const void *)ctx[0]);

	return span < 0 ? 0 : begin_hold(ctx, as_number((void *)ctx[0]), span, NULL);
}

static __always_inline int gave_up_table_lock(__u64 *ctx)
{
	int span = span_of_table_lock((const void *)ctx[0]);

	return span < 0 ? 0 : end_span(as_number((void *)ctx[0]), span);
}

#define TABLE_LOCK_SITE(take, give_up)                          \
	SEC("fexit/" #take) int hold_begin_##take(__u64 *ctx)   \
	{                                                       \
		return took_table_lock(ctx);                    \
	}                                                       \
	SEC("fentry/" #give_up) int hold_end_##take(__u64 *ctx) \
	{                                                       \
		return gave_up_table_lock(ctx);                 \
	}

TABLE_LOCK_SITE(_raw_spin_lock, _raw_spin_unlock)
TABLE_LOCK_SITE(_raw_spin_lock_bh, _raw_spin_unlock_bh)
