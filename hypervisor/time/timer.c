/* SPDX-License-Identifier: MIT */
/*
 * Software timers: a queue per CPU, served by the one-shot timer of its local APIC. Setting a timer
 * only raises SOFTIRQ_TIMER; the hardware is programmed once on the way out, for the soonest.
 */
#include <irq/irq.h>
#include <lib/heap.h>
#include <time/time.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/lock.h>

struct timer_queue {
	struct spinlock lock; /* guards the heap, and ->when and ->cpu of its timers */
	struct heap heap;
	u64 programmed;	       /* when the hardware fires; this CPU's alone */
};

static struct timer_queue queues[MAX_CPUS];
/* Whose function each CPU runs; set under the lock of the queue it was taken from, which is that CPU's own. */
static struct timer *running[MAX_CPUS];

static struct timer *soonest_of(const struct timer_queue *q)
{
	return q->heap.root ? container_of(q->heap.root, struct timer, node) : NULL;
}

static void timer_interrupt(void)
{
	queues[cpu_id()].programmed = TIME_NEVER;
	softirq_raise(SOFTIRQ_TIMER);
}

void timers_init(void)
{
	for (u32 i = 0; i < MAX_CPUS; i++) {
		spin_init(&queues[i].lock, LOCK_TIMER);
		queues[i].programmed = TIME_NEVER;
	}
	vector_set(VECTOR_TIMER, timer_interrupt);
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	*t = (struct timer){ .when = TIME_NEVER, .fn = fn, .cpu = cpu_id() };
}

/* Locks the queue that @t belongs to, and that of @cpu; by address if they are two. */
static void lock_both(struct timer *t, u32 cpu)
{
	for (;;) {
		u32 own = READ_ONCE(t->cpu);

		spin_lock(&queues[MIN(own, cpu)].lock);
		if (own != cpu)
			spin_lock(&queues[MAX(own, cpu)].lock);
		if (t->cpu == own)
			return;
		if (own != cpu)
			spin_unlock(&queues[MAX(own, cpu)].lock);
		spin_unlock(&queues[MIN(own, cpu)].lock);
	}
}

static void unlock_both(u32 own, u32 cpu)
{
	if (own != cpu)
		spin_unlock(&queues[MAX(own, cpu)].lock);
	spin_unlock(&queues[MIN(own, cpu)].lock);
}

/* Off its queue, onto @cpu's for @when; both locked. True if it is that queue's soonest. */
static bool timer_requeue(struct timer *t, u32 cpu, u64 when)
{
	if (t->when != TIME_NEVER)
		heap_remove(&queues[t->cpu].heap, &t->node);
	t->when = when;
	t->cpu = cpu;
	if (when == TIME_NEVER)
		return false;
	t->node.key = MIN(when, TIME_NEVER / 2); /* keys compare by their difference */
	heap_insert(&queues[cpu].heap, &t->node);
	return soonest_of(&queues[cpu]) == t;
}

static void timer_place(struct timer *t, u32 cpu, u64 when, bool keep_when)
{
	bool soonest;
	u32 own;

	lock_both(t, cpu);
	own = t->cpu;
	soonest = timer_requeue(t, cpu, keep_when ? t->when : when);
	unlock_both(own, cpu);
	if (soonest)
		softirq_post(cpu, SOFTIRQ_TIMER);
}

void timer_set(struct timer *t, u64 when)
{
	timer_place(t, cpu_id(), when, false);
}

void timer_move(struct timer *t, u32 cpu)
{
	timer_place(t, cpu, 0, true);
}

/* Set again meanwhile, it may be on another queue than that of the CPU where its function runs. */
static void wait_until_idle(const struct timer *t)
{
	for (u32 c = 0; c < cpu_count; c++)
		while (c != cpu_id() && __atomic_load_n(&running[c], __ATOMIC_ACQUIRE) == t) {
			cpu_poll();
			cpu_pause();
		}
}

void timer_stop(struct timer *t)
{
	do { /* the function itself may have set it again */
		timer_place(t, READ_ONCE(t->cpu), TIME_NEVER, false);
		wait_until_idle(t);
	} while (READ_ONCE(t->when) != TIME_NEVER);
}

static void timer_program(struct timer_queue *q, u64 when, u64 now)
{
	if (when == q->programmed)
		return;
	q->programmed = when;
	if (when == TIME_NEVER)
		apic_timer_set(0, ~0ul);
	else
		apic_timer_set(time_to_tsc(when), when > now ? when - now : 0);
}

void timers_run(void)
{
	struct timer_queue *q = &queues[cpu_id()];
	u64 now = time_now();
	struct timer *t;

	spin_lock(&q->lock);
	while ((t = soonest_of(q)) && t->when <= now) {
		heap_remove(&q->heap, &t->node);
		t->when = TIME_NEVER;
		WRITE_ONCE(running[cpu_id()], t);
		spin_unlock(&q->lock);
		t->fn(t);
		__atomic_store_n(&running[cpu_id()], NULL, __ATOMIC_RELEASE);
		spin_lock(&q->lock);
	}
	timer_program(q, t ? t->when : TIME_NEVER, now);
	spin_unlock(&q->lock);
}
