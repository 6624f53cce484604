/* SPDX-License-Identifier: MIT */
/*
 * Claims: frames promised to a domain that the toolstack is filling, so that two of them being
 * built do not both find out late that memory is short.
 *
 * Where nobody claims, which is nearly always, frames are taken without the lock; who claims waits
 * for those that began so. A taker counts himself and then looks for claims, a claimer writes his
 * claim down and then looks for takers: so one of the two sees the other.
 */
#include <frame/alloc.h>
#include <lib/fail.h>
#include <memory/claim.h>
#include <x86/asm.h>
#include <x86/cpu.h>

/* Guards the total and every domain's share of it. Taken alone, or with d->lock held. */
static struct spinlock claim_lock = SPINLOCK(LOCK_PAGES);
static u64 claimed_total;

static u32 takers; /* CPUs that take frames without the lock */

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
	if (d->dying)
		return fail(-EINVAL, "claim of %lu frames for d%u, which is dying", pages, d->id);

	if (d->memory.claimed)
		return fail(-EINVAL, "d%u claims %lu frames already", d->id, d->memory.claimed);

	if (pages < has || pages > d->max_pages)
		return fail(-EINVAL, "claim of %lu frames for d%u, which has %lu of %lu", pages,
			    d->id, has, d->max_pages);

	return 0;
}

/* Promises @frames to @d, if so many are free beside what is promised to others. */
static int claim_make(struct domain *d, u64 frames)
{
	u64 free;

	claim_change(d, frames);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);

	/* Each CPU is one of them once at most: the next time it waits for our lock. */
	while (READ_ONCE(takers)) {
		cpu_pause();
		cpu_poll();
	}

	free = frames_free_count();
	if (claimed_total <= free)
		return 0;

	claim_change(d, 0);
	return fail(-ENOMEM, "claim of %lu for d%u: %lu frames are free, %lu claimed", frames,
		    d->id, free, claimed_total);
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
		rc = claim_make(d, pages - has);

	spin_unlock(&claim_lock);
	return rc;
}

void claim_drop(struct domain *d)
{
	spin_lock(&claim_lock);
	claim_change(d, 0);
	spin_unlock(&claim_lock);
}

/* A block for @d, beside the claims of others. */
static struct frame *alloc_beside(struct domain *d, u32 order, u32 addr_bits)
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

struct frame *claim_alloc(struct domain *d, u32 order, u32 addr_bits)
{
	struct frame *f = NULL;
	bool claims;

	__atomic_fetch_add(&takers, 1, __ATOMIC_SEQ_CST);
	claims = claim_total();
	if (!claims)
		f = frames_alloc(order, addr_bits);
	__atomic_fetch_sub(&takers, 1, __ATOMIC_SEQ_CST);

	return claims ? alloc_beside(d, order, addr_bits) : f;
}
