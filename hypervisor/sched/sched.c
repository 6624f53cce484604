/* SPDX-License-Identifier: MIT */
/* Waking, sleeping, choosing: the scheduler's calls, on the queues of queue.c and balance.c. */
#include <sched/queue.h>
#include <x86/cpu.h>

#define UNTIL_LEAST_NS 20000ul              /* a timer set for less would have passed when set */
#define BALANCE_NS     (SCHED_SLICE_NS / 2) /* so long a CPU with somebody to run looks at no other */

void sched_init_cpu(u32 cpu)
{
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

/* Locks the queue of @r, who may move while we wait for it, and that of @to if it is one. */
static struct sched_queue *lock_with(const struct runnable *r, u32 to)
{
	for (;;) {
		u32 cpu = READ_ONCE(r->cpu), other = to == NO_CPU ? cpu : to;

		queues_lock(cpu, other);
		if (cpu == READ_ONCE(r->cpu))
			return &sched_queues[cpu];
		queues_unlock(cpu, other);
	}
}

static bool homeless(const struct runnable *r)
{
	return r->ready && !r->running && !r->heap;
}

/*
 * @r's queue is locked, and is not after. If @r should wait for a CPU and does not, then it does:
 * there, or on the best CPU if it just woke or is out of place.
 */
static void settle_unlock(struct runnable *r, u64 now, bool woken)
{
	u32 from = r->cpu, to = from;
	bool look = false, waits;
	struct sched_queue *q;

	if (homeless(r) && (woken || out_of_place(r)))
		to = cpu_choose(r);
	if (to != from) {
		queues_unlock(from, from);
		from = lock_with(r, to) - sched_queues;
	}
	q = &sched_queues[to];
	waits = homeless(r);
	if (waits) {
		WRITE_ONCE(r->cpu, to);
		queue_charge(q, now);
		queue_add(q, r, now, woken);
		look = !q->current || (r->boosted && !q->current->boosted);
	}
	queues_unlock(from, to);
	if (look || to != from)
		softirq_post(to, SOFTIRQ_SCHED);
	if (waits && !look) /* a CPU may have become idle since it was chosen where to wait */
		idle_tell(r);
}

void sched_wake(struct runnable *r, u64 now)
{
	lock_with(r, NO_CPU);
	if (!r->ready)
		__atomic_fetch_add(&r->group->ready, 1, __ATOMIC_RELAXED);
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
	softirq_post(cpu, SOFTIRQ_SCHED); /* it may be running where it may not any more */
}

void sched_put(struct runnable *prev, u64 now)
{
	lock_with(prev, NO_CPU);
	prev->running = false;
	settle_unlock(prev, now, false);
}

/* --- choosing -------------------------------------------------------------------------------- */

/* Takes over who waits elsewhere and should run in place of @choice. Drops the lock meanwhile. */
static void look_around(u32 cpu, const struct runnable *choice, u64 now)
{
	struct sched_queue *q = &sched_queues[cpu];
	u64 own;

	q->balanced = now;
	queue_drift(q);
	own = choice ? choice->vtime + q->offset : 0;
	if (!choice)
		__atomic_fetch_or(&sched_idle, 1ul << cpu, __ATOMIC_SEQ_CST);
	queues_unlock(cpu, cpu);
	balance_pull(cpu, !choice, own, now);
	spin_lock(&q->lock);
	queue_update(q, now);
}

/* When to choose again, if @r runs: at the end of its slice, or when a parked one may go on. */
static u64 look_again(const struct sched_queue *q, const struct runnable *r, u64 now)
{
	const struct heap_node *parked = q->parked.root;
	u64 until = r ? now + (u64)r->rest : ~0ul;

	if (parked)
		until = MIN(until, parked->key);
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
	if (!next || (s64)(now - q->balanced) >= BALANCE_NS) {
		look_around(cpu, next, now);
		next = queue_choose(q, prev, now);
	}
	queue_switch(q, next, now);
	if (next && READ_ONCE(sched_idle) >> cpu & 1)
		__atomic_fetch_and(&sched_idle, ~(1ul << cpu), __ATOMIC_SEQ_CST);
	*until = look_again(q, next, now);
	first = queue_first(q);
	if (first)
		idle_tell(first);
	queues_unlock(cpu, cpu);
	return next;
}
