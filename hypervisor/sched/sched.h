/* SPDX-License-Identifier: MIT */
/*
 * The scheduler chooses which runnable a CPU runs and for how long. It knows runnables, not vcpus,
 * and does not touch hardware. Today: round robin with one queue per CPU and a 10 ms slice.
 */
#ifndef SCHED_SCHED_H
#define SCHED_SCHED_H

#include <lib/list.h>
#include <lib/types.h>
#include <x86/lock.h>

#define SCHED_SLICE_NS 10000000ul

struct runnable {
	struct list link; /* on a run queue while ready and not running */
	u32 cpu;	  /* where it runs or waits; changed under the queue's lock */
	bool ready;	  /* wants to run */
	bool running;	  /* is some CPU's current */
	u64 affinity;	  /* CPUs it may run on (bit per CPU, the first 64) */
};

void sched_init_cpu(u32 cpu);
void runnable_init(struct runnable *r, u32 cpu);
void sched_wake(struct runnable *r);  /* wants to run; posts SOFTIRQ_SCHED to the CPU that should look */
void sched_sleep(struct runnable *r); /* does not want to run; if running elsewhere, that CPU is told */
void sched_yield(struct runnable *r); /* to the tail of its queue; the caller raises SOFTIRQ_SCHED */
void sched_set_affinity(struct runnable *r, u64 cpus);
/* Whom @cpu shall run now, given that @prev (may be NULL) ran until now; NULL: idle. *until: end of its slice, system time. */
struct runnable *sched_pick(u32 cpu, struct runnable *prev, u64 now, u64 *until);

#endif
