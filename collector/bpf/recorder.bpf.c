// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The programs of a recording: contention_begin/end for every lock the kernel reports, sched_switch for
 * owner waits in lock_sock(), socket tracepoints for the work done meanwhile.
 */
#include "collector/bpf/kernel_types.h"

#include "collector/bpf/filter.bpf.h"
#include "collector/bpf/maps.bpf.h"
#include "collector/bpf/owners.bpf.h"
#include "collector/bpf/sampling.bpf.h"
#include "collector/bpf/slots.bpf.h"
#include "collector/bpf/sockets.bpf.h"
#include "collector/bpf/stacks.bpf.h"
#include "collector/bpf/summary.bpf.h"
#include "collector/bpf/table_holders.bpf.h"
#include "collector/bpf/tasks.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* include/trace/events/lock.h */
enum { LCB_F_SPIN = 1, LCB_F_MUTEX = 32 };
/* include/linux/sched.h */
enum { TASK_UNINTERRUPTIBLE = 2 };

/* One hit of a tracepoint of contention, as a program takes it. */
struct hit {
	void *ctx;
	__u64 now;
	__u64 lock;
	struct here here;
	struct socklock_cpu *cpu;
	enum scratch_user scratch;
};

/* Adds `change` to how many threads with the low bits of `tid` wait for the owner of a socket. */
static __always_inline void count_owner_wait(__u32 tid, __s32 change)
{
	__sync_fetch_and_add(&owner_waits[tid & ((1U << SOCKLOCK_OWNER_WAITS_BITS) - 1)], change);
}

static __always_inline bool may_be_owner_wait(__u32 tid)
{
	return owner_waits[tid & ((1U << SOCKLOCK_OWNER_WAITS_BITS) - 1)] != 0;
}

static __always_inline void begin_sleeping(const struct hit *hit, __u8 flags)
{
	const struct here *here = &hit->here;
	struct socklock_cpu *cpu = hit->cpu;
	struct socklock_task_slot *slot = find_task_slot(here->task_number);
	__u64 owner = 0;
	__u32 asked;

	if (slot) {
		/* A mutex says begin again when optimistic spinning gives up (kernel/locking/mutex.c). */
		if (slot->key.lock == hit->lock && (flags & LCB_F_MUTEX) && (slot->key.flags & LCB_F_MUTEX)) {
			COUNT(cpu, SOCKLOCK_DOUBLED_BEGINS);
			return;
		}
		/* A task waits for one lock at a time: the end of the earlier wait was not seen. */
		COUNT_SHARED(cpu, SOCKLOCK_MISSED_END);
		if (slot->key.flags & SOCKLOCK_FLAG_OWNER_WAIT)
			count_owner_wait(slot->tid, -1);
	} else {
		slot = claim_task_slot(here->task_number, cpu);
		if (!slot)
			return;
	}
	slot->key.lock = hit->lock;
	slot->key.syscall = syscall_at(here->task, CONTROL(cpu, registers_offset));
	slot->key.context = SOCKLOCK_CONTEXT_TASK;
	slot->key.flags = flags;
	slot->tid = here->task->pid;
	slot->run_delay_ns = run_delay_of(here->task);
	forget_owner(slot);
	slot->stack_weight = asked = ask_for_stack_at_begin(cpu, hit->now, &slot->key);
	/*
	 * Before the walk of our own stack, in which time one owner may be done and another come. Where short waits are
	 * left out, whether this one gets a stack is drawn when its length is known; so that there is no second draw,
	 * which would make the weights wrong, all waits look.
	 */
	if (is_drawn(asked) || min_wait_ns)
		owner = look_for_owner(slot, flags);
	if (is_drawn(asked) || min_wait_ns)
		watch_release(slot);
	slot->key.stack = stack_of(hit->ctx, hit->scratch, cpu, here, SITE_SLEEP, &slot->stack_weight);
	if (owner)
		note_owner(slot, owner,
			   is_drawn(asked) || is_drawn(ask_for_stack(cpu, hit->now, &slot->key))
				   ? scratch_of(hit->scratch)
				   : NULL,
			   cpu);
	slot->begin_ns = begin_after_walk(hit->now, asked);
}

/* Counts one of the self-test's spin waits and keeps where it began. */
static __always_inline void note_self_test(void *ctx, unsigned int flags)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (flags != LCB_F_SPIN || (__u32)task->tgid != self_pid)
		return;
	if (__sync_fetch_and_add(&self_test_waits, 1) == 0)
		bpf_get_stack(ctx, self_test_stack, sizeof(self_test_stack), 0);
}

/* What our programs cost, where the kernel is not asked to measure it: one run in some is timed. */
static __always_inline void time_run(struct socklock_cpu *cpu, __u64 run, __u64 begin_ns)
{
	if (UNLIKELY(run % SOCKLOCK_RUNS_PER_TIMED == 0))
		__sync_fetch_and_add(&cpu->counters[SOCKLOCK_TIMED_NS],
				     (bpf_ktime_get_ns() - begin_ns) * SOCKLOCK_RUNS_PER_TIMED);
}

static __always_inline void begin_wait(const struct hit *hit, unsigned int flags)
{
	const struct here *here = &hit->here;
	struct socklock_cpu *cpu = hit->cpu;
	struct socklock_spin_slot *slot;
	__u32 asked;

	COUNT(cpu, SOCKLOCK_BEGINS);
	if (UNLIKELY(is_self(here->task, here->context))) {
		COUNT(cpu, SOCKLOCK_SELF);
		return;
	}
	if (UNLIKELY(left_out_by_filter(here->task))) {
		COUNT(cpu, SOCKLOCK_FILTERED);
		return;
	}
	if (UNLIKELY(!(flags & LCB_F_SPIN) || (flags & LCB_F_MUTEX))) {
		begin_sleeping(hit, (__u8)flags);
		return;
	}
	slot = claim_spin_slot(cpu, here);
	if (!slot)
		return;
	slot->stack_pointer = here->stack_pointer;
	slot->task = here->task_number;
	slot->key.syscall = syscall_at(here->task, CONTROL(cpu, registers_offset));
	slot->key.context = here->context;
	slot->key.flags = (__u8)flags;
	/* From here on the slot is in use: others that look for who holds the lock know that we do not. */
	*(volatile __u64 *)&slot->key.lock = hit->lock;
	slot->stack_weight = asked = ask_for_stack_at_begin(cpu, hit->now, &slot->key);
	__builtin_memset(&slot->holder, 0, sizeof(slot->holder));
	slot->key.stack = stack_of(hit->ctx, hit->scratch, cpu, here, SITE_SPIN, &slot->stack_weight);
	/* After the walk, in which time one holder may be done and another come. */
	if (UNLIKELY(CONTROL(cpu, finds_table_holders) && (is_drawn(asked) || min_wait_ns)))
		find_table_holder(slot, hit->lock, scratch_of(hit->scratch), cpu);
	slot->begin_ns = begin_after_walk(hit->now, asked);
}

/*
 * The kernel runs no program on top of itself on one CPU (kernel/trace/bpf_trace.c, __bpf_trace_run()): where an
 * interrupt on top of this one waits for a lock itself, that wait is lost, one in some 100,000. The kernel counts it.
 */
SEC("tp_btf/contention_begin")
int BPF_PROG(contention_begin, void *lock, unsigned int flags)
{
	__u64 now = bpf_ktime_get_ns();
	struct socklock_cpu *cpu = this_cpu();
	struct hit hit = {ctx, now, (__u64)lock, here_of(ctx), cpu, SCRATCH_BEGIN};

	if (!cpu)
		return 0;
	if (UNLIKELY(CONTROL(cpu, phase) == SOCKLOCK_SELF_TEST))
		note_self_test(ctx, flags);
	if (CONTROL(cpu, phase) == SOCKLOCK_RUNNING) {
		begin_wait(&hit, flags);
		time_run(cpu, cpu->counters[SOCKLOCK_BEGINS], now);
	}
	return 0;
}

/* An end without a slot: of a wait that was left out, or one that began before the recording. */
static __always_inline void count_unmatched(struct task_struct *task, __u8 context, struct socklock_cpu *cpu)
{
	if (is_self(task, context) || left_out_by_filter(task))
		COUNT(cpu, SOCKLOCK_LEFT_OUT_ENDS);
	else
		COUNT(cpu, SOCKLOCK_UNMATCHED_ENDS);
}

/* The call stack of a wait whose length had to be known first. */
static __always_inline void take_stack_at_end(const struct hit *hit, struct socklock_event *wait)
{
	if (LIKELY(!min_wait_ns || is_too_short(wait)))
		return;
	wait->stack_weight = ask_for_stack(hit->cpu, hit->now, &wait->key);
	wait->key.stack = stack_of(hit->ctx, hit->scratch, hit->cpu, &hit->here, 0, &wait->stack_weight);
}

static __always_inline void end_wait(const struct hit *hit, int ret)
{
	const struct here *here = &hit->here;
	struct socklock_cpu *cpu = hit->cpu;
	struct socklock_spin_slot *spin;
	struct socklock_event wait = {};

	COUNT(cpu, SOCKLOCK_ENDS);
	wait.end_ns = hit->now;
	wait.error = ret < 0 ? (__u16)-ret : 0;
	spin = find_spin_slot(cpu, hit->lock, here->task_number);
	if (LIKELY(spin)) {
		wait.key = spin->key;
		wait.wait_ns = hit->now - spin->begin_ns;
		wait.stack_weight = spin->stack_weight;
		if (UNLIKELY(CONTROL(cpu, finds_table_holders)))
			pass_table_lock(spin, hit->now, scratch_of(hit->scratch), cpu);
		wait.holder = spin->holder;
		*(volatile __u64 *)&spin->key.lock = 0;
	} else {
		struct socklock_task_slot *slot = find_task_slot(here->task_number);

		if (!slot || slot->key.lock != hit->lock) {
			count_unmatched(here->task, SOCKLOCK_CONTEXT_TASK, cpu);
			return;
		}
		wait.key = slot->key;
		wait.wait_ns = hit->now - slot->begin_ns;
		wait.run_delay_ns = run_delay_since(slot->run_delay_ns, run_delay_of(here->task), wait.wait_ns);
		wait.stack_weight = slot->stack_weight;
		wait.holder = slot->holder;
		take_owner(&wait, slot);
		take_release(&wait, slot);
		free_task_slot(slot);
	}
	take_stack_at_end(hit, &wait);
	set_thread(&wait, here->task);
	wait.cgroup = cgroup_of(here->task, cpu);
	note_socket(&wait, cpu);
	record_wait(&wait, cpu);
}

SEC("tp_btf/contention_end")
int BPF_PROG(contention_end, void *lock, int ret)
{
	__u64 now = bpf_ktime_get_ns();
	struct socklock_cpu *cpu = this_cpu();
	struct hit hit = {ctx, now, (__u64)lock, here_of(ctx), cpu, SCRATCH_END};

	if (!cpu)
		return 0;
	if (CONTROL(cpu, phase) >= SOCKLOCK_RUNNING) {
		end_wait(&hit, ret);
		time_run(cpu, cpu->counters[SOCKLOCK_ENDS], now);
	}
	return 0;
}

/* Linux 7.2 and later: a lock that others sleep for is given up, by who had it. */
SEC("tp_btf/contended_release")
int BPF_PROG(contended_release, void *lock)
{
	struct socklock_cpu *cpu = this_cpu();
	struct last_release *release = release_of((__u64)lock);
	struct scratch *scratch;

	if (!cpu || !release || release->lock != (__u64)lock || CONTROL(cpu, phase) != SOCKLOCK_RUNNING)
		return 0;
	scratch = stacks_mode == SOCKLOCK_STACKS_OFF ? NULL : scratch_of(SCRATCH_RELEASE);
	note_release(as_number(bpf_get_current_task_btf()), (__u64)lock, scratch ? walk_stack(ctx, scratch, cpu) : 0,
		     cpu);
	return 0;
}

/* Keeps the compiler from seeing that a number is the result of a comparison, and from branching on it. */
#define AS_NUMBER(value)                          \
	({                                        \
		__u64 number_ = (value);          \
		asm volatile("" : "+r"(number_)); \
		number_;                          \
	})

/* More waiters that queue up between prepare_to_wait_exclusive() and schedule() are not followed. */
enum { LATER_WAITERS = 16 };

/*
 * The list head behind `link`, a wait_queue_entry's entry.next: other waiters may have put themselves
 * at the tail meanwhile. Theirs have the same function, and what lies there before a list head is the
 * queue's lock (include/linux/wait.h). 0 when not found.
 */
static __always_inline __u64 queue_head(__u64 link)
{
	const __u64 back_to_function = bpf_core_field_offset(struct wait_queue_entry, entry) -
				       bpf_core_field_offset(struct wait_queue_entry, func);
	__u32 i;

	for (i = 0; i < LATER_WAITERS; i++) {
		__u64 function = 0;

		if (bpf_probe_read_kernel(&function, sizeof(function), (void *)(link - back_to_function)))
			return 0;
		if (function != autoremove_function)
			return link;
		if (bpf_probe_read_kernel(&link, sizeof(link), (void *)link))
			return 0;
	}
	return 0;
}

/*
 * The wait queue that a sleeper in __lock_sock() hangs in, found through its wait_queue_entry on the
 * stack: {private = the task, func = autoremove_wake_function, entry}. prepare_to_wait_exclusive() has
 * just put it at the tail, so entry.next leads to the head inside sk->sk_lock.wq. 0 when not found; ~0
 * when no return address into __lock_sock() is there either.
 */
static __noinline __u64 owner_wait_queue(struct scratch *scratch, __u64 task)
{
	__u64 length = lock_sock_end - lock_sock_begin - 1;
	__u64 in_lock_sock = 0, head = 0, found = 0;
	__u32 i;

	if (!scratch)
		return ~0ULL;
	/* Without a branch inside: Linux 6.1's verifier would follow every way through the loop, and give up. */
	for (i = 0; i + 3 < 96; i++) {
		__u64 into = scratch->raw[i] - lock_sock_begin - 1;
		__u64 difference = (scratch->raw[i] ^ task) | (scratch->raw[i + 1] ^ autoremove_function);
		__u64 differs = AS_NUMBER(difference | -difference) >> 63;

		in_lock_sock |= AS_NUMBER((into - length) & ~into) >> 63;
		/* The innermost one: callers of lock_sock() wait in queues of their own, accept() for instance. */
		head |= (1 - differs) * (1 - found) * scratch->raw[i + 2];
		found |= 1 - differs;
	}
	if (!in_lock_sock)
		return ~0ULL;
	if (head)
		head = queue_head(head);
	return head ? head - bpf_core_field_offset(struct wait_queue_head, head) : 0;
}

static __always_inline void begin_owner_wait(void *ctx, struct task_struct *task, struct socklock_cpu *cpu)
{
	struct scratch *scratch = scratch_of(SCRATCH_SWITCH);
	struct here here = here_of(ctx);
	struct socklock_task_slot *slot;
	__u64 begin_ns, queue;

	if (!scratch)
		return;
	if (!lock_sock_begin)
		return;
	if (bpf_probe_read_kernel(scratch->raw, sizeof(scratch->raw), (void *)here.stack_pointer)) {
		COUNT_SHARED(cpu, SOCKLOCK_OWNER_STACK_UNREAD);
		return;
	}
	queue = owner_wait_queue(scratch, here.task_number);
	if (queue == ~0ULL)
		return;
	if ((__u32)task->tgid == self_pid || left_out_by_filter(task))
		return;
	begin_ns = bpf_ktime_get_ns();
	COUNT(cpu, SOCKLOCK_OWNER_BEGINS);
	if (!queue)
		COUNT(cpu, SOCKLOCK_OWNER_LOCK_UNKNOWN);
	slot = find_task_slot(here.task_number);
	if (slot) {
		COUNT_SHARED(cpu, SOCKLOCK_MISSED_END);
		if (slot->key.flags & SOCKLOCK_FLAG_OWNER_WAIT)
			count_owner_wait(slot->tid, -1);
	} else {
		slot = claim_task_slot(here.task_number, cpu);
		if (!slot)
			return;
	}
	/* First: from when the slot has the flag on, an owner may enter itself. */
	forget_owner(slot);
	slot->key.lock = queue;
	slot->key.syscall = syscall_of(task);
	slot->key.context = SOCKLOCK_CONTEXT_TASK;
	slot->key.flags = SOCKLOCK_FLAG_OWNER_WAIT;
	slot->tid = task->pid;
	slot->run_delay_ns = run_delay_of(task);
	slot->stack_weight = ask_for_stack(cpu, begin_ns, &slot->key);
	slot->key.stack = stack_of(ctx, SCRATCH_SWITCH, cpu, &here, 0, &slot->stack_weight);
	slot->begin_ns = bpf_ktime_get_ns();
	count_owner_wait(slot->tid, 1);
}

static __always_inline void end_owner_wait(struct task_struct *task, struct socklock_cpu *cpu)
{
	struct socklock_task_slot *slot = find_task_slot(as_number(task));
	struct socklock_event wait = {};

	if (!slot || !(slot->key.flags & SOCKLOCK_FLAG_OWNER_WAIT))
		return;
	wait.end_ns = bpf_ktime_get_ns();
	wait.wait_ns = wait.end_ns - slot->begin_ns;
	wait.key = slot->key;
	wait.run_delay_ns = run_delay_since(slot->run_delay_ns, run_delay_of_next(task), wait.wait_ns);
	wait.stack_weight = slot->stack_weight;
	wait.holder = slot->holder;
	if (is_too_short(&wait)) {
		wait.key.stack = 0;
		wait.stack_weight = 0;
	}
	set_thread(&wait, task);
	count_owner_wait(slot->tid, -1);
	wait.cgroup = cgroup_of(task, cpu);
	free_task_slot(slot);
	note_socket(&wait, cpu);
	record_wait(&wait, cpu);
}

/* `sleeper`: NULL, where the one that goes can't be in __lock_sock(). */
static __noinline int switch_owner_waits(void *ctx, struct task_struct *sleeper, struct task_struct *next)
{
	struct socklock_cpu *cpu = this_cpu();

	if (!cpu)
		return 0;
	if (sleeper && CONTROL(cpu, phase) == SOCKLOCK_RUNNING) {
		__u64 begin_ns = begin_of_timed(bpf_get_prandom_u32());

		begin_owner_wait(ctx, sleeper, cpu);
		end_of_timed(cpu, SOCKLOCK_SWITCHES_TIMED_NS, begin_ns);
	}
	if (may_be_owner_wait(next->pid))
		end_owner_wait(next, cpu);
	return 0;
}

/*
 * lock_sock() on an owned socket sleeps uninterruptibly in __lock_sock() (net/core/sock.c) without a
 * lock event; ordinary socket waits sleep interruptibly, so the state filters before anything costs.
 */
SEC("tp_btf/sched_switch")
int BPF_PROG(sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int prev_state)
{
	/* Nearly all switches end here: nothing before it, no call and no stack. */
	if (prev_state != TASK_UNINTERRUPTIBLE && !may_be_owner_wait(next->pid))
		return 0;
	switch_owner_waits(ctx, prev_state == TASK_UNINTERRUPTIBLE && !preempt ? prev : NULL, next);
	return 0;
}

#include "collector/bpf/work.bpf.h"
