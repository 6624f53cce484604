/* SPDX-License-Identifier: MIT */
/*
 * Copies between pages, a batch at a time: each side is a grant, or a frame of the caller's own.
 * Both ends of all are held by references while the bytes move; the destinations by writable ones,
 * so no page table can be written by a copy.
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

static bool leaves_page(u16 offset, u16 len)
{
	return (u32)offset + len > PAGE_SIZE;
}

static int copy_check(const struct gnttab_copy *op)
{
	if (leaves_page(op->source.offset, op->len) || leaves_page(op->dest.offset, op->len))
		return refuse(GNTST_bad_copy_arg, "%u bytes from offset %u to %u leave a page",
			      op->len, op->source.offset, op->dest.offset);

	return GNTST_okay;
}

static int side_hold(struct grant_run *run, const struct gnttab_copy_ptr *p, bool is_ref,
		     bool write, struct grant_pin *pin)
{
	if (is_ref)
		return grant_run_pin(run, p->domid, p->u.ref, write, pin);

	return own_frame_get_mapping(run->self, p, write, pin);
}

static u8 *side_at(const struct grant_pin *pin, u16 offset)
{
	u8 *page = mfn_to_virt(frame_mfn(pin->frame));

	return page + offset;
}

/* What a batch works on. A side that is not held has no frame. */
struct copy_batch {
	struct domain *self;
	struct gnttab_copy *op;
	u32 n;
	struct grant_pin from[GRANT_BATCH], to[GRANT_BATCH];
};

static void sources_hold(struct copy_batch *b)
{
	struct grant_run run = { .self = b->self };

	for (u32 i = 0; i < b->n; i++) {
		struct gnttab_copy *op = &b->op[i];

		op->status = copy_check(op);
		if (!op->status)
			op->status = side_hold(&run, &op->source, op->flags & GNTCOPY_source_gref,
					       false, &b->from[i]);
		if (op->status)
			b->from[i].frame = NULL;
	}
	grant_run_end(&run);
}

static void dests_hold(struct copy_batch *b)
{
	struct grant_run run = { .self = b->self };

	for (u32 i = 0; i < b->n; i++) {
		struct gnttab_copy *op = &b->op[i];

		if (!op->status)
			op->status = side_hold(&run, &op->dest, op->flags & GNTCOPY_dest_gref, true,
					       &b->to[i]);
		if (op->status)
			b->to[i].frame = NULL;
	}
	grant_run_end(&run);
}

static void sides_put(const struct grant_pin *pins, u32 n)
{
	struct grant_run run = { .self = NULL };

	for (u32 i = 0; i < n; i++)
		if (pins[i].frame)
			grant_run_unpin(&run, &pins[i]);
	grant_run_end(&run);
}

void op_grant_copy(struct domain *self, struct gnttab_copy *op, u32 n)
{
	struct copy_batch b;

	/* The arrays are filled step by step. */
	b.self = self;
	b.op = op;
	b.n = n;

	sources_hold(&b);
	dests_hold(&b);
	for (u32 i = 0; i < n; i++) {
		if (op[i].status)
			continue;

		budget_charge(op[i].len / COPY_STEP);
		memmove(side_at(&b.to[i], op[i].dest.offset),
			side_at(&b.from[i], op[i].source.offset), op[i].len);
	}
	sides_put(b.to, n);
	sides_put(b.from, n);
}
