/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What crosses between the BPF programs and user space. All of it lives in memory-mapped arrays that
 * are ours alone: no map with a lock inside, so recording a wait can't itself contend, and totals
 * survive whatever user space does. Fixed widths, explicit padding, sizes asserted on both sides.
 */
#ifndef SOCKLOCK_COLLECTOR_BPF_WIRE_H
#define SOCKLOCK_COLLECTOR_BPF_WIRE_H

#ifdef __bpf__
#include "collector/bpf/kernel_types.h"
#else
#include <linux/types.h>
#endif

enum {
	/* As deep as perf's default walk allows; 40 cut stacks of the network layer off (docs/design.md). */
	SOCKLOCK_MAX_FRAMES = 64,
	/* task, softirq, hardirq, NMI: no more contexts can spin on one CPU at a time. */
	SOCKLOCK_SPIN_SLOTS = 4,
	/* Interrupts on top of a recording program hardly ever end more waits than that. */
	SOCKLOCK_PENDING_WAITS = 8,
	SOCKLOCK_COMM_BYTES = 15, /* without the kernel's final zero */
	/* Probes into an open-addressed table before it counts as full. */
	SOCKLOCK_PROBES = 16,
	/* Summary slots beyond the hashed ones, for waits that found those full. */
	SOCKLOCK_SPILL_SLOTS = 64,
	SOCKLOCK_SPILL_BITS = 6,
	/* More system calls than there are. */
	SOCKLOCK_SYSCALLS = 1024,
	/* Programs time one in so many of their runs. */
	SOCKLOCK_RUNS_PER_TIMED = 64,
};

/* Which waits get their call stack. */
enum socklock_stacks { SOCKLOCK_STACKS_ALL, SOCKLOCK_STACKS_SAMPLED, SOCKLOCK_STACKS_OFF };

/* Value of `flags` of an owner wait; below are the kernel's LCB_F_* (include/trace/events/lock.h). */
#define SOCKLOCK_FLAG_OWNER_WAIT 64

enum socklock_phase {
	SOCKLOCK_IDLE,	    /* nothing is counted */
	SOCKLOCK_SELF_TEST, /* only the recorder's own spin waits, to learn how spinlocks wait here */
	SOCKLOCK_RUNNING,
	SOCKLOCK_STOPPING, /* no new waits, but those under way may still end */
};

enum { SOCKLOCK_SELF_TEST_FRAMES = 8 };

enum socklock_context {
	SOCKLOCK_CONTEXT_TASK = 0,
	SOCKLOCK_CONTEXT_INTERRUPT = 1,
};

/* Counted per CPU. Every early return of a program increments one of them. */
enum socklock_counter {
	SOCKLOCK_BEGINS, /* these three lie among what every wait needs */
	SOCKLOCK_ENDS,
	SOCKLOCK_MATCHED,
	SOCKLOCK_DOUBLED_BEGINS,
	SOCKLOCK_SELF,
	SOCKLOCK_FILTERED,
	SOCKLOCK_UNMATCHED_ENDS,
	SOCKLOCK_LEFT_OUT_ENDS, /* of waits whose begin was SELF or FILTERED */
	SOCKLOCK_EVENT_RING_FULL,
	SOCKLOCK_SUMMARY_FULL,
	SOCKLOCK_STACK_TABLE_FULL,
	SOCKLOCK_STACK_WALK_FAILED,
	SOCKLOCK_STACK_COLLISION,
	SOCKLOCK_STACK_MISFOLLOWED, /* found by the spot check */
	SOCKLOCK_STACKS_WALKED,	    /* of waits, by the kernel's unwinder */
	SOCKLOCK_SPIN_SLOTS_FULL,
	SOCKLOCK_TASK_SLOTS_FULL,
	SOCKLOCK_REENTERED,
	SOCKLOCK_MISSED_END,
	SOCKLOCK_HISTOGRAM_FULL,
	SOCKLOCK_NEGATIVE_WAIT,
	SOCKLOCK_OWNER_BEGINS,
	SOCKLOCK_OWNER_LOCK_UNKNOWN,
	SOCKLOCK_OWNER_STACK_UNREAD, /* of a sleep that may have been an owner wait */
	SOCKLOCK_SUMS_LOST,	     /* waits for which even the spill had no room */
	SOCKLOCK_HOLDS_FULL,
	SOCKLOCK_HOLDS_UNPAIRED,
	SOCKLOCK_RUNNING_FULL,
	SOCKLOCK_OWN_SOCKETS_FULL,
	SOCKLOCK_NETNS_TABLE_FULL,
	SOCKLOCK_EVENTS_LEFT_OUT, /* by sampling */
	SOCKLOCK_CGROUP_TABLE_FULL,
	SOCKLOCK_THREAD_TABLE_FULL,
	SOCKLOCK_TIMED_NS,	    /* of contention waits, for all runs of their programs */
	SOCKLOCK_SWITCHES_TIMED_NS, /* of sched_switch, where it looked at a sleeper */
	SOCKLOCK_WORK_TIMED_NS,	    /* of programs that run at connections and operations */
	SOCKLOCK_WORK_CONNECTIONS_ACTIVE,
	SOCKLOCK_WORK_CONNECTIONS_PASSIVE,
	SOCKLOCK_WORK_CONNECTIONS_CLOSED,
	SOCKLOCK_WORK_ELSEWHERE_ACTIVE, /* of those above: in other network namespaces than the recorder's */
	SOCKLOCK_WORK_ELSEWHERE_PASSIVE,
	SOCKLOCK_WORK_SEND_OPERATIONS,
	SOCKLOCK_WORK_SEND_BYTES,
	SOCKLOCK_WORK_RECEIVE_OPERATIONS,
	SOCKLOCK_WORK_RECEIVE_BYTES,
	SOCKLOCK_COUNTERS,
};

/* Who owned what was waited for, last before the waiter got it. */
struct socklock_holder {
	__u32 stack;   /* of a socket's: where it gave the socket up, 0: not walked; of a table's lock: its function */
	__u16 syscall; /* number + 1, 0: none */
	__u8 known;    /* 0: not known; else context + 1 */
	__u8 searched; /* not 0: of a table's lock, for which holders are looked for by a sample of the waits */
};

/* Value of `searched` of a lock that waiters sleep for: its owner was looked for. */
#define SOCKLOCK_OWNER_SEARCHED 3

/* What waits are summed by: equal in all of it, they are one row of an interval. */
struct socklock_wait_key {
	__u64 lock;
	__u32 stack;   /* slot in `stacks`, 0: none */
	__u16 syscall; /* number + 1, 0: none */
	__u8 context;  /* enum socklock_context */
	__u8 flags;    /* LCB_F_*, SOCKLOCK_FLAG_OWNER_WAIT */
};

/* A wait under way on a spinning lock; in use while key.lock is not 0. */
struct socklock_spin_slot {
	struct socklock_wait_key key;
	__u64 begin_ns;
	__u64 stack_pointer; /* of the tracepoint: orders nested contexts on one stack */
	__u64 task;
	__u32 stack_weight; /* waits without a stack that this one's stands for */
	__u8 pad0[4];
	struct socklock_holder holder;
	__u64 queued_ns; /* where a holder is looked for: when the waiter went on to wait */
};

/*
 * A finished wait: as it is recorded, as it waits for its turn while its CPU's tables are being written, and, with
 * `cpu`, `rate_bits` and `half` filled in, as the event in the ring.
 */
struct socklock_event {
	struct socklock_wait_key key;
	__u64 end_ns;
	__u64 wait_ns;
	__u32 tid;
	__u32 pid;
	__u32 stack_weight; /* waits without a stack that this one's stands for */
	__u16 error;	    /* errno that the wait gave up with, 0: got the lock */
	__u16 cpu;
	char comm[SOCKLOCK_COMM_BYTES];
	__u8 rate_bits : 7; /* the event stands for 2^n waits */
	__u8 half : 1;	    /* of the interval that it belongs to: as those of `summary` */
	struct socklock_holder holder;
	__u64 socket; /* SOCKLOCK_SOCKET_*; above 32 bits: number in `endpoints`, and network namespace */
	/*
	 * Of the waiter, or of what an interrupt came upon, in cgroup v2: the id's lower half. The upper one is how
	 * often the numbers of the lower have been used up (fs/kernfs/dir.c, __kernfs_new_node()). 0: not known.
	 */
	__u32 cgroup;
	__u16 owner;	       /* of a lock that waiters sleep for: number in `threads`, 0: not known */
	__u16 root : 13;       /* who the owner waited for itself, in the end; 0: nobody that is known */
	__u16 owner_state : 3; /* enum socklock_owner_state, of the owner when the wait began */
	__u64 run_delay_ns;    /* of the wait: runnable, and waiting for a CPU */
};

enum socklock_owner_state {
	SOCKLOCK_OWNER_STATE_UNKNOWN,
	SOCKLOCK_OWNER_RUNNING,
	SOCKLOCK_OWNER_RUNNABLE, /* without a CPU */
	SOCKLOCK_OWNER_ASLEEP,
	SOCKLOCK_OWNER_RELEASED, /* not known: it was seen when it gave the lock up */
};

/* A finished wait that found its CPU's tables being written. */
struct socklock_pending_wait {
	__u64 state; /* 0: free, 1: being filled in, 2: complete */
	struct socklock_event wait;
};

/* What user space tells programs while they run; the same for all CPUs, each with its own copy at hand. */
struct socklock_control {
	__u8 phase;		  /* enum socklock_phase */
	__u8 stack_rate_bits;	  /* one in 2^n waits gets its stack, once its kind is known ... */
	__u8 event_rate_bits;	  /* ... and one in 2^n its event */
	__u8 finds_table_holders; /* whether holders of tables' locks are looked for, which takes all of holds.bpf.c */
	__u8 half; /* of `summary` and `cells` that is written; user space changes it, then reads the other */
	__u8 pad0;
	__u16 registers_offset; /* where user space's registers lie on a task's stack; 0: not known */
};

/* One CPU's state, written by the programs on that CPU only, but for ring_tail. */
struct socklock_cpu {
	/* What every wait needs, in two cache lines: most of what a wait costs is to fetch such. */
	struct socklock_control control;
	__u64 ring_head;
	__u32 deep_spins; /* not 0 while a spin slot besides the first may be in use */
	__u16 recording;  /* not 0 while a program writes this CPU's tables */
	__u16 has_pending;
	__u64 counters[SOCKLOCK_COUNTERS];
	__u64 interrupt_stack_end; /* 0: not looked for yet, ~0: not found */
	__u64 first_walks_ns;	   /* up to when walks of new kinds of waits are spent (sampling.bpf.h) */
	__u32 last_cgroup;	   /* of the wait before: known to user space, or in `cgroups` */
	__u8 has_sums[2];	   /* by half, not 0: this CPU's sections of `summary` and `cells` are not empty */
	struct socklock_spin_slot spin[SOCKLOCK_SPIN_SLOTS] __attribute__((aligned(64)));
	__u64 ring_tail __attribute__((aligned(64))); /* written by user space; own cache line */
	struct socklock_pending_wait pending[SOCKLOCK_PENDING_WAITS] __attribute__((aligned(64)));
} __attribute__((aligned(64)));

/* A wait under way on a lock whose waiter may sleep; in use while task is not 0. */
struct socklock_task_slot {
	__u64 task;
	struct socklock_wait_key key;
	__u64 begin_ns;
	__u32 tid;
	__u32 stack_weight;
	struct socklock_holder holder;
	__u64 run_delay_ns; /* of the task, when the wait began */
	__u16 owner;	    /* as of events; 0 also where it was not looked for */
	__u16 root;
	__u8 owner_state;
	__u8 watches_release; /* not 0: it is counted in `releases` */
	__u8 pad0[2];
};

/*
 * Sums of one interval under one key; in use while contentions is not 0. Of waits without an event: user space
 * adds up those that have one.
 */
struct socklock_summary_slot {
	struct socklock_wait_key key;
	__u32 contentions;
	__u32 gave_up;
	__u64 wait_ns;
	__u64 wait_min_ns;
	__u64 wait_max_ns;
	__u32 sampled;		/* waits whose stack stands for others */
	__u32 stack_weight;	/* for how many */
	__u64 weighted_wait_ns; /* and with what waits, if they are like these */
	__u64 socket;		/* as of events, and another part of the key */
	__u64 run_delay_ns;
};

/* One histogram bucket of one summary slot; in use while key is not 0. */
struct socklock_cell {
	__u32 key; /* (slot index in this CPU's section << 9 | bucket) + 1 */
	__u32 count;
};

#define SOCKLOCK_CELL_BUCKET_BITS 9

/* One distinct stack, for the whole recording; slot 0 is never used. */
struct socklock_stack_slot {
	__u64 hash;   /* claimed with compare-and-swap; 0: free */
	__u64 check;  /* second hash: equal hashes with unequal checks are different stacks */
	__u32 frames; /* written last: not 0 once the slot may be read */
	__u32 pad0;
	__u64 address[SOCKLOCK_MAX_FRAMES]; /* innermost first */
};

/* The address ranges of one network namespace's TCP tables. */
struct socklock_hash_tables {
	__u64 hashinfo; /* claimed with compare-and-swap; 0: free */
	__u64 netns_inode;
	__u64 ehash_locks;
	__u64 bhash;
	__u64 bhash2;
	__u64 lhash2;
	__u32 ehash_locks_count;
	__u32 bhash_count;
	__u32 lhash2_count;
	__u32 ehash_lock_bytes;
	__u32 bhash_bytes;
	__u32 lhash2_bytes;
};

enum { SOCKLOCK_NETNS_SLOTS = 64 };

/* Frames of the kernel's functions (frames.bpf.h), in a table by hash of the address. */
enum {
	SOCKLOCK_FRAME_BITS = 11,
	SOCKLOCK_FRAME_PROBES = 4,
	SOCKLOCK_FRAME_WORDS = 96, /* a longer frame is not followed */
};
#define SOCKLOCK_FRAME_HASH 0x9e3779b97f4a7c15ULL

enum socklock_frame_kind {
	SOCKLOCK_FRAME_BEING_LEARNT = 0,
	SOCKLOCK_FRAME_UP,	 /* the next return address is so many words above this one */
	SOCKLOCK_FRAME_FROM_END, /* ... so many words below the end of the task's stack */
	SOCKLOCK_FRAME_VARIABLE, /* ... neither */
	SOCKLOCK_FRAME_LAST,	 /* there is no next one */
};

/* What is known of the frame that a return address leads into: all that following needs, close together. */
struct socklock_known_frame {
	__u64 address; /* claimed with compare-and-swap; 0: free */
	__u64 layout;  /* kind << 32 | words */
};

/* What the kernel counts of a network namespace, in its own words (Documentation/networking/snmp_counter.rst). */
enum socklock_mib {
	SOCKLOCK_ACTIVE_OPENS,
	SOCKLOCK_PASSIVE_OPENS,
	SOCKLOCK_ATTEMPT_FAILS,
	SOCKLOCK_CURRENTLY_ESTABLISHED, /* may fall */
	SOCKLOCK_SEGMENTS_IN,
	SOCKLOCK_SEGMENTS_OUT,
	SOCKLOCK_DATAGRAMS_IN,
	SOCKLOCK_DATAGRAMS_OUT,
	SOCKLOCK_MIBS,
};

struct socklock_namespace {
	__u64 cookie; /* never used twice; 0: the row is not whole */
	struct socklock_hash_tables tables;
	__u64 counts[SOCKLOCK_MIBS]; /* since the namespace began */
};

enum {
	SOCKLOCK_NAMESPACES = 4096,	 /* that can be read */
	SOCKLOCK_ENDED_NAMESPACES = 256, /* between two readings */
};

/*
 * What `socket` of a wait says: of which TCP socket the lock was, read while its waiter had it, since the same
 * memory is another connection's a moment later. 0: of none that is known.
 */
enum {
	SOCKLOCK_SOCKET_PORT = 0xffff, /* local; 0: the socket had none, or none any more */
	SOCKLOCK_SOCKET_LISTENS = 1 << 16,
	SOCKLOCK_SOCKET_IPV6 = 1 << 17,
	SOCKLOCK_SOCKET_LOCK_SHIFT = 18,  /* above: number of the lock in the socket, from 1 on */
	SOCKLOCK_SOCKET_ENDS_SHIFT = 32,  /* above: number of both ends in `endpoints`, 0: not asked for */
	SOCKLOCK_SOCKET_NETNS_SHIFT = 44, /* above: of the network namespace, 0: not known */
	SOCKLOCK_SOCKET_NETNS_BITS = 20,
};

/*
 * What a network namespace's number begins from: its inode less this. They are numbered upwards, lowest free first,
 * from PROC_DYNAMIC_FIRST on (include/linux/proc_ns.h); fixed ones lie just below.
 */
#define SOCKLOCK_FIRST_NETNS_INODE 0xefffffe0U

/* A lock of a TCP socket by the low bits of its address, which are those of its offset. */
struct socklock_socket_lock {
	__u32 offset_bytes;
	__u32 number; /* 0: no lock */
};

enum {
	SOCKLOCK_SOCKET_ALIGNMENT =
		64, /* of TCP sockets: their slab caches have SLAB_HWCACHE_ALIGN (net/core/sock.c) */
	SOCKLOCK_LOCK_ALIGNMENT = 4,
	SOCKLOCK_LOCK_RESIDUES = SOCKLOCK_SOCKET_ALIGNMENT / SOCKLOCK_LOCK_ALIGNMENT,
	SOCKLOCK_LOCKS_OF_RESIDUE = 4,
};

/*
 * Both ends of a connection whose socket was waited for, where addresses were asked for. A half of the table is
 * one interval's, as of `summary`; no wait has number 0 of a half.
 */
struct socklock_endpoints {
	__u64 hash; /* claimed with compare-and-swap; 0: free */
	__u16 local_port;
	__u16 remote_port;
	__u8 family;
	__u8 pad0[3];
	__u8 local[16];
	__u8 remote[16];
};

enum { SOCKLOCK_ENDPOINTS_BITS = 12 }; /* of a half */

enum { SOCKLOCK_OWNER_WAITS_BITS = 12 };

/*
 * Where a cgroup is: programs enter each one that a waiter is in, and those above it, when they first see it, so that
 * one that is gone by the end has its name, too. User space takes entries out again.
 */
struct socklock_cgroup {
	__u64 id;	/* lower half; claimed with compare-and-swap; 0: free */
	__u64 parent;	/* likewise; 0: it is the root */
	__u64 complete; /* written last, not 0: may be read */
	char name[256]; /* as of a folder, NAME_MAX */
};

enum { SOCKLOCK_CGROUP_BITS = 9 };

/* A thread that owned what others waited for; once for the whole recording. */
struct socklock_thread {
	__u64 hash;	/* claimed with compare-and-swap; 0: free */
	__u64 complete; /* written last, not 0: may be read */
	__u32 tid;
	__u32 pid;
	char comm[16];
	__u32 cgroup;
	__u32 pad0;
};

enum { SOCKLOCK_THREAD_BITS = 11 };

/* Sockets that the processes of a filter opened or accepted. */
enum { SOCKLOCK_OWN_SOCKETS_BITS = 16 };

/* A question to the resolver and its answer. */
struct socklock_object_query {
	__u64 address;
	__u64 cache; /* 0: not in a slab object */
	__u32 offset_bytes;
	__u32 size_bytes;
	char name[40];
};

enum { SOCKLOCK_QUERIES = 1024 };

/* What lies at an address of the kernel, in the kernel's words. */
struct socklock_symbol_query {
	__u64 address;
	char text[600]; /* KSYM_NAME_LEN is 512 at most, a module's name 56 */
};

enum { SOCKLOCK_SYMBOL_QUERIES = 128 };

/* Where the symbol of a name lies. */
struct socklock_name_query {
	char name[64]; /* zeros at the end */
	__u64 address;
	__s64 error; /* of the look-up: negative errno, else 0 */
};

#ifdef __cplusplus
#define SOCKLOCK_ASSERT_SIZE(type, bytes) static_assert(sizeof(type) == (bytes), #type)
#else
#define SOCKLOCK_ASSERT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
#endif
SOCKLOCK_ASSERT_SIZE(struct socklock_wait_key, 16); /* without padding: compared as two words */
SOCKLOCK_ASSERT_SIZE(struct socklock_spin_slot, 64);
SOCKLOCK_ASSERT_SIZE(struct socklock_task_slot, 64);
SOCKLOCK_ASSERT_SIZE(struct socklock_event, 96);
SOCKLOCK_ASSERT_SIZE(struct socklock_summary_slot, 80);
SOCKLOCK_ASSERT_SIZE(struct socklock_cgroup, 280);
SOCKLOCK_ASSERT_SIZE(struct socklock_thread, 48);
SOCKLOCK_ASSERT_SIZE(struct socklock_stack_slot, 536);
SOCKLOCK_ASSERT_SIZE(struct socklock_hash_tables, 72);
SOCKLOCK_ASSERT_SIZE(struct socklock_namespace, 80 + 8 * SOCKLOCK_MIBS);
SOCKLOCK_ASSERT_SIZE(struct socklock_endpoints, 48);
SOCKLOCK_ASSERT_SIZE(struct socklock_object_query, 64);
SOCKLOCK_ASSERT_SIZE(struct socklock_cpu, 1600); /* whole cache lines: CPUs do not share one */

#endif
