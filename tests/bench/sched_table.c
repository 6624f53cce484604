/* SPDX-License-Identifier: MIT */
/*
 * Prints what the scheduler holds on a simulated machine (tests/host/sched/sim.h), as tables for
 * docs/figures.md, and what a plain round robin does there. Exits 1 if the scheduler misses a
 * promise. An error is the largest that any vcpu saw in a second, in percent of one CPU.
 */
#include "sim.h"

#include <math.h>
#include <stdio.h>

#define ERROR_MOST 1.0    /* percent: of a CPU where shares are meant, of a cap itself */
#define WAIT_MOST  100.0  /* us, at the 99.9th percentile */
#define IDLE_MOST  1000.0 /* us: half a slice passes between two looks at the other CPUs */
#define SECONDS    2
#define SEEDS      10 /* of the order in which CPUs choose that choose at one moment */

static const struct sim_sched *const both[] = { &sim_round_robin, &sim_fair };
static const u32 cpu_counts[] = { 1, 2, 4, 8, 16, 32 };
static struct sim s;
static int missed;

struct worst {
	double error, idle;
};

static double percent_got(const struct sim_vcpu *v)
{
	return (double)(v->got - v->got_before) * 100 / SIM_SEC;
}

/* How many times the usual weight a vcpu has: some are heavy, some light, some between. */
static u32 weight_of(u32 number, u32 heaviest)
{
	if (number % 4)
		return 1 + number * 7 % heaviest;

	return number % 8 ? heaviest : 1;
}

/* One machine full of busy vcpus, some of them @heaviest times as heavy as others. */
static void shares(const struct sim_sched *sched, u32 cpus, u32 vcpus, u32 heaviest, u32 seed,
		   struct worst *w)
{
	static double due[SIM_VCPUS];

	sim_start(&s, sched, cpus, seed);
	for (u32 i = 0; i < vcpus; i++)
		sim_add(&s, 256 * weight_of(i, heaviest), 0, 0);
	sim_wake_all(&s);
	sim_due(&s, due);
	for (u32 n = 0; n < SECONDS; n++) {
		sim_mark(&s);
		sim_run(&s, SIM_SEC);
		for (u32 i = 0; i < vcpus; i++)
			w->error = fmax(w->error, fabs(percent_got(&s.v[i]) - due[i] * 100));
	}
	w->idle = fmax(w->idle, (double)s.idle_waits / SIM_US);
}

static void shares_table(void)
{
	static const u32 vcpus[] = { 1, 2, 3, 5, 8, 17, 33, 64, 128, 256 },
			 heaviest[] = { 1, 2, 4, 16 };

	printf("1 to 256 busy vcpus, weights 1:1 to 1:16: error of the share over a second, and\n"
	       "how long a CPU idled while a vcpu that it may run waited\n"
	       "(the worst of %zu machines each, %u runs of each).\n\n"
	       "| CPUs | round robin: error, %% | idled, us "
	       "| proportional: error, %% | idled, us |\n"
	       "|---|---|---|---|---|\n",
	       ARRAY_SIZE(vcpus) * ARRAY_SIZE(heaviest), SEEDS);
	for (u32 c = 0; c < ARRAY_SIZE(cpu_counts); c++) {
		struct worst w[2] = { 0 };

		for (u32 v = 0; v < ARRAY_SIZE(vcpus) * ARRAY_SIZE(heaviest) * SEEDS * 2; v++)
			shares(both[v % 2], cpu_counts[c], vcpus[v / 2 % ARRAY_SIZE(vcpus)],
			       heaviest[v / 2 / ARRAY_SIZE(vcpus) % ARRAY_SIZE(heaviest)],
			       1 + v / 2 / ARRAY_SIZE(vcpus) / ARRAY_SIZE(heaviest), &w[v % 2]);
		printf("| %u | %.2f | %.0f | %.2f | %.0f |\n", cpu_counts[c], w[0].error, w[0].idle,
		       w[1].error, w[1].idle);
		missed |= w[1].error > ERROR_MOST || w[1].idle > IDLE_MOST;
	}
}

/*
 * What a domain of four vcpus gets with the cap, in percent of a CPU; eight others want all they
 * can get.
 */
static double capped(const struct sim_sched *sched, u32 cap)
{
	double got = 0;

	sim_start(&s, sched, 4, 5);
	for (u32 i = 0; i < 12; i++) {
		struct sim_vcpu *v = sim_add(&s, i < 4 ? 16 * 256 : 256, 0, 0);

		if (i < 4)
			v->run.group = v->group = &s.v[0].own;
	}
	sched_group_set(&s.v[0].own, 16 * 256, cap);
	sim_wake_all(&s);
	sim_run(&s, SIM_SEC);
	sim_mark(&s);
	sim_run(&s, SIM_SEC);
	for (u32 i = 0; i < 4; i++)
		got += percent_got(&s.v[i]);
	return got;
}

static void caps_table(void)
{
	static const u32 caps[] = { 5, 10, 30, 55, 100, 250 };

	printf("\nA domain of four vcpus with a cap, beside eight vcpus of others on four CPUs:\n"
	       "what it got in a second.\n\n"
	       "| cap, %% of a CPU | round robin: got | proportional: got |\n|---|---|---|\n");
	for (u32 i = 0; i < ARRAY_SIZE(caps); i++) {
		double got = capped(&sim_fair, caps[i]);

		printf("| %u | %.1f | %.2f |\n", caps[i], capped(&sim_round_robin, caps[i]), got);
		missed |= fabs(got - caps[i]) > caps[i] * ERROR_MOST / 100;
	}
}

/* us that the one that wakes 100 times a second for 100 us waits at the 99.9th percentile. */
static double wait_of_sleeper(const struct sim_sched *sched, u32 cpus)
{
	sim_start(&s, sched, cpus, 9);
	for (u32 i = 0; i < 64; i++)
		sim_add(&s, 256, 0, 0);
	sim_add(&s, 256, 10 * SIM_MS, 100 * SIM_US);
	sim_wake_all(&s);
	sim_run(&s, 20 * SIM_SEC);
	return (double)sim_wait_at(&s, 999) / SIM_US;
}

static void waits_table(void)
{
	printf("\nA vcpu that wakes 100 times a second for 100 us among 64 busy ones: how long it\n"
	       "waits for a CPU, us, at the 99.9th percentile, from their common start on.\n\n"
	       "| CPUs | round robin | proportional |\n|---|---|---|\n");
	for (u32 c = 0; c < ARRAY_SIZE(cpu_counts); c++) {
		double wait = wait_of_sleeper(&sim_fair, cpu_counts[c]);

		printf("| %u | %.0f | %.0f |\n", cpu_counts[c],
		       wait_of_sleeper(&sim_round_robin, cpu_counts[c]), wait);
		missed |= wait > WAIT_MOST;
	}
}

int main(void)
{
	shares_table();
	caps_table();
	waits_table();
	return missed;
}
