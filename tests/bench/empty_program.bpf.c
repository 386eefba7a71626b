// SPDX-License-Identifier: GPL-2.0-or-later
/* A program that does nothing, at a tracepoint that is hit often. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("tp_btf/sched_switch")
int empty(void *ctx) { return 0; }
