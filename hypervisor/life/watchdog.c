/* SPDX-License-Identifier: MIT */
/* The watchdogs of a domain: it starts them, and is shut down if it does not pat them in time. */
#include <lib/fail.h>
#include <lib/index.h>
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

/* Bites in @seconds, unless it is patted before; 0 stops it and frees its id. d->lock held. */
static void watchdog_set(struct watchdog *w, u32 seconds)
{
	u64 deadline = TIME_NEVER;

	assert(spin_held(&w->dom->lock));
	if (seconds)
		deadline = time_now() + MIN(seconds, WATCHDOG_SECONDS_MAX) * NS_PER_SEC;

	/* timer_stop would wait for a bite that has begun, which may wait for d->lock. */
	w->used = seconds != 0;
	timer_set(&w->timer, deadline);
}

/* A new one: its id, which is above 0, or an error. d->lock held. */
static int watchdog_new(struct domain *d, u32 seconds)
{
	if (!seconds)
		return fail(-EINVAL, "a new watchdog with no timeout");

	for (u32 i = 0; i < WATCHDOGS; i++) {
		if (d->watchdog[i].used)
			continue;

		watchdog_set(&d->watchdog[i], seconds);
		return i + 1;
	}

	return fail(-ENOSPC, "all %u watchdogs are in use", WATCHDOGS);
}

/* One that was started before: 0 or an error. d->lock held. */
static int watchdog_pat(struct domain *d, u32 id, u32 seconds)
{
	struct watchdog *w;

	if (id > WATCHDOGS)
		return fail(-EINVAL, "there is no watchdog %u", id);

	w = &d->watchdog[index_nospec(id - 1, WATCHDOGS)];
	if (!w->used)
		return fail(-EINVAL, "watchdog %u was not started", id);

	watchdog_set(w, seconds);
	return 0;
}

long op_sched_watchdog(struct domain *d, struct sched_watchdog *w)
{
	int rc;

	spin_lock(&d->lock);

	if (d->dying)
		rc = -EINVAL; /* nobody is left to read a reason */
	else if (w->id == 0)
		rc = watchdog_new(d, w->timeout);
	else
		rc = watchdog_pat(d, w->id, w->timeout);

	spin_unlock(&d->lock);
	return rc;
}
