/* SPDX-License-Identifier: MIT */
/* One CPU's queue, between the files of this room. The caller of everything here holds its lock. */
#ifndef SCHED_QUEUE_H
#define SCHED_QUEUE_H

#include <sched/sched.h>
#include <x86/lock.h>

struct sched_queue {
	struct spinlock lock; /* guards all this, and every runnable whose cpu is this one */
	struct heap owed;     /* wait and are not ahead of the queue: by deadline */
	struct heap ahead;    /* wait and are: by virtual time */
	struct heap parked;   /* used up their cap: by the time when they may go on; not counted */
	struct runnable *current;
	u64 load, count;      /* those that wait, and the current one: sum of weights, number */
	u64 base;	      /* mean virtual time is base + sum / load */
	s64 sum;
	u64 offset;   /* from the queue's virtual time to everybody's */
	u64 balanced; /* when it last compared itself with others */

	/* Hints that other CPUs read without the lock. */
	u64 hint_vtime; /* mean, in everybody's terms */
	u64 hint_bid;	/* who waits first: a CPU whose choice is beyond this should take it over */
	u32 hint_waiting;
} __aligned(64);

extern struct sched_queue sched_queues[];
extern u64 sched_online, sched_idle; /* CPUs; idle ones: atomic, a bit is taken by who will post */

u64 queue_vtime(struct sched_queue *q);
/* Adds @r, which wants to run and waits nowhere; @woken: it slept. */
void queue_add(struct sched_queue *q, struct runnable *r, u64 now, bool woken);
/* Takes off @r, which waits there or was current. Its virtual time is in everybody's terms again. */
void queue_del(struct sched_queue *q, struct runnable *r);
void queue_charge(struct sched_queue *q, u64 now); /* accounts what the current one ran */
void queue_update(struct sched_queue *q, u64 now); /* whose time has come is no longer parked or ahead */
struct runnable *queue_first(const struct sched_queue *q);
/* Whom to run: @prev, the current one (or NULL), or who waits first; NULL: nobody. */
struct runnable *queue_choose(struct sched_queue *q, struct runnable *prev, bool slice_done, u64 now);
void queue_drift(struct sched_queue *q, u64 others);
u32 load_of(const struct sched_group *g); /* what one of it counts */
u64 runnable_bid(const struct sched_queue *q, const struct runnable *r, u32 slices);
s64 runnable_slice(const struct runnable *r);
void queue_hint(struct sched_queue *q); /* after every change */

/* --- balance.c: no lock is held -------------------------------------------------------------- */

/* The queues of @a and @b, which may be one, locked in order. */
void queues_lock(u32 a, u32 b);
void queues_unlock(u32 a, u32 b);
/* Where @r should wait; an idle CPU is taken off sched_idle (*idle) and must be posted to. */
u32 cpu_choose(const struct runnable *r, bool *idle);
/* Posts to an idle CPU, if there is one, that may take over the waiting @r. */
void idle_tell(const struct runnable *r);
/* Takes over somebody who waits elsewhere: anybody, or who is behind @own, in everybody's terms. */
bool balance_pull(u32 cpu, bool anybody, u64 own, u64 now);
/* The mean of the other CPUs' virtual times; @own if there are none. */
u64 balance_mean(u32 cpu, u64 own);

#endif
