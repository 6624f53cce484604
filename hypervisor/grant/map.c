/* SPDX-License-Identifier: MIT */
/*
 * Mapping a grant: a maptrack record for the handle, a pin of the entry, then the page-table entry,
 * which takes a reference of its own. A failure undoes this in reverse order.
 */
#include <grant/table.h>

#include <ptable/ptable.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define MAP_FLAGS (GNTMAP_KINDS | GNTMAP_readonly | GNTMAP_application_map | GNTMAP_contains_pte)

/* The first of the page-table entry's bits that are left to software. */
#define PTE_AVAIL_SHIFT 9

/* The page-table entry's flags. The guest may ask for some of the bits left to software. */
static u64 entry_flags(u32 flags)
{
	u64 avail = (u64)(flags >> _GNTMAP_guest_avail0) << PTE_AVAIL_SHIFT;
	u64 pte = PTE_P | PTE_U | PTE_A | PTE_D | (avail & PTE_AVAIL);

	if (!(flags & GNTMAP_readonly))
		pte |= PTE_RW;

	return pte;
}

/* Fills the record @r, which is busy. */
static int record_map(struct domain *self, struct gnttab_map_grant_ref *op,
		      struct maptrack_record *r)
{
	bool write = !(op->flags & GNTMAP_readonly);
	struct grant_mapping made = { 0 };
	struct grant_pin pin;
	int status, rc;

	status = grant_pin_get(self, op->dom, op->ref, write, &pin);
	if (status)
		return status;

	made.frame = frame_mfn(pin.frame);

	if (op->flags & GNTMAP_host_map) {
		rc = ptable_grant_map(current(), op->host_addr, op->flags & GNTMAP_contains_pte,
				      entry_flags(op->flags), &made);
		if (rc) {
			grant_pin_put(&pin);
			return GNTST_general_error; /* the reason is in the log */
		}
	}

	/* The record has the pin from here on. */
	op->dev_bus_addr = mfn_to_maddr(made.frame);
	r->granter = pin.granter;
	r->ref = op->ref;
	r->entry = made.entry;
	return GNTST_okay;
}

int op_grant_map_grant_ref(struct grant_batch *b, struct gnttab_map_grant_ref *op)
{
	struct grant_table *t = b->self->grants;
	struct maptrack_record *r;
	u32 handle;
	int status;

	if (!(op->flags & GNTMAP_KINDS))
		return refuse(GNTST_bad_gntref, "flags %#x ask for no host and no device mapping",
			      op->flags);

	spin_lock(&t->lock);
	r = maptrack_take(&t->maptrack, &handle);
	spin_unlock(&t->lock);
	if (!r)
		return refuse(GNTST_no_device_space, "all maptrack handles are in use");

	status = record_map(b->self, op, r);

	spin_lock(&t->lock);
	assert(r->flags == MAPTRACK_BUSY);
	if (status)
		maptrack_release(&t->maptrack, handle);
	else
		__atomic_store_n(&r->flags, op->flags & MAP_FLAGS, __ATOMIC_RELEASE);
	spin_unlock(&t->lock);

	op->handle = handle;
	return status;
}
