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

/* Sets what is claimed for @d to @frames. */
static void claim_change(struct domain *d, u64 frames)
{
	assert(spin_held(&claim_lock));
	assert(claimed_total >= d->memory.claimed);

	claimed_total -= d->memory.claimed;
	claimed_total += frames;
	d->memory.claimed = frames;
}

/* May @d, which has @has frames, be promised @pages in all? */
static int claim_check(const struct domain *d, u64 has, u64 pages)
{
	u64 free = frames_free_count();

	if (d->dying)
		return fail(-EINVAL, "claim of %lu frames for d%u, which is dying", pages, d->id);

	if (d->memory.claimed)
		return fail(-EINVAL, "d%u claims %lu frames already", d->id, d->memory.claimed);

	if (pages < has || pages > d->max_pages)
		return fail(-EINVAL, "claim of %lu frames for d%u, which has %lu of %lu", pages,
			    d->id, has, d->max_pages);

	if (pages - has + claimed_total > free)
		return fail(-ENOMEM, "claim of %lu for d%u: %lu frames are free, %lu claimed",
			    pages, d->id, free, claimed_total);

	return 0;
}

int claim_set(struct domain *d, u64 pages)
{
	u64 has = READ_ONCE(d->tot_pages);
	int rc;

	if (!pages) {
		claim_drop(d);
		return 0;
	}

	spin_lock(&claim_lock);

	rc = claim_check(d, has, pages);
	if (!rc)
		claim_change(d, pages - has);

	spin_unlock(&claim_lock);
	return rc;
}

void claim_drop(struct domain *d)
{
	spin_lock(&claim_lock);
	claim_change(d, 0);
	spin_unlock(&claim_lock);
}

struct frame *claim_alloc(struct domain *d, u32 order, u32 addr_bits)
{
	u64 pages = 1ul << order;
	struct frame *f = NULL;
	u64 others;

	spin_lock(&claim_lock);

	others = claimed_total - d->memory.claimed;
	if (others + pages <= frames_free_count())
		f = frames_alloc(order, addr_bits);

	if (f)
		claim_change(d, d->memory.claimed - MIN(d->memory.claimed, pages));

	spin_unlock(&claim_lock);
	return f;
}
