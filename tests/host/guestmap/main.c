/* SPDX-License-Identifier: MIT */
/*
 * Domains on a small machine, and what their page tables show of ours: every page that slots
 * 256-271 lead to is counted, and belongs to what is allowed.
 */
#include <frame/alloc.h>
#include <frame/guestmap.h>
#include <frame/ownmap.h>
#include <frame/tlb.h>
#include <lib/errno.h>
#include <x86/isolation.h>

#include <check.h>
#include <string.h>
#include <tests/host/suites_run.h>

#define FRAMES    400
#define M2P_PAGE  300 /* what stands for the tables and pages that we keep to ourselves */
#define SECRET    310
#define TEXT_PAGE 320 /* of the entries; two of them, and one of data behind */

/* Of the image, at this program's own addresses. */
__asm__(".pushsection .bss, \"aw\", @nobits\n"
	".balign 4096\n"
	".globl __entry_text_start, __entry_text_end, __entry_data_start, __entry_data_end\n"
	"__entry_text_start: .skip 8192\n"
	"__entry_text_end:\n"
	"__entry_data_start: .skip 4096\n"
	"__entry_data_end:\n"
	".popsection");

u64 frame_count;
static u8 used[FRAMES];
static u32 n_used, flushes;
static struct guestmap a, b;

void *pages_alloc(u32 order)
{
	for (u32 m = 1; m < M2P_PAGE; m++) {
		if (used[m])
			continue;

		used[m] = 1;
		n_used++;
		return memset(mfn_to_virt(MFN(m)), 0, PAGE_SIZE);
	}
	return NULL;
}

void pages_free(void *p, u32 order)
{
	u64 m;

	if (!p)
		return;

	m = virt_to_mfn(p).n;
	ck_assert(used[m]);
	used[m] = 0;
	n_used--;
}

void tlb_flush_global(u64 va, u32 pages)
{
	flushes++;
}

void tlb_flush_own(u64 va)
{
}

static void *boot_page(void)
{
	return pages_alloc(0);
}

/* Maps @va in our own tables. */
static void own_map(u64 va, u64 m, u64 flags)
{
	pte_t *t = hv_l4;

	for (u32 level = 4; level > 1; level--) {
		pte_t *e = &t[pte_index(va, level)];

		if (!*e)
			*e = pte_make(virt_to_mfn(pages_alloc(0)), PTES_TABLE);
		t = mfn_to_virt(pte_mfn(*e));
	}
	t[pte_index(va, 1)] = pte_make(MFN(m), flags);
}

static void up(bool isolation)
{
	fake_memory_up(FRAMES);
	memset(used, 0, sizeof(used));
	memset(hv_l4, 0, sizeof(hv_l4));
	n_used = flushes = 0;
	spec_defences = isolation ? SPEC_BIT(DEFENCE_ISOLATION) : 0;

	own_map(M2P_VIRT, M2P_PAGE, PTES_RO | PTE_U);
	own_map(OWNMAP_VIRT, SECRET, PTES_RW);
	own_map(IMAGE_VIRT, SECRET, PTES_RX);
	own_map(0xffff830000000000, SECRET, PTES_RW);
	for (u64 i = 0; i < 3; i++)
		own_map((u64)__entry_text_start + i * PAGE_SIZE, TEXT_PAGE + i, PTES_RX | PTE_G);

	ownmap_init(mfn_to_virt(pte_mfn(hv_l4[pte_index(OWNMAP_VIRT, 4)])), boot_page);
	guestmap_init();
	ck_assert_int_eq(guestmap_make(&a), 0);
	ck_assert_int_eq(guestmap_make(&b), 0);
}

static void plain_up(void)
{
	up(false);
}

static void isolated_up(void)
{
	up(true);
}

static void down(void)
{
	guestmap_free(&a);
	guestmap_free(&b);
	fake_memory_down();
}

/* --- walks ----------------------------------------------------------------------------------- */

static u32 seen[FRAMES]; /* how often a walk came to a page */
static u32 n_seen;

static void walk(pte_t e, u32 level)
{
	const pte_t *t = mfn_to_virt(pte_mfn(e));

	if (!(e & PTE_P))
		return;

	if (level == 1) {
		ck_assert_msg(!(e & PTE_G) || spec_defences == 0 || pte_mfn(e).n < M2P_PAGE,
			      "entry %#lx is global", e);
		seen[pte_mfn(e).n]++;
		n_seen++;
		return;
	}

	for (u32 i = 0; i < PTE_COUNT; i++)
		walk(t[i], level - 1);
}

/* All that the slots of @m show. */
static void look(const struct guestmap *m)
{
	memset(seen, 0, sizeof(seen));
	n_seen = 0;
	for (u32 i = 0; i < HV_SLOTS; i++)
		walk(m->slots[i], 4);
}

/* The page of @m at @va; 0: none. */
static u64 shown(const struct guestmap *m, u64 va)
{
	pte_t e = m->slots[pte_index(va, 4) - HV_SLOT_FIRST];

	for (u32 level = 3; level >= 1 && (e & PTE_P); level--)
		e = ((pte_t *)mfn_to_virt(pte_mfn(e)))[pte_index(va, level)];
	return e & PTE_P ? pte_mfn(e).n : 0;
}

/* --- claims ---------------------------------------------------------------------------------- */

START_TEST(all_of_ours)
{
	for (u32 i = 0; i < HV_SLOTS; i++)
		ck_assert_uint_eq(a.slots[i], hv_l4[HV_SLOT_FIRST + i]);
}
END_TEST

START_TEST(next_to_nothing)
{
	look(&a);
	ck_assert_uint_eq(n_seen, 4);
	ck_assert_uint_eq(seen[M2P_PAGE], 1);
	for (u32 i = 0; i < 3; i++)
		ck_assert_uint_eq(seen[TEXT_PAGE + i], 1);
	ck_assert_uint_eq(seen[SECRET], 0);
}
END_TEST

/* A window is shown to its own domain, and our own tables show all. */
START_TEST(windows)
{
	u64 of_a = guestmap_window(&a, 3), of_b = guestmap_window(&b, 3);
	u32 before = n_used;

	ck_assert_uint_ne(of_a, of_b);
	ck_assert_int_eq(guestmap_window_make(&a, 3), 0);
	ck_assert_int_eq(guestmap_window_make(&b, 3), 0);
	ownmap_set(of_a, MFN(200), PTES_RW);
	ownmap_set(of_b, MFN(201), PTES_RW);

	ck_assert_uint_eq(shown(&a, of_a), 200);
	ck_assert_uint_eq(shown(&b, of_b), 201);
	if (spec_defences) {
		ck_assert_uint_eq(shown(&a, of_b), 0);
		look(&a);
		ck_assert_uint_eq(n_seen, 5);
	}

	guestmap_window_free(&a, 3);
	guestmap_window_free(&a, 3);
	ck_assert_uint_eq(shown(&a, of_a), 0);
	ck_assert_uint_eq(shown(&b, of_b), 201);
	ck_assert_uint_eq(flushes, 1);

	guestmap_window_free(&b, 3);
	ck_assert_uint_le(n_used, before + 1); /* a level-2 table of ours stays */
}
END_TEST

START_TEST(the_last_window)
{
	u64 last = guestmap_window(&a, 63);

	ck_assert_int_eq(guestmap_window_make(&a, 63), 0);
	ownmap_set(last, MFN(200), PTES_RW);
	ck_assert_uint_eq(shown(&a, last), 200);
	ck_assert_uint_lt(last, guestmap_window(&b, 0));
	guestmap_window_free(&a, 63);
}
END_TEST

/* What one domain leaves the next one gets, the lowest first. */
START_TEST(regions_come_again)
{
	struct guestmap m = { 0 }, n = { 0 };
	u64 lower, upper;

	ck_assert_int_eq(guestmap_make(&m), 0);
	ck_assert_int_eq(guestmap_make(&n), 0);
	lower = m.windows;
	upper = n.windows;
	ck_assert_uint_lt(lower, upper);

	guestmap_free(&m);
	guestmap_free(&n);
	ck_assert_int_eq(guestmap_make(&n), 0);
	ck_assert_int_eq(guestmap_make(&m), 0);
	ck_assert_uint_eq(n.windows, lower);
	ck_assert_uint_eq(m.windows, upper);
	guestmap_free(&m);
	guestmap_free(&n);
}
END_TEST

/* Without memory nothing is left behind. */
START_TEST(out_of_memory)
{
	struct guestmap m = { 0 };
	u32 most = n_used;
	void *first = NULL;

	for (void *p = pages_alloc(0); p; p = pages_alloc(0)) {
		*(void **)p = first;
		first = p;
	}
	ck_assert_int_eq(guestmap_window_make(&a, 0), -ENOMEM);
	ck_assert_int_eq(guestmap_make(&m), -ENOMEM);

	while (first) {
		void *next = *(void **)first;

		pages_free(first, 0);
		first = next;
	}
	ck_assert_uint_eq(n_used, most);
	ck_assert_int_eq(guestmap_make(&m), 0);
	ck_assert_uint_eq(m.windows, guestmap_window(&b, 64));
	guestmap_free(&m);
	ck_assert_uint_eq(n_used, most);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("guestmap");
	TCase *plain = tcase_create("plain"), *isolated = tcase_create("isolated");

	tcase_add_checked_fixture(plain, plain_up, down);
	tcase_add_test(plain, all_of_ours);
	tcase_add_test(plain, windows);
	tcase_add_test(plain, the_last_window);
	tcase_add_test(plain, regions_come_again);
	suite_add_tcase(s, plain);

	tcase_add_checked_fixture(isolated, isolated_up, down);
	tcase_add_test(isolated, next_to_nothing);
	tcase_add_test(isolated, windows);
	tcase_add_test(isolated, the_last_window);
	tcase_add_test(isolated, regions_come_again);
	tcase_add_test(isolated, out_of_memory);
	suite_add_tcase(s, isolated);

	return suites_run(s);
}
