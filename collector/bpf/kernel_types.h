/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel types we read, and of those only the members we read. libbpf relocates every access to
 * the running kernel (CO-RE), so order and offsets here mean nothing, and one object serves 6.1 to 7.2.
 */
#ifndef SOCKLOCK_COLLECTOR_BPF_KERNEL_TYPES_H
#define SOCKLOCK_COLLECTOR_BPF_KERNEL_TYPES_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
enum { false = 0, true = 1 };

#define NULL ((void *)0)

/* What of user space's registers says which system call they are of. */
#ifdef __TARGET_ARCH_arm64
#define SYSCALL_REGISTER syscallno
#else
#define SYSCALL_REGISTER orig_ax
#endif

/* include/uapi/linux/bpf.h */
enum bpf_map_type {
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
};
enum { BPF_F_MMAPABLE = 1U << 10 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#ifdef __TARGET_ARCH_arm64
struct pt_regs { /* arch/arm64/include/asm/ptrace.h; -1: entered by no system call */
	int syscallno;
};
#else
struct pt_regs {
	unsigned long r8;
	unsigned long di;
	unsigned long orig_ax;
	unsigned long sp;
};
#endif

struct timespec64 {
	__s64 tv_sec;
};

struct list_head {
	struct list_head *next, *prev;
};

/* include/linux/wait.h; `private` holds the waiting task. */
struct wait_queue_entry {
	unsigned int flags;
	void *private;
	void *func;
	struct list_head entry;
};

struct wait_queue_head {
	struct list_head head;
};

struct spinlock {
};

struct inet_bind_hashbucket {
};

struct inet_listen_hashbucket {
};

struct inet_hashinfo {
	struct spinlock *ehash_locks;
	unsigned int ehash_locks_mask;
	struct inet_bind_hashbucket *bhash;
	struct inet_bind_hashbucket *bhash2;
	unsigned int bhash_size;
	unsigned int lhash2_mask;
	struct inet_listen_hashbucket *lhash2;
};

struct inet_timewait_death_row {
	struct inet_hashinfo *hashinfo;
};

struct netns_ipv4 {
	struct inet_timewait_death_row tcp_death_row;
};

struct ns_common {
	const void *ops;
	unsigned int inum;
	__u64 ns_id;
	struct {
		struct {
			int counter;
		} refs;
	} __ns_ref; /* Linux 6.18 and later */
};

/* Per-CPU arrays of counters: include/net/netns/mib.h. */
struct netns_mib {
	void *tcp_statistics;
	void *net_statistics;
	void *udp_statistics;
	void *udp_stats_in6;
};

struct net {
	__u32 hash_mix;
	__u64 net_cookie;
	struct list_head list;
	struct ns_common ns;
	struct netns_mib mib;
	struct netns_ipv4 ipv4;
};

struct work_struct {
	void *func;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct in6_addr {
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned int skc_hash;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct hlist_node skc_node;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

typedef struct {
	int owned;
	struct wait_queue_head wq;
} socket_lock_t;

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	__u16 sk_protocol;
	void *sk_prot_creator; /* a struct proto: whose slab cache the socket is from */
	struct {
		void *tail;
	} sk_backlog;
};

/* A socket by its descriptor: include/linux/fdtable.h, fs.h, net.h. */
struct socket {
	struct sock *sk;
};

struct file {
	void *private_data;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct nsproxy {
	struct net *net_ns;
};

/* A cgroup's folder: include/linux/kernfs.h, cgroup-defs.h. */
struct kernfs_node {
	struct kernfs_node *__parent;
	const char *name;
	__u64 id;
};

struct kernfs_node___before_6_15 {
	struct kernfs_node *parent;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

/* Without CONFIG_SCHED_INFO it is empty. */
struct sched_info {
	unsigned long long run_delay;
	unsigned long long last_queued;
};

/* kernel/sched/sched.h; with CONFIG_FAIR_GROUP_SCHED a task knows its CPU's queue. */
struct rq {
	__u64 clock;
};

struct cfs_rq {
	struct rq *rq;
};

/* The times are of the task on CPUs, both brought up to date together (update_se(), kernel/sched/fair.c). */
struct sched_entity {
	__u64 exec_start;
	__u64 sum_exec_runtime;
	struct cfs_rq *cfs_rq;
};

/* Locks that their waiters sleep for: include/linux/mutex_types.h, rwsem.h, rtmutex.h. */
typedef struct {
	__s64 counter;
} atomic_long_t;

struct mutex {
	atomic_long_t owner;
};

struct rw_semaphore {
	atomic_long_t owner;
};

struct rt_mutex_base {
	struct task_struct *owner;
};

struct task_struct {
	void *stack;
	unsigned int flags;
	int pid;
	int tgid;
	char comm[16];
	struct nsproxy *nsproxy;
	struct files_struct *files;
	struct css_set *cgroups;
	struct sched_info sched_info;
	struct sched_entity se;
	int on_cpu;
	int on_rq;
};

struct kmem_cache_order_objects {
	unsigned int x;
};

struct kmem_cache {
	const char *name;
	unsigned int size;
	struct kmem_cache_order_objects oo;
};

#pragma clang attribute pop

/* Which way code goes nearly always: it lies together then, and takes fewer cache lines. */
#define LIKELY(condition)   __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

#endif
