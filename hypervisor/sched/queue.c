/* SPDX-License-Identifier: MIT */
/*
 * One CPU's queue: who runs next, by EEVDF. Pure. The algorithm is that of I. Stoica and
 * H. Abdel-Wahab, "Earliest Eligible Virtual Deadline First: A Flexible and Accurate Mechanism for
 * Proportional Share Resource Allocation", Old Dominion University, TR-95-22, 1995. Its terms:
 *
 *   virtual time   of a runnable: the time that it ran, over its weight; of the queue: the mean of
 *                  its members', by weight
 *   lag            what a runnable should have got, less what it got: its weight times the queue's
 *                  virtual time less its own. The lags of a queue add up to zero.
 *   eligible       a runnable whose lag is not negative
 *   request        a slice of time
 *   deadline       when the request would end, in virtual time: the runnable's own, plus what
 *                  remains of the slice over the weight
 *
 * Of those that are eligible, the one with the earliest deadline runs. Theorem 1 of the paper: in a
 * steady system, where whoever joins, leaves or changes its weight has no lag, the lag of an active
 * client is bounded by
 *
 *   -r_max < lag < max(r_max, q)
 *
 * with r_max its longest request, and q the quantum for which a choice stands. Both are a slice at
 * most: one that runs goes on to the end of it. So nobody gets ahead, or falls behind, by more than
 * a slice, whatever the weights. Where we depart from that:
 *
 *  - Runnables do come, go and change their weights with a lag. One that sleeps keeps it, up to a
 *    slice (CREDIT_NS); one that moves, up to LAG_MAX_NS; newcomers, which come in crowds, begin
 *    with none. Each such event shifts the lags of the others by their shares of it.
 *  - One that wakes and is eligible is boosted: it runs before all deadlines, for BOOST_NS at most.
 *    That is charged as any other time, so it soon is not eligible. The others fall behind by
 *    BOOST_NS more for each wake-up.
 *  - A boosted one that has patience lets who runs have the CPU for SCHED_PATIENCE_NS, and all
 *    boosted ones without it go first. That delays a choice, and changes nobody's virtual time.
 *  - A group that used up its cap is throttled: its runnables are out of the competition until it
 *    has paid, and come back as those that move.
 *
 * Virtual time counts nanoseconds times 2^VTIME_SHIFT; it wraps, and so is compared by before().
 */
#include <sched/queue.h>
#include <x86/cpu.h>

#define WEIGHT_SCALE  16             /* so that a group's weight can be divided among its vcpus */
#define BOOST_NS      500000l        /* a boost lasts so long at most */
#define CREDIT_NS     SCHED_SLICE_NS /* lag, of either sign, that a sleeper keeps when it wakes */
#define CAP_CREDIT_NS 2500000l       /* a group saves up what its cap gives for so long at most */
#define CAP_SLICE_NS  25000l         /* slice of a capped group, a percent: one in 2.5 ms */
#define BOOST_KEY     (1ul << 60)    /* before every deadline */
#define PATIENT_KEY   (1ul << 59)    /* so is this, behind the others */

/* The weight of each runnable of @g. */
static u32 load_of(const struct sched_group *g)
{
	u32 ready = READ_ONCE(g->ready);
	u32 load = READ_ONCE(g->weight) * WEIGHT_SCALE;

	if (ready > 1)
		load /= ready;
	return MAX(load, 1u);
}

static s64 slice_of(const struct runnable *r)
{
	u32 cap = READ_ONCE(r->group->cap);

	if (!cap)
		return SCHED_SLICE_NS;

	return MIN(cap * CAP_SLICE_NS, SCHED_SLICE_NS);
}

/* --- cap: the group pays for what it ran by waiting until ->paid ----------------------------- */

static bool group_throttled(const struct sched_group *g, u64 now)
{
	return READ_ONCE(g->cap) && before(now, READ_ONCE(g->paid));
}

static void cap_charge(struct sched_group *g, u64 ran, u64 now)
{
	u64 paid = READ_ONCE(g->paid), least = now - ran - CAP_CREDIT_NS;
	u32 cap = READ_ONCE(g->cap);

	if (!cap)
		return;

	/*
	 * What it saved up beyond the credit is lost; if the CAS fails, another CPU has just done
	 * it.
	 */
	if (before(paid, least))
		__atomic_compare_exchange_n(&g->paid, &paid, least, false, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED);

	__atomic_fetch_add(&g->paid, ran * 100 / cap, __ATOMIC_RELAXED);
}

/* --- virtual time ---------------------------------------------------------------------------- */

/* In the queue's sums @r counts with weight @load from now on; 0: not at all. */
static void count(struct sched_queue *q, struct runnable *r, u32 load)
{
	s64 more = (s64)load - r->load;

	if (!more)
		return;

	q->load += more;
	q->sum += more * (s64)(r->vtime - q->base);
	q->count += !!load - !!r->load;
	r->load = load;
}

/* Moves the base to the mean, so that the sum stays small. */
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

static bool is_eligible(struct sched_queue *q, const struct runnable *r)
{
	return !before(queue_vtime(q), r->vtime);
}

/*
 * Brings @r's virtual time into the queue's terms, with a lag that is not over its limit. Where
 * nobody else is, the queue's virtual time is @r's.
 */
static void vtime_settle(struct sched_queue *q, struct runnable *r, u32 load, bool woken)
{
	u64 credit = r->since ? CREDIT_NS : 0; /* newcomers have none */
	s64 limit = vtime_of(woken ? credit : LAG_MAX_NS, load);
	s64 lead;

	r->vtime -= q->offset;
	if (!q->load)
		q->base = r->vtime;

	lead = (s64)(r->vtime - queue_vtime(q));
	lead = MAX(MIN(lead, limit), -limit);
	r->vtime = q->base + (u64)lead;
}

/* --- those that wait ------------------------------------------------------------------------- */

/* Where @r, which counts, waits; sets its key there. */
static struct heap *place_of(struct sched_queue *q, struct runnable *r)
{
	if (!is_eligible(q, r)) {
		r->node.key = r->vtime;
		return &q->ineligible;
	}

	if (r->boosted)
		r->node.key = r->vtime - (r->patient ? PATIENT_KEY : BOOST_KEY);
	else
		r->node.key = r->vtime + vtime_of(r->remaining, r->load);
	return &q->eligible;
}

static struct runnable *heap_first(const struct heap *h)
{
	return h->root ? container_of(h->root, struct runnable, node) : NULL;
}

/* Joins the competition: counts, and waits for its turn. */
static void compete(struct sched_queue *q, struct runnable *r, bool woken)
{
	u32 load = load_of(r->group);

	vtime_settle(q, r, load, woken);
	if (woken) {
		r->boosted = r->since && is_eligible(q, r);
		r->remaining = r->boosted ? BOOST_NS : slice_of(r);
	}

	count(q, r, load);
	r->heap = place_of(q, r);
}

void queue_add(struct sched_queue *q, struct runnable *r, u64 now, bool woken)
{
	assert(!r->heap && !r->load);
	if (group_throttled(r->group, now)) {
		r->heap = &q->throttled;
		r->node.key = READ_ONCE(r->group->paid);
	} else {
		compete(q, r, woken);
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

	/* One that was throttled did not count, and kept its terms. */
	if (r->load) {
		count(q, r, 0);
		r->vtime += q->offset;
	}
}

struct runnable *queue_next(const struct sched_queue *q, struct runnable *r)
{
	struct heap_node *n = heap_next(&r->node);

	if (!n && r->heap == &q->eligible)
		n = q->ineligible.root;
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

	/* Their group has paid. */
	while ((r = heap_first(&q->throttled)) && !before(now, r->node.key))
		requeue(q, r, now);

	/* The others caught up with them. */
	while ((r = heap_first(&q->ineligible)) && is_eligible(q, r))
		requeue(q, r, now);

	/* Another runnable of their group used up the cap. */
	while ((r = queue_first(q)) && group_throttled(r->group, now))
		requeue(q, r, now);
}

/* --- the one that runs ----------------------------------------------------------------------- */

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

	r->remaining -= ran;
	if (r->remaining <= 0) {
		r->remaining = slice_of(r);
		r->spent = true;
		r->boosted = false;
	}

	cap_charge(r->group, ran, now);
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
		next->patient = false;
		next->since = next->came = now;
	}
}

/* Does @prev, which may go on, go before @first, who waits first? */
static bool prev_is_next(struct sched_queue *q, struct runnable *prev, const struct runnable *first,
			 u64 now)
{
	struct heap *place;

	/* A boost goes before all others, to its end. */
	if (prev->boosted)
		return true;

	if (first->boosted)
		return first->patient && before(now, prev->came + SCHED_PATIENCE_NS);

	if (!prev->spent)
		return true;

	place = place_of(q, prev);
	if (place != first->heap)
		return place == &q->eligible;

	return !before(first->node.key, prev->node.key);
}

static bool may_go_on(const struct runnable *r, u64 now)
{
	if (!r->ready || out_of_place(r))
		return false;

	return !group_throttled(r->group, now);
}

struct runnable *queue_choose(struct sched_queue *q, struct runnable *prev, u64 now)
{
	struct runnable *first = queue_first(q);

	if (!prev || !may_go_on(prev, now))
		return first;

	if (!first)
		return prev;

	if (prev->yielding)
		return first;

	return prev_is_next(q, prev, first, now) ? prev : first;
}
