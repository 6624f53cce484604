/* SPDX-License-Identifier: MIT */
/*
 * Copies between pages: each side is a grant, or a frame of the caller's own. Both ends are held by
 * references while the bytes move; the destination by a writable one, so no page table can be
 * written by a copy.
 */
#include <grant/table.h>

#include <lib/string.h>
#include <x86/budget.h>
#include <x86/paging.h>

#define COPY_STEP 64 /* bytes that a look pays for */

/* A frame of the caller's own, which no grant stands for. */
static int own_frame_get_mapping(struct domain *self, const struct gnttab_copy_ptr *p, bool write,
				 struct grant_pin *pin)
{
	if (p->domid != DOMID_SELF && p->domid != self->id)
		return refuse(GNTST_permission_denied, "a frame of d%u without a grant", p->domid);

	*pin = (struct grant_pin){ .write = write, .frame = frame_of(MFN(p->u.gmfn)) };
	if (!pin->frame || frame_get_mapping(pin->frame, self, write))
		return refuse(GNTST_bad_page, "frame %#lx is not the caller's to use", p->u.gmfn);

	return GNTST_okay;
}

static int side_hold(struct domain *self, const struct gnttab_copy_ptr *p, bool is_ref, bool write,
		     struct grant_pin *pin)
{
	if (is_ref)
		return grant_pin_get(self, p->domid, p->u.ref, write, pin);

	return own_frame_get_mapping(self, p, write, pin);
}

static u8 *side_at(const struct grant_pin *pin, u16 offset)
{
	u8 *page = mfn_to_virt(frame_mfn(pin->frame));

	return page + offset;
}

static bool leaves_page(u16 offset, u16 len)
{
	return (u32)offset + len > PAGE_SIZE;
}

int op_grant_copy(struct grant_batch *b, struct gnttab_copy *op)
{
	u16 from_at = op->source.offset;
	u16 to_at = op->dest.offset;
	struct grant_pin from, to;
	int status;

	if (leaves_page(from_at, op->len) || leaves_page(to_at, op->len))
		return refuse(GNTST_bad_copy_arg, "%u bytes from offset %u to %u leave a page",
			      op->len, from_at, to_at);

	status = side_hold(b->self, &op->source, op->flags & GNTCOPY_source_gref, false, &from);
	if (status)
		return status;

	status = side_hold(b->self, &op->dest, op->flags & GNTCOPY_dest_gref, true, &to);
	if (status) {
		grant_pin_put(&from);
		return status;
	}

	budget_charge(op->len / COPY_STEP);
	memmove(side_at(&to, to_at), side_at(&from, from_at), op->len);
	grant_pin_put(&to);
	grant_pin_put(&from);
	return GNTST_okay;
}
