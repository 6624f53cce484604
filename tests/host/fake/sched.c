/* SPDX-License-Identifier: MIT */
/* The scheduler, for those above it: it only keeps who is ready, who runs, and where they may. */
#include <sched/sched.h>
#include <x86/cpu.h>

void sched_group_set(struct sched_group *g, u32 weight, u32 cap)
{
	g->weight = weight;
	g->cap = cap;
}

void runnable_init(struct runnable *r, struct sched_group *g, u32 cpu)
{
	*r = (struct runnable){ .group = g, .hard = ~0ul, .soft = ~0ul };
}

void sched_wake(struct runnable *r, u64 now, bool patient)
{
	r->ready = true;
}

void sched_sleep(struct runnable *r)
{
	r->ready = false;
}

/* The test says that it runs, where it loads the vcpu. */
void sched_put(struct runnable *r, u64 now)
{
	assert(r->running);
	r->running = false;
}

/* A CPU of the machine is among them: who asks may not leave it nowhere. */
void sched_set_affinity(struct runnable *r, u64 hard, u64 soft, u64 now)
{
	assert(hard & ~0ul >> (MAX_CPUS - cpu_count));
	r->hard = hard;
	r->soft = soft;
}
