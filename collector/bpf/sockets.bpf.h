/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose socket is at an address: its local port, and its addresses where those were asked for. */
#ifndef SOCKLOCK_COLLECTOR_BPF_SOCKETS_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_SOCKETS_BPF_H

#include "collector/bpf/filter.bpf.h"
#include "collector/bpf/maps.bpf.h"

#include <bpf/bpf_endian.h>

/* include/linux/socket.h */
enum { AF_INET = 2, AF_INET6 = 10 };

const volatile bool socket_addresses = false;

MMAPPED_ARRAY(sockets, struct socklock_socket); /* mix(sk) selects SOCKLOCK_SOCKET_WAYS neighbours */

/* The socket's place in the table: its own, a free one, or that of another connection. */
static __always_inline struct socklock_socket *place_of_socket(__u64 sk)
{
	__u32 first = (__u32)mix(sk) & ((1U << SOCKLOCK_SOCKET_BITS) - SOCKLOCK_SOCKET_WAYS);
	struct socklock_socket *chosen = NULL;
	__u32 i, last = bpf_get_prandom_u32();

	for (i = 0; i < SOCKLOCK_SOCKET_WAYS; i++) {
		__u32 index = first + i;
		struct socklock_socket *place = bpf_map_lookup_elem(&sockets, &index);

		if (!place)
			return NULL;
		if (place->sk == sk)
			return place;
		/* Listeners stay: they are few, and what most wait for. */
		if (!place->sk || (!place->listens && (!chosen || (chosen->sk && (last + i) % 2))))
			chosen = place;
	}
	return chosen;
}

static __always_inline void remember_socket(const struct sock_common *sk, bool listens)
{
	struct socklock_socket *place;
	__u64 address;
	__u16 port = BPF_CORE_READ(sk, skc_num);

	if (!port)
		return;
	address = as_number(sk);
	place = place_of_socket(address);
	if (!place)
		return;
	/* First, and the address last: user space takes no other socket's port for this one's. */
	*(volatile __u64 *)&place->sk = 0;
	place->local_port = port;
	place->listens = listens;
	place->family = (__u8)BPF_CORE_READ(sk, skc_family);
	if (socket_addresses) {
		place->remote_port = bpf_ntohs(BPF_CORE_READ(sk, skc_dport));
		if (place->family == AF_INET6) {
			bpf_core_read(place->local, sizeof(place->local), &sk->skc_v6_rcv_saddr);
			bpf_core_read(place->remote, sizeof(place->remote), &sk->skc_v6_daddr);
		} else {
			bpf_core_read(place->local, sizeof(__be32), &sk->skc_rcv_saddr);
			bpf_core_read(place->remote, sizeof(__be32), &sk->skc_daddr);
		}
	}
	__sync_lock_test_and_set(&place->sk, address);
}

#endif
