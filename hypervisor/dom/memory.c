/* SPDX-License-Identifier: MIT */
/*
 * A domain's frames: within its limit, on its list, cleared before it sees them. Its frames,
 * ordinary and shared, together hold one reference on the domain.
 */
#include <dom/domain.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <x86/budget.h>
#include <x86/paging.h>
#include <x86/hooks.h>

#define PIECE_ORDER 8 /* of a block that is given: between two pieces a window may open */
#define GIVE_LOOKS  5 /* of the budget, for a frame of it: owned and listed */

/* The first of its frames takes a reference on the domain, the last one puts it. */
static bool has_none(const struct domain *d)
{
	assert(spin_held(&d->page_lock));

	return !d->tot_pages && !d->shared_pages;
}

/* Counts so many more frames as @d's, unless its limit is reached or it dies. */
static bool frames_count(struct domain *d, u64 pages)
{
	assert(spin_held(&d->page_lock));

	if (d->dying || d->tot_pages + pages > d->max_pages)
		return false;

	if (has_none(d))
		domain_ref(d);
	d->tot_pages += pages;

	return true;
}

/* Puts frames that are counted on @d's list. False: it dies, and what is listed now would stay. */
static bool frames_list(struct domain *d, struct frame *f, u32 order)
{
	bool dying;

	spin_lock(&d->page_lock);

	dying = d->dying;
	if (!dying) {
		frame_assign(f, order, d, 0);
		for (u64 i = 0; i < 1ul << order; i++)
			frame_list_add_tail(&d->frames, f + i);
	}

	spin_unlock(&d->page_lock);
	return !dying;
}

/* Frees frames that are counted as @d's, and not listed. */
static void frames_drop(struct domain *d, struct frame *f, u32 order)
{
	bool last;

	for (u64 i = 0; i < 1ul << order; i++)
		m2p_set(frame_mfn(f + i), PFN_NONE);
	frames_free(f, order);

	spin_lock(&d->page_lock);
	d->tot_pages -= 1ul << order;
	last = has_none(d);
	spin_unlock(&d->page_lock);

	if (last)
		domain_put(d);
}

int domain_add_frames(struct domain *d, struct frame *f, u32 order)
{
	u32 piece = MIN(order, (u32)PIECE_ORDER);
	u64 pages = 1ul << order, has;
	bool may;

	spin_lock(&d->page_lock);
	has = d->tot_pages;
	may = frames_count(d, pages);
	spin_unlock(&d->page_lock);

	if (!may)
		return fail(-ENOMEM, "%lu more frames for d%u, which has %lu of %lu", pages, d->id,
			    has, d->max_pages);

	for (u64 i = 0; i < pages; i += 1ul << piece) {
		if (!frames_list(d, f + i, piece))
			frames_drop(d, f + i, piece);

		budget_charge(GIVE_LOOKS << piece);
		budget_window();
	}

	return 0;
}

int domain_alloc_frames(struct domain *d, u32 order, u32 addr_bits, struct frame **out)
{
	struct frame *f;
	int rc;

	/* Asked again under the lock; here it saves the clearing. */
	if (READ_ONCE(d->tot_pages) + (1ul << order) > d->max_pages)
		return fail(-ENOMEM, "d%u has %lu of %lu frames", d->id, d->tot_pages,
			    d->max_pages);

	f = frames_alloc(order, addr_bits);
	if (!f)
		return fail(-ENOMEM, "no free block of 2^%u frames", order);
	frames_clear(f, order);

	rc = domain_add_frames(d, f, order);
	if (rc) {
		frames_free(f, order);
		return rc;
	}

	*out = f;
	return 0;
}

void *domain_alloc_shared(struct domain *d)
{
	struct frame *f = frames_alloc(0, ADDR_ANY);

	if (!f)
		return NULL;
	memset(mfn_to_virt(frame_mfn(f)), 0, PAGE_SIZE);

	spin_lock(&d->page_lock);
	if (has_none(d))
		domain_ref(d);
	d->shared_pages++;
	frame_assign(f, 0, d, FRAME_SHARED);
	spin_unlock(&d->page_lock);

	return mfn_to_virt(frame_mfn(f));
}

void domain_free_shared(struct domain *d, void *page)
{
	struct frame *f = frame_of(virt_to_mfn(page));

	assert(f->owner == d && f->flags & FRAME_SHARED);

	frame_unallocate(f);
}

void hook_frame_freed(struct frame *f)
{
	struct domain *d = f->owner;
	bool last;

	assert(!f->state);

	spin_lock(&d->page_lock);
	if (f->flags & FRAME_SHARED) {
		d->shared_pages--;
		f->flags &= ~FRAME_SHARED;
	} else {
		frame_list_del(&d->frames, f);
		d->tot_pages--;
	}
	f->owner = NULL;
	last = has_none(d);
	spin_unlock(&d->page_lock);

	m2p_set(frame_mfn(f), PFN_NONE);
	if (last)
		domain_put(d);
}
