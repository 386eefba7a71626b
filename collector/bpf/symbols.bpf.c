// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs that user space runs to ask the kernel for symbols: some hundred of the 200,000 of /proc/kallsyms, which
 * take 0.1 s to print. They need no type information, so that loading them costs next to nothing.
 */
#include "collector/bpf/wire.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

__u32 query_count = 0;
struct socklock_symbol_query queries[SOCKLOCK_SYMBOL_QUERIES] = {};
struct socklock_name_query name_query = {};

static long describe_address(__u32 i, void *unused)
{
	struct socklock_symbol_query *query;

	if (i >= SOCKLOCK_SYMBOL_QUERIES)
		return 1;
	query = &queries[i];
	/* "tcp_v4_rcv+0x12/0x340 [module]": lib/vsprintf.c, symbol_string(); kernel/kallsyms.c, __sprint_symbol() */
	BPF_SNPRINTF(query->text, sizeof(query->text), "%pS", query->address);
	return 0;
}

SEC("syscall")
int describe_addresses(void *ctx)
{
	bpf_loop(query_count, describe_address, NULL, 0);
	return 0;
}

SEC("syscall")
int find_name(void *ctx)
{
	name_query.error = bpf_kallsyms_lookup_name(name_query.name, sizeof(name_query.name), 0, &name_query.address);
	return 0;
}
