/* SPDX-License-Identifier: MIT */
/*
 * A machine in simulated time, on which the scheduler runs as it does on the real one: CPUs that
 * choose when they are told or their time is up, vcpus that are busy or wake now and then. Nothing
 * in it is random but by the seed, so every run gives the same figures.
 */
#ifndef TEST_SCHED_SIM_H
#define TEST_SCHED_SIM_H

#include <sched/sched.h>

#define SIM_VCPUS 320
#define SIM_SEC   1000000000ul
#define SIM_MS    1000000ul
#define SIM_US    1000ul
#define SIM_WAITS 20000

struct sim_vcpu {
	struct runnable run;
	struct sched_group own, *group; /* its own, if it shares none */
	u64 period, burst;              /* wakes each @period for @burst of work; 0: always busy */
	u64 wakes_at, left;             /* next wake-up; what remains of this burst */
	u64 woke;            /* when it woke, while it waits for its first CPU; 0: no more */
	u64 got, got_before; /* ns on a CPU, in all and until the second began */
	u32 cpu_before;
	bool on_cpu;
};

struct sim {
	u32 cpus, vcpus;
	struct sim_vcpu v[SIM_VCPUS];
	struct sim_vcpu *on[64]; /* who runs there */
	u64 until[64], since[64];
	bool told[64];
	u64 now, start;
	u32 seed;
	/* Measured. */
	u64 switches, moves,
		idle_waits; /* the last: longest time a CPU idled while one waited for it */
	u64 idle_since[64];
	u64 wait[SIM_WAITS]; /* from a wake-up to a CPU */
	u32 waits;
};

/* A scheduler to be simulated. */
struct sim_sched {
	const char *name;
	void (*start)(u32 cpus);
	void (*init)(struct runnable *r, struct sched_group *g, u32 cpu);
	void (*wake)(struct runnable *r, u64 now, bool patient);
	void (*sleep)(struct runnable *r);
	struct runnable *(*pick)(u32 cpu, struct runnable *prev, u64 now, u64 *until);
	void (*put)(struct runnable *prev, u64 now);
};
extern const struct sim_sched sim_fair, sim_round_robin;

/* An empty machine; one at a time. */
void sim_start(struct sim *s, const struct sim_sched *sched, u32 cpus, u32 seed);
struct sim_vcpu *sim_add(struct sim *s, u32 weight, u64 period, u64 burst);
void sim_wake_all(struct sim *s);
void sim_run(struct sim *s, u64 ns);
/* Begins a second; afterwards ->got - ->got_before is what each got in it. */
void sim_mark(struct sim *s);
/*
 * What each of @n with these weights is due of @cpus CPUs, as a part of one: none can use more than
 * one.
 */
void sim_due(const struct sim *s, double *due);
/* The wait that @permille of all wake-ups did not exceed, in ns. */
u64 sim_wait_at(struct sim *s, u32 permille);

#endif
