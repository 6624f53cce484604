/* SPDX-License-Identifier: MIT */
/*
 * Mapping grants, a batch at a time, in steps that each take one lock once:
 *
 *   1. a maptrack record for each handle, busy from now on        the grantee's lock
 *   2. a pin of each entry                                        the granters'
 *   3. the page-table entries, which take references of their own pt.lock
 *   4. the records are mapped, or free again                      the grantee's
 *
 * An element that fails in a step takes no part in the next ones; what it had is given back.
 */
#include <grant/table.h>

#include <ptable/ptable.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define MAP_FLAGS (GNTMAP_KINDS | GNTMAP_readonly | GNTMAP_application_map | GNTMAP_contains_pte)

/* The first of the page-table entry's bits that are left to software. */
#define PTE_AVAIL_SHIFT 9

/* What a batch works on; op->status says how far each element came. */
struct map_batch {
	struct domain *self;
	struct gnttab_map_grant_ref *op;
	u32 n;
	struct maptrack_record *record[GRANT_BATCH]; /* NULL: the element has none */
	struct grant_pin pin[GRANT_BATCH];           /* of those that have come so far */
};

/* The page-table entry's flags. The guest may ask for some of the bits left to software. */
static u64 entry_flags(u32 flags)
{
	u64 avail = (u64)(flags >> _GNTMAP_guest_avail0) << PTE_AVAIL_SHIFT;
	u64 pte = PTE_P | PTE_U | PTE_A | PTE_D | (avail & PTE_AVAIL);

	if (!(flags & GNTMAP_readonly))
		pte |= PTE_RW;

	return pte;
}

static int record_take(struct maptrack *m, struct gnttab_map_grant_ref *op,
		       struct maptrack_record **record)
{
	if (!(op->flags & GNTMAP_KINDS))
		return refuse(GNTST_bad_gntref, "flags %#x ask for no host and no device mapping",
			      op->flags);

	*record = maptrack_take(m, &op->handle);
	if (!*record)
		return refuse(GNTST_no_device_space, "all maptrack handles are in use");

	return GNTST_okay;
}

static void records_take(struct map_batch *b)
{
	struct grant_table *t = b->self->grants;

	spin_lock(&t->lock);
	for (u32 i = 0; i < b->n; i++) {
		b->record[i] = NULL;
		b->op[i].status = record_take(&t->maptrack, &b->op[i], &b->record[i]);
	}
	spin_unlock(&t->lock);
}

static void pins_get(struct map_batch *b)
{
	struct grant_run run = { .self = b->self };

	for (u32 i = 0; i < b->n; i++) {
		struct gnttab_map_grant_ref *op = &b->op[i];

		if (!op->status)
			op->status = grant_run_pin(&run, op->dom, op->ref,
						   !(op->flags & GNTMAP_readonly), &b->pin[i]);
	}
	grant_run_end(&run);
}

/* Fills the record, which has the pin from here on. */
static int mapping_make(struct ptable_grants *g, struct gnttab_map_grant_ref *op,
			const struct grant_pin *pin, struct maptrack_record *r)
{
	struct grant_mapping made = { .frame = frame_mfn(pin->frame) };
	int rc;

	if (op->flags & GNTMAP_host_map) {
		rc = ptable_grant_map(g, op->host_addr, op->flags & GNTMAP_contains_pte,
				      entry_flags(op->flags), &made);
		if (rc)
			return GNTST_general_error; /* the reason is in the log */
	}

	op->dev_bus_addr = mfn_to_maddr(made.frame);
	r->granter = pin->granter;
	r->ref = pin->ref;
	r->entry = made.entry;
	return GNTST_okay;
}

static void mappings_make(struct map_batch *b)
{
	struct ptable_grants g;
	u64 failed = 0; /* a bit each */

	ptable_grants_begin(&g, current());
	for (u32 i = 0; i < b->n; i++) {
		struct gnttab_map_grant_ref *op = &b->op[i];

		if (op->status)
			continue;

		op->status = mapping_make(&g, op, &b->pin[i], b->record[i]);
		if (op->status)
			failed |= 1ul << i;
	}
	ptable_grants_end(&g);

	for (; failed; failed &= failed - 1)
		grant_pin_put(&b->pin[__builtin_ctzl(failed)]);
}

static void records_finish(struct map_batch *b)
{
	struct grant_table *t = b->self->grants;

	spin_lock(&t->lock);
	for (u32 i = 0; i < b->n; i++) {
		struct gnttab_map_grant_ref *op = &b->op[i];
		struct maptrack_record *r = b->record[i];

		if (!r)
			continue;

		assert(r->flags == MAPTRACK_BUSY);
		if (op->status)
			maptrack_release(&t->maptrack, op->handle);
		else
			__atomic_store_n(&r->flags, op->flags & MAP_FLAGS, __ATOMIC_RELEASE);
	}
	spin_unlock(&t->lock);
}

void op_grant_map_grant_ref(struct domain *self, struct gnttab_map_grant_ref *op, u32 n)
{
	struct map_batch b;

	/* The arrays are filled step by step. */
	b.self = self;
	b.op = op;
	b.n = n;

	records_take(&b);
	pins_get(&b);
	mappings_make(&b);
	records_finish(&b);
}
