/* SPDX-License-Identifier: MIT */
/*
 * One CPU's queue: virtual time, who is owed time, whose turn it is. Pure. Virtual time counts
 * nanoseconds times 2^VTIME_SHIFT over the weight; it wraps, and is compared by differences. The lag of
 * one who is owed time never grows beyond a slice or so of its own, whatever the weights.
 */
#include <sched/queue.h>

#define VTIME_SHIFT 12
#define WEIGHT_SCALE 16		  /* so that a group's weight can be divided among its vcpus */
#define BOOST_NS 500000l	  /* who woke is before others for so long at most */
#define CREDIT_NS SCHED_SLICE_NS  /* what a sleeper can be owed when it wakes */
#define LAG_NS 100000000ul	  /* how far behind or ahead one can be that comes to a queue */
#define FORGET_NS 1000000000l	  /* who slept so long is neither behind nor ahead */
#define CAP_CREDIT_NS 10000000l	  /* a group under its cap saves up what that gives for so long */
#define CAP_SLICE_NS 100000l	  /* slice of a capped group, by percent: one in 10 ms */
#define BOOST_KEY (1ul << 60)	  /* before every deadline */

static u64 vtime_of(s64 ns, u32 load)
{
	return ((u64)ns << VTIME_SHIFT) / load;
}

u32 load_of(const struct sched_group *g)
{
	u32 load = g->weight * WEIGHT_SCALE / MAX(READ_ONCE(g->ready), 1u);

	return MAX(load, 1u);
}

s64 runnable_slice(const struct runnable *r)
{
	return r->group->cap ? MIN(r->group->cap * CAP_SLICE_NS, SCHED_SLICE_NS) : SCHED_SLICE_NS;
}

/* --- cap: the group pays for what it ran by waiting until ->paid ----------------------------- */

static bool cap_used_up(const struct sched_group *g, u64 now)
{
	return g->cap && (s64)(READ_ONCE(g->paid) - now) > 0;
}

static void cap_pay(struct sched_group *g, u64 ran, u64 now)
{
	u64 paid = READ_ONCE(g->paid), least = now - ran - CAP_CREDIT_NS;

	if (!g->cap)
		return;
	if ((s64)(paid - least) < 0) /* else, or if another CPU just did it, nothing is to be forgotten */
		__atomic_compare_exchange_n(&g->paid, &paid, least, false, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED);
	__atomic_fetch_add(&g->paid, ran * 100 / g->cap, __ATOMIC_RELAXED);
}

/* --- who counts ------------------------------------------------------------------------------ */

static void count_in(struct sched_queue *q, struct runnable *r, u32 load)
{
	r->load = load;
	q->load += load;
	q->count++;
	q->sum += (s64)load * (s64)(r->vtime - q->base);
}

static void count_out(struct sched_queue *q, struct runnable *r)
{
	q->load -= r->load;
	q->count--;
	q->sum -= (s64)r->load * (s64)(r->vtime - q->base);
	r->load = 0;
}

u64 queue_vtime(struct sched_queue *q)
{
	s64 step;

	if (q->load) {
		step = q->sum / (s64)q->load;
		q->base += step;
		q->sum -= step * (s64)q->load;
	}
	return q->base;
}

/* Into the queue's terms, and within reach of the others there. */
static void vtime_settle(struct sched_queue *q, struct runnable *r, u32 load, u64 now, bool woken)
{
	u64 mean = queue_vtime(q);
	s64 behind = vtime_of(woken ? CREDIT_NS : (s64)LAG_NS, load), ahead = vtime_of(LAG_NS, load);
	s64 lead;

	r->vtime -= q->offset;
	lead = (s64)(r->vtime - mean);
	if (woken && (s64)(now - r->since) > FORGET_NS)
		r->vtime = mean;
	else if (!q->load)
		q->base = r->vtime;
	else
		r->vtime = mean + (u64)MAX(MIN(lead, ahead), -behind);
}

static u64 key_of(const struct runnable *r)
{
	return r->boosted ? r->vtime - BOOST_KEY : r->vtime + vtime_of(MAX(r->rest, 0l), r->load);
}

static void heap_add(struct heap *h, struct runnable *r, u64 key)
{
	r->node.key = key;
	r->heap = h;
	heap_insert(h, &r->node);
}

static struct runnable *heap_first(const struct heap *h)
{
	return h->root ? container_of(h->root, struct runnable, node) : NULL;
}

void queue_add(struct sched_queue *q, struct runnable *r, u64 now, bool woken)
{
	u32 load = load_of(r->group);

	if (cap_used_up(r->group, now)) {
		heap_add(&q->parked, r, READ_ONCE(r->group->paid));
		return;
	}
	vtime_settle(q, r, load, now, woken);
	if (woken) {
		r->boosted = (s64)(r->vtime - q->base) <= 0;
		r->rest = r->boosted ? BOOST_NS : runnable_slice(r);
	}
	count_in(q, r, load);
	if ((s64)(r->vtime - queue_vtime(q)) <= 0)
		heap_add(&q->owed, r, key_of(r));
	else
		heap_add(&q->ahead, r, r->vtime);
}

void queue_del(struct sched_queue *q, struct runnable *r)
{
	if (r->heap)
		heap_remove(r->heap, &r->node);
	r->heap = NULL;
	if (!r->load)
		return;
	count_out(q, r);
	r->vtime += q->offset;
}

void queue_charge(struct sched_queue *q, u64 now)
{
	struct runnable *r = q->current;
	s64 ran = r ? (s64)(now - r->since) : 0;

	if (ran <= 0)
		return;
	count_out(q, r);
	r->since = now;
	r->rest -= ran;
	r->vtime += vtime_of(ran, load_of(r->group));
	count_in(q, r, load_of(r->group));
	cap_pay(r->group, ran, now);
}

/* --- whose turn it is ------------------------------------------------------------------------ */

struct runnable *queue_first(const struct sched_queue *q)
{
	struct runnable *r = heap_first(&q->owed);

	return r ? r : heap_first(&q->ahead);
}

void queue_update(struct sched_queue *q, u64 now)
{
	struct runnable *r;
	u64 mean;

	while ((r = heap_first(&q->parked)) && (s64)(r->node.key - now) <= 0) {
		queue_del(q, r);
		queue_add(q, r, now, false);
	}
	mean = queue_vtime(q);
	while ((r = heap_first(&q->ahead)) && (s64)(r->vtime - mean) <= 0) {
		heap_remove(&q->ahead, &r->node);
		heap_add(&q->owed, r, key_of(r));
	}
	while ((r = queue_first(q)) && cap_used_up(r->group, now)) {
		queue_del(q, r);
		queue_add(q, r, now, false); /* parks it */
	}
}

/* @prev goes on to the end of its slice unless one that just woke is before it; then the order decides. */
static bool prev_is_next(struct sched_queue *q, struct runnable *prev, const struct runnable *first,
			 bool slice_done)
{
	bool owed = (s64)(prev->vtime - queue_vtime(q)) <= 0;

	if (first->boosted || prev->boosted)
		return prev->boosted;
	if (!slice_done)
		return true;
	if (first->heap == &q->ahead)
		return owed || (s64)(prev->vtime - first->vtime) <= 0;
	return owed && (s64)(key_of(prev) - first->node.key) <= 0;
}

struct runnable *queue_choose(struct sched_queue *q, struct runnable *prev, bool slice_done, u64 now)
{
	struct runnable *first = queue_first(q);

	if (!prev || !prev->ready || !(prev->hard >> prev->cpu & 1) || cap_used_up(prev->group, now))
		return first;
	if (!first)
		return prev;
	return !prev->yielding && prev_is_next(q, prev, first, slice_done) ? prev : first;
}

/* A queue that long had more or fewer CPU than others stays within reach of their mean, @others. */
void queue_drift(struct sched_queue *q, u64 others)
{
	s64 lead = (s64)(queue_vtime(q) + q->offset - others);
	s64 reach = q->load ? vtime_of(LAG_NS, q->load / q->count) : 0;

	if (lead < -reach || lead > reach)
		q->offset -= lead < 0 ? lead + reach : lead - reach;
}

/* --- hints ----------------------------------------------------------------------------------- */

u64 runnable_bid(const struct sched_queue *q, const struct runnable *r, u32 slices)
{
	return r->vtime + q->offset + vtime_of(slices * SCHED_SLICE_NS, r->load);
}

void queue_hint(struct sched_queue *q)
{
	const struct runnable *first = queue_first(q);

	WRITE_ONCE(q->hint_vtime, queue_vtime(q) + q->offset);
	if (first)
		WRITE_ONCE(q->hint_bid, runnable_bid(q, first, 0));
	WRITE_ONCE(q->hint_waiting, q->count - (q->current && q->current->load));
}
