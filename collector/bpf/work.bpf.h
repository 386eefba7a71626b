/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work done meanwhile: connections, operations, bytes. Also learns tables of network namespaces. */
#ifndef SOCKLOCK_COLLECTOR_BPF_WORK_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_WORK_BPF_H

#include "collector/bpf/hash_tables.bpf.h"
#include "collector/bpf/maps.bpf.h"
#include "collector/bpf/sockets.bpf.h"

/* include/net/tcp_states.h */
enum { TCP_ESTABLISHED = 1, TCP_SYN_SENT = 2, TCP_SYN_RECV = 3, TCP_CLOSE = 7, TCP_LISTEN = 10 };
enum { MSG_PEEK = 2 };

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
int look_around(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	read_own_hash_tables(&netns_tables[0]);
	registers_offset = as_number((void *)bpf_task_pt_regs(task)) - (__u64)task->stack;
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(inet_sock_set_state, const struct sock *sk, int oldstate, int newstate)
{
	struct socklock_cpu *cpu = this_cpu();

	if (!cpu || CONTROL(cpu, phase) != SOCKLOCK_RUNNING)
		return 0;
	learn_hash_tables(sk, cpu);
	if (newstate == TCP_ESTABLISHED || newstate == TCP_LISTEN)
		remember_socket(&sk->__sk_common, newstate == TCP_LISTEN);
	if (newstate == TCP_SYN_SENT)
		COUNT(cpu, SOCKLOCK_WORK_CONNECTIONS_ACTIVE);
	else if (oldstate == TCP_SYN_RECV && newstate == TCP_ESTABLISHED)
		COUNT(cpu, SOCKLOCK_WORK_CONNECTIONS_PASSIVE);
	else if (newstate == TCP_CLOSE && oldstate != TCP_LISTEN)
		COUNT(cpu, SOCKLOCK_WORK_CONNECTIONS_CLOSED);
	return 0;
}

/* From Linux 6.3 on. */
SEC("tp_btf/sock_send_length")
int BPF_PROG(sock_send_length, struct sock *sk, int ret, int flags)
{
	struct socklock_cpu *cpu = this_cpu();

	if (!cpu || CONTROL(cpu, phase) != SOCKLOCK_RUNNING || ret < 0)
		return 0;
	COUNT(cpu, SOCKLOCK_WORK_SEND_OPERATIONS);
	cpu->counters[SOCKLOCK_WORK_SEND_BYTES] += (__u32)ret;
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(sock_recv_length, struct sock *sk, int ret, int flags)
{
	struct socklock_cpu *cpu = this_cpu();

	if (!cpu || CONTROL(cpu, phase) != SOCKLOCK_RUNNING || ret < 0 || (flags & MSG_PEEK))
		return 0;
	COUNT(cpu, SOCKLOCK_WORK_RECEIVE_OPERATIONS);
	cpu->counters[SOCKLOCK_WORK_RECEIVE_BYTES] += (__u32)ret;
	return 0;
}

#endif
