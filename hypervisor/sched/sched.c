/* SPDX-License-Identifier: MIT */
/* Waking, sleeping, choosing: the scheduler's calls, on the queues of queue.c and balance.c. */
#include <sched/queue.h>
#include <x86/cpu.h>

#define UNTIL_LEAST_NS 20000ul /* a timer set for less would have passed when it is set */

void sched_init_cpu(u32 cpu)
{
	spin_init(&sched_queues[cpu].lock, LOCK_SCHED);
	__atomic_fetch_or(&sched_online, 1ul << cpu, __ATOMIC_SEQ_CST);
}

void sched_group_init(struct sched_group *g)
{
	*g = (struct sched_group){ .weight = SCHED_WEIGHT_DEFAULT };
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

/* Locks the queue @r belongs to; it may move to another CPU while we wait for the lock. */
static struct sched_queue *queue_lock(const struct runnable *r)
{
	for (;;) {
		u32 cpu = READ_ONCE(r->cpu);

		spin_lock(&sched_queues[cpu].lock);
		if (cpu == READ_ONCE(r->cpu))
			return &sched_queues[cpu];
		spin_unlock(&sched_queues[cpu].lock);
	}
}

/* The same, together with the queue of @to. Returns the CPU whose queue it is. */
static u32 queue_lock_with(const struct runnable *r, u32 to)
{
	for (;;) {
		u32 cpu = READ_ONCE(r->cpu);

		queues_lock(cpu, to);
		if (cpu == READ_ONCE(r->cpu))
			return cpu;
		queues_unlock(cpu, to);
	}
}

/* --- waking and sleeping --------------------------------------------------------------------- */

/* @r, which waits nowhere, goes to @cpu's queue, locked as its old one is. True: that CPU should look. */
static bool queue_enter(u32 cpu, struct runnable *r, u64 now, bool woken)
{
	struct sched_queue *q = &sched_queues[cpu];

	WRITE_ONCE(r->cpu, cpu);
	queue_charge(q, now);
	queue_add(q, r, now, woken);
	queue_hint(q);
	return !q->current || (r->boosted && !q->current->boosted);
}

void sched_wake(struct runnable *r, u64 now)
{
	bool idle = false, look = false;
	u32 to = READ_ONCE(r->cpu), from;

	if (!READ_ONCE(r->ready) && !READ_ONCE(r->running))
		to = cpu_choose(r, &idle);
	from = queue_lock_with(r, to);
	if (!r->ready) {
		r->ready = true;
		__atomic_fetch_add(&r->group->ready, 1, __ATOMIC_RELAXED);
		if (!r->running) /* else sched_put sees that it wants to run */
			look = queue_enter(to, r, now, true);
	}
	queues_unlock(from, to);
	if (idle || look)
		softirq_post(to, SOFTIRQ_SCHED);
	if (!idle && look) /* a CPU may have become idle since it was chosen where to wait */
		idle_tell(r);
}

void sched_sleep(struct runnable *r)
{
	struct sched_queue *q = queue_lock(r);
	bool look = r->ready && r->running;
	u32 cpu = r->cpu;

	if (r->ready) {
		r->ready = false;
		__atomic_fetch_sub(&r->group->ready, 1, __ATOMIC_RELAXED);
	}
	if (r->heap) {
		queue_del(q, r);
		queue_hint(q);
	}
	spin_unlock(&q->lock);
	if (look)
		softirq_post(cpu, SOFTIRQ_SCHED);
}

void sched_yield(struct runnable *r)
{
	struct sched_queue *q = queue_lock(r);

	r->yielding = true;
	spin_unlock(&q->lock);
}

static bool out_of_place(const struct runnable *r)
{
	return !(r->hard >> r->cpu & 1);
}

void sched_set_affinity(struct runnable *r, u64 hard, u64 soft, u64 now)
{
	struct sched_queue *q = queue_lock(r);
	u32 to, from = r->cpu;
	bool idle, moves;

	r->hard = hard;
	r->soft = soft;
	moves = r->heap && out_of_place(r);
	spin_unlock(&q->lock);
	if (!moves) {
		idle_tell(r);			     /* it may run there from now on */
		softirq_post(from, SOFTIRQ_SCHED); /* it may not run here any more */
		return;
	}
	to = cpu_choose(r, &idle);
	from = queue_lock_with(r, to);
	if (r->heap && out_of_place(r)) {
		queue_del(&sched_queues[from], r);
		queue_hint(&sched_queues[from]);
		queue_enter(to, r, now, false);
	}
	queues_unlock(from, to);
	softirq_post(to, SOFTIRQ_SCHED);
}

/* --- choosing -------------------------------------------------------------------------------- */

static void idle_mark(u32 cpu, bool idle)
{
	if (idle)
		__atomic_fetch_or(&sched_idle, 1ul << cpu, __ATOMIC_SEQ_CST);
	else if (READ_ONCE(sched_idle) >> cpu & 1)
		__atomic_fetch_and(&sched_idle, ~(1ul << cpu), __ATOMIC_SEQ_CST);
}

/*
 * Compares the choice @r (NULL: nobody) with those who wait elsewhere; the queue's lock is dropped
 * meanwhile. A CPU with nobody to run does so each time, others now and then.
 */
static struct runnable *look_around(u32 cpu, struct runnable *r, struct runnable *prev, bool slice_done,
				    u64 now)
{
	struct sched_queue *q = &sched_queues[cpu];
	u64 own = r ? r->vtime + q->offset : 0;

	if (r && (s64)(now - q->balanced) < SCHED_SLICE_NS / 2)
		return r;
	q->balanced = now;
	queue_drift(q, balance_mean(cpu, queue_vtime(q) + q->offset));
	idle_mark(cpu, !r);
	spin_unlock(&q->lock);
	balance_pull(cpu, !r, own, now);
	spin_lock(&q->lock);
	queue_update(q, now);
	return queue_choose(q, prev, slice_done, now);
}

/* When to choose again, if @r runs: at the end of its slice, or when a parked one may go on. */
static u64 look_again(const struct sched_queue *q, const struct runnable *r, u64 now)
{
	const struct heap_node *parked = q->parked.root;
	u64 until = r ? now + (u64)MAX(r->rest, 0l) : ~0ul;

	if (parked)
		until = MIN(until, parked->key);
	return MAX(until, now + UNTIL_LEAST_NS);
}

struct runnable *sched_pick(u32 cpu, struct runnable *prev, u64 now, u64 *until)
{
	struct sched_queue *q = &sched_queues[cpu];
	struct runnable *next, *first;
	bool slice_done;

	spin_lock(&q->lock);
	queue_charge(q, now);
	queue_update(q, now);
	slice_done = prev && prev->rest <= 0;
	if (slice_done) {
		prev->rest = runnable_slice(prev);
		prev->boosted = false;
	}
	next = look_around(cpu, queue_choose(q, prev, slice_done, now), prev, slice_done, now);
	if (prev && next != prev)
		queue_del(q, prev);
	if (prev)
		prev->yielding = false;
	if (next && next != prev) {
		heap_remove(next->heap, &next->node);
		next->heap = NULL;
		next->running = true;
		next->since = now;
	}
	q->current = next;
	if (next)
		idle_mark(cpu, false);
	first = queue_first(q);
	*until = look_again(q, next, now);
	queue_hint(q);
	if (first)
		idle_tell(first);
	spin_unlock(&q->lock);
	return next;
}

void sched_put(struct runnable *prev, u64 now)
{
	bool idle = false, waits;
	u32 from = prev->cpu, to = from;

	if (out_of_place(prev))
		to = cpu_choose(prev, &idle);
	queues_lock(from, to);
	prev->running = false;
	waits = prev->ready;
	if (waits)
		queue_enter(to, prev, now, false);
	queues_unlock(from, to);
	if (idle || (waits && to != from))
		softirq_post(to, SOFTIRQ_SCHED);
	else if (waits)
		idle_tell(prev);
}
