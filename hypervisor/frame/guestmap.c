/* SPDX-License-Identifier: MIT */
/*
 * The parts of our address space that a domain is shown: regions of slot 257, one a domain, handed
 * out from a bitmap; and, with isolation, the tables that show nothing else.
 */
#include <frame/alloc.h>
#include <frame/guestmap.h>
#include <frame/ownmap.h>
#include <frame/tlb.h>
#include <lib/bitmap.h>
#include <lib/errno.h>
#include <lib/fail.h>
#include <x86/cpu.h>
#include <x86/isolation.h>
#include <x86/lock.h>

/* A region has a window for each vcpu that a domain may have. A level-2 table reaches over 8. */
#define REGION_WINDOWS 64
#define REGION_SIZE    (REGION_WINDOWS * WINDOW_SIZE)
#define REGIONS_VIRT   (OWNMAP_VIRT + (1ul << 30)) /* behind ownmap.c's own addresses */
#define REGIONS        ((OWNMAP_END - REGIONS_VIRT) / REGION_SIZE)

static struct spinlock regions_lock = SPINLOCK(LOCK_OWNMAP); /* guards the bitmap and the hint */
static u64 taken[BITMAP_WORDS(REGIONS)];
static u32 hint; /* no region below is free */

static pte_t *image_l3; /* of slot 261 in each guest's L4, with isolation */

static pte_t *table_at(pte_t e)
{
	return mfn_to_virt(pte_mfn(e));
}

/* 0: all are taken. */
static u64 region_take(void)
{
	u64 va = 0;

	spin_lock(&regions_lock);
	for (u32 i = hint; i < REGIONS; i++) {
		if (bit_test(taken, i))
			continue;

		hint = i + 1;
		bit_set(taken, i);
		va = REGIONS_VIRT + i * REGION_SIZE;
		break;
	}
	spin_unlock(&regions_lock);
	return va;
}

static void region_give(u64 va)
{
	u32 i = (va - REGIONS_VIRT) / REGION_SIZE;

	spin_lock(&regions_lock);
	bit_clear(taken, i);
	hint = MIN(hint, i);
	spin_unlock(&regions_lock);
}

/* --- what all domains are shown ------------------------------------------------------------- */

static pte_t *boot_table(void)
{
	pte_t *t = pages_alloc(0);

	if (!t)
		panic("no memory for the tables that guests are shown");
	return t;
}

/* The L1 entry of @va below @table of @level; the tables between are made. */
static pte_t *l1_entry(pte_t *table, u32 level, u64 va)
{
	for (; level > 1; level--) {
		pte_t *e = &table[pte_index(va, level)];

		if (!*e)
			*e = pte_make(virt_to_mfn(boot_table()), PTES_TABLE);
		table = table_at(*e);
	}
	return &table[pte_index(va, 1)];
}

/* As our own tables map it. */
static void image_show(const char *start, const char *end)
{
	for (u64 va = (u64)start; va < (u64)end; va += PAGE_SIZE)
		*l1_entry(image_l3, 3, va) = *l1_entry(hv_l4, 4, va) & ~PTE_G;
}

void guestmap_init(void)
{
	if (!isolated())
		return;

	image_l3 = boot_table();
	image_show(__entry_text_start, __entry_text_end);
	image_show(__entry_data_start, __entry_data_end);
}

/* --- what one domain is shown --------------------------------------------------------------- */

static void slot_set(struct guestmap *m, u64 va, pte_t e)
{
	m->slots[pte_index(va, 4) - HV_SLOT_FIRST] = e;
}

static bool isolated_make(struct guestmap *m)
{
	m->l3 = pages_alloc(0);
	m->l2 = pages_alloc(0);
	if (!m->l3 || !m->l2)
		return false;

	m->l3[pte_index(m->windows, 3)] = pte_make(virt_to_mfn(m->l2), PTES_TABLE);

	slot_set(m, M2P_VIRT, hv_l4[pte_index(M2P_VIRT, 4)]);
	slot_set(m, OWNMAP_VIRT, pte_make(virt_to_mfn(m->l3), PTES_TABLE));
	slot_set(m, IMAGE_VIRT, pte_make(virt_to_mfn(image_l3), PTES_TABLE));
	return true;
}

int guestmap_make(struct guestmap *m)
{
	m->windows = region_take();
	if (!m->windows)
		return fail(-ENOMEM, "no addresses are left for another domain");

	if (isolated()) {
		if (isolated_make(m))
			return 0;

		guestmap_free(m);
		return fail(-ENOMEM, "no memory for a domain's tables of entries");
	}

	for (u32 i = 0; i < HV_SLOTS; i++)
		m->slots[i] = hv_l4[HV_SLOT_FIRST + i];
	return 0;
}

void guestmap_free(struct guestmap *m)
{
	pages_free(m->l3, 0);
	pages_free(m->l2, 0);
	region_give(m->windows);
	*m = (struct guestmap){ 0 };
}

int guestmap_window_make(struct guestmap *m, u32 vcpu)
{
	u64 va = guestmap_window(m, vcpu);
	void *l1 = pages_alloc(0);
	pte_t e;

	if (!l1)
		return fail(-ENOMEM, "no memory for a vcpu's window");

	e = pte_make(virt_to_mfn(l1), PTES_TABLE);
	if (!ownmap_set_table(va, e)) {
		pages_free(l1, 0);
		return fail(-ENOMEM, "no memory for a vcpu's window");
	}

	if (m->l2)
		m->l2[pte_index(va, 2)] = e;
	return 0;
}

/* Nobody uses the domain's own tables any more; ours may be known to any CPU. */
void guestmap_window_free(struct guestmap *m, u32 vcpu)
{
	u64 va = guestmap_window(m, vcpu);
	pte_t e = ownmap_table(va);

	if (!e)
		return;

	if (m->l2)
		m->l2[pte_index(va, 2)] = 0;
	ownmap_set_table(va, 0);

	tlb_flush_global(va, WINDOW_SIZE / PAGE_SIZE);
	pages_free(table_at(e), 0);
}
