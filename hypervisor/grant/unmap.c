/* SPDX-License-Identifier: MIT */
/*
 * Unmapping grants, in batches: first the page-table entries go, then one flush makes sure that no
 * CPU can reach the frames any more, and only then the granter sees its entries released.
 */
#include <grant/table.h>

#include <lib/fail.h>
#include <ptable/ptable.h>
#include <x86/cpu.h>
#include <x86/paging.h>

struct unmapping {
	struct track *track; /* NULL: refused */
	u32 handle, left;    /* left: mappings of the handle that stay */
	struct grant_use use;
};

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
	if (flags & (GNTMAP_host_map | GNTMAP_device_map))
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
		if (ptable_grant_unmap(current(), op->host_addr, *flags & GNTMAP_contains_pte, m,
				       0))
			return GNTST_general_error;
		*flags &= ~GNTMAP_host_map;
	}
	if (op->dev_bus_addr)
		*flags &= ~GNTMAP_device_map;
	return GNTST_okay;
}

static int unmap_begin(struct domain *self, const struct gnttab_unmap_grant_ref *op,
		       struct unmapping *u)
{
	int st;

	u->handle = op->handle;
	u->track = track_take(self->grants, op->handle, &u->left);
	if (!u->track)
		return fail(GNTST_bad_handle, "handle %u is not in use", op->handle);
	grant_use_of_track(u->track, &u->use);
	st = unmap_named(op, &u->use, &u->left);
	if (st) {
		track_give(self->grants, u->track, u->handle, u->left);
		u->track = NULL;
	}
	return st;
}

/* After the flush. */
static void unmap_finish(struct domain *self, const struct unmapping *u)
{
	bool over = !(u->left & (GNTMAP_host_map | GNTMAP_device_map));

	if (!u->track)
		return;
	track_give(self->grants, u->track, u->handle, u->left);
	if (over)
		grant_use_end(&u->use);
}

int grant_unmap_batch(struct domain *self, struct gnttab_unmap_grant_ref *list, u32 n)
{
	struct gnttab_unmap_grant_ref op;
	struct unmapping u[UNMAP_BATCH];
	bool flush = false;
	u32 i;
	int err = 0;

	for (i = 0; i < n && !err; i++) {
		u[i].track = NULL;
		if (guest_read(&op, list, i)) {
			err = -EFAULT;
			break;
		}
		op.status = unmap_begin(self, &op, &u[i]);
		flush |= u[i].track != NULL;
		if (guest_write(list, i, &op))
			err = -EFAULT;
	}
	if (flush)
		vcpus_flush(self, ~0ul, false, 0);
	while (i--)
		unmap_finish(self, &u[i]);
	return err ? fail(err, "list of unmap operations at %lx", (u64)list) : 0;
}
