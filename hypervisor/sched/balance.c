/* SPDX-License-Identifier: MIT */
/*
 * Between the queues: where one who wakes should wait, whom a CPU takes over from another. CPUs are
 * chosen by hints, read without locks; what is done is checked again under both queues' locks.
 *
 * No idle CPU misses one who waits: a CPU marks itself idle and then looks at the queues, who adds to a
 * queue looks at the idle CPUs after, so one sees the other.
 */
#include <sched/queue.h>
#include <x86/cpu.h>

#define NO_CPU (~0u)
#define UNEVEN_SLICES 3
#define LOOK_INTO 2 /* so many queues are locked by a CPU that is not idle, */
#define LOOK_AT 8   /* and so many who wait in each are asked whether they may move */

struct sched_queue sched_queues[MAX_CPUS];
u64 sched_online, sched_idle;

_Static_assert(MAX_CPUS <= 64, "sets of CPUs are one word");

void queues_lock(u32 a, u32 b)
{
	spin_lock(&sched_queues[MIN(a, b)].lock);
	if (a != b)
		spin_lock(&sched_queues[MAX(a, b)].lock);
}

void queues_unlock(u32 a, u32 b)
{
	if (a != b)
		spin_unlock(&sched_queues[MAX(a, b)].lock);
	spin_unlock(&sched_queues[MIN(a, b)].lock);
}

/* --- where to wait --------------------------------------------------------------------------- */

static bool idle_take(u32 cpu)
{
	return __atomic_fetch_and(&sched_idle, ~(1ul << cpu), __ATOMIC_SEQ_CST) >> cpu & 1;
}

/* One of @cpus that idles, @near if it does; it is taken. NO_CPU: none. */
static u32 idle_find(u64 cpus, u32 near)
{
	u64 idle;

	while ((idle = __atomic_load_n(&sched_idle, __ATOMIC_SEQ_CST) & cpus)) {
		u32 cpu = idle >> near & 1 ? near : (u32)__builtin_ctzl(idle);

		if (idle_take(cpu))
			return cpu;
	}
	return NO_CPU;
}

static u64 load_at(u32 cpu)
{
	return READ_ONCE(sched_queues[cpu].load);
}

/* The CPU of @cpus with the least load; @near if it has not more by @much than that. */
static u32 least_loaded(u64 cpus, u32 near, u64 much)
{
	u32 best = __builtin_ctzl(cpus);

	for (u64 left = cpus; left; left &= left - 1) {
		u32 cpu = __builtin_ctzl(left);

		if (load_at(cpu) < load_at(best))
			best = cpu;
	}
	return (cpus >> near & 1) && load_at(near) <= load_at(best) + much ? near : best;
}

u32 cpu_choose(const struct runnable *r, bool *idle)
{
	u64 hard = READ_ONCE(r->hard) & sched_online, soft = hard & READ_ONCE(r->soft);
	u32 near = READ_ONCE(r->cpu), cpu = idle_find(soft ? soft : hard, near);

	if (cpu == NO_CPU)
		cpu = idle_find(hard, near);
	*idle = cpu != NO_CPU;
	if (*idle)
		return cpu;
	return least_loaded(soft ? soft : hard, near, 2 * load_of(r->group));
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

/* Beside its own, the CPU of @cpus with the one who is most behind. NO_CPU: none whom @own lets first. */
static u32 victim_find(u64 cpus, bool anybody, u64 own)
{
	u32 best = NO_CPU;

	for (; cpus; cpus &= cpus - 1) {
		const struct sched_queue *q = &sched_queues[__builtin_ctzl(cpus)];
		u64 bid = READ_ONCE(q->hint_bid);

		if (!READ_ONCE(q->hint_waiting) || (!anybody && (s64)(bid - own) >= 0))
			continue;
		anybody = false;
		own = bid;
		best = q - sched_queues;
	}
	return best;
}

/*
 * May @cpu take over @r from @q? It is behind the choice of that CPU, @own; if the loads only change
 * places it must be so by a slice, by several if they become less even: a heavy one is behind because of
 * the light ones beside it, and they should move.
 */
static bool may_move(const struct sched_queue *q, const struct runnable *r, u32 cpu, bool anybody, u64 own)
{
	u64 load = sched_queues[cpu].load + r->load;
	u32 slices = load < q->load ? 0 : load == q->load ? 1 : UNEVEN_SLICES;

	if (!(r->hard >> cpu & 1))
		return false;
	return anybody || ((r->soft >> cpu & 1) && (s64)(runnable_bid(q, r, slices) - own) < 0);
}

static struct runnable *heap_find(struct sched_queue *q, struct heap *h, u32 cpu, bool anybody, u64 own)
{
	struct heap_node *n = h->root;

	for (u32 i = 0; n && (anybody || i < LOOK_AT); i++, n = heap_next(n)) {
		struct runnable *r = container_of(n, struct runnable, node);

		if (may_move(q, r, cpu, anybody, own))
			return r;
	}
	return NULL;
}

static bool pull_from(u32 from, u32 cpu, bool anybody, u64 own, u64 now)
{
	struct sched_queue *q = &sched_queues[from], *to = &sched_queues[cpu];
	struct runnable *r;

	queues_lock(from, cpu);
	r = heap_find(q, &q->owed, cpu, anybody, own);
	if (!r)
		r = heap_find(q, &q->ahead, cpu, anybody, own);
	if (r) {
		queue_del(q, r);
		queue_hint(q);
		WRITE_ONCE(r->cpu, cpu);
		queue_add(to, r, now, false);
		queue_hint(to);
	}
	queues_unlock(from, cpu);
	return r;
}

bool balance_pull(u32 cpu, bool anybody, u64 own, u64 now)
{
	u64 cpus = sched_online & ~(1ul << cpu);
	u32 from;

	for (u32 i = 0; anybody || i < LOOK_INTO; i++) {
		from = victim_find(cpus, anybody, own);
		if (from == NO_CPU)
			break;
		if (pull_from(from, cpu, anybody, own, now))
			return true;
		cpus &= ~(1ul << from);
	}
	return false;
}

u64 balance_mean(u32 cpu, u64 own)
{
	s64 sum = 0, n = 0;

	for (u64 cpus = sched_online & ~(1ul << cpu); cpus; cpus &= cpus - 1) {
		const struct sched_queue *q = &sched_queues[__builtin_ctzl(cpus)];

		if (!READ_ONCE(q->hint_waiting))
			continue;
		sum += (s64)(READ_ONCE(q->hint_vtime) - own) / 64; /* of 64 CPUs, it does not overflow */
		n++;
	}
	return n ? own + (u64)(sum / n * 64) : own;
}
