/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following a kernel stack without the unwinder, which takes some microseconds for each. Wherever a
 * function makes a call, the distance from there to the function's own return address is fixed by the
 * compiler; that is what the kernel's ORC tables say (Documentation/arch/x86/orc-unwinder.rst). Programs
 * can't read the tables, so the distances are learnt from stacks that the kernel walked: every place
 * above a return address where the next one of the walk lies is a candidate, and what is no candidate
 * in a later walk is none at all. A distance is used once a single candidate is left and four more walks agreed
 * with it: a single walk may find a copy of the address that was left lying in a frame larger than what is
 * looked at, or whose size varies. The 1st, 2nd, 4th, 8th ... stack that is followed on a CPU, and every
 * 1024th, is walked all the same, to find early what is wrong in spite of that.
 *
 * Some distances are not fixed, and such stacks are always walked: frames of variable size, and where an
 * interrupt hit, since the processor aligns the stack then. The gap of random size below a system call's
 * entry (include/linux/randomize_kstack.h) is no obstacle: what lies beyond it is found from the stack's
 * other end.
 */
#ifndef SOCKLOCK_COLLECTOR_BPF_FRAMES_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_FRAMES_BPF_H

#include "collector/bpf/filter.bpf.h"
#include "collector/bpf/maps.bpf.h"
#include "collector/bpf/scratch.bpf.h"

enum {
	FRAME_CANDIDATES = 4,
	/* User registers at the end of a task's stack, and the entry code's own frame below them. */
	ENTRY_WORDS = 26,
	/* Innermost frames that are not above the tracepoint: our program and its caller. */
	OWN_FRAMES = 2,
	FRAME_CONFIRMATIONS = 4,
	FOLLOWED_PER_CHECK = 1024,
	PAGE_BYTES = 4096,
	INTERRUPT_STACK_PAGES = 4, /* arch/x86/include/asm/page_64_types.h, IRQ_STACK_SIZE */
};

/* What is being learnt of it. */
struct learnt_frame {
	__u32 busy; /* not 0 while a CPU writes the rest */
	__u16 kind;
	__u16 confirmations;
	__u32 candidates;
	__u32 words[FRAME_CANDIDATES];
};

/* By hash of the address. User space fills it with what earlier recordings learnt. */
MMAPPED_ARRAY(known_frames, struct socklock_known_frame);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << SOCKLOCK_FRAME_BITS);
	__type(key, __u32);
	__type(value, struct learnt_frame);
} learnt_frames SEC(".maps"); /* in the places of known_frames */

/* The stack of a wait: of a task, or of an interrupt on top of one. */
struct stack_place {
	__u64 stack_pointer;
	__u64 task_pointer; /* where the task's part begins; stack_pointer where there is no other */
	__u64 task_end;
	__u64 interrupt_end; /* 0: none */
};

/* What can't be read is 0, which is no return address. */
static __always_inline __u64 word_at(__u64 address)
{
	__u64 word = 0;

	if (bpf_rdonly_cast) {
		/* Any type would do that begins with a number of 64 bits. */
		struct timespec64 *words = bpf_rdonly_cast((void *)address, bpf_core_type_id_kernel(struct timespec64));

		return (__u64)words->tv_sec;
	}
	bpf_probe_read_kernel(&word, sizeof(word), (void *)address);
	return word;
}

/*
 * Where this CPU's interrupt stack ends: a hole lies behind it (arch/x86/kernel/irq_64.c,
 * map_irq_stack()). ~0 where there is none.
 */
static __noinline __u64 find_interrupt_end(__u64 stack_pointer)
{
	__u64 page = stack_pointer & ~(PAGE_BYTES - 1ULL);
	__u64 word;
	__u32 i;

	for (i = 0; i < INTERRUPT_STACK_PAGES; i++) {
		page += PAGE_BYTES;
		if (bpf_probe_read_kernel(&word, sizeof(word), (void *)page))
			return page;
	}
	return ~0ULL;
}

/* False where it is not known how the stack is laid out. */
static __always_inline bool find_place(struct stack_place *place, struct task_struct *task, __u64 stack_pointer,
				       __u8 context, struct socklock_cpu *cpu)
{
	__u64 base = (__u64)task->stack;

#ifndef __TARGET_ARCH_x86
	/* Where frames are chained by pointers, a walk is cheap. */
	return false;
#endif
	if (!entry_text_begin)
		return false;
	place->stack_pointer = stack_pointer;
	place->task_pointer = stack_pointer;
	place->task_end = base + thread_bytes;
	place->interrupt_end = 0;
	if (context == SOCKLOCK_CONTEXT_TASK)
		return true;
	if (!cpu->interrupt_stack_end)
		cpu->interrupt_stack_end = find_interrupt_end(stack_pointer);
	place->interrupt_end = cpu->interrupt_stack_end;
	if (place->interrupt_end - stack_pointer > INTERRUPT_STACK_PAGES * PAGE_BYTES)
		return false;
	/* The interrupted stack pointer is the last word (arch/x86/include/asm/irq_stack.h). */
	place->task_pointer = word_at(place->interrupt_end - sizeof(__u64));
	return place->task_pointer - base < thread_bytes;
}

static __always_inline __u64 layout_of(__u32 kind, __u32 words)
{
	return (__u64)kind << 32 | words;
}

static __always_inline __u32 kind_of_layout(__u64 layout)
{
	return (__u32)(layout >> 32);
}

static __always_inline __u32 frame_place(__u64 address, __u32 probe)
{
	return ((__u32)(address * SOCKLOCK_FRAME_HASH >> 32) + probe) & ((1U << SOCKLOCK_FRAME_BITS) - 1);
}

/* NULL where nothing is known of the frame. */
static __always_inline struct socklock_known_frame *find_frame(__u64 address)
{
	__u32 i;

	for (i = 0; i < SOCKLOCK_FRAME_PROBES; i++) {
		__u32 place = frame_place(address, i);
		struct socklock_known_frame *frame = bpf_map_lookup_elem(&known_frames, &place);

		if (!frame || frame->address == address)
			return frame;
	}
	return NULL;
}

/* The frame's place, claimed if need be; ~0 where there is none. Global, to be verified once and not for each frame. */
__noinline __u32 claim_frame(__u64 address)
{
	__u32 i;

	for (i = 0; i < SOCKLOCK_FRAME_PROBES; i++) {
		__u32 place = frame_place(address, i);
		struct socklock_known_frame *frame = bpf_map_lookup_elem(&known_frames, &place);
		__u64 found;

		if (!frame)
			break;
		found = frame->address;
		if (!found)
			found = __sync_val_compare_and_swap(&frame->address, 0, address);
		/* Code that an interrupt enters by goes on where the processor put the stack. */
		if (!found && address >= entry_text_begin && address < entry_text_end)
			frame->layout = layout_of(SOCKLOCK_FRAME_VARIABLE, 0);
		if (!found || found == address)
			return place;
	}
	return ~0U;
}

/* Where the interrupt's part of the stack ends, the task's goes on (arch/x86/include/asm/irq_stack.h). */
static __always_inline __u64 onto_task_stack(const struct stack_place *place, __u64 slot)
{
	return slot == place->interrupt_end - 2 * sizeof(__u64) ? place->task_pointer - sizeof(__u64) : slot;
}

static __always_inline __u64 next_slot(const struct stack_place *place, __u32 kind, __u32 words, __u64 slot)
{
	__u64 bytes = (__u64)words * sizeof(__u64);

	return kind == SOCKLOCK_FRAME_UP ? onto_task_stack(place, slot) + bytes : place->task_end - bytes;
}

/*
 * Follows the stack into scratch->address, innermost first; the number of frames, or 0 where something on
 * the way is not known. Global functions are verified once, whoever calls them.
 */
__noinline __u32 follow_stack(const struct stack_place *place, struct scratch *scratch, __u32 site)
{
	struct stack_hash hash = {};
	__u64 address = site;
	__u64 slot;
	__u32 i;

	if (!place || !scratch || site >= SITES || !scratch->own[site][0])
		return 0;
	slot = place->stack_pointer - sizeof(__u64);
	scratch->address[0] = scratch->own[site][0];
	scratch->address[1] = scratch->own[site][1];
	add_to_hash(&hash, scratch->address[0]);
	add_to_hash(&hash, scratch->address[1]);
	for (i = OWN_FRAMES; i < SOCKLOCK_MAX_FRAMES; i++) {
		struct socklock_known_frame *frame = find_frame(address);
		__u64 layout;

		if (!frame)
			return 0;
		layout = *(volatile __u64 *)&frame->layout;
		if (kind_of_layout(layout) == SOCKLOCK_FRAME_LAST) {
			scratch->address[i] = 0;
			scratch->hash = hash;
			return place->task_end - slot <= ENTRY_WORDS * sizeof(__u64) ? i : 0;
		}
		if (kind_of_layout(layout) != SOCKLOCK_FRAME_UP && kind_of_layout(layout) != SOCKLOCK_FRAME_FROM_END)
			return 0;
		slot = next_slot(place, kind_of_layout(layout), (__u32)layout, slot);
		address = word_at(slot);
		if (!address)
			return 0;
		scratch->address[i] = address;
		add_to_hash(&hash, address);
	}
	return 0;
}

/* Looks for `address` among the words that lie `step` bytes apart from `base` on. */
__noinline int collect_candidates(struct learnt_frame *frame, __u64 base, __u64 address, int step)
{
	__u32 limit, i;

	if (!frame)
		return 0;
	limit = step > 0 ? SOCKLOCK_FRAME_WORDS : ENTRY_WORDS;
	for (i = 1; i <= SOCKLOCK_FRAME_WORDS; i++) {
		__u32 candidates = frame->candidates;

		base += step;
		if (i > limit)
			break;
		if (word_at(base) != address)
			continue;
		if (candidates < FRAME_CANDIDATES)
			frame->words[candidates] = i;
		frame->candidates = candidates + 1;
	}
	/* More than can be kept: the true one may be among those left out. */
	if (frame->candidates > FRAME_CANDIDATES)
		frame->candidates = 0;
	return 0;
}

/* Keeps the candidates where `address` lies this time, too. */
__noinline int check_candidates(const struct stack_place *place, struct learnt_frame *frame, __u64 slot, __u64 address)
{
	__u32 kept = 0, i;

	if (!place || !frame)
		return 0;
	for (i = 0; i < FRAME_CANDIDATES; i++) {
		if (i >= frame->candidates)
			break;
		if (word_at(next_slot(place, frame->kind, frame->words[i & (FRAME_CANDIDATES - 1)], slot)) != address)
			continue;
		frame->words[kept & (FRAME_CANDIDATES - 1)] = frame->words[i];
		kept++;
	}
	frame->candidates = kept;
	return 0;
}

/* What the first walk through a frame says about it, whose next return address is `next`. */
static __always_inline void meet_frame(const struct stack_place *place, struct learnt_frame *frame, __u64 slot,
				       __u64 next)
{
	collect_candidates(frame, place->task_end, next, -(int)sizeof(__u64));
	frame->kind = frame->candidates ? SOCKLOCK_FRAME_FROM_END : SOCKLOCK_FRAME_UP;
	if (!frame->candidates)
		collect_candidates(frame, onto_task_stack(place, slot), next, sizeof(__u64));
}

/* What a walk says about a frame; its layout, where the walk may go on by it, else 0. */
__noinline __u64 learn_frame(const struct stack_place *place, struct learnt_frame *frame, __u64 slot, __u64 next)
{
	if (!place || !frame)
		return 0;
	if (frame->candidates == 0) {
		meet_frame(place, frame, slot, next);
	} else {
		check_candidates(place, frame, slot, next);
		if (frame->candidates == 0)
			return layout_of(SOCKLOCK_FRAME_VARIABLE, 0);
		if (frame->candidates == 1)
			frame->confirmations++;
	}
	return frame->candidates == 1 ? layout_of(frame->kind, frame->words[0]) : 0;
}

/* The same, of the frame at `index`; what has been confirmed often enough is known to all CPUs from now on. */
__noinline __u64 learn_at(const struct stack_place *place, __u32 index, struct socklock_known_frame *known, __u64 slot,
			  __u64 next)
{
	struct learnt_frame *frame = bpf_map_lookup_elem(&learnt_frames, &index);
	__u64 layout;

	if (!place || !known || !frame || __sync_val_compare_and_swap(&frame->busy, 0, 1) != 0)
		return 0;
	layout = learn_frame(place, frame, slot, next);
	if (kind_of_layout(layout) == SOCKLOCK_FRAME_VARIABLE || frame->confirmations >= FRAME_CONFIRMATIONS)
		*(volatile __u64 *)&known->layout = layout;
	__sync_lock_test_and_set(&frame->busy, 0);
	return layout;
}

/* Learns from the walk in scratch->address, ended by a zero, as far as it can be told what lies where. */
__noinline int learn_frames(const struct stack_place *place, struct scratch *scratch, __u32 site)
{
	__u64 address = site;
	__u64 slot;
	__u32 i;

	if (!place || !scratch || site >= SITES)
		return 0;
	slot = place->stack_pointer - sizeof(__u64);
	scratch->own[site][0] = scratch->address[0];
	scratch->own[site][1] = scratch->address[1];
	for (i = OWN_FRAMES; i < SOCKLOCK_MAX_FRAMES; i++) {
		__u64 next = scratch->address[i];
		__u32 index = claim_frame(address);
		struct socklock_known_frame *known = bpf_map_lookup_elem(&known_frames, &index);
		__u64 layout;

		if (!known)
			return 0;
		layout = *(volatile __u64 *)&known->layout;
		if (!next) {
			known->layout = layout_of(SOCKLOCK_FRAME_LAST, 0);
			return 0;
		}
		if (!layout)
			layout = learn_at(place, index, known, slot, next);
		/* Sometimes the last and sometimes not: what an interrupt enters by. */
		if (kind_of_layout(layout) == SOCKLOCK_FRAME_LAST)
			known->layout = layout_of(SOCKLOCK_FRAME_VARIABLE, 0);
		if (kind_of_layout(layout) != SOCKLOCK_FRAME_UP && kind_of_layout(layout) != SOCKLOCK_FRAME_FROM_END)
			return 0;
		slot = next_slot(place, kind_of_layout(layout), (__u32)layout, slot);
		address = next;
	}
	return 0;
}

/* What was learnt of a frame is wrong: it is never followed again. */
__noinline int distrust_frame(__u64 address)
{
	struct socklock_known_frame *frame = find_frame(address);

	if (frame)
		*(volatile __u64 *)&frame->layout = layout_of(SOCKLOCK_FRAME_VARIABLE, 0);
	return 0;
}

/*
 * Compares the stack that was followed, in scratch->raw, with the walk in scratch->address. True when they
 * are the same; else the frame that led astray is never followed again.
 */
__noinline bool check_followed(struct scratch *scratch, __u32 site)
{
	__u64 address = site;
	__u32 i;

	if (!scratch)
		return true;
	for (i = OWN_FRAMES; i < SOCKLOCK_MAX_FRAMES; i++) {
		if (scratch->raw[i] == scratch->address[i]) {
			address = scratch->address[i];
			if (!address)
				return true;
			continue;
		}
		distrust_frame(address);
		return false;
	}
	return true;
}

#endif
