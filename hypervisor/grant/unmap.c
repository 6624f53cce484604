/* SPDX-License-Identifier: MIT */
/*
 * Unmapping grants, in batches: first the page-table entries go, then one flush makes sure that no
 * CPU can reach the frames any more, and only then the granter sees its entries unpinned.
 */
#include <grant/table.h>

#include <ptable/ptable.h>
#include <x86/cpu.h>
#include <x86/paging.h>

/* The record of @handle, busy from now on, so that no other vcpu unmaps it too. */
static struct maptrack_record *record_claim(struct grant_table *t, u32 handle, u32 *flags)
{
	struct maptrack_record *r;

	spin_lock(&t->lock);

	r = maptrack_find(&t->maptrack, handle);
	if (r) {
		*flags = r->flags;
		r->flags |= MAPTRACK_BUSY;
	}

	spin_unlock(&t->lock);
	return r;
}

/* Gives the record back with what is still mapped, or frees it. */
static void record_give_back(struct grant_table *t, struct maptrack_record *r, u32 handle,
			     u32 flags)
{
	spin_lock(&t->lock);

	assert(r->flags & MAPTRACK_BUSY);
	if (flags & GNTMAP_KINDS)
		r->flags = flags;
	else
		maptrack_release(&t->maptrack, handle);

	spin_unlock(&t->lock);
}

/* Unmaps what @op names of @u's mappings; u->left is what stays of them then. */
static int unmap_named(const struct gnttab_unmap_grant_ref *op, struct unmapping *u)
{
	const struct grant_mapping made = { .entry = u->record->entry,
					    .frame = frame_mfn(u->pin.frame),
					    .write = u->pin.write };
	u32 *flags = &u->left;
	bool device = op->dev_bus_addr && *flags & GNTMAP_device_map;
	bool host = op->host_addr && *flags & GNTMAP_host_map;
	int rc;

	if (device && op->dev_bus_addr != mfn_to_maddr(made.frame))
		return refuse(GNTST_bad_dev_addr, "bus address %#lx is not that of frame %#lx",
			      op->dev_bus_addr, made.frame.n);

	if (host) {
		rc = ptable_grant_unmap(current(), op->host_addr, *flags & GNTMAP_contains_pte,
					&made);
		if (rc)
			return GNTST_general_error; /* the reason is in the log */

		*flags &= ~GNTMAP_host_map;
	}

	if (device)
		*flags &= ~GNTMAP_device_map;

	return GNTST_okay;
}

int op_grant_unmap_grant_ref(struct grant_batch *b, struct gnttab_unmap_grant_ref *op)
{
	struct grant_table *t = b->self->grants;
	struct unmapping *u = &b->unmapped[b->n_unmapped];
	int status;

	u->handle = op->handle;
	u->record = record_claim(t, op->handle, &u->left);
	if (!u->record)
		return refuse(GNTST_bad_handle, "handle %u is not in use", op->handle);

	grant_pin_of(u->record, &u->pin);

	status = unmap_named(op, u);
	if (status) {
		record_give_back(t, u->record, u->handle, u->left);
		return status;
	}

	b->n_unmapped++;
	return GNTST_okay;
}

void grant_unmap_finish(struct grant_batch *b)
{
	if (!b->n_unmapped)
		return;

	vcpus_flush(b->self, ~0ul, false, 0);

	while (b->n_unmapped) {
		const struct unmapping *u = &b->unmapped[--b->n_unmapped];

		record_give_back(b->self->grants, u->record, u->handle, u->left);
		if (!(u->left & GNTMAP_KINDS))
			grant_pin_put(&u->pin);
	}
}
