/* SPDX-License-Identifier: MIT */
/* Waking, sleeping, choosing: the scheduler's calls, on the queues of queue.c and balance.c. */
#include <sched/queue.h>
#include <x86/cpu.h>

#define UNTIL_LEAST_NS 20000ul /* a timer set for less would have passed when set */

/* A CPU with somebody to run looks at the others so often. */
#define BALANCE_NS (SCHED_SLICE_NS / 2)

void sched_init_cpu(u32 cpu)
{
	assert(cpu < MAX_CPUS);
	spin_init(&sched_queues[cpu].lock, LOCK_SCHED);
	__atomic_fetch_or(&sched_online, 1ul << cpu, __ATOMIC_SEQ_CST);
}

void sched_group_set(struct sched_group *g, u32 weight, u32 cap)
{
	WRITE_ONCE(g->weight, weight);
	WRITE_ONCE(g->cap, cap);
}

void runnable_init(struct runnable *r, struct sched_group *g, u32 cpu)
{
	*r = (struct runnable){ .group = g, .cpu = cpu, .hard = ~0ul, .soft = ~0ul };
}

/* --- waking, sleeping, moving ---------------------------------------------------------------- */

/*
 * Locks the queue of @r, which may move while we wait for the lock; and that of @to, if it is one.
 */
static struct sched_queue *lock_with(const struct runnable *r, u32 to)
{
	for (;;) {
		u32 cpu = READ_ONCE(r->cpu);
		u32 other = to == NO_CPU ? cpu : to;

		queues_lock(cpu, other);
		if (cpu == READ_ONCE(r->cpu))
			return &sched_queues[cpu];
		queues_unlock(cpu, other);
	}
}

/* It wants to run, and neither runs nor waits for a CPU. */
static bool needs_place(const struct runnable *r)
{
	return r->ready && !r->running && !r->heap;
}

/*
 * If @r needs a place it waits from now on: at its CPU, or at the best one if it just woke or is
 * out of place. @r's queue is locked; on return it is not.
 */
static void settle_unlock(struct runnable *r, u64 now, bool woken)
{
	u32 from = r->cpu, to = from;
	bool look = false, waits;
	struct sched_queue *q;

	/* An idle CPU that was chosen must look, even if it is not quite idle yet. */
	if (needs_place(r) && (woken || out_of_place(r)))
		to = cpu_choose(r, &look);

	/* With its lock dropped, @r may move: lock the queue where it is then, and the new one. */
	if (to != from) {
		queues_unlock(from, from);
		from = lock_with(r, to) - sched_queues;
	}

	q = &sched_queues[to];
	waits = needs_place(r);
	if (waits) {
		WRITE_ONCE(r->cpu, to);
		queue_charge(q, now);
		queue_add(q, r, now, woken);
		look |= !q->current || (r->boosted && !q->current->boosted);
	}
	queues_unlock(from, to);

	if (look || to != from)
		softirq_post(to, SOFTIRQ_SCHED);

	/* A CPU may have become idle since it was chosen where to wait. */
	if (waits && !look)
		idle_tell(r);
}

void sched_wake(struct runnable *r, u64 now, bool patient)
{
	struct sched_queue *q = lock_with(r, NO_CPU);

	if (!r->ready) {
		__atomic_fetch_add(&r->group->ready, 1, __ATOMIC_RELAXED);
		r->patient = patient;
	}

	/* Now it is urgent: it waits anew. */
	if (r->patient && !patient) {
		r->patient = false;
		if (r->heap)
			queue_del(q, r);
	}

	r->ready = true;
	settle_unlock(r, now, true);
}

void sched_sleep(struct runnable *r)
{
	struct sched_queue *q = lock_with(r, NO_CPU);
	bool look = r->ready && r->running;
	u32 cpu = r->cpu;

	if (r->ready)
		__atomic_fetch_sub(&r->group->ready, 1, __ATOMIC_RELAXED);
	r->ready = false;
	if (r->heap)
		queue_del(q, r);
	queues_unlock(cpu, cpu);

	if (look)
		softirq_post(cpu, SOFTIRQ_SCHED);
}

void sched_set_affinity(struct runnable *r, u64 hard, u64 soft, u64 now)
{
	struct sched_queue *q = lock_with(r, NO_CPU);
	u32 cpu = r->cpu;

	r->hard = hard;
	r->soft = soft;
	if (r->heap)
		queue_del(q, r);
	settle_unlock(r, now, false);

	/* It may be running where it may not any more. */
	softirq_post(cpu, SOFTIRQ_SCHED);
}

void sched_put(struct runnable *prev, u64 now)
{
	lock_with(prev, NO_CPU);
	assert(prev->running);
	prev->running = false;
	settle_unlock(prev, now, false);
}

/* --- choosing -------------------------------------------------------------------------------- */

/*
 * Takes over one who waits elsewhere and should run in place of @choice. This CPU's queue is
 * locked, and unlocked meanwhile.
 */
static void look_around(u32 cpu, const struct runnable *choice, u64 now)
{
	struct sched_queue *q = &sched_queues[cpu];
	u64 own;

	q->balanced = now;
	queue_drift(q);
	own = choice ? choice->vtime + q->offset : 0;

	/* First marked idle, then looking: whoever adds to a queue does it the other way round. */
	if (!choice)
		__atomic_fetch_or(&sched_idle, 1ul << cpu, __ATOMIC_SEQ_CST);

	queues_unlock(cpu, cpu);
	balance_pull(cpu, !choice, own, now);
	spin_lock(&q->lock);
	queue_update(q, now);
}

/*
 * When to choose again if @r runs: at the end of its slice, or of the patience of who waits first,
 * or when one is throttled no more.
 */
static u64 look_again(const struct sched_queue *q, const struct runnable *r, u64 now)
{
	const struct heap_node *throttled = q->throttled.root;
	const struct runnable *first = queue_first(q);
	u64 until = r ? now + (u64)r->remaining : ~0ul;

	if (r && first && first->boosted && !r->boosted)
		until = MIN(until, r->came + SCHED_PATIENCE_NS);
	if (throttled)
		until = MIN(until, throttled->key);
	return MAX(until, now + UNTIL_LEAST_NS);
}

struct runnable *sched_pick(u32 cpu, struct runnable *prev, u64 now, u64 *until)
{
	struct sched_queue *q = &sched_queues[cpu];
	struct runnable *next, *first;

	spin_lock(&q->lock);
	queue_charge(q, now);
	queue_update(q, now);
	next = queue_choose(q, prev, now);

	if (next && (s64)(now - q->balanced) >= BALANCE_NS) {
		look_around(cpu, next, now);
		next = queue_choose(q, prev, now);
	}

	/* Nobody, or another CPU took over who it was. */
	if (!next) {
		look_around(cpu, NULL, now);
		next = queue_choose(q, prev, now);
	}

	queue_switch(q, next, now);
	if (next && READ_ONCE(sched_idle) >> cpu & 1)
		__atomic_fetch_and(&sched_idle, ~(1ul << cpu), __ATOMIC_SEQ_CST);
	*until = look_again(q, next, now);

	/* Who still waits may run on an idle CPU. */
	first = queue_first(q);
	if (first)
		idle_tell(first);
	queues_unlock(cpu, cpu);
	return next;
}
