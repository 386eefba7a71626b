// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * On demand: which kernel code is on the CPU, by a clock. Shows where waiting was only turned into work. The
 * clock is a software event, a timer interrupt and no NMI, so it may share the table of stacks with the others.
 */
#include "collector/bpf/kernel_types.h"

#include "collector/bpf/maps.bpf.h"
#include "collector/bpf/stacks.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* enum socklock_phase; user space moves it on. */
volatile __u32 phase = SOCKLOCK_IDLE;

volatile __u64 user_samples = 0;
volatile __u64 lost_samples = 0; /* in the kernel, but without a stack */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} cpu_samples SEC(".maps"); /* CPU << stack_bits | stack id */

SEC("perf_event")
int sample_cpu(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *scratch = scratch_of(SCRATCH_BEGIN);
	struct socklock_cpu *cpu = this_cpu();
	__u32 index;
	__u64 *count;
	long bytes;

	if (phase != SOCKLOCK_RUNNING || !scratch || !cpu)
		return 0;
	if ((__u32)task->tgid == self_pid || left_out_by_filter(task))
		return 0;
	bytes = bpf_get_stack(ctx, scratch->address, sizeof(scratch->address), 0);
	if (bytes <= 0) {
		__sync_fetch_and_add(&user_samples, 1);
		return 0;
	}
	hash_stack(scratch);
	index = stack_id(scratch, cpu);
	if (!index) {
		__sync_fetch_and_add(&lost_samples, 1);
		return 0;
	}
	index += bpf_get_smp_processor_id() << stack_bits;
	count = bpf_map_lookup_elem(&cpu_samples, &index);
	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}
