/* SPDX-License-Identifier: MIT */
/*
 * Unmapping grants, a batch at a time: first the page-table entries go, then one flush makes sure
 * that no CPU can reach the frames any more, and only then the granters see their entries unpinned.
 */
#include <grant/table.h>

#include <ptable/ptable.h>
#include <x86/cpu.h>
#include <x86/paging.h>

/* What a batch works on; op->status says how far each element came. */
struct unmap_batch {
	struct domain *self;
	struct gnttab_unmap_grant_ref *op;
	u32 n;
	struct unmapping {
		struct maptrack_record *record; /* busy; NULL: the handle is not in use */
		u32 left;                       /* mappings of the handle that stay */
		struct grant_pin pin;
	} of[GRANT_BATCH];
};

/* The records are busy from now on, so that no other vcpu unmaps them too. */
static void records_claim(struct unmap_batch *b)
{
	struct grant_table *t = b->self->grants;

	spin_lock(&t->lock);
	for (u32 i = 0; i < b->n; i++) {
		struct unmapping *u = &b->of[i];

		u->record = maptrack_find(&t->maptrack, b->op[i].handle);
		if (!u->record) {
			b->op[i].status = refuse(GNTST_bad_handle, "handle %u is not in use",
						 b->op[i].handle);
			continue;
		}

		b->op[i].status = GNTST_okay;
		u->left = u->record->flags;
		u->record->flags |= MAPTRACK_BUSY;
	}
	spin_unlock(&t->lock);
}

static void pins_find(struct unmap_batch *b)
{
	struct grant_run run = { .self = b->self };

	for (u32 i = 0; i < b->n; i++)
		if (b->of[i].record)
			grant_run_pin_of(&run, b->of[i].record, &b->of[i].pin);
	grant_run_end(&run);
}

/* Unmaps what @op names of @u's mappings; u->left is what stays of them then. */
static int unmap_named(struct ptable_grants *g, const struct gnttab_unmap_grant_ref *op,
		       struct unmapping *u)
{
	const struct grant_mapping made = { .entry = u->record->entry,
					    .frame = frame_mfn(u->pin.frame),
					    .write = u->pin.write };
	u32 *flags = &u->left;
	bool device = op->dev_bus_addr && *flags & GNTMAP_device_map;
	bool host = op->host_addr && *flags & GNTMAP_host_map;

	if (device && op->dev_bus_addr != mfn_to_maddr(made.frame))
		return refuse(GNTST_bad_dev_addr, "bus address %#lx is not that of frame %#lx",
			      op->dev_bus_addr, made.frame.n);

	if (host) {
		if (ptable_grant_unmap(g, op->host_addr, *flags & GNTMAP_contains_pte, &made))
			return GNTST_general_error; /* the reason is in the log */

		*flags &= ~GNTMAP_host_map;
	}

	if (device)
		*flags &= ~GNTMAP_device_map;

	return GNTST_okay;
}

static void mappings_end(struct unmap_batch *b)
{
	struct ptable_grants g;
	u32 ended = 0;

	ptable_grants_begin(&g, current());
	for (u32 i = 0; i < b->n; i++) {
		if (!b->of[i].record)
			continue;

		b->op[i].status = unmap_named(&g, &b->op[i], &b->of[i]);
		if (!b->op[i].status)
			ended++;
	}
	ptable_grants_end(&g);

	if (ended)
		vcpus_flush(b->self, ~0ul, false, 0);
}

/* Gives the records back with what is still mapped, or frees them. */
static void records_give_back(struct unmap_batch *b)
{
	struct grant_table *t = b->self->grants;

	spin_lock(&t->lock);
	for (u32 i = 0; i < b->n; i++) {
		struct maptrack_record *r = b->of[i].record;

		if (!r)
			continue;

		assert(r->flags & MAPTRACK_BUSY);
		if (b->of[i].left & GNTMAP_KINDS)
			r->flags = b->of[i].left;
		else
			maptrack_release(&t->maptrack, b->op[i].handle);
	}
	spin_unlock(&t->lock);
}

static void pins_put(struct unmap_batch *b)
{
	struct grant_run run = { .self = b->self };

	for (u32 i = 0; i < b->n; i++)
		if (b->of[i].record && !(b->of[i].left & GNTMAP_KINDS))
			grant_run_unpin(&run, &b->of[i].pin);
	grant_run_end(&run);
}

void op_grant_unmap_grant_ref(struct domain *self, struct gnttab_unmap_grant_ref *op, u32 n)
{
	struct unmap_batch b;

	/* The array is filled step by step. */
	b.self = self;
	b.op = op;
	b.n = n;

	records_claim(&b);
	pins_find(&b);
	mappings_end(&b);
	records_give_back(&b);
	pins_put(&b);
}
