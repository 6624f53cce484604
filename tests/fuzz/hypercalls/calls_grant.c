/* SPDX-License-Identifier: MIT */
/* Calls about grants, and the entries that guests write. A grant that works was given. */
#include "call.h"

#include <grant/table.h>

#define LIST    3u
#define REFS    12u /* that are used */
#define HANDLES 10u

static u32 pick_ref(struct call *c)
{
	u8 how = pick(c);

	if (how < 240)
		return how % REFS;
	if (how < 250)
		return ENTRIES_PER_FRAME - 2 + how % 4;
	return 2 * ENTRIES_PER_FRAME - 1 + how % 4;
}

/* One that domain @granter gave the caller, if it did. */
static u32 pick_given(struct call *c, u32 granter)
{
	const struct domain *d = world_domain(granter);
	u32 ref = pick_ref(c);

	if (!d || !d->grants || d->grants->dead || ref >= REFS)
		return ref;

	for (u32 i = 0; i < REFS; i++) {
		u32 next = (ref + i) % REFS;
		const struct grant_entry_v1 *e = table_shared(d->grants, next);

		if (e->domid == c->id && (e->flags & GTF_type_mask) == GTF_permit_access)
			return next;
	}

	return ref;
}

void guest_grants(struct call *c)
{
	const struct grant_table *t = c->v->dom->grants;
	struct grant_entry_v1 *e;
	u32 ref = pick_ref(c);
	u64 m = pick_frame(c, c->id, 0);
	u8 how = pick(c);

	if (t->dead || ref >= table_entries(t))
		return;

	e = table_shared(t, ref);
	*e = (struct grant_entry_v1){
		.flags = how < 200 ? GTF_permit_access | (how & 4) : (u16)how,
		.domid = how % 8 < DOMAINS ? how % 8 : pick_other(c),
		.frame = (u32)m,
	};
	if (m < FRAMES && !(e->flags & GTF_readonly))
		contents_lent[m] = true;
}

static u64 map_where(struct call *c, u32 *flags)
{
	u8 how = pick(c);

	if (how % 4) {
		*flags |= GNTMAP_contains_pte;
		if (how < 160)
			return entry_to(world_frame(c->id, TREE_L1), 8 * pick_slot(c));
		return pick_where(c, c->id, how < 240 ? 1 : how % 5) + (how >= 250 ? how % 8 : 0);
	}
	return pick_va(c);
}

void call_grant_map(struct call *c)
{
	u32 n = 1 + pick_of(c, LIST);
	struct gnttab_map_grant_ref *list = pick_room(c, n * sizeof(*list));

	for (u32 i = 0; i < n; i++) {
		u8 how = pick(c);

		list[i].dom = pick_other(c);
		list[i].ref = pick_given(c, list[i].dom);
		list[i].flags = how < 224 ? GNTMAP_host_map | (how & GNTMAP_readonly) : how;
		list[i].host_addr = map_where(c, &list[i].flags);
	}
	call_set(c, __HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, (u64)list, n, 0);
}

/* Where the handle was mapped, or another one, or anywhere. */
static u64 unmap_where(struct call *c, u32 handle)
{
	const struct maptrack *t = &c->v->dom->grants->maptrack;
	struct maptrack_record *r;
	u32 flags = 0;

	/* Or where another one was. */
	if (pick_of(c, 4) == 3)
		handle = pick_of(c, HANDLES);
	r = maptrack_find(t, handle);

	if (!r || pick(c) >= 200)
		return map_where(c, &flags);
	if (r->flags & GNTMAP_contains_pte)
		return r->entry;

	/* The page at this place of the tree that a domain begins with. */
	return (r->entry & ~PAGE_MASK) / sizeof(u64) << PAGE_SHIFT;
}

void call_grant_unmap(struct call *c)
{
	u32 n = 1 + pick_of(c, LIST);
	struct gnttab_unmap_grant_ref *list = pick_room(c, n * sizeof(*list));

	for (u32 i = 0; i < n; i++) {
		u8 how = pick(c);

		list[i].handle = how < 250 ? how % HANDLES : (u32)pick_number(c);
		list[i].host_addr = how % 16 == 15 ? 0 : unmap_where(c, list[i].handle);
		list[i].dev_bus_addr = how % 32 < 30 ? 0 : pick_frame(c, c->id, 0) << PAGE_SHIFT;
	}
	call_set(c, __HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, (u64)list, n, 0);
}

static void copy_side(struct call *c, bool is_ref, struct gnttab_copy_ptr *p)
{
	u8 how = pick(c);

	p->domid = DOMID_SELF;
	if (is_ref || how >= 250)
		p->domid = pick_other(c);

	if (is_ref)
		p->u.ref = pick_given(c, p->domid);
	else
		p->u.gmfn = pick_frame(c, c->id, how % 5);
	p->offset = 8 * pick_slot(c);
}

void call_grant_copy(struct call *c)
{
	u32 n = 1 + pick_of(c, LIST);
	struct gnttab_copy *list = pick_room(c, n * sizeof(*list));

	for (u32 i = 0; i < n; i++) {
		u8 how = pick(c);

		list[i].flags = how < 250 ? how & 3 : how;
		copy_side(c, list[i].flags & GNTCOPY_source_gref, &list[i].source);
		copy_side(c, list[i].flags & GNTCOPY_dest_gref, &list[i].dest);
		list[i].len = 8 * (how >> 2);
		if (how >= 200)
			list[i].len = (u16)PAGE_SIZE;
		if (how >= 240)
			list[i].len = 21u * how;
	}
	call_set(c, __HYPERVISOR_grant_table_op, GNTTABOP_copy, (u64)list, n, 0);
}

void call_grant_other(struct call *c)
{
	u8 how = pick(c);

	if (how < 128) {
		struct gnttab_setup_table *s = pick_room(c, sizeof(*s));

		s->dom = pick_domid(c);
		s->nr_frames = how % 5;
		s->frame_list.p = pick_room(c, 8 * sizeof(u64));
		call_set(c, __HYPERVISOR_grant_table_op, GNTTABOP_setup_table, (u64)s, 1, 0);
		return;
	}

	struct gnttab_query_size *q = pick_room(c, 64);

	q->dom = pick_domid(c);
	call_set(c, __HYPERVISOR_grant_table_op, how % 14, (u64)q, 1, 0);
}
