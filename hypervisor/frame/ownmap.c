/* SPDX-License-Identifier: MIT */
/*
 * Our own mappings of slot 257. Addresses of its first GiB are handed out from a bitmap of pages;
 * level-1 tables of these are made on first use and never go away. The rest is guestmap.c's. Every
 * address space shares the tables, so a change is one store.
 */
#include <frame/alloc.h>
#include <frame/ownmap.h>
#include <frame/tlb.h>
#include <lib/bitmap.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/lock.h>

#define WINDOW_PAGES (512u * 512) /* 1 GiB of addresses */
#define GUARD_PAGES  2            /* of each reservation: one before it and one behind */

static struct spinlock ownmap_lock = SPINLOCK(LOCK_OWNMAP); /* guards the bitmap and the tables */
static u64 taken[BITMAP_WORDS(WINDOW_PAGES)];
static pte_t *own_l3, *window_l2;

pte_t hv_l4[PTE_COUNT] __aligned(PAGE_SIZE); /* boot/head.S makes its first entries */

void ownmap_init(pte_t *l3, void *(*page)(void))
{
	own_l3 = l3;
	window_l2 = page();
	l3[0] = pte_make(virt_to_mfn(window_l2), PTES_TABLE);
}

/*
 * The lowest run of @n free pages; WINDOW_PAGES if there is none. No guest makes this long: some
 * pages a CPU are taken, and those of MSI-X tables, which are bounded (devices/msi.c).
 */
static u32 run_find(u32 n)
{
	u32 run = 0;

	assert(spin_held(&ownmap_lock));
	for (u32 at = 0; at < WINDOW_PAGES; at++) {
		run = bit_test(taken, at) ? 0 : run + 1;
		if (run == n)
			return at + 1 - n;
	}
	return WINDOW_PAGES;
}

/* Makes the level-1 tables of @n pages from @at. False: no memory. */
static bool tables_make(u32 at, u32 n)
{
	assert(spin_held(&ownmap_lock));
	for (u32 i = at / PTE_COUNT; i <= (at + n - 1) / PTE_COUNT; i++) {
		void *l1;

		if (window_l2[i] & PTE_P)
			continue;

		l1 = pages_alloc(0);
		if (!l1)
			return false;
		window_l2[i] = pte_make(virt_to_mfn(l1), PTES_TABLE);
	}
	return true;
}

u64 ownmap_reserve(u32 pages)
{
	u32 at, n = pages + GUARD_PAGES;
	u64 va = 0;

	if (!pages || n > WINDOW_PAGES)
		return 0;

	spin_lock(&ownmap_lock);
	at = run_find(n);
	if (at < WINDOW_PAGES && tables_make(at, n)) {
		for (u32 i = 0; i < n; i++)
			bit_set(taken, at + i);
		va = OWNMAP_VIRT + (at + 1) * PAGE_SIZE;
	}
	spin_unlock(&ownmap_lock);
	return va;
}

static pte_t *table_at(pte_t e)
{
	return mfn_to_virt(pte_mfn(e));
}

/* NULL: there is no level-2 table for @va. */
static pte_t *l2_entry_of(u64 va)
{
	pte_t l3e = own_l3[pte_index(va, 3)];

	assert(va >= OWNMAP_VIRT && va < OWNMAP_END);
	if (!(l3e & PTE_P))
		return NULL;

	return &table_at(l3e)[pte_index(va, 2)];
}

static pte_t *entry_of(u64 va)
{
	return &table_at(*l2_entry_of(va))[pte_index(va, 1)];
}

pte_t ownmap_table(u64 va)
{
	const pte_t *e = l2_entry_of(va);

	return e ? *e : 0;
}

bool ownmap_set_table(u64 va, pte_t table)
{
	pte_t *e;

	spin_lock(&ownmap_lock);
	e = l2_entry_of(va);
	if (!e) {
		void *l2 = pages_alloc(0);

		if (l2) {
			own_l3[pte_index(va, 3)] = pte_make(virt_to_mfn(l2), PTES_TABLE);
			e = l2_entry_of(va);
		}
	}
	if (e)
		*e = table;
	spin_unlock(&ownmap_lock);

	return e;
}

void ownmap_free(u64 va, u32 pages)
{
	u32 at = (va - OWNMAP_VIRT) / PAGE_SIZE - 1;

	if (!va)
		return;

	for (u32 i = 0; i < pages; i++)
		assert(!*entry_of(va + i * PAGE_SIZE));
	tlb_flush_global(va, pages);

	spin_lock(&ownmap_lock);
	for (u32 i = 0; i < pages + GUARD_PAGES; i++) {
		assert(bit_test(taken, at + i));
		bit_clear(taken, at + i);
	}
	spin_unlock(&ownmap_lock);
}

/* True if another translation was there, which some CPU may hold. */
static bool entry_replace(u64 va, pte_t new)
{
	pte_t old = __atomic_exchange_n(entry_of(va), new, __ATOMIC_SEQ_CST);

	return (old & PTE_P) && ((old ^ new) & ~(PTE_A | PTE_D));
}

static void entry_set(u64 va, pte_t new)
{
	if (entry_replace(va, new))
		tlb_flush_global(va, 1);
}

void ownmap_set(u64 va, mfn_t m, u64 flags)
{
	entry_set(va, pte_make(m, flags | PTE_G));
}

void ownmap_clear(u64 va)
{
	entry_set(va, 0);
}

void ownmap_set_here(u64 va, mfn_t m, u64 flags)
{
	if (entry_replace(va, pte_make(m, flags | PTE_G)))
		tlb_flush_own(va);
}

bool ownmap_window_set(u64 va, mfn_t m, u64 flags)
{
	return entry_replace(va, pte_make(m, flags | PTE_G));
}

bool ownmap_window_clear(u64 va)
{
	return entry_replace(va, 0);
}

void *ownmap_device(u64 maddr, size_t size)
{
	u64 first = maddr & PAGE_MASK;
	u32 pages = (ROUND_UP(maddr + size, PAGE_SIZE) - first) / PAGE_SIZE;
	u64 va = ownmap_reserve(pages);

	if (!va)
		return NULL;

	for (u32 i = 0; i < pages; i++) {
		mfn_t m = maddr_to_mfn(first + i * PAGE_SIZE);

		ownmap_set(va + i * PAGE_SIZE, m, PTES_RW | PTE_PCD | PTE_PWT);
	}
	return (void *)(va + (maddr - first));
}
