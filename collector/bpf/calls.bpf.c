// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Level 2: exact counts of calls of the functions that take socket-layer locks, by function, kind of socket
 * and where from. Each has a program for fentry and one for kprobes; user space loads what the kernel
 * permits. They count in a per-CPU array, by an index: no hash and no lock, so that nothing can be lost, and
 * what the kernel itself keeps from a program (recursion) it counts.
 */
#include "collector/bpf/sites.bpf.h"
#include "collector/bpf/table_locks.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* enum socklock_phase; user space moves it on. */
volatile __u32 phase = SOCKLOCK_IDLE;
/* Whether checking a connection's hash has an argument that asks for a look-up without the lock (Linux 6.15). */
const volatile bool check_may_look_up = false;

/* What these programs cost: one run in some is timed, and counts for all. */
enum { RUNS_PER_TIMED = 1024 };
__u64 timed_ns = 0;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} calls SEC(".maps"); /* CPU * SOCKLOCK_CALL_CELLS + cell */

static __always_inline int kind_any(const struct sock *sk)
{
	return kind_of(sk);
}

/* A function of one kind of socket. */
static __always_inline int kind_none(const struct sock *sk)
{
	return SOCKLOCK_KIND_NONE;
}

/* inet_unhash() takes no lock for a socket that is in no table. */
static __always_inline int kind_hashed(const struct sock *sk)
{
	void *pprev = NULL;

	bpf_core_read(&pprev, sizeof(pprev), &sk->__sk_common.skc_node.pprev);
	return pprev ? (int)kind_of(sk) : -1;
}

/*
 * Receiving takes a socket's lock unless it is a listener's; what runs from the backlog does so under an
 * owner who took it.
 */
static __always_inline int kind_received(const struct sock *sk)
{
	int owned = 0, kind = kind_of(sk);

	bpf_core_read(&owned, sizeof(owned), &sk->sk_lock.owned);
	return owned || kind == SOCKLOCK_KIND_TCP_LISTENER ? -1 : kind;
}

static __always_inline int called(enum socklock_site site, int kind, __u64 stack_pointer)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u8 context = context_of(task, stack_pointer);
	__u64 *cell, begin_ns = 0;
	__u32 index;

	if (phase != SOCKLOCK_RUNNING || kind < 0 || is_self(task, context) || left_out_by_filter(task))
		return 0;
	if (!(bpf_get_prandom_u32() % RUNS_PER_TIMED))
		begin_ns = bpf_ktime_get_ns();
	index = bpf_get_smp_processor_id() * SOCKLOCK_CALL_CELLS;
	index += (site * SOCKLOCK_KINDS + (__u32)kind) * SOCKLOCK_FROM + from_of(task, context);
	cell = bpf_map_lookup_elem(&calls, &index);
	/* Atomic: a program may be preempted by another task's, or interrupted. */
	if (cell)
		__sync_fetch_and_add(cell, 1);
	if (begin_ns)
		__sync_fetch_and_add(&timed_ns, (bpf_ktime_get_ns() - begin_ns) * RUNS_PER_TIMED);
	return 0;
}

#ifdef __TARGET_ARCH_x86
#define KPROBE_SITE(function, kind)                                                                   \
	SEC("kprobe/" #function) int kprobe_##function(struct pt_regs *ctx)                           \
	{                                                                                             \
		return called(SOCKLOCK_SITE_##function, kind((const struct sock *)ctx->di), ctx->sp); \
	}
#else
#define KPROBE_SITE(function, kind)
#endif

#define FENTRY_SITE(function, kind)                                                                                \
	SEC("fentry/" #function) int fentry_##function(__u64 *ctx)                                                 \
	{                                                                                                          \
		return called(SOCKLOCK_SITE_##function, kind((const struct sock *)ctx[0]), stack_pointer_of(ctx)); \
	}

#define CALL_SITE(function, kind) FENTRY_SITE(function, kind) KPROBE_SITE(function, kind)

CALL_SITE(lock_sock_nested, kind_any)
CALL_SITE(__lock_sock_fast, kind_any)
CALL_SITE(release_sock, kind_any)
CALL_SITE(tcp_v4_do_rcv, kind_received)
CALL_SITE(tcp_v6_do_rcv, kind_received)
CALL_SITE(tcp_add_backlog, kind_any)
CALL_SITE(tcp_write_timer, kind_none)
CALL_SITE(tcp_delack_timer, kind_none)
CALL_SITE(tcp_keepalive_timer, kind_none)
CALL_SITE(sk_clone_lock, kind_any)
CALL_SITE(__tcp_close, kind_none)
CALL_SITE(inet_ehash_insert, kind_none)
CALL_SITE(inet_unhash, kind_hashed)
CALL_SITE(inet_twsk_hashdance, kind_none)
CALL_SITE(inet_twsk_hashdance_schedule, kind_none)
CALL_SITE(inet_twsk_kill, kind_none)
CALL_SITE(inet_twsk_deschedule_put, kind_none)
CALL_SITE(__inet_hash_connect, kind_none)
CALL_SITE(inet_csk_get_port, kind_none)
CALL_SITE(inet_put_port, kind_none)
CALL_SITE(__inet_inherit_port, kind_none)

/*
 * Every spinlock of the kernel comes here. Nothing that these programs call takes one: a lock taken in one would
 * wait for itself. No kprobe: its trap costs too much here.
 */
FENTRY_SITE(_raw_spin_lock, kind_table_lock)
FENTRY_SITE(_raw_spin_lock_bh, kind_table_lock)

/*
 * Before connecting, for each port that is in use by others and may be shared. `look_up` is the fifth argument.
 * A kprobe, which runs before, can't tell whether the port is refused.
 */
static __always_inline int checked(enum socklock_site site, int kind, __u64 look_up, __u64 stack_pointer)
{
	return (__u8)look_up ? 0 : called(site, kind, stack_pointer);
}

#ifdef __TARGET_ARCH_x86
#define KPROBE_CHECK_SITE(function)                                                                           \
	SEC("kprobe/" #function) int kprobe_##function(struct pt_regs *ctx)                                   \
	{                                                                                                     \
		return checked(SOCKLOCK_SITE_##function, SOCKLOCK_KIND_NONE, check_may_look_up ? ctx->r8 : 0, \
			       ctx->sp);                                                                      \
	}
#else
#define KPROBE_CHECK_SITE(function)
#endif

#define CHECK_SITE(function)                                                                                   \
	SEC("fexit/" #function) int fentry_##function(__u64 *ctx)                                              \
	{                                                                                                      \
		__u64 refused = 0;                                                                             \
                                                                                                               \
		bpf_get_func_ret(ctx, &refused);                                                               \
		return checked(SOCKLOCK_SITE_##function, refused ? SOCKLOCK_KIND_REFUSED : SOCKLOCK_KIND_NONE, \
			       check_may_look_up ? ctx[4] : 0, stack_pointer_of(ctx));                         \
	}                                                                                                      \
	KPROBE_CHECK_SITE(function)

CHECK_SITE(__inet_check_established)
CHECK_SITE(__inet6_check_established)

/* Both take the accept queue's lock for a connection that they put there or find there, and return it then. */
#define ACCEPT_SITE(function)                                                                       \
	SEC("fexit/" #function) int fentry_##function(__u64 *ctx)                                   \
	{                                                                                           \
		__u64 child = 0;                                                                    \
                                                                                                    \
		if (bpf_get_func_ret(ctx, &child) || !child)                                        \
			return 0;                                                                   \
		return called(SOCKLOCK_SITE_##function, SOCKLOCK_KIND_NONE, stack_pointer_of(ctx)); \
	}

ACCEPT_SITE(inet_csk_complete_hashdance)
ACCEPT_SITE(inet_csk_accept)
