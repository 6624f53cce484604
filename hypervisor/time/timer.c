/* SPDX-License-Identifier: MIT */
/*
 * Software timers: a queue per CPU, served by the one-shot timer of its local APIC. Setting a timer
 * only raises SOFTIRQ_TIMER; on the way out the hardware is programmed once, for the soonest. A
 * timer that went away does not put it off: that costs one interrupt, less than a write at each.
 * The end of a slice does, when its CPU begins to idle: what idles is left alone.
 */
#include <irq/irq.h>
#include <lib/heap.h>
#include <time/time.h>
#include <x86/asm.h>
#include <x86/budget.h>
#include <x86/lock.h>

#define TIMER_LOOKS 80 /* of the budget, for a timer that fires */

struct timer_queue {
	struct spinlock lock; /* guards the heap, and ->when and ->cpu of its timers */
	struct heap heap;

	/* Of this CPU alone. */
	u64 slice_end;  /* when it chooses again who runs */
	u64 programmed; /* when the hardware fires, at the latest when one of these is due */
};

static struct timer_queue queues[MAX_CPUS];
/* Whose function each CPU runs; set under the lock of the queue it was taken from, its own. */
static struct timer *running[MAX_CPUS];

static struct timer *soonest_of(const struct timer_queue *q)
{
	return q->heap.root ? container_of(q->heap.root, struct timer, node) : NULL;
}

static void timer_interrupt(void)
{
	WRITE_ONCE(queues[cpu_id()].programmed, TIME_NEVER);
	softirq_raise(SOFTIRQ_TIMER);
}

void timers_init(void)
{
	for (u32 i = 0; i < MAX_CPUS; i++) {
		spin_init(&queues[i].lock, LOCK_TIMER);
		queues[i].slice_end = queues[i].programmed = TIME_NEVER;
	}
	vector_set(VECTOR_TIMER, timer_interrupt);
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	*t = (struct timer){ .when = TIME_NEVER, .fn = fn, .cpu = cpu_id() };
}

/* Locks the queue that @t belongs to; it may change while we wait. */
static struct timer_queue *queue_lock(struct timer *t)
{
	for (;;) {
		u32 cpu = READ_ONCE(t->cpu);

		spin_lock(&queues[cpu].lock);
		if (t->cpu == cpu)
			return &queues[cpu];
		spin_unlock(&queues[cpu].lock);
	}
}

static void timer_dequeue(struct timer_queue *q, struct timer *t)
{
	if (t->when != TIME_NEVER)
		heap_remove(&q->heap, &t->node);
	t->when = TIME_NEVER;
}

void timer_set_on(struct timer *t, u32 cpu, u64 when)
{
	struct timer_queue *q = queue_lock(t);
	bool soonest;

	/* One lock after the other: in between it is on no queue, and belongs to the new one. */
	if (q != &queues[cpu]) {
		timer_dequeue(q, t);
		t->cpu = cpu;
		spin_unlock(&q->lock);
		q = queue_lock(t);
	}

	timer_dequeue(q, t);
	t->when = when;
	t->node.key = MIN(when, TIME_NEVER / 2); /* keys compare by their difference */
	if (when != TIME_NEVER)
		heap_insert(&q->heap, &t->node);

	soonest = soonest_of(q) == t && when < READ_ONCE(q->programmed);
	cpu = t->cpu;
	spin_unlock(&q->lock);

	if (soonest)
		softirq_post(cpu, SOFTIRQ_TIMER);
}

void timer_set(struct timer *t, u64 when)
{
	timer_set_on(t, cpu_id(), when);
}

/*
 * Waits while @t's function runs on another CPU: any, for if it was set again meanwhile, its queue
 * may be another CPU's.
 */
static void wait_until_idle(const struct timer *t)
{
	for (u32 c = 0; c < cpu_count; c++) {
		if (c == cpu_id())
			continue;

		while (__atomic_load_n(&running[c], __ATOMIC_ACQUIRE) == t) {
			cpu_poll();
			cpu_pause();
		}
	}
}

void timer_stop(struct timer *t)
{
	/* Again if the function itself set it again. */
	do {
		struct timer_queue *q = queue_lock(t);

		timer_dequeue(q, t);
		spin_unlock(&q->lock);
		wait_until_idle(t);
	} while (READ_ONCE(t->when) != TIME_NEVER);
}

void timer_set_slice(u64 until, bool idles)
{
	struct timer_queue *q = &queues[cpu_id()];
	u64 was = q->slice_end;

	/* Never put off while somebody runs: a choice too early finds nothing to do. */
	if (until >= was && !idles)
		return;

	q->slice_end = until;
	if (until < q->programmed || q->programmed == was)
		softirq_raise(SOFTIRQ_TIMER);
}

static void timer_program(struct timer_queue *q, u64 when, u64 now)
{
	if (when == q->programmed || when == TIME_NEVER)
		return;

	q->programmed = when;
	apic_timer_set(time_to_tsc(when), when - now);
}

void timers_run(void)
{
	struct timer_queue *q = &queues[cpu_id()];
	u64 now = time_now();
	struct timer *t;

	if (q->slice_end <= now) {
		q->slice_end = TIME_NEVER;
		softirq_raise(SOFTIRQ_SCHED);
	}

	spin_lock(&q->lock);
	while ((t = soonest_of(q)) && t->when <= now && !budget_spent()) {
		budget_charge(TIMER_LOOKS);
		heap_remove(&q->heap, &t->node);
		t->when = TIME_NEVER;
		WRITE_ONCE(running[cpu_id()], t);
		spin_unlock(&q->lock);

		t->fn(t);

		__atomic_store_n(&running[cpu_id()], NULL, __ATOMIC_RELEASE);
		spin_lock(&q->lock);
	}

	/* The rest after a window: many may be due at once. */
	if (t && t->when <= now)
		softirq_raise(SOFTIRQ_TIMER);
	else
		timer_program(q, MIN(t ? t->when : TIME_NEVER, q->slice_end), now);
	spin_unlock(&q->lock);
}
