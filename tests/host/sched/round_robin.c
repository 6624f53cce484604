/* SPDX-License-Identifier: MIT */
/*
 * Plain round robin, to be compared with: a queue per CPU, a slice of 10 ms, who wakes or is done
 * goes to the tail, who wakes goes to the CPU where the fewest wait; an idle CPU takes over one who
 * waits.
 */
#include "sim.h"

#include <sched/queue.h>

#define SLICE_NS 10000000ul
#define LEN      512

static struct {
	struct runnable *r[LEN];
	u32 n;
	bool busy;
} line[64];
static u32 cpus;

static void start(u32 n)
{
	cpus = n;
	for (u32 c = 0; c < n; c++)
		line[c].n = line[c].busy = 0;
}

static void join(u32 cpu, struct runnable *r)
{
	r->cpu = cpu;
	r->heap = &sched_queues[cpu].eligible; /* tells the simulator that it waits */
	line[cpu].r[line[cpu].n++] = r;
}

static struct runnable *leave(u32 cpu, u32 at)
{
	struct runnable *r = line[cpu].r[at];

	for (u32 i = at + 1; i < line[cpu].n; i++)
		line[cpu].r[i - 1] = line[cpu].r[i];
	line[cpu].n--;
	r->heap = NULL;
	return r;
}

static void rr_wake(struct runnable *r, u64 now, bool patient)
{
	u32 best = r->cpu;

	(void)now;
	for (u32 c = 0; c < cpus; c++)
		if (line[c].n + line[c].busy < line[best].n + line[best].busy)
			best = c;
	r->ready = true;
	if (!r->running) {
		join(best, r);
		softirq_post(best, SOFTIRQ_SCHED);
	}
}

static void rr_sleep(struct runnable *r)
{
	r->ready = false;
	for (u32 i = 0; r->heap && i < line[r->cpu].n; i++)
		if (line[r->cpu].r[i] == r)
			leave(r->cpu, i);
}

static struct runnable *rr_pick(u32 cpu, struct runnable *prev, u64 now, u64 *until)
{
	struct runnable *next = NULL;

	if (prev && prev->ready && now < *until)
		return prev;
	if (line[cpu].n)
		next = leave(cpu, 0);
	else if (prev && prev->ready)
		next = prev;
	for (u32 c = 0; c < cpus && !next; c++)
		if (line[c].n)
			next = leave(c, 0);
	if (next) {
		next->running = true;
		next->cpu = cpu;
	}
	line[cpu].busy = next;
	*until = next ? now + SLICE_NS : ~0ul;
	return next;
}

static void rr_put(struct runnable *prev, u64 now)
{
	(void)now;
	prev->running = false;
	if (prev->ready)
		join(prev->cpu, prev);
}

const struct sim_sched sim_round_robin = {
	"round robin", start, runnable_init, rr_wake, rr_sleep, rr_pick, rr_put,
};
