/* SPDX-License-Identifier: MIT */
/*
 * Our own part of the address space: hv_l4 with an image, own mappings and all of memory, as boot
 * makes it; and what a guest's tables, or a CPU's TLB, may show of it. The tables below it are in
 * frames that are no RAM to the rooms. No code runs on any of them.
 */
#include "recount.h"

#include <dom/isolation.h>
#include <frame/alloc.h>
#include <frame/ownmap.h>

#include <string.h>

/* Frames below FIRST_FRAME. */
enum {
	GDT_PAGE = 1, /* a page of our descriptors for each CPU */
	IMAGE = 5,    /* secrets, entry text, entry data, secrets */
	OWNMAP_L3 = 9,
	OWNMAP_L2,
	IMAGE_L3,
	IMAGE_L2,
	IMAGE_L1,
	M2P_L3,
	ALL_L3, /* frame table, direct map */
};

#define IMAGE_PAGES 4u

static pte_t *table(u64 m)
{
	return mfn_to_virt(MFN(m));
}

/* --- as boot makes it ------------------------------------------------------------------------ */

static void *ownmap_page(void)
{
	return table(OWNMAP_L2);
}

static void image_make(void)
{
	u64 va = IMAGE_TEXT - PAGE_SIZE;

	hv_l4[pte_index(va, 4)] = pte_make(MFN(IMAGE_L3), PTES_TABLE);
	table(IMAGE_L3)[pte_index(va, 3)] = pte_make(MFN(IMAGE_L2), PTES_TABLE);
	table(IMAGE_L2)[pte_index(va, 2)] = pte_make(MFN(IMAGE_L1), PTES_TABLE);
	for (u32 i = 0; i < IMAGE_PAGES; i++)
		table(IMAGE_L1)[pte_index(va, 1) + i] =
			pte_make(MFN(IMAGE + i), (i == 1 ? PTES_RX : PTES_RW) | PTE_G);
}

void ours_make(void)
{
	struct guestmap first;
	u32 defences = spec_defences;

	for (u64 m = OWNMAP_L3; m <= ALL_L3; m++)
		memset(table(m), 0, PAGE_SIZE);
	for (u32 slot = HV_SLOT_FIRST; slot <= HV_SLOT_LAST; slot++)
		hv_l4[slot] = pte_make(MFN(ALL_L3), PTES_TABLE);
	hv_l4[pte_index(M2P_VIRT, 4)] = pte_make(MFN(M2P_L3), PTES_TABLE | PTE_U);
	hv_l4[pte_index(OWNMAP_VIRT, 4)] = pte_make(MFN(OWNMAP_L3), PTES_TABLE);
	image_make();
	ownmap_init(table(OWNMAP_L3), ownmap_page);

	/* What is made once, and stays. */
	spec_defences = SPEC_BIT(DEFENCE_ISOLATION);
	guestmap_init();
	isolation_init();
	must(!guestmap_make(&first) && !guestmap_window_make(&first, 0), "the first window");
	guestmap_window_free(&first, 0);
	guestmap_free(&first);
	spec_defences = defences;
}

u64 ours_gdt_page(u32 cpu)
{
	return GDT_PAGE + cpu;
}

/* --- what guests are shown ------------------------------------------------------------------- */

/* A page of ours that the tables of @d map. */
struct shown {
	const struct domain *d;
	u64 va;
	pte_t e;
};

static bool is_page(const struct shown *s, u64 m, u64 flags)
{
	return (s->e & ~(PTE_G | PTE_U)) == pte_make(MFN(m), flags);
}

/* Of the image the entries' code and data. */
static bool image_allows(const struct shown *s)
{
	if (s->va == IMAGE_TEXT)
		return is_page(s, IMAGE + 1, PTES_RX);

	return s->va == IMAGE_DATA && is_page(s, IMAGE + 2, PTES_RW);
}

/* A page of a descriptor window, which shows @have, or zeros. */
static bool window_allows(const struct shown *s, mfn_t have)
{
	if (mfn_valid(have) && is_page(s, have.n, PTES_RW))
		return true;

	return (s->e & PTE_ADDR) == (IMAGE_MADDR(zero_page) & PTE_ADDR & PAGE_MASK) &&
	       !(s->e & PTE_RW);
}

static bool vcpu_allows(const struct shown *s, const struct vcpu *v, u32 page)
{
	u64 m = pte_mfn(s->e).n;

	if (page < GDT_GUEST_PAGES)
		return window_allows(s, v->desc.gdt_frame[page]);
	if (page == GDT_RESERVED_PAGE)
		return m >= GDT_PAGE && m < GDT_PAGE + CPUS;
	if (page >= WINDOW_LDT_PAGE && page < WINDOW_LDT_PAGE + LDT_PAGES)
		return is_page(s, v->desc.ldt_frame[page - WINDOW_LDT_PAGE].n, PTES_RW);
	if (page == WINDOW_STUB_PAGE)
		return !(s->e & PTE_RW) && !frame_table[m].state;
	if (page == WINDOW_ENTRY_PAGE)
		return is_page(s, virt_to_mfn(v->entry_memory).n, PTES_RW);

	/* The old one stays there until the vcpu has another and runs. */
	if (page == WINDOW_INFO_PAGE)
		return s->d->dying || (frame_table[m].state && frame_table[m].owner == s->d);
	return false;
}

static bool ownmap_allows(const struct shown *s)
{
	u64 at = s->va - guestmap_window(&s->d->map, 0);
	const struct vcpu *v;

	if (s->va < guestmap_window(&s->d->map, 0))
		return false;

	v = at / WINDOW_SIZE < s->d->max_vcpus ? s->d->vcpu[at / WINDOW_SIZE] : NULL;
	return v && vcpu_allows(s, v, at % WINDOW_SIZE / PAGE_SIZE);
}

static void page_check(const struct shown *s)
{
	bool allowed = pte_index(s->va, 4) == pte_index(IMAGE_VIRT, 4) ? image_allows(s)
								       : ownmap_allows(s);

	must(allowed && !(s->e & PTE_U), "d%u's tables show %#lx by the entry %#lx", s->d->id,
	     s->va, s->e);
}

/* All that entry @e of a table of this level reaches, from @va up. */
static void entry_check(const struct domain *d, u64 va, pte_t e, u32 level)
{
	const struct shown s = { d, va, e };
	u64 m = pte_mfn(e).n;
	const pte_t *t;

	if (level == 1) {
		page_check(&s);
		return;
	}

	t = table(m);
	must(m < FRAMES && !frame_table[m].state, "d%u's tables use %#lx as ours, for %#lx", d->id,
	     m, va);
	for (u32 i = next_entry(t, 0, PTE_COUNT); i < PTE_COUNT;
	     i = next_entry(t, i + 1, PTE_COUNT))
		entry_check(d, va + i * (PAGE_SIZE << 9 * (level - 2)), t[i], level - 1);
}

static void slot_check(const struct domain *d, u32 slot, pte_t e)
{
	u64 va = (u64)((s64)((u64)slot << 55) >> 16);

	if (!isolated() || slot == pte_index(M2P_VIRT, 4)) {
		must(e == hv_l4[slot], "slot %u of d%u is %#lx", slot, d->id, e);
		return;
	}

	if (slot == pte_index(OWNMAP_VIRT, 4) || slot == pte_index(IMAGE_VIRT, 4))
		entry_check(d, va, e, 4);
	else
		must(!e, "slot %u of d%u shows %#lx", slot, d->id, e);
}

static void root_check(const struct domain *d, mfn_t root)
{
	if (!mfn_valid(root))
		return;

	for (u32 slot = HV_SLOT_FIRST; slot <= HV_SLOT_LAST; slot++)
		slot_check(d, slot, table(root.n)[slot]);
}

/* Vcpus share their roots most often. */
void ours_check(const struct domain *d)
{
	mfn_t last = MFN_NONE;

	for (u32 i = 0; i < d->max_vcpus; i++) {
		const struct vcpu *v = d->vcpu[i];

		if (!v)
			continue;
		if (v->roots.kernel.n != last.n)
			root_check(d, v->roots.kernel);
		if (v->roots.user.n != v->roots.kernel.n)
			root_check(d, v->roots.user);
		last = v->roots.kernel;
	}
}

void ours_entry_check(const struct vcpu *v)
{
	u64 va = guestmap_window(&v->dom->map, v->id) + WINDOW_INFO_PAGE * PAGE_SIZE, m;

	if (!v->entry->info)
		return;

	m = pte_mfn(table(pte_mfn(ownmap_table(va)).n)[pte_index(va, 1)]).n;
	must(m == virt_to_mfn(v->info).n, "the entries of d%uv%u take frame %#lx for its info",
	     v->dom->id, v->id, m);
}

/* --- descriptor windows, as a TLB holds them ------------------------------------------------- */

static void window_scan(u64 va, u32 pages, struct frames *held)
{
	pte_t l2e = ownmap_table(va);

	if (!l2e)
		return;

	for (u32 i = 0; i < pages; i++) {
		pte_t e = table(pte_mfn(l2e).n)[pte_index(va, 1) + i];
		u64 m = pte_mfn(e).n;

		if ((e & PTE_P) && m >= FIRST_FRAME && m < FRAMES)
			frames_add(held, m);
	}
}

void ours_windows(const struct domain *d, struct frames *held)
{
	for (u32 i = 0; i < d->max_vcpus; i++) {
		if (!d->vcpu[i] || !d->vcpu[i]->desc.gdt_window)
			continue;
		window_scan(d->vcpu[i]->desc.gdt_window, GDT_GUEST_PAGES, held);
		window_scan(d->vcpu[i]->desc.ldt_window, LDT_PAGES, held);
	}
}

/* --- the CPU's registers, of which there are none here --------------------------------------- */

/* Nothing reaches the page by this address here: the machine gives the vcpu the other one. */
void entry_page_init(struct entry_page *e)
{
}

void vcpu_load_gdt(struct vcpu *v)
{
	ownmap_set_here(v->desc.gdt_window + GDT_RESERVED_PAGE * PAGE_SIZE,
			MFN(ours_gdt_page(cpu_id())), PTES_RW);
}

/* All devices' registers, in one page. */
void *__wrap_ownmap_device(u64 maddr, size_t size);
void *__wrap_ownmap_device(u64 maddr, size_t size)
{
	static u8 device[4096] __aligned(4096);

	return device + maddr % 2048;
}
