/* SPDX-License-Identifier: MIT */
/*
 * Claims: frames promised to a domain that the toolstack is filling, so that two of them being built do
 * not both find out late that memory is short. And the right to act on a domain.
 */
#include <ctl/ctl.h>
#include <ctl/state.h>
#include <frame/alloc.h>
#include <lib/fail.h>

/* Guards the total and every domain's share of it. Taken alone, or with d->lock held. */
static struct spinlock claim_lock = SPINLOCK(LOCK_PAGES);
static u64 claimed_total;

struct domain *domain_target(domid_t id, int *err)
{
	struct domain *self = current()->dom, *d;

	if (id != DOMID_SELF && id != self->id && !self->privileged) {
		*err = fail(-EPERM, "domain %u is not the caller's", id);
		return NULL;
	}
	d = domain_get(id);
	if (d && dom_control(d))
		return d;
	if (d)
		domain_put(d); /* another CPU is just making it */
	*err = fail(-ESRCH, "there is no domain %u", id);
	return NULL;
}

u64 claim_total(void)
{
	return READ_ONCE(claimed_total);
}

/* Sets the claim to @n. claim_lock held. */
static void claim_change(struct dom_control *c, u64 n)
{
	claimed_total += n - c->claimed;
	c->claimed = n;
}

int claim_set(struct domain *d, u64 pages)
{
	struct dom_control *c = dom_control(d);
	u64 has = READ_ONCE(d->tot_pages), free;
	int ret = 0;

	spin_lock(&claim_lock);
	free = frames_free_count();
	if (!pages)
		claim_change(c, 0);
	else if (c->claimed || pages < has || pages > d->max_pages || d->dying)
		ret = fail(-EINVAL, "claim of %lu frames for d%u, which has %lu of %lu and a claim of %lu",
			   pages, d->id, has, d->max_pages, c->claimed);
	else if (pages - has + claimed_total > free)
		ret = fail(-ENOMEM, "claim of %lu frames for d%u: %lu are free, %lu of them claimed",
			   pages, d->id, free, claimed_total);
	else
		claim_change(c, pages - has);
	spin_unlock(&claim_lock);
	return ret;
}

void claim_drop(struct domain *d)
{
	spin_lock(&claim_lock);
	claim_change(dom_control(d), 0);
	spin_unlock(&claim_lock);
}

bool claim_take(struct domain *d, u64 pages)
{
	struct dom_control *c = dom_control(d);
	u64 own, others;
	bool ok;

	spin_lock(&claim_lock);
	own = MIN(c->claimed, pages);
	others = claimed_total - c->claimed;
	ok = others + pages <= frames_free_count();
	if (ok)
		claim_change(c, c->claimed - own);
	spin_unlock(&claim_lock);
	return ok;
}
