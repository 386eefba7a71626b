/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work done meanwhile, one by one: connections that were opened; all others, too, of a filter's processes or where the
 * kernel's own counters can't be read (namespaces.bpf.c); operations and bytes. Also learns tables of network
 * namespaces.
 */
#ifndef SOCKLOCK_COLLECTOR_BPF_WORK_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_WORK_BPF_H

#include "collector/bpf/hash_tables.bpf.h"
#include "collector/bpf/maps.bpf.h"
#include "collector/bpf/sockets.bpf.h"

enum { MSG_PEEK = 2 };			       /* include/linux/socket.h */
enum { IPPROTO_TCP = 6, IPPROTO_MPTCP = 262 }; /* include/uapi/linux/in.h */
#ifdef __TARGET_ARCH_arm64
enum { SYSCALL_ACCEPT = 202, SYSCALL_ACCEPT4 = 242 };
#else
enum { SYSCALL_ACCEPT = 43, SYSCALL_ACCEPT4 = 288 }; /* x86_64 */
#endif

volatile __u64 own_net = 0; /* the recorder's network namespace */

/* Sockets that processes of the filter opened or accepted, until they are closed. */
MMAPPED_ARRAY(own_sockets, __u64);

/* A namespace has its own tables only with net.ipv4.tcp_child_ehash_entries set, so there are few. */
static __always_inline void learn_hash_tables(const struct sock *sk, struct socklock_cpu *cpu)
{
	struct net *net = sk->__sk_common.skc_net.net;
	struct inet_hashinfo *info = net->ipv4.tcp_death_row.hashinfo;
	__u32 i;

	for (i = 0; i < SOCKLOCK_NETNS_SLOTS; i++) {
		struct socklock_hash_tables *tables = &netns_tables[i];
		__u64 found = tables->hashinfo;

		if (found == 0)
			found = __sync_val_compare_and_swap(&tables->hashinfo, 0, (__u64)info);
		if (found == 0)
			read_hash_tables(net, info, tables);
		if (found == 0 || found == (__u64)info)
			return;
	}
	COUNT(cpu, SOCKLOCK_NETNS_TABLE_FULL);
}

/* Before the recording: buckets have names where no connection changes its state, registers are found at once. */
SEC("syscall")
int learn_host(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	read_own_hash_tables(&netns_tables[0]);
	own_net = (__u64)BPF_CORE_READ(task, nsproxy, net_ns);
	learn_tcp_protocols(task);
	registers_offset = as_number((void *)bpf_task_pt_regs(task)) - (__u64)task->stack;
	return 0;
}

static __always_inline bool has_filter(void)
{
	return filter_pid || filter_cgroup;
}

/* Whether what runs now is work of what is recorded; an interrupt on top of a task is nobody's. */
static __always_inline bool is_own_work(void *ctx)
{
	struct here here;

	if (!has_filter())
		return true;
	here = here_of(ctx);
	return here.context == SOCKLOCK_CONTEXT_TASK && !left_out_by_filter(here.task);
}

/* Puts `value` where `wanted` is among the places of a socket; false where that is in none of them. */
static __noinline bool change_own_socket(__u64 sk, __u64 wanted, __u64 value)
{
	__u64 hash = mix(sk);
	__u32 i;

	for (i = 0; i < SOCKLOCK_PROBES; i++) {
		__u32 index = (__u32)(hash + i) & ((1U << SOCKLOCK_OWN_SOCKETS_BITS) - 1);
		__u64 *place = bpf_map_lookup_elem(&own_sockets, &index);

		if (place && *place == wanted && __sync_val_compare_and_swap(place, wanted, value) == wanted)
			return true;
	}
	return false;
}

static __always_inline bool is_own_socket(__u64 sk)
{
	return !has_filter() || change_own_socket(sk, sk, sk);
}

static __always_inline bool forget_own_socket(__u64 sk)
{
	return !has_filter() || change_own_socket(sk, sk, 0);
}

static __always_inline void add_own_socket(__u64 sk, struct socklock_cpu *cpu)
{
	if (!change_own_socket(sk, sk, sk) && !change_own_socket(sk, 0, sk))
		COUNT_SHARED(cpu, SOCKLOCK_OWN_SOCKETS_FULL);
}

static __always_inline void count_connection(const struct sock *sk, bool active, struct socklock_cpu *cpu)
{
	bool elsewhere = (__u64)BPF_CORE_READ(sk, __sk_common.skc_net.net) != own_net;

	COUNT(cpu, active ? SOCKLOCK_WORK_CONNECTIONS_ACTIVE : SOCKLOCK_WORK_CONNECTIONS_PASSIVE);
	if (elsewhere)
		COUNT(cpu, active ? SOCKLOCK_WORK_ELSEWHERE_ACTIVE : SOCKLOCK_WORK_ELSEWHERE_PASSIVE);
}

static __always_inline bool was_connected(int state)
{
	return state != TCP_SYN_SENT && state != TCP_SYN_RECV && state != TCP_CLOSE && state != TCP_LISTEN &&
	       state != TCP_NEW_SYN_RECV;
}

/*
 * A connection that was opened has left SYN_SENT for another state than CLOSE, which it goes to when connect() finds
 * no port, is refused or gives up. One that was accepted got its socket from the listener's, in SYN_RECV: that is when
 * the kernel counts PassiveOpens (net/ipv4/tcp_minisocks.c, tcp_create_openreq_child()), too.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(inet_sock_set_state, const struct sock *sk, int oldstate, int newstate)
{
	struct socklock_cpu *cpu = this_cpu();
	__u64 address;

	/* MPTCP's and SCTP's sockets change their states here, too; the connections under MPTCP are TCP's. */
	if (!cpu || CONTROL(cpu, phase) != SOCKLOCK_RUNNING || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	address = as_number(sk);
	/* A socket that goes to work: others of its namespace came this way, too. */
	if (oldstate == TCP_CLOSE || oldstate == TCP_LISTEN)
		learn_hash_tables(sk, cpu);
	if (newstate == TCP_SYN_SENT) {
		/* A socket's memory may be another's by now. */
		if (has_filter() && is_own_work(ctx))
			add_own_socket(address, cpu);
		else if (has_filter())
			forget_own_socket(address);
	} else if (newstate == TCP_CLOSE) {
		if (forget_own_socket(address) && was_connected(oldstate))
			COUNT(cpu, SOCKLOCK_WORK_CONNECTIONS_CLOSED);
	} else if (oldstate == TCP_SYN_SENT) {
		if (is_own_socket(address))
			count_connection(sk, true, cpu);
	} else if (newstate == TCP_SYN_RECV) {
		if (has_filter())
			forget_own_socket(address);
		else
			count_connection(sk, false, cpu);
	}
	return 0;
}

/*
 * Connections opened, where the kernel's own counters tell the rest: it counts attempts, and no counter tells which of
 * them were given up before they were established.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(connection_opened, const struct sock *sk, int oldstate, int newstate)
{
	struct socklock_cpu *cpu;

	/* Nearly all changes end here: nothing before it, no call and no stack. */
	if (oldstate != TCP_SYN_SENT || newstate == TCP_CLOSE)
		return 0;
	cpu = this_cpu();
	if (cpu && CONTROL(cpu, phase) == SOCKLOCK_RUNNING && sk->sk_protocol == IPPROTO_TCP)
		count_connection(sk, true, cpu);
	return 0;
}

/* With a filter, connections that its processes accepted. Attached for that only: it runs at every system call. */
SEC("tp_btf/sys_exit")
int BPF_PROG(sys_exit, struct pt_regs *regs, long result)
{
	struct socklock_cpu *cpu = this_cpu();
	struct task_struct *task = bpf_get_current_task_btf();
	struct sock *sk;
	__u16 protocol;

	if (result < 0 || (regs->SYSCALL_REGISTER != SYSCALL_ACCEPT4 && regs->SYSCALL_REGISTER != SYSCALL_ACCEPT))
		return 0;
	if (!cpu || CONTROL(cpu, phase) != SOCKLOCK_RUNNING || left_out_by_filter(task))
		return 0;
	sk = socket_by_descriptor(task, (__u32)result);
	if (!sk)
		return 0;
	protocol = BPF_CORE_READ(sk, sk_protocol);
	if (protocol != IPPROTO_TCP && protocol != IPPROTO_MPTCP)
		return 0;
	count_connection(sk, false, cpu);
	if (BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_CLOSE)
		add_own_socket((__u64)sk, cpu);
	return 0;
}

static __always_inline void count_operation(void *ctx, struct socklock_cpu *cpu, enum socklock_counter operations,
					    enum socklock_counter bytes, int length)
{
	__u64 begin_ns = begin_of_timed(cpu->counters[operations]);

	if (is_own_work(ctx)) {
		COUNT(cpu, operations);
		cpu->counters[bytes] += (__u32)length;
	}
	end_of_timed(cpu, SOCKLOCK_WORK_TIMED_NS, begin_ns);
}

/* From Linux 6.3 on. */
SEC("tp_btf/sock_send_length")
int BPF_PROG(sock_send_length, struct sock *sk, int ret, int flags)
{
	struct socklock_cpu *cpu = this_cpu();

	if (!cpu || CONTROL(cpu, phase) != SOCKLOCK_RUNNING || ret < 0)
		return 0;
	count_operation(ctx, cpu, SOCKLOCK_WORK_SEND_OPERATIONS, SOCKLOCK_WORK_SEND_BYTES, ret);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(sock_recv_length, struct sock *sk, int ret, int flags)
{
	struct socklock_cpu *cpu = this_cpu();

	if (!cpu || CONTROL(cpu, phase) != SOCKLOCK_RUNNING || ret < 0 || (flags & MSG_PEEK))
		return 0;
	count_operation(ctx, cpu, SOCKLOCK_WORK_RECEIVE_OPERATIONS, SOCKLOCK_WORK_RECEIVE_BYTES, ret);
	return 0;
}

#endif
