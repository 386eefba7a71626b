/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of which TCP socket a lock is, while its waiter has it and so keeps the socket where it is. A socket is known by
 * its struct proto, at that place of the memory before the lock; nothing has to be learnt before or looked up.
 */
#ifndef SOCKLOCK_COLLECTOR_BPF_SOCKETS_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_SOCKETS_BPF_H

#include "collector/bpf/filter.bpf.h"
#include "collector/bpf/maps.bpf.h"
#include "collector/bpf/summary.bpf.h"

#include <bpf/bpf_endian.h>

/* include/linux/socket.h */
enum { AF_INET = 2, AF_INET6 = 10 };
/* include/net/tcp_states.h */
enum { TCP_ESTABLISHED = 1, TCP_SYN_SENT = 2, TCP_SYN_RECV = 3, TCP_CLOSE = 7, TCP_LISTEN = 10, TCP_NEW_SYN_RECV = 12 };

const volatile bool socket_addresses = false;
const volatile struct socklock_socket_lock socket_locks[SOCKLOCK_LOCK_RESIDUES][SOCKLOCK_LOCKS_OF_RESIDUE] = {};

/* Descriptors of a TCP socket over IPv4 and IPv6 of the recorder's, and the struct proto that these are of. */
volatile int tcp_sockets[2] = {-1, -1};
volatile __u64 tcp_protocols[2] = {};

MMAPPED_ARRAY(endpoints, struct socklock_endpoints); /* half << SOCKLOCK_ENDPOINTS_BITS | number */

static __always_inline struct sock *socket_by_descriptor(struct task_struct *task, __u32 descriptor)
{
	struct file **files = BPF_CORE_READ(task, files, fdt, fd);
	struct file *file = NULL;
	struct socket *socket;

	if (descriptor >= BPF_CORE_READ(task, files, fdt, max_fds))
		return NULL;
	if (bpf_probe_read_kernel(&file, sizeof(file), files + descriptor) || !file)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

static __always_inline void learn_tcp_protocols(struct task_struct *task)
{
	__u32 i;

#pragma unroll
	for (i = 0; i < 2; i++) {
		struct sock *sk;

		if (tcp_sockets[i] < 0)
			continue;
		sk = socket_by_descriptor(task, (__u32)tcp_sockets[i]);
		if (sk)
			tcp_protocols[i] = (__u64)BPF_CORE_READ(sk, sk_prot_creator);
	}
}

/* Reads without a call where the kernel lets us, a fault giving 0. */
#define READ_SOCKET(sk, member)                                                                                       \
	(bpf_rdonly_cast                                                                                              \
		 ? ((struct sock *)bpf_rdonly_cast((const void *)(sk), bpf_core_type_id_kernel(struct sock)))->member \
		 : BPF_CORE_READ((const struct sock *)(sk), member))

/* Not a socket of TCP. */
enum { NO_SOCKET = ~0U };

/* What there is to say of a TCP socket at an address, but for the lock's number: one that has no port, too. */
static __always_inline __u32 look_at_socket(__u64 sk)
{
	__u64 protocol = (__u64)READ_SOCKET(sk, sk_prot_creator);
	__u32 said;

	if (!protocol || (protocol != tcp_protocols[0] && protocol != tcp_protocols[1]))
		return NO_SOCKET;
	said = READ_SOCKET(sk, __sk_common.skc_num);
	if (READ_SOCKET(sk, __sk_common.skc_state) == TCP_LISTEN)
		said |= SOCKLOCK_SOCKET_LISTENS;
	if (protocol == tcp_protocols[1])
		said |= SOCKLOCK_SOCKET_IPV6;
	return said;
}

static __always_inline void read_endpoints(const struct sock_common *sk, bool ipv6, struct socklock_endpoints *both)
{
	both->family = ipv6 ? AF_INET6 : AF_INET;
	both->local_port = BPF_CORE_READ(sk, skc_num);
	both->remote_port = bpf_ntohs(BPF_CORE_READ(sk, skc_dport));
	if (ipv6) {
		bpf_core_read(both->local, sizeof(both->local), &sk->skc_v6_rcv_saddr);
		bpf_core_read(both->remote, sizeof(both->remote), &sk->skc_v6_daddr);
	} else {
		bpf_core_read(both->local, sizeof(__be32), &sk->skc_rcv_saddr);
		bpf_core_read(both->remote, sizeof(__be32), &sk->skc_daddr);
	}
}

static __always_inline __u64 hash_of_endpoints(const struct socklock_endpoints *both)
{
	const __u64 *words = (const __u64 *)both;
	__u64 hash = 0;
	__u32 i;

#pragma unroll
	for (i = 1; i < sizeof(*both) / sizeof(__u64); i++)
		hash = mix(hash + words[i]) + i;
	return hash ? hash : 1;
}

/* Number of both ends in the half of an interval; 0: there is no place. */
static __noinline __u32 number_of_endpoints(__u64 sk, __u32 said, __u32 half)
{
	struct socklock_endpoints both = {};
	__u64 hash;
	__u32 i;

	read_endpoints((const struct sock_common *)sk, said & SOCKLOCK_SOCKET_IPV6, &both);
	hash = hash_of_endpoints(&both);
	for (i = 0; i < SOCKLOCK_PROBES; i++) {
		__u32 number = (__u32)(hash + i) & ((1U << SOCKLOCK_ENDPOINTS_BITS) - 1);
		__u32 index = (half & 1) << SOCKLOCK_ENDPOINTS_BITS | number;
		struct socklock_endpoints *place = bpf_map_lookup_elem(&endpoints, &index);
		__u64 found;

		if (!number || !place)
			continue;
		found = place->hash;
		if (found == hash)
			return number;
		if (found || __sync_val_compare_and_swap(&place->hash, 0, hash) != 0)
			continue;
		__builtin_memcpy(&place->local_port, &both.local_port, sizeof(both) - sizeof(both.hash));
		return number;
	}
	return 0;
}

/* A socket's network namespace as bits of `socket`; 0: not known. */
static __always_inline __u64 netns_of(__u64 sk)
{
	const struct net *net = READ_SOCKET(sk, __sk_common.skc_net.net);
	__u64 number;

	if (!net)
		return 0;
	number = (bpf_rdonly_cast ? ((struct net *)bpf_rdonly_cast(net, bpf_core_type_id_kernel(struct net)))->ns.inum
				  : BPF_CORE_READ(net, ns.inum)) -
		 SOCKLOCK_FIRST_NETNS_INODE;
	return number < 1U << SOCKLOCK_SOCKET_NETNS_BITS ? number << SOCKLOCK_SOCKET_NETNS_SHIFT : 0;
}

static __noinline __u32 socket_of(__u64 lock, __u64 *sk)
{
	__u32 residue = (__u32)lock / SOCKLOCK_LOCK_ALIGNMENT % SOCKLOCK_LOCK_RESIDUES;
	__u32 i;

	if (!lock || !sk)
		return 0;
	for (i = 0; i < SOCKLOCK_LOCKS_OF_RESIDUE; i++) {
		__u32 number = socket_locks[residue][i].number;
		__u32 said;

		if (!number)
			return 0;
		*sk = lock - socket_locks[residue][i].offset_bytes;
		said = look_at_socket(*sk);
		if (said != NO_SOCKET)
			return said | number << SOCKLOCK_SOCKET_LOCK_SHIFT;
	}
	return 0;
}

/* Of a wait that has just ended, and whose interval is decided now: numbers of both ends are of one. */
static __always_inline void note_socket(struct socklock_event *wait, struct socklock_cpu *cpu)
{
	__u32 half = CONTROL(cpu, half) & 1, said;
	__u64 sk = 0;

	said = socket_of(wait->key.lock, &sk);
	wait->half = half;
	wait->socket = said ? said | netns_of(sk) : 0;
	if (socket_addresses && said)
		wait->socket |= (__u64)number_of_endpoints(sk, said, half) << SOCKLOCK_SOCKET_ENDS_SHIFT;
}

#endif
