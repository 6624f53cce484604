/* SPDX-License-Identifier: MIT */
/*
 * The promise of sched/balance.c, in every order of what the CPUs do: no CPU idles while one that
 * it may run waits. A CPU here sleeps, wakes others and chooses as guest/resume.c does; when all
 * are done and all posts are served, nobody may wait beside an idle CPU.
 */
#include "../interleave/explore.h"

#include <sched/queue.h>
#include <stdio.h>
#include <string.h>

#define RUNNABLES 4u
#define NOW       10000000000ul /* time stands still: what is tried is order alone */

enum { A, B, C, D };

static struct sched_group group;
static struct runnable all[RUNNABLES];

static struct sim_cpu {
	struct runnable *on; /* who runs; NULL: it idles */
	bool told;
} sim[CPUS];

/* --- the CPUs --------------------------------------------------------------------------------- */

u32 fake_cpu;
__thread struct vcpu *fake_current;
u32 fake_softirqs;

void explore_on(u32 cpu)
{
	fake_cpu = cpu;
}

bool explore_interrupted(u32 cpu)
{
	return sim[cpu].told;
}

void softirq_post(u32 cpu, enum softirq s)
{
	explore_step();
	sim[cpu].told = true;
}

/* guest/resume.c: schedule, switch_to. */
static void choose(void)
{
	struct sim_cpu *c = &sim[fake_cpu];
	struct runnable *prev = c->on, *next;
	u64 until;

	/* At each choice the CPU compares itself with others, if it has one, too. */
	sched_queues[fake_cpu].balanced = 0;

	next = sched_pick(fake_cpu, prev, NOW, &until);
	if (next == prev)
		return;

	c->on = next;
	if (prev)
		sched_put(prev, NOW);
}

void cpu_poll(void)
{
	struct sim_cpu *c = &sim[fake_cpu];

	while (c->told) {
		c->told = false;
		choose();
	}
}

/* --- what a CPU does -------------------------------------------------------------------------- */

/* The end of the current one's slice, or of its wish to run. */
static void slice_ends(void)
{
	sim[fake_cpu].told = true;
	cpu_poll();
}

static void sleeps(void)
{
	sched_sleep(sim[fake_cpu].on);
	cpu_poll();
}

static void wakes(u32 who)
{
	sched_wake(&all[who], NOW, false);
	cpu_poll();
}

static void wakes_and_takes_over(void)
{
	wakes(C);
	sleeps();
	wakes(A);
	wakes(D);
}

static void wakes_and_leaves(void)
{
	wakes(C);
	sleeps();
}

static void sleeps_and_is_woken(void)
{
	sleeps();
	wakes(A);
	wakes(D);
}

static void wakes_two(void)
{
	wakes(C);
	wakes(D);
}

static void wakes_and_ends_slice(void)
{
	wakes(C);
	slice_ends();
	wakes(D);
}

static void wakes_c(void)
{
	wakes(C);
}

static void wakes_d(void)
{
	wakes(D);
}

static void pins_and_frees(void)
{
	sched_set_affinity(&all[C], 1, ~0ul, NOW);
	cpu_poll();
	sched_set_affinity(&all[C], ~0ul, ~0ul, NOW);
	cpu_poll();
}

/* --- before and after ------------------------------------------------------------------------- */

static void runs(u32 cpu, u32 who)
{
	explore_on(cpu);
	sched_wake(&all[who], NOW, false);
	sim[cpu].told = false;
	choose();
	if (sim[cpu].on != &all[who])
		panic("CPU %u does not run what it should at the start", cpu);
}

static void start_cpus(u32 cpus)
{
	memset(sched_queues, 0, sizeof(struct sched_queue) * CPUS);
	memset(sim, 0, sizeof(sim));
	sched_online = sched_idle = 0;
	sched_group_set(&group, SCHED_WEIGHT_DEFAULT, 0);
	group.ready = 0;

	for (u32 c = 0; c < cpus; c++)
		sched_init_cpu(c);
	for (u32 i = 0; i < RUNNABLES; i++)
		runnable_init(&all[i], &group, i % cpus);
}

/* CPU 0 runs A, CPU 1 runs B; C was on CPU 1 last (with three CPUs: on CPU 2), D on CPU 0. */
static void start_two(void)
{
	start_cpus(2);
	runs(0, A);
	runs(1, B);
	all[C].cpu = 1;
	all[D].cpu = 0;
}

static void start_three(void)
{
	start_cpus(3);
	runs(0, A);
	runs(1, B);
	explore_on(2);
	choose();
}

/* CPU 0 runs A and C waits for it, bound to it; CPU 1 runs B. */
static void start_bound(void)
{
	start_two();
	all[C].hard = 1;
	all[C].cpu = 0;
	explore_on(0);
	sched_wake(&all[C], NOW, false);
	cpu_poll();
}

/* Posts that were made are served: an IPI is never lost. */
static void settle(void)
{
	for (u32 c = 0; c < CPUS; c++) {
		if (!sim[c].told)
			continue;

		explore_on(c);
		cpu_poll();
		c = ~0u;
	}
}

static void nobody_waits_in_vain(void)
{
	settle();
	for (u32 c = 0; c < CPUS; c++) {
		if (!(sched_online >> c & 1) || sim[c].on)
			continue;

		for (u32 i = 0; i < RUNNABLES; i++)
			if (all[i].heap && all[i].hard >> c & 1)
				explore_failed("CPU %u idles, %c waits for CPU %u", c, 'A' + i,
					       all[i].cpu);
	}
}

static void nothing(void)
{
}

/* clang-format off */
static const struct scenario scenarios[] = {
	{ "one wakes where a CPU goes idle, and is taken over", start_two,
	  { wakes_and_takes_over, sleeps }, nothing, nobody_waits_in_vain, 2 },
	{ "one wakes where a CPU goes idle, a slice ends", start_two,
	  { wakes_and_ends_slice, sleeps }, nothing, nobody_waits_in_vain, 2 },
	{ "who would be next is taken over", start_two,
	  { sleeps_and_is_woken, wakes_and_leaves }, nothing, nobody_waits_in_vain, 2 },
	{ "both CPUs go idle, and two wake", start_two,
	  { sleeps, sleeps, wakes_two }, nothing, nobody_waits_in_vain, 1 },
	{ "two wake for one idle CPU", start_three,
	  { wakes_c, wakes_d, NULL }, nothing, nobody_waits_in_vain, 2 },
	{ "one may move to a CPU that goes idle", start_bound,
	  { pins_and_frees, sleeps }, nothing, nobody_waits_in_vain, 2 },
};
/* clang-format on */

int main(void)
{
	u64 sum = 0;

	for (u32 i = 0; i < ARRAY_SIZE(scenarios); i++) {
		u64 n = explore(&scenarios[i]);

		printf("ok %u - %s: %lu schedules\n", i + 1, scenarios[i].name, n);
		sum += n;
	}
	printf("# %lu schedules in all\n", sum);
	return 0;
}
