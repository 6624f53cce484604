/* SPDX-License-Identifier: MIT */
/* The watchdogs of a domain: it starts them, and pats them in time or is shut down. */
#include <lib/fail.h>
#include <life/life.h>
#include <pvabi/sched.h>

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

/* d->lock held. 0 in @id asks for a new one: its id, from 1 on, is the answer. */
static long watchdog_pat(struct domain *d, u32 id, u32 seconds)
{
	struct watchdog *w = d->watchdog;
	bool fresh = id == 0;

	if (fresh && !seconds)
		return fail(-EINVAL, "a new watchdog with no timeout");
	while (fresh && id < WATCHDOGS && w[id].used)
		id++;
	if (!fresh)
		id--;
	if (id >= WATCHDOGS)
		return fresh ? fail(-ENOSPC, "all %u watchdogs are in use", WATCHDOGS)
			     : fail(-EINVAL, "there is no watchdog %u", id + 1);
	if (!fresh && !w[id].used)
		return fail(-EINVAL, "watchdog %u was not started", id + 1);
	w[id].used = seconds != 0;
	seconds = MIN(seconds, WATCHDOG_SECONDS_MAX);
	/* timer_stop would wait for a bite that has begun, which may wait for d->lock. */
	timer_set(&w[id].timer, seconds ? time_now() + seconds * NS_PER_SEC : TIME_NEVER);
	return fresh ? id + 1 : 0;
}

long domain_watchdog(struct domain *d, void *arg)
{
	const struct sched_watchdog *w = arg;
	long ret;

	spin_lock(&d->lock);
	ret = d->dying ? -EINVAL : watchdog_pat(d, w->id, w->timeout);
	spin_unlock(&d->lock);
	return ret;
}
