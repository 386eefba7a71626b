// SPDX-License-Identifier: GPL-2.0-or-later
/* Run once when a recording starts: the TCP sockets that are there already. */
#include "collector/bpf/kernel_types.h"

#include "collector/bpf/sockets.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* include/net/tcp_states.h */
enum { TCP_TIME_WAIT = 6, TCP_LISTEN = 10, TCP_NEW_SYN_RECV = 12 };

SEC("iter/tcp")
int list_sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *sk = ctx->sk_common;
	__u8 state;

	if (!sk)
		return 0;
	state = BPF_CORE_READ(sk, skc_state);
	if (state != TCP_TIME_WAIT && state != TCP_NEW_SYN_RECV)
		remember_socket(sk, state == TCP_LISTEN);
	return 0;
}
