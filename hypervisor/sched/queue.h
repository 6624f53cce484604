/* SPDX-License-Identifier: MIT */
/* One CPU's queue. Inside sched/ only. The terms are those of queue.c's head. */
#ifndef SCHED_QUEUE_H
#define SCHED_QUEUE_H

#include <sched/sched.h>
#include <x86/lock.h>

#define NO_CPU      (~0u)
#define VTIME_SHIFT 12
#define LAG_MAX_NS  100000000ul /* lag, of either sign, that is kept by a move to another queue */

struct sched_queue {
	struct spinlock lock; /* guards all this, and every runnable whose cpu is this one */

	/* Those that wait. */
	struct heap eligible;   /* lag is not negative: by deadline */
	struct heap ineligible; /* not yet eligible: by virtual time */
	struct heap throttled;  /* group used up its cap: by the system time when they may go on */
	struct runnable *current;

	/* Sums over those that wait, but not throttled, and the current one. */
	u64 load, count; /* sum of weights, number */
	u64 base;        /* virtual time, the mean of theirs, is base + sum / load */
	s64 sum;

	u64 offset;   /* from the queue's virtual time to the machine's */
	u64 balanced; /* when it last compared itself with others */
	u64 bid;      /* a CPU whose choice is later takes over who waits first here; a hint */
} __aligned(64);

extern struct sched_queue sched_queues[];
/* CPUs; idle ones. Atomic: whoever takes a bit out of sched_idle posts to that CPU. */
extern u64 sched_online, sched_idle;

/* How far in virtual time one of weight @load gets in @ns. */
static inline u64 vtime_of(u64 ns, u64 load)
{
	return (ns << VTIME_SHIFT) / load;
}

/* --- queue.c: the caller holds the queue's lock ---------------------------------------------- */

/* Adds @r, which wants to run and waits nowhere. @woken: it slept until now. */
void queue_add(struct sched_queue *q, struct runnable *r, u64 now, bool woken);
/* Takes off @r, which waits there or was current: its vtime is in the machine's terms again. */
void queue_del(struct sched_queue *q, struct runnable *r);
/* Accounts what the current one ran until @now. */
void queue_charge(struct sched_queue *q, u64 now);
/*
 * Moves those that became eligible, or throttled, or are throttled no more, to where they belong.
 */
void queue_update(struct sched_queue *q, u64 now);
/* Makes @next, which waits there, is current, or is NULL, the current one. */
void queue_switch(struct sched_queue *q, struct runnable *next, u64 now);
/* Whom to run: @prev, the current one (or NULL), or who waits first; NULL: nobody. */
struct runnable *queue_choose(struct sched_queue *q, struct runnable *prev, u64 now);
u64 queue_vtime(struct sched_queue *q);

/* A walk through those that wait and may run: the first, the one behind @r; NULL: the end. */
static inline struct runnable *queue_first(const struct sched_queue *q)
{
	struct heap_node *n = q->eligible.root ?: q->ineligible.root;

	return n ? container_of(n, struct runnable, node) : NULL;
}
struct runnable *queue_next(const struct sched_queue *q, struct runnable *r);

/* --- balance.c ------------------------------------------------------------------------------- */

/* The queues of @a and @b, which may be one. */
void queues_lock(u32 a, u32 b);
void queues_unlock(u32 a, u32 b);
/* @r may not run on its CPU, or had better run on another, which idles. */
bool out_of_place(const struct runnable *r);
/* Where @r should wait. *idle: that CPU was taken off sched_idle, and must be posted to. */
u32 cpu_choose(const struct runnable *r, bool *idle);
/* Posts to an idle CPU, if there is one, that may take over the waiting @r. */
void idle_tell(const struct runnable *r);
/*
 * Takes over one who waits at another CPU: anybody, or only who is further behind than @own, the
 * virtual time of this CPU's choice in the machine's terms. No lock is held.
 */
void balance_pull(u32 cpu, bool anybody, u64 own, u64 now);
/*
 * A queue whose members got more, or less, than those of others for long stays within LAG_MAX_NS of
 * the others' mean. The queue's lock is held.
 */
void queue_drift(struct sched_queue *q);

#endif
