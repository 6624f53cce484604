/* SPDX-License-Identifier: MIT */
/*
 * Mapping a grant: a record for the handle, a use of the entry, then the page-table entry, which takes a
 * reference of its own. A failure undoes in reverse order.
 */
#include <grant/table.h>

#include <lib/fail.h>
#include <ptable/ptable.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define MAP_FLAGS (GNTMAP_KINDS | GNTMAP_readonly | GNTMAP_application_map | GNTMAP_contains_pte)

/* The entry as the ABI has it: the guest may have bits for its own use set along. */
static u64 entry_flags(u32 flags)
{
	u64 own = (u64)(flags >> _GNTMAP_guest_avail0) << 9 & PTE_AVAIL;

	return PTE_P | PTE_U | PTE_A | PTE_D | own | (flags & GNTMAP_readonly ? 0 : PTE_RW);
}

/* With a record taken: *r stays TAKEN until everything is done. */
static int map_with(struct domain *self, struct gnttab_map_grant_ref *op, struct track *r)
{
	struct grant_use u;
	int st = grant_use_begin(self, op->dom, op->ref, !(op->flags & GNTMAP_readonly), &u);

	if (st)
		return st;
	if (op->flags & GNTMAP_host_map &&
	    ptable_grant_map(current(), op->host_addr, op->flags & GNTMAP_contains_pte,
			     frame_mfn(u.frame), entry_flags(op->flags))) {
		grant_use_end(&u);
		return GNTST_general_error; /* the reason is in the log */
	}
	op->dev_bus_addr = mfn_to_maddr(frame_mfn(u.frame));
	r->granter = u.granter; /* with its reference */
	r->ref = op->ref;
	return GNTST_okay;
}

int grant_op_map(struct grant_batch *b, void *arg)
{
	struct grant_table *t = b->self->grants;
	struct gnttab_map_grant_ref *op = arg;
	struct track *r;
	u32 handle;
	int st;

	if (!(op->flags & GNTMAP_KINDS))
		return fail(GNTST_bad_gntref, "flags %x: neither a host nor a device mapping",
			    op->flags);
	spin_lock(&t->lock);
	r = track_alloc(&t->tracks, &handle);
	spin_unlock(&t->lock);
	if (!r)
		return fail(GNTST_no_device_space, "all mapping records are in use");
	st = map_with(b->self, op, r);
	spin_lock(&t->lock);
	if (st)
		track_free(&t->tracks, handle);
	else
		__atomic_store_n(&r->flags, op->flags & MAP_FLAGS, __ATOMIC_RELEASE);
	spin_unlock(&t->lock);
	op->handle = handle;
	return st;
}
