// SPDX-License-Identifier: GPL-2.0-or-later
/* Does nothing: the capability check attaches it to learn whether functions can be probed here. */
#include "collector/bpf/kernel_types.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

SEC("fentry/inet_listen")
int fentry_probe(void *ctx)
{
	return 0;
}
