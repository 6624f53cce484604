/* SPDX-License-Identifier: MIT */
/*
 * The scheduler chooses which runnable a CPU runs and for how long. It knows runnables and groups,
 * not vcpus and domains, and touches no hardware but to post to a CPU that should choose again.
 *
 * A group (a domain) has a weight, which its runnables that want to run share evenly, and perhaps a
 * cap. Each CPU has a queue, on which its runnables are scheduled by EEVDF (queue.c has the paper
 * and the terms): of those that got no more than their share, the one whose slice would end first
 * in virtual time runs. One that wakes, and did not get more than its share, runs at once, or, if
 * it was woken as one that has patience, when the one that runs had its CPU for a little time. At
 * the end of slices a CPU compares its choice with those that wait elsewhere, and takes over who is
 * further behind: so shares hold over the whole machine (balance.c).
 */
#ifndef SCHED_SCHED_H
#define SCHED_SCHED_H

#include <lib/heap.h>
#include <lib/types.h>

#define SCHED_WEIGHT_DEFAULT 256
#define SCHED_SLICE_NS       2000000l /* the longest request; one waits so long for each other */

/*
 * One that runs keeps its CPU so long from one woken with patience. It is time for some hundred
 * packets; and to who talks over a network a tenth of what the wire takes.
 */
#define SCHED_PATIENCE_NS 250000l

struct sched_group {
	u32 weight; /* 1..65535 */
	u32 cap;    /* percent of one CPU, all its runnables together; 0: none */
	u32 ready;  /* atomic: its runnables that want to run */
	u64 paid;   /* atomic: system time up to which the cap has paid for what they ran */
};

/* Guarded by the lock of the queue of ->cpu, which changes under that lock; others read hints. */
struct runnable {
	struct heap_node node;
	struct heap *heap; /* which one of its queue it waits on; NULL: none */
	struct sched_group *group;
	u32 cpu;        /* where it runs or waits, or did */
	bool ready;     /* wants to run */
	bool running;   /* its state is on that CPU: from sched_pick until sched_put */
	bool boosted;   /* woke, not for the first time, and was eligible: before all others */
	bool patient;   /* of a boosted one that waits: not before who just came to the CPU */
	bool spent;     /* runs, and its slice is over */
	bool yielding;  /* runs; only its own CPU knows */
	u32 load;       /* its weight in the queue's sums; 0: not counted there */
	s64 remaining;  /* ns left of its slice */
	u64 vtime;      /* virtual time: in the queue's terms while counted, else the machine's */
	u64 since;      /* system time up to which its running is accounted; 0: it never ran */
	u64 came;       /* system time when it came to its CPU last */
	u64 hard, soft; /* CPUs it may run on, those it had better (bit per CPU) */
};

void sched_init_cpu(u32 cpu);
/* @weight and @cap as in struct sched_group; takes effect within a slice. */
void sched_group_set(struct sched_group *g, u32 weight, u32 cap);
void runnable_init(struct runnable *r, struct sched_group *g, u32 cpu);

/*
 * @r wants to run, or does not; the caller orders the calls for one @r. CPUs that should choose
 * again get SOFTIRQ_SCHED posted. @now: system time. No lock of a higher rank than LOCK_VCPU is
 * held.
 *
 * @patient is who is told of work by one that runs and may be about to make more of it: so much is
 * done in one go, instead of a switch there and back for each piece. Who is woken again without it
 * while it waits is patient no more.
 */
void sched_wake(struct runnable *r, u64 now, bool patient);
void sched_sleep(struct runnable *r);
/* @hard names a CPU online; where @soft and @hard have none in common, soft says nothing. */
void sched_set_affinity(struct runnable *r, u64 hard, u64 soft, u64 now);

/*
 * Called on @cpu: whom it shall run now, given that @prev (may be NULL) ran until now. NULL: idle.
 * *until: when to choose again, in system time; ~0: when told.
 *
 * If that is another than @prev, the caller saves the state of @prev and then gives it back by
 * sched_put: until then no other CPU takes it.
 */
struct runnable *sched_pick(u32 cpu, struct runnable *prev, u64 now, u64 *until);
void sched_put(struct runnable *prev, u64 now);

/* The running @r of this CPU lets others go first at the next choice, which the caller asks for. */
static inline void sched_yield(struct runnable *r)
{
	r->yielding = true;
}

#endif
