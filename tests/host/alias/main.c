/* SPDX-License-Identifier: MIT */
/*
 * A direct map of two large pages, of 1 GiB each, whose first frames are there. Whatever is cached
 * otherwise, every address leads to the same memory as before, with the same rights.
 */
#include <frame/alloc.h>
#include <frame/ownmap.h>
#include <frame/tlb.h>
#include <lib/errno.h>
#include <x86/paging.h>

#include <check.h>
#include <tests/host/suites_run.h>

#define FRAMES   64
#define L3       1 /* frame of the table above */
#define FIRST    2 /* frame that is given out first */
#define SIZE_2M  (1ul << 21)
#define SIZE_1G  (1ul << 30)
#define LARGE    (PTES_RW | PTE_G | PTE_PSE)
#define SMALL    (PTES_RW | PTE_G)
#define INDEX_WC 4u
#define INDEX_UC 3u

u64 frame_count;
pte_t hv_l4[PTE_COUNT];
static u64 next, left; /* frame to give out, and how many more */
static u64 flushed_va, flushed_pages;

void *pages_alloc(u32 order)
{
	if (!left)
		return NULL;

	left--;
	return mfn_to_virt(MFN(next++));
}

void tlb_flush_global(u64 va, u32 pages)
{
	flushed_va = va;
	flushed_pages += pages;
}

static void up(void)
{
	fake_memory_up(FRAMES);
	for (u32 m = 0; m < FRAMES; m++)
		frame_table[m].flags = FRAME_RAM;

	hv_l4[pte_index(DIRECT_VIRT, 4)] = pte_make(MFN(L3), PTES_TABLE);
	((pte_t *)mfn_to_virt(MFN(L3)))[0] = LARGE;
	((pte_t *)mfn_to_virt(MFN(L3)))[1] = SIZE_1G | LARGE;
	next = FIRST;
	left = 2;
	flushed_pages = 0;
}

/* What the direct map says of machine address @at: where it leads to, and the bits of the entry. */
static u64 leads_to(u64 at, u64 *bits)
{
	const pte_t *t = hv_l4;
	u64 va = DIRECT_VIRT + at, mask;

	for (u32 level = 4;; level--) {
		pte_t e = t[pte_index(va, level)];

		if (level > 1 && !(e & PTE_PSE)) {
			if ((e & ~PTE_ADDR) != PTES_TABLE)
				ck_abort_msg("a table by %#lx", e);
			t = mfn_to_virt(pte_mfn(e));
			continue;
		}

		mask = (PAGE_SIZE << 9 * (level - 1)) - 1;
		*bits = e & ~PTE_ADDR;
		return (e & PTE_ADDR & ~mask) | (at & mask);
	}
}

/* All but frame @m is as it was at first, but for the sizes of pages. */
static void all_but(u64 m)
{
	for (u64 at = 0; at < 2 * SIZE_1G; at += at < 2 * SIZE_2M ? PAGE_SIZE : SIZE_2M / 2) {
		u64 bits, to = leads_to(at, &bits);

		if (to != at)
			ck_abort_msg("%#lx leads to %#lx", at, to);
		if (at >> PAGE_SHIFT != m && (bits | PTE_PSE) != LARGE)
			ck_abort_msg("%#lx has bits %#lx", at, bits);
	}
}

static u64 bits_of(u64 m)
{
	u64 bits;

	leads_to(m << PAGE_SHIFT, &bits);
	return bits;
}

START_TEST(one_frame_alone)
{
	struct frame *f = &frame_table[40];

	ck_assert_int_eq(frame_cache_set(f, INDEX_WC), 0);
	ck_assert_uint_eq(bits_of(40), SMALL | PTE_PAT);
	ck_assert_uint_eq(frame_cache(f), INDEX_WC);
	ck_assert_uint_ge(flushed_pages, PTE_COUNT); /* of the page that was cut */
	all_but(40);

	/* Cut already: no memory is needed, and one page is flushed. */
	flushed_pages = 0;
	ck_assert_uint_eq(left, 0);
	ck_assert_int_eq(frame_cache_set(f, INDEX_UC), 0);
	ck_assert_uint_eq(bits_of(40), SMALL | PTE_PCD | PTE_PWT);
	ck_assert(flushed_va == DIRECT_VIRT + 40 * PAGE_SIZE && flushed_pages == 1);

	ck_assert_int_eq(frame_cache_set(f, 0), 0);
	ck_assert_uint_eq(bits_of(40), SMALL);
	ck_assert_uint_eq(f->flags, FRAME_RAM);
	all_but(FRAMES);
}
END_TEST

/* Out of memory at either level: nothing has changed that anybody sees. */
START_TEST(no_memory)
{
	left = (u64)_i;
	ck_assert_int_eq(frame_cache_set(&frame_table[40], INDEX_WC), -ENOMEM);
	ck_assert_uint_eq(frame_cache(&frame_table[40]), 0);
	all_but(FRAMES);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("alias");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, up, fake_memory_down);
	tcase_add_test(t, one_frame_alone);
	tcase_add_loop_test(t, no_memory, 0, 2);
	suite_add_tcase(s, t);

	return suites_run(s);
}
