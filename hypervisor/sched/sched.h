/* SPDX-License-Identifier: MIT */
/*
 * The scheduler chooses which runnable a CPU runs and for how long. It knows runnables, not vcpus,
 * and does not touch hardware but for the post to a CPU that should choose again.
 *
 * Today: one queue per CPU, round robin with a budget of one slice. Who wakes with budget left goes
 * to the front, so quick sleepers answer quickly; who used it up goes to the tail with a new one, so
 * nobody starves behind them.
 */
#ifndef SCHED_SCHED_H
#define SCHED_SCHED_H

#include <lib/list.h>
#include <lib/types.h>
#include <x86/lock.h>

#define SCHED_SLICE_NS 10000000l

struct runnable {
	struct list link; /* on its CPU's queue while ready and not running */
	u32 cpu;	  /* where it runs or waits; changed under the queue's lock */
	bool ready;	  /* wants to run */
	bool running;	  /* is some CPU's current */
	bool front;	  /* came to the queue by waking with budget left */
	bool yielding;
	s64 budget;	  /* ns left of its slice */
	u64 since;	  /* when it was last chosen */
	u64 affinity;	  /* CPUs it may run on (bit per CPU, the first 64) */
};

void sched_init_cpu(u32 cpu);
void runnable_init(struct runnable *r, u32 cpu);
void sched_wake(struct runnable *r);  /* wants to run; posts SOFTIRQ_SCHED to the CPU that should look */
void sched_sleep(struct runnable *r); /* does not want to run; if running elsewhere, that CPU is told */
void sched_yield(struct runnable *r); /* the running @r of this CPU goes to the tail at the next choice */
void sched_set_affinity(struct runnable *r, u64 cpus); /* @cpus names at least one CPU online */
/*
 * Whom @cpu shall run now, given that @prev (may be NULL) ran until now; NULL: idle. *until: end of its
 * slice in system time. Only @cpu itself calls this.
 */
struct runnable *sched_pick(u32 cpu, struct runnable *prev, u64 now, u64 *until);

#endif
