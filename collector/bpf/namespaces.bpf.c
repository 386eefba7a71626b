// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel counts anyway of every network namespace (include/net/snmp.h), summed over CPUs: so work is known
 * without a program that runs at each piece of it. User space runs read_namespaces() when it wants to know; a
 * namespace that ends in between is read when the kernel begins to clean up.
 */
#include "collector/bpf/kernel_types.h"

#include "collector/bpf/hash_tables.bpf.h"
#include "collector/bpf/mapped_array.bpf.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

/* Indices of the kernel's counters, which are part of its interface (include/uapi/linux/snmp.h). */
enum {
	TCP_MIB_ACTIVEOPENS = 5,
	TCP_MIB_PASSIVEOPENS = 6,
	TCP_MIB_ATTEMPTFAILS = 7,
	TCP_MIB_CURRESTAB = 9,
	TCP_MIB_INSEGS = 10,
	TCP_MIB_OUTSEGS = 11,
	TCP_WORDS,
	UDP_MIB_INDATAGRAMS = 1,
	UDP_MIB_OUTDATAGRAMS = 4,
	UDP_WORDS,
};

const volatile __u32 cpus_count = 1; /* possible ones */
/* Address of cleanup_net(), which destroys namespaces; 0: not known. */
const volatile __u64 cleanup_function = 0;

volatile __u64 own_cookie = 0;	/* of user space's own namespace */
volatile __u64 row_count = 0;	/* of `namespaces`, since the last reading */
volatile __u64 is_whole = 0;	/* all namespaces have a row */
volatile __u64 ended_count = 0; /* rows ever written to `ended`, where the next overwrites the oldest */

MMAPPED_ARRAY(namespaces, struct socklock_namespace);
MMAPPED_ARRAY(ended, struct socklock_namespace);
MMAPPED_ARRAY(cpu_offsets, __u64); /* from a per-CPU pointer to what it points to on a CPU */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} probe_point SEC(".maps");

/* include/linux/bpf.h; a map of the type above keeps per-CPU pointers to its elements. */
struct bpf_array {
	void *pptrs[0];
} __attribute__((preserve_access_index));

static __always_inline __u64 number_of(const void *pointer)
{
	__u64 number = (__u64)pointer;

	asm volatile("%0 -= %1" : "+r"(number) : "r"(bpf_get_current_task_btf()));
	return number + bpf_get_current_task();
}

struct offsets_search {
	__u64 pointer; /* per-CPU, of the element of probe_point */
};

static long learn_offset(__u32 cpu, struct offsets_search *search)
{
	__u32 zero = 0;
	__u64 *place = bpf_map_lookup_percpu_elem(&probe_point, &zero, cpu);
	__u64 *offset = bpf_map_lookup_elem(&cpu_offsets, &cpu);

	if (place && offset)
		*offset = number_of(place) - search->pointer;
	return 0;
}

/* Once: a kernel without symbols of data does not say where __per_cpu_offset lies. */
SEC("raw_tp")
int learn_cpu_offsets(void *ctx)
{
	struct offsets_search search = {};
	__u64 map = number_of(&probe_point);

	bpf_probe_read_kernel(&search.pointer, sizeof(search.pointer),
			      (void *)(map + bpf_core_field_offset(struct bpf_array, pptrs)));
	if (search.pointer)
		bpf_loop(cpus_count, learn_offset, &search, 0);
	return 0;
}

struct mib_sum {
	struct socklock_namespace *row;
	__u64 tcp, udp, udp6; /* per-CPU pointers */
};

static __always_inline void add_datagrams(__u64 *counts, __u64 mib)
{
	__u64 words[UDP_WORDS] = {};

	bpf_probe_read_kernel(words, sizeof(words), (void *)mib);
	counts[SOCKLOCK_DATAGRAMS_IN] += words[UDP_MIB_INDATAGRAMS];
	counts[SOCKLOCK_DATAGRAMS_OUT] += words[UDP_MIB_OUTDATAGRAMS];
}

static long add_cpu(__u32 cpu, struct mib_sum *sum)
{
	__u64 *offset = bpf_map_lookup_elem(&cpu_offsets, &cpu);
	__u64 words[TCP_WORDS] = {};
	__u64 *counts = sum->row->counts;

	if (!offset)
		return 1;
	bpf_probe_read_kernel(words, sizeof(words), (void *)(sum->tcp + *offset));
	counts[SOCKLOCK_ACTIVE_OPENS] += words[TCP_MIB_ACTIVEOPENS];
	counts[SOCKLOCK_PASSIVE_OPENS] += words[TCP_MIB_PASSIVEOPENS];
	counts[SOCKLOCK_ATTEMPT_FAILS] += words[TCP_MIB_ATTEMPTFAILS];
	counts[SOCKLOCK_CURRENTLY_ESTABLISHED] += words[TCP_MIB_CURRESTAB];
	counts[SOCKLOCK_SEGMENTS_IN] += words[TCP_MIB_INSEGS];
	counts[SOCKLOCK_SEGMENTS_OUT] += words[TCP_MIB_OUTSEGS];
	add_datagrams(counts, sum->udp + *offset);
	if (sum->udp6)
		add_datagrams(counts, sum->udp6 + *offset);
	return 0;
}

static __always_inline __u64 cookie_of(struct net *net)
{
	/* Linux 6.19 and later: the id of the namespace, of whatever kind. */
	if (bpf_core_field_exists(net->net_cookie))
		return BPF_CORE_READ(net, net_cookie);
	return bpf_core_field_exists(net->ns.ns_id) ? BPF_CORE_READ(net, ns.ns_id) : (__u64)net;
}

static __always_inline void read_namespace(struct net *net, struct socklock_namespace *row)
{
	struct mib_sum sum = {.row = row};

	__builtin_memset(row, 0, sizeof(*row));
	sum.tcp = (__u64)BPF_CORE_READ(net, mib.tcp_statistics);
	sum.udp = (__u64)BPF_CORE_READ(net, mib.udp_statistics);
	if (bpf_core_field_exists(net->mib.udp_stats_in6))
		sum.udp6 = (__u64)BPF_CORE_READ(net, mib.udp_stats_in6);
	if (!sum.tcp || !sum.udp)
		return;
	bpf_loop(cpus_count, add_cpu, &sum, 0);
	row->tables.hashinfo = (__u64)BPF_CORE_READ(net, ipv4.tcp_death_row.hashinfo);
	read_hash_tables(net, (struct inet_hashinfo *)row->tables.hashinfo, &row->tables);
	/* Last: user space takes a row without it for unfinished. */
	*(volatile __u64 *)&row->cookie = cookie_of(net);
}

/* Round the list that all namespaces are in (net/core/net_namespace.c, net_namespace_list), from any of them. */
struct walk {
	__u64 first;
	__u64 at;
	__u64 operations; /* that all network namespaces have, and the head of the list does not */
	__u64 rows;
	bool of_ended;
	bool is_whole;
};

static __always_inline __u64 next_namespace(__u64 at)
{
	return (__u64)BPF_CORE_READ((struct net *)at, list.next) - bpf_core_field_offset(struct net, list);
}

static __always_inline bool begin_walk(struct walk *walk)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct net *own = BPF_CORE_READ(task, nsproxy, net_ns);

	/* A task that ends has left its namespaces. */
	if (!own)
		return false;
	walk->first = walk->at = (__u64)own;
	walk->operations = (__u64)BPF_CORE_READ(own, ns.ops);
	return true;
}

static long visit_namespace(__u32 i, struct walk *walk)
{
	struct net *net = (struct net *)walk->at;
	struct socklock_namespace *row;
	__u32 index = (__u32)walk->rows;

	if (i && walk->at == walk->first) {
		walk->is_whole = true;
		return 1;
	}
	walk->at = next_namespace(walk->at);
	if ((__u64)BPF_CORE_READ(net, ns.ops) != walk->operations)
		return 0;
	row = bpf_map_lookup_elem(&namespaces, &index);
	if (!row)
		return 1;
	read_namespace(net, row);
	walk->rows++;
	return 0;
}

/* Run by the kernel under RCU (net/bpf/test_run.c), which keeps namespaces that leave the list where they are. */
SEC("raw_tp")
int read_namespaces(void *ctx)
{
	struct walk walk = {};

	row_count = 0;
	is_whole = 0;
	if (!begin_walk(&walk))
		return 0;
	own_cookie = cookie_of((struct net *)walk.first);
	bpf_loop(SOCKLOCK_NAMESPACES + 2, visit_namespace, &walk, 0);
	row_count = walk.rows;
	is_whole = walk.is_whole;
	return 0;
}

/* Before Linux 6.18. */
struct ns_common___counted {
	struct {
		struct {
			int counter;
		} refs;
	} count;
} __attribute__((preserve_access_index));

static __always_inline bool has_users(struct net *net)
{
	struct ns_common___counted *counted = (void *)&net->ns;

	if (bpf_core_field_exists(net->ns.__ns_ref))
		return BPF_CORE_READ(net, ns.__ns_ref.refs.counter) != 0;
	return BPF_CORE_READ(counted, count.refs.counter) != 0;
}

static long visit_ended(__u32 i, struct walk *walk)
{
	struct net *net = (struct net *)walk->at;
	struct socklock_namespace *row;
	__u32 index;

	if (i && walk->at == walk->first)
		return 1;
	walk->at = next_namespace(walk->at);
	if ((__u64)BPF_CORE_READ(net, ns.ops) != walk->operations || has_users(net))
		return 0;
	index = ended_count % SOCKLOCK_ENDED_NAMESPACES;
	row = bpf_map_lookup_elem(&ended, &index);
	if (!row)
		return 1;
	read_namespace(net, row);
	__sync_fetch_and_add(&ended_count, 1);
	return 0;
}

/*
 * cleanup_net() is one item of work, of a queue that runs one at a time. What it is about to clean up has no users,
 * hence no sockets, and is still in the list.
 */
SEC("tp_btf/workqueue_execute_start")
int BPF_PROG(workqueue_execute_start, struct work_struct *work)
{
	struct walk walk = {};

	if ((__u64)work->func != cleanup_function || !cleanup_function || !begin_walk(&walk))
		return 0;
	bpf_loop(SOCKLOCK_NAMESPACES + 2, visit_ended, &walk, 0);
	return 0;
}
