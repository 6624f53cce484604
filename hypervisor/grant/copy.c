/* SPDX-License-Identifier: MIT */
/*
 * Copies between pages: each side is a grant, or a frame of the caller's own. Both ends are held by references
 * while the bytes move; the destination by a writable one, so no page table can be written by a copy.
 */
#include <grant/table.h>

#include <lib/fail.h>
#include <lib/string.h>
#include <x86/cpu.h>
#include <x86/paging.h>

static int side_hold(struct domain *self, const struct gnttab_copy_ptr *p, bool is_ref, bool write,
		     struct grant_use *u)
{
	if (is_ref)
		return grant_use_begin(self, p->domid, p->u.ref, write, u);
	if (p->domid != DOMID_SELF && p->domid != self->id)
		return fail(GNTST_permission_denied, "a frame of domain %u named without a grant",
			    p->domid);
	*u = (struct grant_use){ .write = write, .frame = frame_of(MFN(p->u.gmfn)) };
	if (!u->frame || frame_hold(u->frame, self, write))
		return fail(GNTST_bad_page, "frame %lx is not the caller's to %s", p->u.gmfn,
			    write ? "write" : "read");
	return GNTST_okay;
}

static u8 *side_at(const struct grant_use *u, u16 offset)
{
	return (u8 *)mfn_to_virt(frame_mfn(u->frame)) + offset;
}

int grant_op_copy(struct grant_batch *b, void *arg)
{
	const struct gnttab_copy *op = arg;
	u32 from_at = op->source.offset, to_at = op->dest.offset, n = op->len;
	struct grant_use from, to;
	int st;

	if (from_at + n > PAGE_SIZE || to_at + n > PAGE_SIZE)
		return fail(GNTST_bad_copy_arg, "%u bytes from offset %u to %u leave a page", n,
			    from_at, to_at);
	st = side_hold(b->self, &op->source, op->flags & GNTCOPY_source_gref, false, &from);
	if (st)
		return st;
	st = side_hold(b->self, &op->dest, op->flags & GNTCOPY_dest_gref, true, &to);
	if (!st) {
		memmove(side_at(&to, to_at), side_at(&from, from_at), n);
		grant_use_end(&to);
	}
	grant_use_end(&from);
	return st;
}
