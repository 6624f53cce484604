/* SPDX-License-Identifier: MIT */
/*
 * Runs of entries and of words: what the quick loops take is what the general way would take, they
 * stop where it is to judge, and they end when the budget does. Domain 1 is not privileged.
 */
#include "machine.h"
#include "suites.h"

#include "../fake/cpu.h"

#define UC   (PTE_PCD | PTE_PWT)
#define READ (PTE_P | PTE_U)

static struct domain *d = &doms[1];

/* own(30), filled by the test, as an L1 table. */
static int pin(void)
{
	machine_entered();
	return table_pin(d, MFN(own(30)), FT_L1);
}

START_TEST(ordinary_entries_take_their_time)
{
	int rc, calls = 0;

	for (u32 i = 0; i < PTE_COUNT; i += 5)
		entries(own(30))[i] = own(40) << PAGE_SHIFT | READ;
	fake_budget_set(10);
	while (machine_again(rc = table_pin(d, MFN(own(30)), FT_L1))) {
		calls++;
		machine_recount("piece");
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_int_ge(calls, 10);
	machine_recount("pinned");

	ck_assert_int_eq(table_unpin(d, MFN(own(30))), 0);
	ck_assert_ptr_nonnull(d->pt.pending);
	while (machine_again(ptable_settle(d)))
		machine_recount("torn down");
	ck_assert_uint_eq(FS_REFS(frame_table[own(40)].state), 1);
}
END_TEST

/* Each of these follows an ordinary one, and is followed by one. */
START_TEST(others_are_judged)
{
	const struct {
		pte_t entry;
		int rc;
	} cases[] = {
		{ 0 << PAGE_SHIFT | READ, -EINVAL },           /* another's */
		{ (u64)FRAMES << PAGE_SHIFT | READ, -EINVAL }, /* no RAM */
		{ 1ul << 51 | READ, -EINVAL },                 /* no address */
		{ own(10) << PAGE_SHIFT | READ | PTE_RW, 0 },
		{ own(3) << PAGE_SHIFT | READ | PTE_RW, -EINVAL }, /* a table */
		{ own(3) << PAGE_SHIFT | READ, 0 },
		{ 1ul << 62, 0 }, /* not present */
	};
	pte_t ordinary = own(41) << PAGE_SHIFT | READ;

	ck_assert_int_eq(machine_update(d, d, at(own(3), 0), 0, false), 0);
	ck_assert_int_eq(machine_update(d, d, at(own(3), 1), 0, false), 0);
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		pte_t *t = entries(own(30));

		t[7] = t[9] = t[511] = ordinary;
		t[8] = cases[i].entry;
		ck_assert_int_eq(pin(), cases[i].rc);
		machine_recount("judged");
		if (!cases[i].rc)
			ck_assert_int_eq(table_unpin(d, MFN(own(30))), 0);
		machine_recount("unpinned");
	}
}
END_TEST

/* As the processor is to see it: for the user, not global; in all else as it was. */
START_TEST(what_an_ordinary_entry_becomes)
{
	pte_t *t = entries(own(30));
	pte_t e = own(10) << PAGE_SHIFT | PTE_P | PTE_NX | PTE_A | PTE_D | PTE_AVAIL;

	t[0] = e | PTE_G;
	ck_assert_int_eq(pin(), 0);
	ck_assert_uint_eq(t[0], e | PTE_U);
}
END_TEST

/* One cache type a frame: what its other mappings are, this one becomes. */
START_TEST(cached_as_the_frame_is)
{
	pte_t *t = entries(own(30));

	d->privileged = true;
	ck_assert_int_eq(machine_update(d, d, at(own(3), 5), own(12) << 12 | READ | UC, false), 0);
	ck_assert_uint_eq(frame_cache(&frame_table[own(12)]), pte_cache(UC));
	ck_assert_int_eq(machine_update(d, d, at(own(3), 6), own(13) << 12 | READ, false), 0);

	t[0] = own(12) << PAGE_SHIFT | READ;
	t[1] = own(13) << PAGE_SHIFT | READ | UC;
	ck_assert_int_eq(pin(), 0);
	ck_assert_uint_eq(t[0], own(12) << PAGE_SHIFT | READ | UC);
	ck_assert_uint_eq(t[1], own(13) << PAGE_SHIFT | READ);
	machine_recount("cached");
}
END_TEST

START_TEST(words_in_runs)
{
	u64 page = own(12), *words = entries(page);
	struct mmu_update r[] = {
		{ at(page, 0), 10 },     { at(page, 511), 11 },     { at(page, 1), 12 },
		{ at(page, 2) | 1, 13 }, { at(page, 3) | 2, 14 },   { at(page, 4) | 4, 15 },
		{ at(page + 1, 0), 16 }, { at(page - 1, 511), 17 }, { at(page, 5), 18 },
	};
	struct pt_batch b;

	machine_entered();
	batch_begin(&b, d, d);
	ck_assert_uint_eq(batch_words(&b, r, 3), 0); /* it holds nothing yet */
	ck_assert_int_eq(batch_update(&b, at(page, 9), 1, false), 0);
	ck_assert_uint_eq(batch_words(&b, r, 2), 2);
	ck_assert_uint_eq(batch_words(&b, r, ARRAY_SIZE(r)), 3);
	for (u32 i = 3; i < 8; i++)
		ck_assert_uint_eq(batch_words(&b, &r[i], ARRAY_SIZE(r) - i), 0);
	ck_assert_uint_eq(batch_words(&b, &r[8], 1), 1);

	/* A table is not written so. */
	ck_assert_int_eq(batch_update(&b, at(own(3), 7), own(13) << 12 | PTE_P, false), 0);
	r[0].ptr = at(own(3), 8);
	ck_assert_uint_eq(batch_words(&b, r, 1), 0);
	batch_end(&b);

	ck_assert_uint_eq(words[0], 10);
	ck_assert_uint_eq(words[511], 11);
	ck_assert_uint_eq(words[1], 12);
	ck_assert_uint_eq(words[5], 18);
	ck_assert(!words[2] && !words[3] && !words[4]);
	machine_recount("words");
}
END_TEST

Suite *runs_suite(void)
{
	Suite *s = suite_create("runs");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, machine_tree, NULL);
	tcase_add_test(t, ordinary_entries_take_their_time);
	tcase_add_test(t, others_are_judged);
	tcase_add_test(t, what_an_ordinary_entry_becomes);
	tcase_add_test(t, cached_as_the_frame_is);
	tcase_add_test(t, words_in_runs);
	suite_add_tcase(s, t);
	return s;
}
