/* SPDX-License-Identifier: MIT */
/*
 * Unmapping grants, in batches: first the page-table entries go, then one flush makes sure that no CPU can
 * reach the frames any more, and only then the granter sees its entries released.
 */
#include <grant/table.h>

#include <lib/fail.h>
#include <ptable/ptable.h>
#include <x86/cpu.h>
#include <x86/paging.h>

/* Takes the record of @handle, so that no other vcpu unmaps it meanwhile. */
static struct track *track_take(struct grant_table *t, u32 handle, u32 *flags)
{
	struct track *r;

	spin_lock(&t->lock);
	r = track_find(&t->tracks, handle);
	if (r) {
		*flags = r->flags;
		r->flags |= TRACK_TAKEN;
	}
	spin_unlock(&t->lock);
	return r;
}

/* Gives the record back with what is still mapped, or frees it. */
static void track_give(struct grant_table *t, struct track *r, u32 handle, u32 flags)
{
	spin_lock(&t->lock);
	if (flags & GNTMAP_KINDS)
		r->flags = flags;
	else
		track_free(&t->tracks, handle);
	spin_unlock(&t->lock);
}

/* Removes what @op names of the mappings in *flags. */
static int unmap_named(const struct gnttab_unmap_grant_ref *op, const struct grant_use *u,
		       u32 *flags)
{
	mfn_t m = frame_mfn(u->frame);

	if (op->dev_bus_addr && *flags & GNTMAP_device_map && op->dev_bus_addr != mfn_to_maddr(m))
		return fail(GNTST_bad_dev_addr, "bus address %lx is not that of frame %lx",
			    op->dev_bus_addr, m.n);
	if (op->host_addr && *flags & GNTMAP_host_map) {
		if (ptable_grant_unmap(current(), op->host_addr, *flags & GNTMAP_contains_pte, m))
			return GNTST_general_error;
		*flags &= ~GNTMAP_host_map;
	}
	if (op->dev_bus_addr)
		*flags &= ~GNTMAP_device_map;
	return GNTST_okay;
}

int grant_op_unmap(struct grant_batch *b, void *arg)
{
	const struct gnttab_unmap_grant_ref *op = arg;
	struct unmapping *u = &b->unmapped[b->n_unmapped];
	int st;

	u->handle = op->handle;
	u->track = track_take(b->self->grants, op->handle, &u->left);
	if (!u->track)
		return fail(GNTST_bad_handle, "handle %u is not in use", op->handle);
	grant_use_of_track(u->track, &u->use);
	st = unmap_named(op, &u->use, &u->left);
	if (st)
		track_give(b->self->grants, u->track, u->handle, u->left);
	else
		b->n_unmapped++;
	return st;
}

void grant_unmap_finish(struct grant_batch *b)
{
	if (b->n_unmapped)
		vcpus_flush(b->self, ~0ul, false, 0);
	while (b->n_unmapped) {
		const struct unmapping *u = &b->unmapped[--b->n_unmapped];

		track_give(b->self->grants, u->track, u->handle, u->left);
		if (!(u->left & GNTMAP_KINDS))
			grant_use_end(&u->use);
	}
}
