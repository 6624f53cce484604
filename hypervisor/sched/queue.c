/* SPDX-License-Identifier: MIT */
/*
 * One CPU's queue: virtual time, who is owed time, whose turn it is. Pure. Virtual time counts
 * nanoseconds times 2^VTIME_SHIFT over the weight; it wraps, and is compared by differences. Nobody
 * is owed more than a slice or so of its own, whatever the weights.
 */
#include <sched/queue.h>

#define WEIGHT_SCALE  16             /* so that a group's weight can be divided among its vcpus */
#define BOOST_NS      500000l        /* who woke is before others for so long at most */
#define CREDIT_NS     SCHED_SLICE_NS /* what a sleeper can be owed, or owe, when it wakes */
#define CAP_CREDIT_NS 2500000l    /* a group under its cap saves up what that gives for so long */
#define CAP_SLICE_NS  25000l      /* slice of a capped group, by percent: one in 2.5 ms */
#define BOOST_KEY     (1ul << 60) /* before every deadline */

/* What one of @g weighs. */
static u32 load_of(const struct sched_group *g)
{
	u32 ready = READ_ONCE(g->ready), load = READ_ONCE(g->weight) * WEIGHT_SCALE;

	return MAX(ready > 1 ? load / ready : load, 1u);
}

static s64 slice_of(const struct runnable *r)
{
	u32 cap = READ_ONCE(r->group->cap);

	return cap ? MIN(cap * CAP_SLICE_NS, SCHED_SLICE_NS) : SCHED_SLICE_NS;
}

/* --- cap: the group pays for what it ran by waiting until ->paid ----------------------------- */

static bool cap_used_up(const struct sched_group *g, u64 now)
{
	return READ_ONCE(g->cap) && (s64)(READ_ONCE(g->paid) - now) > 0;
}

static void cap_pay(struct sched_group *g, u64 ran, u64 now)
{
	u64 paid = READ_ONCE(g->paid), least = now - ran - CAP_CREDIT_NS;
	u32 cap = READ_ONCE(g->cap);

	if (!cap)
		return;
	if ((s64)(paid - least) < 0) /* else, or if another CPU just did it, nothing is forgotten */
		__atomic_compare_exchange_n(&g->paid, &paid, least, false, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED);
	__atomic_fetch_add(&g->paid, ran * 100 / cap, __ATOMIC_RELAXED);
}

/* --- who counts ------------------------------------------------------------------------------ */

/* In the queue's sums @r counts with weight @load from now on; 0: not. */
static void count(struct sched_queue *q, struct runnable *r, u32 load)
{
	s64 more = (s64)load - r->load;

	if (!more)
		return;
	q->load += more;
	q->count += !!load - !!r->load;
	q->sum += more * (s64)(r->vtime - q->base);
	r->load = load;
}

u64 queue_vtime(struct sched_queue *q)
{
	s64 load = (s64)q->load, step;

	if (load && (q->sum >= load || q->sum <= -load)) {
		step = q->sum / load;
		q->base += step;
		q->sum -= step * load;
	}
	return q->base;
}

static bool is_owed(struct sched_queue *q, const struct runnable *r)
{
	return (s64)(r->vtime - queue_vtime(q)) <= 0;
}

/* Into the queue's terms, and within reach of the others there; one alone sets the queue's time. */
static void vtime_settle(struct sched_queue *q, struct runnable *r, u32 load, bool woken)
{
	u64 credit = r->since ? CREDIT_NS : 0; /* newcomers come in crowds: no one waits for them */
	s64 lead, reach = vtime_of(woken ? credit : LAG_NS, load);

	r->vtime -= q->offset;
	if (!q->load)
		q->base = r->vtime;
	lead = (s64)(r->vtime - queue_vtime(q));
	r->vtime = q->base + (u64)MAX(MIN(lead, reach), -reach);
}

/* Where @r, which counts, waits; sets its key there. */
static struct heap *place_of(struct sched_queue *q, struct runnable *r)
{
	r->node.key = r->vtime;
	if (!is_owed(q, r))
		return &q->ahead;
	r->node.key += r->boosted ? -BOOST_KEY : vtime_of(r->rest, r->load);
	return &q->owed;
}

static struct runnable *heap_first(const struct heap *h)
{
	return h->root ? container_of(h->root, struct runnable, node) : NULL;
}

void queue_add(struct sched_queue *q, struct runnable *r, u64 now, bool woken)
{
	if (cap_used_up(r->group, now)) {
		r->heap = &q->parked;
		r->node.key = READ_ONCE(r->group->paid);
	} else {
		u32 load = load_of(r->group);

		vtime_settle(q, r, load, woken);
		if (woken) {
			r->boosted = r->since && is_owed(q, r);
			r->rest = r->boosted ? BOOST_NS : slice_of(r);
		}
		count(q, r, load);
		r->heap = place_of(q, r);
	}
	heap_insert(r->heap, &r->node);
}

static void leave_heap(struct runnable *r)
{
	heap_remove(r->heap, &r->node);
	r->heap = NULL;
}

void queue_del(struct sched_queue *q, struct runnable *r)
{
	if (r->heap)
		leave_heap(r);
	if (r->load) { /* else it was parked */
		count(q, r, 0);
		r->vtime += q->offset;
	}
}

void queue_charge(struct sched_queue *q, u64 now)
{
	struct runnable *r = q->current;
	s64 ran = r ? (s64)(now - r->since) : 0;
	u64 step;

	if (ran <= 0)
		return;
	r->since = now;
	count(q, r, load_of(r->group));
	step = vtime_of(ran, r->load);
	r->vtime += step;
	q->sum += step * r->load;
	r->rest -= ran;
	if (r->rest <= 0) {
		r->rest = slice_of(r);
		r->spent = true;
		r->boosted = false;
	}
	cap_pay(r->group, ran, now);
}

void queue_switch(struct sched_queue *q, struct runnable *next, u64 now)
{
	struct runnable *prev = q->current;

	if (prev)
		prev->yielding = prev->spent = false;
	if (next == prev)
		return;
	q->current = next;
	if (prev) {
		prev->boosted = false;
		queue_del(q, prev);
	}
	if (next) {
		leave_heap(next);
		next->running = true;
		next->since = now;
	}
}

/* --- whose turn it is ------------------------------------------------------------------------ */

struct runnable *queue_next(const struct sched_queue *q, struct runnable *r)
{
	struct heap_node *n = heap_next(&r->node);

	if (!n && r->heap == &q->owed)
		n = q->ahead.root;
	return n ? container_of(n, struct runnable, node) : NULL;
}

static void requeue(struct sched_queue *q, struct runnable *r, u64 now)
{
	queue_del(q, r);
	queue_add(q, r, now, false);
}

void queue_update(struct sched_queue *q, u64 now)
{
	struct runnable *r;

	while ((r = heap_first(&q->parked)) && (s64)(r->node.key - now) <= 0)
		requeue(q, r, now);
	while ((r = heap_first(&q->ahead)) && is_owed(q, r))
		requeue(q, r, now);
	while ((r = queue_first(q)) && cap_used_up(r->group, now))
		requeue(q, r, now); /* parks it */
}

/* It goes on to the end of its slice if nobody before it woke; then the order decides. */
static bool prev_is_next(struct sched_queue *q, struct runnable *prev, const struct runnable *first)
{
	struct heap *place;

	if (first->boosted || prev->boosted || !prev->spent)
		return prev->boosted || !first->boosted;
	place = place_of(q, prev);
	if (place != first->heap)
		return place == &q->owed;
	return (s64)(prev->node.key - first->node.key) <= 0;
}

struct runnable *queue_choose(struct sched_queue *q, struct runnable *prev, u64 now)
{
	struct runnable *first = queue_first(q);

	if (!prev || !prev->ready || out_of_place(prev) || cap_used_up(prev->group, now))
		return first;
	if (!first)
		return prev;
	return !prev->yielding && prev_is_next(q, prev, first) ? prev : first;
}
