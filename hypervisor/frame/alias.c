/* SPDX-License-Identifier: MIT */
/*
 * How frames are cached. A frame is cached in one way by all its mappings (Intel SDM vol. 3,
 * 11.12.4), our own in the direct map included: where a guest has it otherwise than write-back, the
 * large pages of the direct map around it are cut into small ones, once and for all.
 */
#include <frame/alloc.h>
#include <frame/ownmap.h>
#include <frame/tlb.h>
#include <lib/fail.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/lock.h>

#define LINE     64u       /* of a cache: clflush takes any address in it */
#define CUT_MANY PTE_COUNT /* pages to flush after a cut: all that the large one held */

static struct spinlock alias_lock = SPINLOCK(LOCK_OWNMAP); /* guards the direct map's tables */

/* A table that maps what the large page @e of @level maps, by pages of the level below; or NULL. */
static pte_t *large_page_cut(pte_t e, u32 level)
{
	u64 step = PAGE_SIZE << 9 * (level - 2);
	pte_t *t = pages_alloc(0);

	assert(spin_held(&alias_lock));

	if (!t)
		return NULL;
	if (level == 2)
		e &= ~PTE_PSE;

	for (u32 i = 0; i < PTE_COUNT; i++)
		t[i] = e + i * step;

	return t;
}

/* The direct map's L1 entry of @m. *cut: large pages were cut for it. NULL: no memory. */
static pte_t *alias_entry(mfn_t m, bool *cut)
{
	u64 va = (u64)mfn_to_virt(m);
	pte_t *t = hv_l4, *e;

	for (u32 level = 4; level > 1; level--) {
		e = &t[pte_index(va, level)];

		if (level < 4 && (*e & PTE_PSE)) {
			t = large_page_cut(*e, level);
			if (!t)
				return NULL;
			WRITE_ONCE(*e, pte_make(virt_to_mfn(t), PTES_TABLE));
			*cut = true;
		}
		t = mfn_to_virt(pte_mfn(*e));
	}

	return &t[pte_index(va, 1)];
}

/* What any cache holds of the frame goes to memory. */
static void lines_flush(const u8 *page)
{
	for (u32 i = 0; i < PAGE_SIZE; i += LINE)
		clflush(page + i);
	mfence();
}

int frame_cache_set(struct frame *f, u32 cache)
{
	mfn_t m = frame_mfn(f);
	bool cut = false;
	pte_t *e;

	spin_lock(&alias_lock);
	e = alias_entry(m, &cut);
	if (e)
		WRITE_ONCE(*e, (*e & ~PTE_CACHE_L1) | pte_cache_bits(cache));
	spin_unlock(&alias_lock);

	if (!e)
		return fail(-ENOMEM, "no memory to map frame %#lx alone", m.n);

	tlb_flush_global((u64)mfn_to_virt(m), cut ? CUT_MANY : 1);
	lines_flush(mfn_to_virt(m));

	/* The caller looks for other mappings next: they see this, or it sees them. */
	__atomic_store_n(&f->flags, (f->flags & ~FRAME_CACHE) | cache << FRAME_CACHE_SHIFT,
			 __ATOMIC_SEQ_CST);
	return 0;
}
