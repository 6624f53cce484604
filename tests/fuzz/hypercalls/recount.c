/* SPDX-License-Identifier: MIT */
/*
 * What the frames' words should be, counted from all that refers to frames: tables in use, roots,
 * descriptor tables, pins, grants that are mapped, moved vcpu_infos; with no help of the code under
 * test.
 */
#include "recount.h"

#include <grant/table.h>
#include <x86/features.h>
#include <x86/spec.h>

#include <string.h>

#define DESC_PAGES(entries) (((entries) + DESC_PER_PAGE - 1) / DESC_PER_PAGE)

struct count {
	u16 plain, typed;
	u8 type;
};
static struct count counts[FRAMES];

static u32 id_of(const struct domain *d)
{
	must(d->id < DOMAINS, "a domain %u", d->id);
	return d->id;
}

/* --- references ------------------------------------------------------------------------------ */

static void count_type(u64 m, enum ftype t, const char *who)
{
	must(m < FRAMES && frame_table[m].state, "%s refers to frame %#lx, which is nobody's", who,
	     m);
	must(!counts[m].typed || counts[m].type == t, "%s: frame %#lx has types %d and %d", who, m,
	     counts[m].type, t);
	counts[m].typed++;
	counts[m].type = t;
}

/*
 * All mappings of a frame cache it the same way, those by a grant too; if its owner has no devices
 * that is write-back.
 */
static void cache_check(const struct domain *d, pte_t e)
{
	u64 m = pte_mfn(e).n;
	const struct domain *owner = frame_table[m].owner;
	bool devices = d->privileged || (owner && owner->privileged);

	must(pte_cache(e) == frame_cache(&frame_table[m]) && (devices || !pte_cache(e)),
	     "d%u maps frame %#lx cached as %u, which is cached as %u", d->id, m, pte_cache(e),
	     frame_cache(&frame_table[m]));
}

static void count_mapping(const struct domain *d, pte_t e)
{
	u64 m = pte_mfn(e).n;

	cache_check(d, e);

	if (e & PTE_RW)
		count_type(m, FT_WRITABLE, "a mapping");
	else
		counts[m].plain++;

	if (frame_table[m].owner != d) {
		abroad[d->id][m].mapped++;
		abroad[d->id][m].written += !!(e & PTE_RW);
	}
}

static void count_entry(const struct frame *table, pte_t e, u32 level)
{
	const struct domain *d = table->owner;
	u64 t = frame_mfn(table).n, m = pte_mfn(e).n;

	/* Its last reference became its teardown. This table may have been refused for it. */
	if (level > 1 && m < FRAMES && (frame_table[m].flags & FRAME_UNDO))
		return;

	must((e & PTE_U) && !(e & PTE_G) && (level == 1 || !(e & PTE_PSE)),
	     "L%u entry %#lx of table %#lx has flags that it may not have", level, e, t);
	must(!(e & PTE_ADDR & ~((1ul << features.phys_bits) - 1)), "L%u entry %#lx of table %#lx",
	     level, e, t);

	/* Device memory, which only dom0 may map. */
	if (level == 1 && !frame_of(MFN(m))) {
		must(d->privileged, "L1 entry %#lx of table %#lx maps no RAM", e, t);
		return;
	}

	must(m < FRAMES && frame_table[m].state, "L%u entry %#lx of table %#lx: a free frame",
	     level, e, t);
	if (level == 1) {
		count_mapping(d, e);
		return;
	}

	must(!(e & PTE_CACHE), "L%u entry %#lx of table %#lx is not write-back", level, e, t);
	must(frame_table[m].owner == d, "L%u entry %#lx of table %#lx: another domain's table",
	     level, e, t);

	count_type(m, (enum ftype)(level - 1), "an entry");
}

/* A processor with L1TF reads what an absent entry names. */
static void count_absent(const struct frame *table, pte_t e)
{
	u64 m = (e & PTE_ADDR & ((1ul << features.phys_bits) - 1)) >> PAGE_SHIFT;

	must(!m || m >= FRAMES || table->owner->privileged || !spec_uses(DEFENCE_L1TF),
	     "the absent entry %#lx of table %#lx names memory", e, frame_mfn(table).n);
}

static void count_table(const struct frame *f, u32 level)
{
	const pte_t *t = mfn_to_virt(frame_mfn(f));
	bool changing = FS_HAS(f->state, FS_CHANGING);
	u32 end = entries_of(f);
	struct reach *r = &reach[id_of(f->owner)];

	for (u32 i = next_entry(t, 0, end); i < end; i = next_entry(t, i + 1, end)) {
		if (is_ours(i, level)) {
			must(changing || t[i] == f->owner->map.slots[i - HV_SLOT_FIRST],
			     "slot %u of L4 %#lx is not ours any more", i, frame_mfn(f).n);
			continue;
		}
		if (!(t[i] & PTE_P)) {
			count_absent(f, t[i]);
			continue;
		}
		count_entry(f, t[i], level);
		reach_entry(r, t[i], level);
	}
}

/* No gate, no system segment, nothing of ring 0. */
static void count_descriptors(u64 m)
{
	const u64 *t = mfn_to_virt(MFN(m));

	for (u32 i = 0; i < DESC_PER_PAGE; i++) {
		bool present = t[i] >> 47 & 1, segment = t[i] >> 44 & 1;
		u64 ring = t[i] >> 45 & 3, type = t[i] >> 40 & 0x1f;

		must(!present || !type || (segment && ring == 3),
		     "descriptor %u of page %#lx: %#lx", i, m, t[i]);
	}
}

static void count_vcpu(const struct vcpu *v)
{
	if (mfn_valid(v->roots.kernel))
		count_type(v->roots.kernel.n, FT_L4, "a kernel's root");
	if (mfn_valid(v->roots.user))
		count_type(v->roots.user.n, FT_L4, "a user part's root");

	for (u32 i = 0; i < DESC_PAGES(v->desc.gdt_entries); i++)
		count_type(v->desc.gdt_frame[i].n, FT_DESC, "a GDT");
	for (u32 i = 0; i < LDT_PAGES && v->desc.ldt_entries; i++)
		if (mfn_valid(v->desc.ldt_frame[i]))
			count_type(v->desc.ldt_frame[i].n, FT_DESC, "an LDT");

	if (v->info_frame)
		count_type(frame_mfn(v->info_frame).n, FT_WRITABLE, "a vcpu_info");
}

/* --- grants ---------------------------------------------------------------------------------- */

static u64 pins[DOMAINS]; /* by granter */

/* A mapped grant pins its entry, which holds the frame. */
static void count_handle(const struct domain *d, const struct maptrack_record *r)
{
	const struct active_entry *a = table_active(r->granter->grants, r->ref);
	bool write = !(r->flags & GNTMAP_readonly), host = r->flags & GNTMAP_host_map;
	struct abroad *b = &abroad[d->id][a->frame];

	must(a->grantee == d->id, "d%u maps grant %u of d%u, which is d%u's", d->id, r->ref,
	     r->granter->id, a->grantee);
	must(write ? a->writers : a->readers + a->writers, "a mapped grant %u of d%u is not pinned",
	     r->ref, r->granter->id);
	pins[id_of(r->granter)]++;

	if (write)
		count_type(a->frame, FT_WRITABLE, "a grant");
	else
		counts[a->frame].plain++;

	b->granted += host;
	b->granted_write += host && write;
}

static void count_handles(const struct domain *d)
{
	const struct maptrack *t = &d->grants->maptrack;
	u32 left = t->used;

	for (u32 h = 0; left && h < maptrack_handles(t); h++) {
		const struct maptrack_record *r = maptrack_find(t, h);

		if (!r)
			continue;
		count_handle(d, r);
		left--;
	}
	must(!left, "d%u has %u grant handles that are lost", d->id, left);
}

/* --- domains --------------------------------------------------------------------------------- */

static void count_domain(const struct domain *d)
{
	for (u32 i = 0; i < d->max_vcpus; i++)
		if (d->vcpu[i])
			count_vcpu(d->vcpu[i]);
	if (d->grants)
		count_handles(d);
	reach_roots(d, &reach[id_of(d)]);
	must(d->frames.count == d->tot_pages, "d%u has %lu frames on its list, and %lu counted",
	     d->id, d->frames.count, d->tot_pages);
}

static void domains_count(void)
{
	memset(pins, 0, sizeof(pins));
	for (struct domain *d = domain_next(0); d; d = domain_next_put(d))
		count_domain(d);

	for (struct domain *d = domain_next(0); d; d = domain_next_put(d))
		must(!d->grants || d->grants->pins == pins[d->id],
		     "d%u's grants have %lu pins, %lu are due", d->id, d->grants->pins,
		     pins[d->id]);
}

/* --- the frames' words ----------------------------------------------------------------------- */

static void frame_compare(u64 m)
{
	const struct frame *f = &frame_table[m];
	fstate_t s = f->state;
	bool changing = FS_HAS(s, FS_CHANGING), stopped = f->flags & (FRAME_PARTIAL | FRAME_UNDO);
	u64 typed = counts[m].typed + FS_HAS(s, FS_PINNED) + changing;
	u64 all = typed + FS_HAS(s, FS_ALLOCATED) + counts[m].plain;

	must(FS_TREFS(s) == typed, "frame %#lx has %lu type references, %lu are due (word %#lx)", m,
	     FS_TREFS(s), typed, s);
	must(FS_REFS(s) == all, "frame %#lx has %lu references, %lu are due (word %#lx)", m,
	     FS_REFS(s), all, s);
	must(!typed || !counts[m].typed || counts[m].type == state_type(s),
	     "frame %#lx is used as type %d (word %#lx)", m, counts[m].type, s);
	must(changing == stopped, "frame %#lx is half changed (word %#lx, flags %#x)", m, s,
	     f->flags);
	must(!(f->flags & FRAME_UNDO) || f->owner->pt.pending, "frame %#lx is left half undone", m);

	if (!typed || state_type(s) == FT_WRITABLE)
		return;
	must(!frame_cache(f), "frame %#lx is trusted, and not write-back", m);
	if (state_type(s) == FT_DESC)
		count_descriptors(m);
}

static void frames_compare(void)
{
	u64 has[DOMAINS] = { 0 }, shared[DOMAINS] = { 0 };
	const u64 *m2p = (const u64 *)M2P_RW_VIRT;

	for (u64 m = FIRST_FRAME; m < FRAMES; m++) {
		const struct frame *f = &frame_table[m];

		if (!f->state) {
			must(!counts[m].plain && !counts[m].typed, "free frame %#lx is in use", m);
			must(m2p[m] == PFN_NONE.n, "free frame %#lx is pfn %#lx in the m2p", m,
			     m2p[m]);
			must(!frame_cache(f), "free frame %#lx is not write-back", m);
			continue;
		}
		frame_compare(m);
		if (f->flags & FRAME_SHARED)
			shared[id_of(f->owner)]++;
		else
			has[id_of(f->owner)]++;
	}

	for (struct domain *d = domain_next(0); d; d = domain_next_put(d))
		must(d->tot_pages == has[d->id] && d->shared_pages == shared[d->id],
		     "d%u has %lu and %lu frames, %lu and %lu are counted", d->id, has[d->id],
		     shared[d->id], d->tot_pages, d->shared_pages);
}

static void seldom_check(void)
{
	for (struct domain *d = domain_next(0); d; d = domain_next_put(d)) {
		events_check(d);
		ours_check(d);
	}
}

void recount(bool all)
{
	memset(counts, 0, sizeof(counts));
	memset(abroad, 0, sizeof(abroad));
	memset(reach, 0, sizeof(reach));

	for (u64 m = FIRST_FRAME; m < FRAMES; m++) {
		u32 level = level_of(&frame_table[m]);

		if (level)
			count_table(&frame_table[m], level);
	}
	domains_count();
	frames_compare();

	for (struct domain *d = domain_next(0); d; d = domain_next_put(d))
		abroad_check(d);
	if (all)
		seldom_check();
	cpus_check();
	tlbs_check();
	tlbs_fill();
}
