/* SPDX-License-Identifier: MIT */
/* The simulated machine: see sim.h. */
#include "sim.h"
#include "../fake/lock.h"

#include <sched/queue.h>

#include <stdlib.h>
#include <string.h>

static struct sim *sim; /* whose CPUs are told */
static const struct sim_sched *sched;

void softirq_post(u32 cpu, enum softirq s)
{
	(void)s;
	sim->told[cpu] = true;
}

static u32 draw(struct sim *s, u32 n)
{
	s->seed = s->seed * 1103515245 + 12345;
	return (s->seed >> 8) % n;
}

static void fair_start(u32 cpus)
{
	memset(sched_queues, 0, sizeof(struct sched_queue) * MAX_CPUS);
	sched_online = sched_idle = 0;
	for (u32 i = 0; i < cpus; i++)
		sched_init_cpu(i);
}

const struct sim_sched sim_fair = {
	"fair", fair_start, runnable_init, sched_wake, sched_sleep, sched_pick, sched_put,
};

void sim_start(struct sim *s, const struct sim_sched *which, u32 cpus, u32 seed)
{
	memset(s, 0, sizeof(*s));
	s->cpus = cpus;
	s->seed = seed;
	s->now = s->start = 10 * SIM_SEC;
	sim = s;
	sched = which;
	fake_lock_pairs = 1u << LOCK_SCHED;
	sched->start(cpus);
	for (u32 c = 0; c < cpus; c++)
		s->told[c] = true;
}

struct sim_vcpu *sim_add(struct sim *s, u32 weight, u64 period, u64 burst)
{
	struct sim_vcpu *v = &s->v[s->vcpus++];

	sched_group_set(&v->own, weight, 0);
	v->group = &v->own;
	v->period = period;
	v->burst = burst;
	sched->init(&v->run, v->group, (s->vcpus - 1) % s->cpus);
	return v;
}

static void wake(struct sim *s, struct sim_vcpu *v)
{
	v->left = v->burst;
	v->woke = s->now;
	sched->wake(&v->run, s->now, false);
}

void sim_wake_all(struct sim *s)
{
	for (u32 i = 0; i < s->vcpus; i++) {
		struct sim_vcpu *v = &s->v[i];

		if (v->period)
			v->wakes_at = s->now + draw(s, v->period);
		else
			wake(s, v);
	}
}

static void account(struct sim *s, u32 cpu)
{
	struct sim_vcpu *v = s->on[cpu];
	u64 ran = s->now - s->since[cpu];

	s->since[cpu] = s->now;
	if (!v)
		return;
	v->got += ran;
	v->left -= ran < v->left ? ran : v->left;
}

static void note_start(struct sim *s, struct sim_vcpu *v, u32 cpu)
{
	s->switches++;
	s->moves += v->cpu_before != cpu;
	v->cpu_before = cpu;
	if (v->period && v->woke && s->waits < SIM_WAITS)
		s->wait[s->waits++] = s->now - v->woke;
	v->woke = 0;
}

static void choose(struct sim *s, u32 cpu)
{
	struct sim_vcpu *prev = s->on[cpu], *next;
	struct runnable *r;

	account(s, cpu);

	/* Its burst is done: it sleeps. */
	if (prev && prev->period && !prev->left) {
		sched->sleep(&prev->run);
		prev->wakes_at += prev->period;
	}

	s->told[cpu] = false;
	r = sched->pick(cpu, prev ? &prev->run : NULL, s->now, &s->until[cpu]);
	next = r ? container_of(r, struct sim_vcpu, run) : NULL;
	s->on[cpu] = next;

	if (prev && prev != next)
		sched->put(&prev->run, s->now);
	if (next && next != prev)
		note_start(s, next, cpu);
}

/* When something happens next: a wake-up, a CPU's time is up, a burst is done. */
static u64 next_event(const struct sim *s)
{
	u64 at = ~0ul;

	for (u32 c = 0; c < s->cpus; c++) {
		const struct sim_vcpu *v = s->on[c];

		at = MIN(at, s->until[c]);
		if (v && v->period)
			at = MIN(at, s->since[c] + v->left);
	}

	for (u32 i = 0; i < s->vcpus; i++)
		if (s->v[i].period && !s->v[i].run.ready)
			at = MIN(at, s->v[i].wakes_at);
	return MAX(at, s->now);
}

/* How long a CPU has idled now while one that it may run waits. */
static void watch_idle(struct sim *s)
{
	u64 waiting = 0;

	for (u32 i = 0; i < s->vcpus; i++)
		if (s->v[i].run.heap)
			waiting |= s->v[i].run.hard;

	for (u32 c = 0; c < s->cpus; c++) {
		if (s->on[c] || !(waiting >> c & 1))
			s->idle_since[c] = s->now;
		s->idle_waits = MAX(s->idle_waits, s->now - s->idle_since[c]);
	}
}

static bool cpu_due(const struct sim *s, u32 c)
{
	const struct sim_vcpu *v = s->on[c];

	if (s->told[c] || s->until[c] <= s->now)
		return true;

	return v && v->period && s->since[c] + v->left <= s->now;
}

/* CPUs choose, in any order, until none has a reason to. */
static void settle(struct sim *s)
{
	bool again = true;

	while (again) {
		u32 first = draw(s, s->cpus);

		again = false;
		for (u32 i = 0; i < s->cpus; i++) {
			u32 c = (first + i) % s->cpus;

			if (!cpu_due(s, c))
				continue;

			choose(s, c);
			again = true;
		}
	}
}

static void wake_due(struct sim *s)
{
	for (u32 i = 0; i < s->vcpus; i++) {
		struct sim_vcpu *v = &s->v[i];

		if (v->period && !v->run.ready && v->wakes_at <= s->now)
			wake(s, v);
	}
}

void sim_run(struct sim *s, u64 ns)
{
	u64 end = s->now + ns;

	settle(s);
	while (s->now < end) {
		watch_idle(s);
		s->now = MIN(next_event(s), end);
		watch_idle(s);

		for (u32 c = 0; c < s->cpus; c++) {
			if (s->on[c] && s->on[c]->period)
				account(s, c);
		}
		wake_due(s);
		settle(s);
	}

	for (u32 c = 0; c < s->cpus; c++)
		account(s, c);
}

void sim_mark(struct sim *s)
{
	for (u32 i = 0; i < s->vcpus; i++)
		s->v[i].got_before = s->v[i].got;
}

/* Whoever would get more than one CPU gets that; what is left is divided among the others. */
void sim_due(const struct sim *s, double *due)
{
	double cpus = s->cpus, weights = 0;
	bool again = true;

	for (u32 i = 0; i < s->vcpus; i++) {
		due[i] = 0;
		weights += s->v[i].own.weight;
	}
	while (again && cpus > 0) {
		again = false;
		for (u32 i = 0; i < s->vcpus; i++)
			if (!due[i] && s->v[i].own.weight * cpus >= weights) {
				due[i] = 1;
				cpus -= 1;
				weights -= s->v[i].own.weight;
				again = true;
			}
	}
	for (u32 i = 0; i < s->vcpus; i++)
		if (!due[i])
			due[i] = s->v[i].own.weight * cpus / weights;
}

static int by_length(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

u64 sim_wait_at(struct sim *s, u32 permille)
{
	if (!s->waits)
		return 0;
	qsort(s->wait, s->waits, sizeof(*s->wait), by_length);
	return s->wait[MIN((u64)s->waits * permille / 1000, s->waits - 1ul)];
}
