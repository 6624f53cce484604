/* SPDX-License-Identifier: MIT */
/*
 * Between the queues: where one who wakes should wait, whom a CPU takes over from another. CPUs are
 * chosen by hints, read without locks; what is done is checked again under both queues' locks.
 *
 * No idle CPU misses one who waits: a CPU marks itself idle and then looks at the queues, who adds
 * to a queue looks at the idle CPUs after, so one sees the other.
 */
#include <sched/queue.h>
#include <x86/cpu.h>

#define LOOK_INTO 2 /* so many queues are searched by a CPU that has a choice of its own, */
#define LOOK_AT   8 /* and so many who wait in each are asked whether they may move */

struct sched_queue sched_queues[MAX_CPUS];
u64 sched_online, sched_idle;

_Static_assert(MAX_CPUS <= 64, "sets of CPUs are one word");

/*
 * A CPU whose choice is beyond this, in everybody's virtual time, is to run @r: it is half a slice of
 * @r's ahead. More, and errors of shares last longer than they need; less moves whoever comes next.
 */
static u64 bid_of(const struct sched_queue *q, const struct runnable *r)
{
	return r->vtime + q->offset + vtime_of(SCHED_SLICE_NS / 2, r->load);
}

static void queue_unlock(struct sched_queue *q)
{
	const struct runnable *first = queue_first(q);

	if (first)
		WRITE_ONCE(q->bid, bid_of(q, first));
	spin_unlock(&q->lock);
}

static bool anybody_waits(const struct sched_queue *q)
{
	return READ_ONCE(q->count) > (READ_ONCE(q->current) ? 1u : 0u);
}

void queues_lock(u32 a, u32 b)
{
	spin_lock(&sched_queues[MIN(a, b)].lock);
	if (a != b)
		spin_lock(&sched_queues[MAX(a, b)].lock);
}

void queues_unlock(u32 a, u32 b)
{
	queue_unlock(&sched_queues[a]);
	if (a != b)
		queue_unlock(&sched_queues[b]);
}

/* --- where to wait --------------------------------------------------------------------------- */

/* One of @cpus that idles, @near if it does; it is taken. NO_CPU: none. */
static u32 idle_find(u64 cpus, u32 near)
{
	u64 idle;

	while ((idle = __atomic_load_n(&sched_idle, __ATOMIC_SEQ_CST) & cpus)) {
		u32 cpu = idle >> near & 1 ? near : (u32)__builtin_ctzl(idle);

		if (__atomic_fetch_and(&sched_idle, ~(1ul << cpu), __ATOMIC_SEQ_CST) >> cpu & 1)
			return cpu;
	}
	return NO_CPU;
}

u32 cpu_choose(const struct runnable *r)
{
	u64 hard = READ_ONCE(r->hard) & sched_online, soft = (hard & READ_ONCE(r->soft)) ?: hard;
	u32 near = READ_ONCE(r->cpu), cpu;

	cpu = idle_find(soft, near);
	if (cpu == NO_CPU)
		cpu = idle_find(hard, near);
	if (cpu != NO_CPU)
		return cpu;
	return soft >> near & 1 ? near : (u32)__builtin_ctzl(soft); /* balancing does the rest */
}

bool out_of_place(const struct runnable *r)
{
	u64 here = 1ul << r->cpu, soft = r->hard & r->soft;

	return !(r->hard & here) || (!(soft & here) && soft & READ_ONCE(sched_idle));
}

void idle_tell(const struct runnable *r)
{
	u32 cpu;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!READ_ONCE(sched_idle))
		return;
	cpu = idle_find(READ_ONCE(r->hard), READ_ONCE(r->cpu));
	if (cpu != NO_CPU)
		softirq_post(cpu, SOFTIRQ_SCHED);
}

/* --- who is taken over ----------------------------------------------------------------------- */

static bool may_move(const struct sched_queue *q, const struct runnable *r, u32 cpu, bool anybody,
		     u64 own)
{
	if (!(r->hard >> cpu & 1))
		return false;
	return anybody || ((r->soft >> cpu & 1) && (s64)(bid_of(q, r) - own) < 0);
}

static bool pull_from(u32 from, u32 cpu, bool anybody, u64 own, u64 now)
{
	struct sched_queue *q = &sched_queues[from];
	struct runnable *r;
	u32 asked = 0;

	queues_lock(from, cpu);
	r = queue_first(q);
	while (r && !may_move(q, r, cpu, anybody, own))
		r = anybody || ++asked < LOOK_AT ? queue_next(q, r) : NULL;
	if (r) {
		queue_del(q, r);
		WRITE_ONCE(r->cpu, cpu);
		queue_add(&sched_queues[cpu], r, now, false);
	}
	queues_unlock(from, cpu);
	return r;
}

/* Each CPU begins with its neighbour, so that they do not all look into the same queue. */
void balance_pull(u32 cpu, bool anybody, u64 own, u64 now)
{
	u64 left = sched_online & ~(1ul << cpu), above = -(2ul << cpu);
	u32 locked = 0;

	while (left && (anybody || locked < LOOK_INTO)) {
		u32 from = __builtin_ctzl(left & above ?: left);
		const struct sched_queue *q = &sched_queues[from];

		left &= ~(1ul << from);
		if (!anybody_waits(q) || (!anybody && (s64)(READ_ONCE(q->bid) - own) >= 0))
			continue;
		if (pull_from(from, cpu, anybody, own, now))
			return;
		locked++;
	}
}

void queue_drift(struct sched_queue *q)
{
	s64 reach = q->load ? vtime_of(LAG_NS, q->load / q->count) : 0, lead = 0, n = 0;
	u64 own = queue_vtime(q) + q->offset;

	for (u64 cpus = sched_online; cpus; cpus &= cpus - 1) {
		const struct sched_queue *other = &sched_queues[__builtin_ctzl(cpus)];

		if (other == q || !anybody_waits(other))
			continue;
		lead += (s64)(own - READ_ONCE(other->bid)) / MAX_CPUS; /* no sum overflows */
		n++;
	}
	lead = n ? lead / n * MAX_CPUS : 0;
	if (lead < -reach || lead > reach)
		q->offset -= lead < 0 ? lead + reach : lead - reach;
}
