/* SPDX-License-Identifier: MIT */
/* The watchdogs of a domain: it starts them, and pats them in time or is shut down. */
#include <lib/fail.h>
#include <life/life.h>

#define WATCHDOG_SECONDS_MAX 3600u

static void watchdog_bite(struct timer *t)
{
	struct watchdog *w = container_of(t, struct watchdog, timer);

	domain_log(w->dom, "stopped by its watchdog");
	domain_shutdown(w->dom, SHUTDOWN_watchdog);
}

void watchdogs_init(struct domain *d)
{
	for (u32 i = 0; i < WATCHDOGS; i++) {
		struct watchdog *w = &d->watchdog[i];

		w->dom = d;
		timer_init(&w->timer, watchdog_bite);
	}
}

void watchdogs_stop(struct domain *d)
{
	for (u32 i = 0; i < WATCHDOGS; i++)
		timer_stop(&d->watchdog[i].timer);
}

/* timer_stop would wait for a bite that has begun, which may wait for d->lock: so it is put off. */
static void watchdog_arm(struct watchdog *w, u32 seconds)
{
	u64 when = TIME_NEVER;

	w->used = seconds != 0;
	if (seconds)
		when = time_now() + MIN(seconds, WATCHDOG_SECONDS_MAX) * NS_PER_SEC;
	timer_set(&w->timer, when);
}

/* d->lock held. Its id, which counts from 1. */
static long watchdog_new(struct domain *d, u32 seconds)
{
	u32 i = 0;

	if (!seconds)
		return fail(-EINVAL, "a new watchdog with no timeout");

	while (i < WATCHDOGS && d->watchdog[i].used)
		i++;
	if (i == WATCHDOGS)
		return fail(-ENOSPC, "all %u watchdogs are in use", WATCHDOGS);

	watchdog_arm(&d->watchdog[i], seconds);
	return i + 1;
}

/* d->lock held. 0 seconds end it. */
static long watchdog_pat(struct domain *d, u32 id, u32 seconds)
{
	if (id > WATCHDOGS)
		return fail(-EINVAL, "there is no watchdog %u", id);
	if (!d->watchdog[id - 1].used)
		return fail(-EINVAL, "watchdog %u was not started", id);

	watchdog_arm(&d->watchdog[id - 1], seconds);
	return 0;
}

long op_sched_watchdog(struct domain *d, struct sched_watchdog *w)
{
	long ret;

	spin_lock(&d->lock);
	if (d->dying)
		ret = -EINVAL;
	else if (w->id)
		ret = watchdog_pat(d, w->id, w->timeout);
	else
		ret = watchdog_new(d, w->timeout);
	spin_unlock(&d->lock);
	return ret;
}
