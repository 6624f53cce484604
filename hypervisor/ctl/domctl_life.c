/* SPDX-License-Identifier: MIT */
/*
 * Control of a domain's life: paused, resumed after a shutdown, destroyed; and its limits of memory
 * and vcpus. How a domain ends is in life/.
 */
#include <ctl/domctl.h>
#include <life/life.h>
#include <x86/cpu.h>

#define PAUSES_MOST        255 /* more are a leak in some tool */
#define KIB_PER_PAGE_SHIFT 2
#define SHUTDOWN_CODE_NONE (~0u)

long op_domctl_destroydomain(struct domain *d, void *a)
{
	if (d == dom0)
		return fail(-EINVAL, "the control domain can not be destroyed");

	return domain_destroy(d);
}

long op_domctl_pausedomain(struct domain *d, void *a)
{
	assert(d->control.busy);
	if (d->control.pauses == PAUSES_MOST)
		return fail(-EBUSY, "d%u is paused %u times", d->id, PAUSES_MOST);

	d->control.pauses++;
	domain_pause(d);
	return 0;
}

/* Unpaused for the first time, it is built: who did that cleared the shared page. */
static void built(struct domain *d)
{
	spin_lock(&d->lock);

	if (!d->control.unpaused)
		domain_wallclock_update(d);
	d->control.unpaused = true;

	spin_unlock(&d->lock);
}

long op_domctl_unpausedomain(struct domain *d, void *a)
{
	assert(d->control.busy);
	if (!d->control.pauses)
		return fail(-EINVAL, "d%u is not paused", d->id);

	d->control.pauses--;
	built(d);
	domain_unpause(d);
	return 0;
}

long op_domctl_resumedomain(struct domain *d, void *a)
{
	assert(d->control.busy);
	if (d->crashed)
		return fail(-EINVAL, "d%u has crashed", d->id);

	domain_pause(d);

	spin_lock(&d->lock);
	d->shutting_down = false;
	d->is_shut_down = false;
	d->shutdown_code = SHUTDOWN_CODE_NONE;
	spin_unlock(&d->lock);

	domain_unpause(d);
	return 0;
}

/* Below what it has is allowed: it then gets nothing more until it has given enough back. */
long op_domctl_max_mem(struct domain *d, struct xen_domctl_max_mem *m)
{
	u64 pages = m->max_memkb >> KIB_PER_PAGE_SHIFT;

	spin_lock(&d->page_lock);
	d->max_pages = MIN(pages, (u64)~0u);
	spin_unlock(&d->page_lock);
	return 0;
}

/* They exist since the domain was made: the number was given then, and may only be repeated. */
long op_domctl_max_vcpus(struct domain *d, struct xen_domctl_max_vcpus *m)
{
	if (m->max != d->max_vcpus)
		return fail(-EINVAL, "%u vcpus for d%u, which was made with %u", m->max, d->id,
			    d->max_vcpus);

	return 0;
}
