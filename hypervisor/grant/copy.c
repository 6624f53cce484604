/* SPDX-License-Identifier: MIT */
/*
 * Copies between pages: each side is a grant, or a frame of the caller's own. Both ends are held by
 * references while the bytes move; for the destination a writable one, so no page table can be
 * written by a copy.
 */
#include <grant/table.h>

#include <lib/fail.h>
#include <lib/string.h>
#include <x86/cpu.h>
#include <x86/paging.h>

/* One side, held. */
struct side {
	struct grant_use use; /* granter NULL: an own frame */
	bool held;
};

static int own_hold(struct domain *self, u64 gmfn, bool write, struct side *s)
{
	struct frame *f = frame_of(MFN(gmfn));

	if (!f || (write ? frame_get_writable_of(f, self) != 0 : !frame_get(f, self)))
		return fail(GNTST_bad_page, "frame %lx is not the caller's to %s", gmfn,
			    write ? "write" : "read");
	s->use = (struct grant_use){ NULL, 0, write, f };
	return GNTST_okay;
}

static int side_hold(struct domain *self, const struct gnttab_copy_ptr *p, bool is_ref, bool write,
		     struct side *s)
{
	struct domain *d;
	int st;

	if (!is_ref) {
		if (p->domid != DOMID_SELF && p->domid != self->id)
			return fail(GNTST_permission_denied,
				    "a frame of domain %u named without a grant", p->domid);
		st = own_hold(self, p->u.gmfn, write, s);
	} else {
		d = grant_domain_get(self, p->domid);
		if (!d)
			return fail(GNTST_bad_domain, "no domain %u", p->domid);
		st = grant_use_begin(d, p->u.ref, self->id, write, &s->use);
		domain_put(d);
	}
	s->held = !st;
	return st;
}

static void side_drop(const struct side *s)
{
	if (!s->held)
		return;
	if (s->use.granter)
		grant_use_end(&s->use);
	else if (s->use.write)
		frame_put_writable(s->use.frame);
	else
		frame_put(s->use.frame);
}

static u8 *side_at(const struct side *s, u16 offset)
{
	return (u8 *)mfn_to_virt(frame_mfn(s->use.frame)) + offset;
}

static int copy_one(struct domain *self, const struct gnttab_copy *op)
{
	struct side from = { 0 }, to = { 0 };
	int st;

	if ((u32)op->source.offset + op->len > PAGE_SIZE ||
	    (u32)op->dest.offset + op->len > PAGE_SIZE)
		return fail(GNTST_bad_copy_arg, "%u bytes from offset %u to %u leave a page",
			    op->len, op->source.offset, op->dest.offset);
	st = side_hold(self, &op->source, op->flags & GNTCOPY_source_gref, false, &from);
	if (!st)
		st = side_hold(self, &op->dest, op->flags & GNTCOPY_dest_gref, true, &to);
	if (!st)
		memmove(side_at(&to, op->dest.offset), side_at(&from, op->source.offset), op->len);
	side_drop(&to);
	side_drop(&from);
	return st;
}

void grant_op_copy(struct domain *self, void *arg)
{
	struct gnttab_copy *op = arg;

	op->status = copy_one(self, op);
}
