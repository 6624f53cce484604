/* SPDX-License-Identifier: MIT */
/*
 * Between the queues: where one that wakes should wait, whom a CPU takes over from another. CPUs
 * are chosen by hints, read without locks; what is done is checked again under both queues' locks.
 *
 * No CPU idles while one that it may run waits. A CPU marks itself idle and then looks at the
 * queues; whoever adds to a queue looks at the idle CPUs afterwards. So one of the two sees the
 * other.
 *
 * Shares hold over the machine because all queues are measured by one virtual time, "the
 * machine's": a queue's own plus its offset. The further a runnable is behind in it, the sooner
 * another CPU takes it over.
 */
#include <sched/queue.h>
#include <x86/cpu.h>

#define LOOK_INTO 2 /* so many queues are searched by a CPU that has a choice of its own, */
#define LOOK_AT   8 /* and so many that wait in each are asked whether they may move */

struct sched_queue sched_queues[MAX_CPUS];
u64 sched_online, sched_idle;

_Static_assert(MAX_CPUS <= 64, "sets of CPUs are one word");

/*
 * The virtual time, in the machine's terms, that is half a slice of @r's ahead of @r: a CPU whose
 * choice is later takes @r over. Were it more than half a slice, errors of shares would last longer
 * than they need; were it less, whoever comes next would be moved.
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

/* One of @cpus that idles, @near if it does; its bit is taken. NO_CPU: none. */
static u32 idle_find(u64 cpus, u32 near)
{
	for (;;) {
		u64 idle = __atomic_load_n(&sched_idle, __ATOMIC_SEQ_CST) & cpus;
		u32 cpu;

		if (!idle)
			return NO_CPU;

		cpu = idle >> near & 1 ? near : (u32)__builtin_ctzl(idle);
		if (__atomic_fetch_and(&sched_idle, ~(1ul << cpu), __ATOMIC_SEQ_CST) >> cpu & 1)
			return cpu;

		/* Another CPU was faster. */
	}
}

u32 cpu_choose(const struct runnable *r, bool *idle)
{
	u64 hard = READ_ONCE(r->hard) & sched_online;
	u64 soft = hard & READ_ONCE(r->soft);
	u32 near = READ_ONCE(r->cpu), cpu;

	if (!soft)
		soft = hard;

	cpu = idle_find(soft, near);
	if (cpu == NO_CPU)
		cpu = idle_find(hard, near);

	*idle = cpu != NO_CPU;
	if (*idle)
		return cpu;

	/* All are busy: where it was, if it may be there. Balancing does the rest. */
	return soft >> near & 1 ? near : (u32)__builtin_ctzl(soft);
}

bool out_of_place(const struct runnable *r)
{
	u64 here = 1ul << r->cpu, soft = r->hard & r->soft;

	if (!(r->hard & here))
		return true;

	return !(soft & here) && soft & READ_ONCE(sched_idle);
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

	if (anybody)
		return true;

	return (r->soft >> cpu & 1) && before(bid_of(q, r), own);
}

/* The first of @q that @cpu may take over. A CPU that has a choice of its own does not ask many. */
static struct runnable *movable_find(const struct sched_queue *q, u32 cpu, bool anybody, u64 own)
{
	struct runnable *r = queue_first(q);
	u32 asked = 0;

	while (r && !may_move(q, r, cpu, anybody, own)) {
		asked++;
		if (asked == LOOK_AT && !anybody)
			return NULL;
		r = queue_next(q, r);
	}
	return r;
}

static bool pull_from(u32 from, u32 cpu, bool anybody, u64 own, u64 now)
{
	struct sched_queue *q = &sched_queues[from];
	struct runnable *r;

	queues_lock(from, cpu);
	r = movable_find(q, cpu, anybody, own);
	if (r) {
		assert(r->cpu == from && !r->running);
		queue_del(q, r);
		WRITE_ONCE(r->cpu, cpu);
		queue_add(&sched_queues[cpu], r, now, false);
	}
	queues_unlock(from, cpu);
	return r;
}

/* By the hints: may @q have somebody to take over? */
static bool worth_a_look(const struct sched_queue *q, bool anybody, u64 own)
{
	if (!anybody_waits(q))
		return false;

	return anybody || before(READ_ONCE(q->bid), own);
}

void balance_pull(u32 cpu, bool anybody, u64 own, u64 now)
{
	u64 left = sched_online & ~(1ul << cpu);
	u64 above = -(2ul << cpu);
	u32 searched = 0;

	while (left && (anybody || searched < LOOK_INTO)) {
		/*
		 * Each CPU begins with its neighbour, so that they do not all look into one queue.
		 */
		u32 from = __builtin_ctzl(left & above ?: left);

		left &= ~(1ul << from);
		if (!worth_a_look(&sched_queues[from], anybody, own))
			continue;

		if (pull_from(from, cpu, anybody, own, now))
			return;
		searched++;
	}
}

/* --- offsets --------------------------------------------------------------------------------- */

/* How far @q's virtual time is ahead of the mean bid of the other queues where anybody waits. */
static s64 lead_of(struct sched_queue *q)
{
	u64 own = queue_vtime(q) + q->offset;
	s64 lead = 0, n = 0;

	for (u64 cpus = sched_online; cpus; cpus &= cpus - 1) {
		const struct sched_queue *other = &sched_queues[__builtin_ctzl(cpus)];

		if (other == q || !anybody_waits(other))
			continue;

		lead += (s64)(own - READ_ONCE(other->bid)) / MAX_CPUS; /* no sum overflows */
		n++;
	}
	return n ? lead / n * MAX_CPUS : 0;
}

void queue_drift(struct sched_queue *q)
{
	s64 limit = q->load ? vtime_of(LAG_MAX_NS, q->load / q->count) : 0;
	s64 lead = lead_of(q);

	assert(spin_held(&q->lock));
	if (lead > limit)
		q->offset -= lead - limit;
	else if (lead < -limit)
		q->offset -= lead + limit;
}
