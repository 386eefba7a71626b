/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recording one finished wait: into this CPU's ring of events, from which user space adds up the interval's
 * sums. A wait that gets no event, since the ring is full or it is left out by sampling, is added here: to this
 * CPU's section of the interval's summary and its histogram cells. So sums are exact whatever user space does,
 * and most waits need not touch the tables, whose memory is cold. Each CPU writes its own sections only, so
 * nothing is locked; the two halves selected by `control.half` let user space read one while programs write the other.
 */
#ifndef SOCKLOCK_COLLECTOR_BPF_SUMMARY_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_SUMMARY_BPF_H

#include "collector/bpf/maps.bpf.h"
#include "collector/bpf/sampling.bpf.h"

static __always_inline void set_thread(struct socklock_event *wait, const struct task_struct *task)
{
	/* By words; the name's final zero falls on rate_bits and half, which are set later. */
	const __u64 *from = (const __u64 *)task->comm;
	__u64 *name = (__u64 *)wait->comm;

	wait->tid = (__u32)task->pid;
	wait->pid = (__u32)task->tgid;
	name[0] = from[0];
	name[1] = from[1];
}

static __always_inline bool same_key(const struct socklock_wait_key *a, const struct socklock_wait_key *b)
{
	const __u64 *of_a = (const __u64 *)a, *of_b = (const __u64 *)b;

	return of_a[0] == of_b[0] && of_a[1] == of_b[1];
}

static __always_inline __u64 hash_key(const struct socklock_wait_key *key)
{
	const __u64 *words = (const __u64 *)key;

	return mix(words[0] ^ words[1] * 0x9e3779b97f4a7c15ULL);
}

static __always_inline __u32 section(__u32 half, __u32 cpu, __u32 cpus_count, __u32 slots)
{
	return (half * cpus_count + cpu) * slots;
}

/* Slots of the summary in a CPU's section: hashed ones, then the spill. */
#define SUMMARY_SECTION ((1U << summary_bits) + SOCKLOCK_SPILL_SLOTS)

/* Finds or claims the slot of a key among 1 << bits slots from `first` on; its index, or ~0U. */
static __noinline __u32 find_slot(const struct socklock_wait_key *key, __u64 socket, __u32 first, __u32 bits)
{
	__u64 hash;
	__u32 i;

	if (!key)
		return ~0U;
	hash = hash_key(key) + socket;
	for (i = 0; i < SOCKLOCK_PROBES; i++) {
		__u32 index = first + ((__u32)(hash + i) & ((1U << bits) - 1));
		struct socklock_summary_slot *slot = bpf_map_lookup_elem(&summary, &index);

		if (!slot)
			return ~0U;
		if (slot->contentions == 0) {
			slot->key = *key;
			slot->socket = socket;
			slot->wait_min_ns = ~0ULL;
			return index;
		}
		if (same_key(&slot->key, key) && slot->socket == socket)
			return index;
	}
	return ~0U;
}

/* Of a wait for which there is no slot of its own: without what makes waits many. */
static __always_inline __u32 find_spill_slot(const struct socklock_wait_key *key, __u32 first)
{
	const struct socklock_wait_key of_all = {.context = key->context, .flags = key->flags};

	return find_slot(&of_all, 0, first + (1U << summary_bits), SOCKLOCK_SPILL_BITS);
}

static __always_inline void add_to_histogram(struct socklock_cpu *cpu, __u32 first, __u32 slot, __u64 wait_ns)
{
	__u32 key = ((slot << SOCKLOCK_CELL_BUCKET_BITS) | socklock_wait_bucket(wait_ns)) + 1;
	__u64 hash = mix(key);
	__u32 i;

	for (i = 0; i < SOCKLOCK_PROBES; i++) {
		__u32 index = first + ((__u32)(hash + i) & ((1U << cell_bits) - 1));
		struct socklock_cell *cell = bpf_map_lookup_elem(&cells, &index);

		if (!cell)
			break;
		if (cell->key == 0)
			cell->key = key;
		if (cell->key == key) {
			cell->count++;
			return;
		}
	}
	COUNT_SHARED(cpu, SOCKLOCK_HISTOGRAM_FULL);
}

__noinline int add_to_summary(const struct socklock_event *wait, struct socklock_cpu *cpu, __u32 cpu_id, __u32 half)
{
	struct socklock_summary_slot *slot;
	__u32 first = section(half, cpu_id, cpus_count, SUMMARY_SECTION);
	__u32 index;

	if (!wait || !cpu)
		return 0;
	index = find_slot(&wait->key, wait->socket, first, summary_bits);
	if (index == ~0U) {
		COUNT_SHARED(cpu, SOCKLOCK_SUMMARY_FULL);
		index = find_spill_slot(&wait->key, first);
	}
	slot = bpf_map_lookup_elem(&summary, &index);
	if (!slot) {
		COUNT_SHARED(cpu, SOCKLOCK_SUMS_LOST);
		return 0;
	}
	cpu->has_sums[half & 1] = 1;
	slot->contentions++;
	slot->wait_ns += wait->wait_ns;
	if (wait->wait_ns < slot->wait_min_ns)
		slot->wait_min_ns = wait->wait_ns;
	if (wait->wait_ns > slot->wait_max_ns)
		slot->wait_max_ns = wait->wait_ns;
	slot->run_delay_ns += wait->run_delay_ns;
	if (wait->error)
		slot->gave_up++;
	if (wait->stack_weight) {
		slot->sampled++;
		slot->stack_weight += wait->stack_weight;
		slot->weighted_wait_ns += wait->stack_weight * wait->wait_ns;
	}
	add_to_histogram(cpu, section(half, cpu_id, cpus_count, 1U << cell_bits), index - first, wait->wait_ns);
	return 0;
}

/* Whether the wait is left to the sums. */
static __always_inline bool is_too_short(const struct socklock_event *wait)
{
	return wait->wait_ns < min_wait_ns;
}

/* The event is complete before user space sees the new head; only this CPU writes it. */
static __always_inline void publish_event(struct socklock_cpu *cpu, __u64 head)
{
#ifdef __TARGET_ARCH_x86
	/* Stores become visible in their order. An atomic would wait here until all of them have reached the cache. */
	asm volatile("" ::: "memory");
	*(volatile __u64 *)&cpu->ring_head = head + 1;
#else
	__sync_fetch_and_add(&cpu->ring_head, 1);
#endif
}

/* False where the wait gets no event. */
static __always_inline bool push_event(const struct socklock_event *wait, struct socklock_cpu *cpu, __u32 cpu_id,
				       __u32 half)
{
	__u64 head = cpu->ring_head;
	struct socklock_event *event;
	__u32 rate_bits = CONTROL(cpu, event_rate_bits);
	__u32 index;

	if (UNLIKELY(is_left_out(rate_bits))) {
		COUNT_SHARED(cpu, SOCKLOCK_EVENTS_LEFT_OUT);
		return false;
	}
	if (UNLIKELY(head - *(volatile __u64 *)&cpu->ring_tail >= 1ULL << ring_bits)) {
		COUNT_SHARED(cpu, SOCKLOCK_EVENT_RING_FULL);
		return false;
	}
	index = (cpu_id << ring_bits) + ((__u32)head & ((1U << ring_bits) - 1));
	event = bpf_map_lookup_elem(&events, &index);
	if (!event)
		return false;
	*event = *wait;
	event->cpu = (__u16)cpu_id;
	event->rate_bits = rate_bits & 31;
	event->half = half;
	publish_event(cpu, head);
	return true;
}

/* socklock_pending_wait.state */
enum { PENDING_FREE, PENDING_CLAIMED, PENDING_COMPLETE };

/* Keeps a wait until the program that writes this CPU's tables is done with its own. */
__noinline int push_pending(const struct socklock_event *wait, struct socklock_cpu *cpu)
{
	__u32 i;

	if (!wait || !cpu)
		return 0;
	for (i = 0; i < SOCKLOCK_PENDING_WAITS; i++) {
		struct socklock_pending_wait *pending = &cpu->pending[i];

		if (__sync_val_compare_and_swap(&pending->state, PENDING_FREE, PENDING_CLAIMED) != PENDING_FREE)
			continue;
		pending->wait = *wait;
		asm volatile("" ::: "memory");
		*(volatile __u64 *)&pending->state = PENDING_COMPLETE;
		*(volatile __u16 *)&cpu->has_pending = 1;
		return 0;
	}
	COUNT_SHARED(cpu, SOCKLOCK_REENTERED);
	return 0;
}

/* Global, so that the verifier looks at it once and not at every call; as the others here. */
__noinline int write_wait(const struct socklock_event *wait, struct socklock_cpu *cpu, __u32 cpu_id)
{
	__u32 half;

	if (!wait || !cpu)
		return 0;
	half = wait->half;
	COUNT(cpu, SOCKLOCK_MATCHED);
	if (UNLIKELY(is_too_short(wait)) || !push_event(wait, cpu, cpu_id, half))
		add_to_summary(wait, cpu, cpu_id, half);
	return 0;
}

__noinline int write_pending(struct socklock_cpu *cpu, __u32 cpu_id)
{
	__u32 i;

	if (!cpu)
		return 0;
	/* First: an interrupt may leave another one meanwhile. */
	*(volatile __u16 *)&cpu->has_pending = 0;
	for (i = 0; i < SOCKLOCK_PENDING_WAITS; i++) {
		struct socklock_pending_wait *pending = &cpu->pending[i];

		if (*(volatile __u64 *)&pending->state != PENDING_COMPLETE)
			continue;
		write_wait(&pending->wait, cpu, cpu_id);
		*(volatile __u64 *)&pending->state = PENDING_FREE;
	}
	return 0;
}

static __always_inline void record_wait(struct socklock_event *wait, struct socklock_cpu *cpu)
{
	__u32 cpu_id = bpf_get_smp_processor_id();

	if (UNLIKELY((__s64)wait->wait_ns < 0)) {
		COUNT_SHARED(cpu, SOCKLOCK_NEGATIVE_WAIT);
		return;
	}
	/* Not atomic: only an interrupt on this CPU could come between, and is done before we go on. */
	if (UNLIKELY(*(volatile __u16 *)&cpu->recording)) {
		push_pending(wait, cpu);
		return;
	}
	*(volatile __u16 *)&cpu->recording = 1;
	write_wait(wait, cpu, cpu_id);
	if (*(volatile __u16 *)&cpu->has_pending)
		write_pending(cpu, cpu_id);
	asm volatile("" ::: "memory");
	*(volatile __u16 *)&cpu->recording = 0;
}

#endif
