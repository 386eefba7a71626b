/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Level 2, between the BPF programs and user space: which kernel functions that take socket-layer locks are
 * counted, and by what. What each call of them acquires is the analyzer's to say.
 */
#ifndef SOCKLOCK_COLLECTOR_BPF_CALLS_H
#define SOCKLOCK_COLLECTOR_BPF_CALLS_H

#ifdef __bpf__
#include "collector/bpf/kernel_types.h"
#else
#include <linux/types.h>
#endif

#include "base/wait_buckets.h"

/* Not every kernel has all of them. The last two, which take any spinlock: only on demand. */
#define SOCKLOCK_CALL_SITES(X)          \
	X(lock_sock_nested)             \
	X(__lock_sock_fast)             \
	X(release_sock)                 \
	X(tcp_v4_do_rcv)                \
	X(tcp_v6_do_rcv)                \
	X(tcp_add_backlog)              \
	X(tcp_write_timer)              \
	X(tcp_delack_timer)             \
	X(tcp_keepalive_timer)          \
	X(sk_clone_lock)                \
	X(__tcp_close)                  \
	X(inet_ehash_insert)            \
	X(inet_unhash)                  \
	X(__inet_check_established)     \
	X(__inet6_check_established)    \
	X(inet_twsk_hashdance)          \
	X(inet_twsk_hashdance_schedule) \
	X(inet_twsk_kill)               \
	X(inet_twsk_deschedule_put)     \
	X(__inet_hash_connect)          \
	X(inet_csk_get_port)            \
	X(inet_put_port)                \
	X(__inet_inherit_port)          \
	X(inet_csk_complete_hashdance)  \
	X(inet_csk_accept)              \
	X(_raw_spin_lock)               \
	X(_raw_spin_lock_bh)

#define SOCKLOCK_SITE_ENUM(function) SOCKLOCK_SITE_##function,
enum socklock_site { SOCKLOCK_CALL_SITES(SOCKLOCK_SITE_ENUM) SOCKLOCK_SITES };
enum { SOCKLOCK_FIRST_SPINLOCK_SITE = SOCKLOCK_SITE__raw_spin_lock };

/* Of the socket that the function was called for; in the trace as it is, so never renumber. */
enum socklock_kind {
	SOCKLOCK_KIND_NONE, /* not asked for: the function is of one kind only */
	SOCKLOCK_KIND_TCP,
	SOCKLOCK_KIND_TCP_LISTENER,
	SOCKLOCK_KIND_UDP,
	SOCKLOCK_KIND_OTHER,
	/* Not of a socket: the function found the port taken, so that the caller tries another. */
	SOCKLOCK_KIND_REFUSED,
	/* Not of sockets: the lock is one of the table's. */
	SOCKLOCK_KIND_EHASH_LOCK,
	SOCKLOCK_KIND_BHASH_LOCK,
	SOCKLOCK_KIND_BHASH2_LOCK,
	SOCKLOCK_KIND_LHASH2_LOCK,
	SOCKLOCK_KINDS,
	/* Of calls that the kernel kept from the program, and counted: nothing but the function is known. */
	SOCKLOCK_KIND_UNKNOWN = 15,
};

/* Where from: few enough to index an array with, so that counting needs no hash. */
enum {
	SOCKLOCK_FROM_TASK, /* in no system call, or in none that is distinguished */
	SOCKLOCK_FROM_INTERRUPT,
	SOCKLOCK_FROM_SYSCALLS, /* the first of those that are */
	SOCKLOCK_FROM = 64,
};

/* Cells of `calls` of one CPU: (site * KINDS + kind) * FROM + from. */
enum { SOCKLOCK_CALL_CELLS = (int)SOCKLOCK_SITES * (int)SOCKLOCK_KINDS * (int)SOCKLOCK_FROM };

/*
 * How long locks were held, sampled: sockets by lock_sock() to release_sock(), tables by the span of functions
 * that take their locks inside, which is an upper bound, or where all spinlocks are probed by their locks. Who runs one
 * of those functions may hold what others wait for.
 */
#define SOCKLOCK_SPAN_SITES(X)          \
	X(inet_ehash_insert)            \
	X(inet_unhash)                  \
	X(inet_twsk_hashdance)          \
	X(inet_twsk_hashdance_schedule) \
	X(inet_twsk_kill)               \
	X(inet_twsk_deschedule_put)     \
	X(__inet_hash_connect)          \
	X(inet_csk_get_port)            \
	X(inet_put_port)                \
	X(__inet_inherit_port)          \
	X(inet_csk_complete_hashdance)  \
	X(inet_hash)                    \
	X(inet6_hash)

#define SOCKLOCK_SPAN_ENUM(function) SOCKLOCK_SPAN_##function,
enum socklock_span {
	SOCKLOCK_SPAN_SOCKET, /* + enum socklock_kind */
	SOCKLOCK_SPAN_SOCKET_LAST = SOCKLOCK_KIND_OTHER,
	SOCKLOCK_SPAN_SITES(SOCKLOCK_SPAN_ENUM)
	/* From taking to giving up the lock itself: + enum socklock_kind - SOCKLOCK_KIND_EHASH_LOCK. On demand only. */
	SOCKLOCK_SPAN_TABLE_LOCK,
	SOCKLOCK_SPANS = SOCKLOCK_SPAN_TABLE_LOCK + (int)SOCKLOCK_KINDS - (int)SOCKLOCK_KIND_EHASH_LOCK
};

/* Distinct tasks of a row: a standard error of 13% (Flajolet, Fusy, Gandouet and Meunier 2007), less for few. */
enum { SOCKLOCK_DISTINCT_BITS = 6, SOCKLOCK_DISTINCT_REGISTERS = 1 << SOCKLOCK_DISTINCT_BITS };

/* Sums since the recording began; row span * SOCKLOCK_FROM + from. */
struct socklock_hold_row {
	__u64 samples;
	__u64 weight;	  /* holds that the samples stand for, themselves included */
	__u64 hold_ns;	  /* sums, by weight */
	__u64 backlog_ns; /* of that: spent on segments that arrived in the meantime */
	__u64 backlogs;	  /* holds that had such */
	__u64 max_ns;	  /* of one sample; user space sets it back */
	__u64 off_cpu_ns; /* of hold_ns: in which the holder did not run */
	/* HyperLogLog of the tasks that held; user space sets it back. */
	__u8 threads[SOCKLOCK_DISTINCT_REGISTERS];
	__u32 buckets[SOCKLOCK_WAIT_BUCKETS];
};

/* Of the locks of tables that were held, since the recording began; a place stays its lock's. */
enum { SOCKLOCK_HELD_LOCK_BITS = 13 };
struct socklock_held_lock {
	__u64 lock; /* address; 0: free */
	__u64 samples;
	__u64 weight;  /* holds that the samples stand for */
	__u64 hold_ns; /* sum, by weight */
	__u8 kind;     /* enum socklock_kind */
	__u8 pad[7];
};

enum { SOCKLOCK_HOLD_ROWS = (int)SOCKLOCK_SPANS * (int)SOCKLOCK_FROM };

#ifdef __cplusplus
static_assert(sizeof(socklock_hold_row) == 56 + SOCKLOCK_DISTINCT_REGISTERS + 4 * SOCKLOCK_WAIT_BUCKETS,
	      "socklock_hold_row");
#endif

#endif
