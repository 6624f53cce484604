/* SPDX-License-Identifier: MIT */
/* Round robin with wake-up preference within a budget: see sched.h. */
#include <sched/sched.h>
#include <x86/cpu.h>

struct queue {
	struct spinlock lock; /* guards the list, and every field of runnables whose cpu is this one */
	struct list ready;
} __aligned(64);

static struct queue queues[MAX_CPUS];

void sched_init_cpu(u32 cpu)
{
	spin_init(&queues[cpu].lock, LOCK_SCHED);
	list_init(&queues[cpu].ready);
}

void runnable_init(struct runnable *r, u32 cpu)
{
	*r = (struct runnable){ .cpu = cpu, .budget = SCHED_SLICE_NS, .affinity = ~0ul };
	list_init(&r->link);
}

/* Locks the queue @r belongs to; it may move to another CPU while we wait for the lock. */
static struct queue *queue_lock(struct runnable *r)
{
	for (;;) {
		struct queue *q = &queues[READ_ONCE(r->cpu)];

		spin_lock(&q->lock);
		if (q == &queues[r->cpu])
			return q;
		spin_unlock(&q->lock);
	}
}

/* Behind those that are at the front already, before all others. */
static void queue_add_front(struct queue *q, struct runnable *r)
{
	struct list *at = q->ready.next;

	while (at != &q->ready && list_entry(at, struct runnable, link)->front)
		at = at->next;
	list_add_tail(at, &r->link);
}

static void queue_add(struct queue *q, struct runnable *r)
{
	r->front = r->budget > 0 && !r->yielding;
	r->yielding = false;
	if (r->front) {
		queue_add_front(q, r);
		return;
	}
	if (r->budget <= 0)
		r->budget = SCHED_SLICE_NS;
	list_add_tail(&q->ready, &r->link);
}

void sched_wake(struct runnable *r)
{
	struct queue *q = queue_lock(r);
	u32 cpu = r->cpu;
	bool look = !r->ready;

	if (look) {
		r->ready = true;
		if (!r->running)
			queue_add(q, r);
	}
	spin_unlock(&q->lock);
	if (look)
		softirq_post(cpu, SOFTIRQ_SCHED);
}

void sched_sleep(struct runnable *r)
{
	struct queue *q = queue_lock(r);
	u32 cpu = r->cpu;
	bool look = r->running;

	r->ready = false;
	list_del(&r->link);
	spin_unlock(&q->lock);
	if (look)
		softirq_post(cpu, SOFTIRQ_SCHED);
}

void sched_yield(struct runnable *r)
{
	struct queue *q = queue_lock(r);

	r->yielding = true;
	spin_unlock(&q->lock);
	softirq_raise(SOFTIRQ_SCHED);
}

/* Moves a waiting runnable; a running one moves when its CPU chooses again. */
void sched_set_affinity(struct runnable *r, u64 cpus)
{
	struct queue *q = queue_lock(r);
	u32 from = r->cpu, to = from;
	bool waiting = r->ready && !r->running;

	r->affinity = cpus;
	if (!(cpus >> from & 1))
		to = __builtin_ctzl(cpus);
	if (to != from && !r->running) {
		list_del(&r->link);
		r->cpu = to;
	}
	spin_unlock(&q->lock);
	if (to == from)
		return;
	if (waiting) {
		spin_lock(&queues[to].lock);
		queue_add(&queues[to], r);
		spin_unlock(&queues[to].lock);
	}
	softirq_post(waiting ? to : from, SOFTIRQ_SCHED);
}

/* The runnable that ran until now goes back to its queue, or to another CPU's if it may not stay. */
static void put_back(struct queue *q, struct runnable *r, u64 now)
{
	r->running = false;
	r->budget -= (s64)(now - r->since);
	if (r->ready)
		queue_add(q, r);
}

struct runnable *sched_pick(u32 cpu, struct runnable *prev, u64 now, u64 *until)
{
	struct queue *q = &queues[cpu];
	struct runnable *next = NULL;

	spin_lock(&q->lock);
	if (prev)
		put_back(q, prev, now);
	if (!list_empty(&q->ready)) {
		next = list_first(&q->ready, struct runnable, link);
		list_del(&next->link);
		next->running = true;
		next->since = now;
		if (next->budget <= 0)
			next->budget = SCHED_SLICE_NS;
		*until = now + next->budget;
	}
	spin_unlock(&q->lock);
	return next;
}
