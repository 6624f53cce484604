/* SPDX-License-Identifier: MIT */
/* One CPU's queue, between the files of this room. */
#ifndef SCHED_QUEUE_H
#define SCHED_QUEUE_H

#include <sched/sched.h>
#include <x86/lock.h>

#define NO_CPU      (~0u)
#define VTIME_SHIFT 12
#define LAG_NS      100000000ul /* how far behind or ahead of others one can be that comes to a queue */

struct sched_queue {
	struct spinlock lock; /* guards all this, and every runnable whose cpu is this one */
	struct heap owed;     /* wait and are not ahead of the queue: by deadline */
	struct heap ahead;    /* wait and are: by virtual time */
	struct heap parked;   /* used up their cap: by the time when they may go on; not counted */
	struct runnable *current;
	u64 load, count; /* those that wait, and the current one: sum of weights, number */
	u64 base;        /* mean virtual time is base + sum / load */
	s64 sum;
	u64 offset;   /* from the queue's virtual time to everybody's */
	u64 balanced; /* when it last compared itself with others */
	u64 bid;      /* a CPU whose choice is beyond it takes over who waits first; a hint */
} __aligned(64);

extern struct sched_queue sched_queues[];
extern u64 sched_online, sched_idle; /* CPUs; idle ones: atomic, who will post takes the bit */

/* --- queue.c: the caller holds the queue's lock ---------------------------------------------- */

/* Adds @r, which wants to run and waits nowhere; @woken: it slept. */
void queue_add(struct sched_queue *q, struct runnable *r, u64 now, bool woken);
/* Takes off @r, which waits there or was current: its vtime is in everybody's terms again. */
void queue_del(struct sched_queue *q, struct runnable *r);
void queue_charge(struct sched_queue *q, u64 now); /* accounts what the current one ran */
void queue_update(struct sched_queue *q, u64 now); /* whose time has come is not parked or ahead */
/* A walk through those who wait: the first, the one behind @r; NULL: the end. */
static inline struct runnable *queue_first(const struct sched_queue *q)
{
	struct heap_node *n = q->owed.root ?: q->ahead.root;

	return n ? container_of(n, struct runnable, node) : NULL;
}
struct runnable *queue_next(const struct sched_queue *q, struct runnable *r);
/* Whom to run: @prev, the current one (or NULL), or who waits first; NULL: nobody. */
struct runnable *queue_choose(struct sched_queue *q, struct runnable *prev, u64 now);
void queue_switch(struct sched_queue *q, struct runnable *next, u64 now); /* @next is current */
u64 queue_vtime(struct sched_queue *q);
/* How far one of that weight gets in so long. */
static inline u64 vtime_of(u64 ns, u64 load)
{
	return (ns << VTIME_SHIFT) / load;
}

/* --- balance.c ------------------------------------------------------------------------------- */

/* The queues of @a and @b, which may be one. */
void queues_lock(u32 a, u32 b);
void queues_unlock(u32 a, u32 b);
/* @r may not run on its CPU, or had better run on another, which idles. */
bool out_of_place(const struct runnable *r);
/* Where @r should wait. If that CPU idles it was taken off sched_idle, and must be posted to. */
u32 cpu_choose(const struct runnable *r);
/* Posts to an idle CPU, if there is one, that may take over the waiting @r. */
void idle_tell(const struct runnable *r);
/* No lock held. Takes over somebody who waits elsewhere: anybody, or who is behind @own. */
void balance_pull(u32 cpu, bool anybody, u64 own, u64 now);
/* A queue that long had more or less than others stays within reach of their mean. Lock held. */
void queue_drift(struct sched_queue *q);

#endif
