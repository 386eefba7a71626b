/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings, maps and counters that all programs share. Array maps only: their look-up is inlined, they
 * have no lock, and user space reads them without a system call. User space sets max_entries.
 */
#ifndef SOCKLOCK_COLLECTOR_BPF_MAPS_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_MAPS_BPF_H

#include "collector/bpf/mapped_array.bpf.h"
#include "collector/bpf/wire.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "base/wait_buckets.h"

/* Settings, fixed at load. */
const volatile __u32 ring_bits = 12;
const volatile __u32 summary_bits = 12;
const volatile __u32 cell_bits = 13;
const volatile __u32 stack_bits = 12;
const volatile __u32 task_bits = 12;
const volatile __u32 cpus_count = 1;
const volatile __u32 stacks_mode = SOCKLOCK_STACKS_ALL;
/* Shorter waits get neither event nor call stack. */
const volatile __u64 min_wait_ns = 0;
/* Text that system calls and interrupts enter the kernel by; 0: stacks are always walked. */
const volatile __u64 entry_text_begin = 0;
const volatile __u64 entry_text_end = 0;
/* Text range of __lock_sock() and address of autoremove_wake_function(); 0: owner waits are not recorded. */
const volatile __u64 lock_sock_begin = 0;
const volatile __u64 lock_sock_end = 0;
const volatile __u64 autoremove_function = 0;

/* What the self-test saw: spin waits of its own, and where one of them began. */
volatile __u64 self_test_waits = 0;
__u64 self_test_stack[SOCKLOCK_SELF_TEST_FRAMES] = {};
/*
 * How many threads wait for the owner of a socket, by the low bits of their numbers: read at each switch of tasks, for
 * the one that goes on, and so not one word that all CPUs write.
 */
volatile __u32 owner_waits[1 << SOCKLOCK_OWNER_WAITS_BITS] = {};
/* Where user space's registers lie on every task's stack: task_pt_regs() (arch/x86/include/asm/processor.h). */
volatile __u64 registers_offset = 0;
struct socklock_hash_tables netns_tables[SOCKLOCK_NETNS_SLOTS] = {};

MMAPPED_ARRAY(cpus, struct socklock_cpu);	      /* by CPU */
MMAPPED_ARRAY(events, struct socklock_event);	      /* CPU << ring_bits | position */
MMAPPED_ARRAY(summary, struct socklock_summary_slot); /* see summary.bpf.h */
MMAPPED_ARRAY(cells, struct socklock_cell);	      /* see summary.bpf.h */
MMAPPED_ARRAY(stacks, struct socklock_stack_slot);    /* by stack id */
MMAPPED_ARRAY(task_slots, struct socklock_task_slot); /* by hash of the task */

/*
 * Updating an array of maps makes the kernel wait until every running program has returned
 * (kernel/bpf/syscall.c, maybe_wait_bpf_programs()): the barrier after a change of `control`.
 */
struct barrier_inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} barrier_inner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct barrier_inner);
} barrier SEC(".maps") = {.values = {&barrier_inner}};

static __always_inline struct socklock_cpu *this_cpu(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&cpus, &cpu);
}

/* What user space asks for now. */
#define CONTROL(cpu, what) (*(volatile typeof((cpu)->control.what) *)&(cpu)->control.what)

/* For counters that only one program writes: a program never nests with itself on one CPU. */
#define COUNT(cpu, which) ((cpu)->counters[which]++)
/* For counters of several programs, which may interrupt each other. */
#define COUNT_SHARED(cpu, which) __sync_fetch_and_add(&(cpu)->counters[which], 1)

/* One run in some is timed, and stands for the others: when it began, or 0. */
static __always_inline __u64 begin_of_timed(__u64 run)
{
	return run % SOCKLOCK_RUNS_PER_TIMED ? 0 : bpf_ktime_get_ns();
}

static __always_inline void end_of_timed(struct socklock_cpu *cpu, enum socklock_counter which, __u64 begin_ns)
{
	if (begin_ns)
		__sync_fetch_and_add(&cpu->counters[which], (bpf_ktime_get_ns() - begin_ns) * SOCKLOCK_RUNS_PER_TIMED);
}

/* Spreads a key over 64 bits: the finalizer of MurmurHash3 (Austin Appleby, public domain). */
static __always_inline __u64 mix(__u64 value)
{
	value ^= value >> 33;
	value *= 0xff51afd7ed558ccdULL;
	value ^= value >> 33;
	value *= 0xc4ceb9fe1a85ec53ULL;
	value ^= value >> 33;
	return value;
}

#endif
