/* SPDX-License-Identifier: MIT */
/*
 * Claims: frames promised to a domain that the toolstack is filling, so that two of them being
 * built do not both find out late that memory is short.
 */
#include <frame/alloc.h>
#include <lib/fail.h>
#include <memory/claim.h>

/* Guards the total and every domain's share of it. Taken alone, or with d->lock held. */
static struct spinlock claim_lock = SPINLOCK(LOCK_PAGES);
static u64 claimed_total;

u64 claim_total(void)
{
	return READ_ONCE(claimed_total);
}

/* Sets the claim to @n. claim_lock held. */
static void claim_change(struct domain *d, u64 n)
{
	claimed_total += n - d->memory.claimed;
	d->memory.claimed = n;
}

int claim_set(struct domain *d, u64 pages)
{
	u64 has = READ_ONCE(d->tot_pages), free;
	int ret = 0;

	spin_lock(&claim_lock);
	free = frames_free_count();
	if (!pages)
		claim_change(d, 0);
	else if (d->memory.claimed || pages < has || pages > d->max_pages || d->dying)
		ret = fail(-EINVAL, "claim of %lu for d%u: it has %lu of %lu frames, claims %lu",
			   pages, d->id, has, d->max_pages, d->memory.claimed);
	else if (pages - has + claimed_total > free)
		ret = fail(-ENOMEM, "claim of %lu for d%u: %lu frames are free, %lu claimed", pages,
			   d->id, free, claimed_total);
	else
		claim_change(d, pages - has);
	spin_unlock(&claim_lock);
	return ret;
}

struct frame *claim_alloc(struct domain *d, u32 order, u32 addr_bits)
{
	u64 pages = 1ul << order;
	struct frame *f = NULL;

	spin_lock(&claim_lock);
	if (claimed_total - d->memory.claimed + pages <= frames_free_count())
		f = frames_alloc(order, addr_bits);
	if (f)
		claim_change(d, d->memory.claimed - MIN(d->memory.claimed, pages));
	spin_unlock(&claim_lock);
	return f;
}
