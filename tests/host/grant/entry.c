/* SPDX-License-Identifier: MIT */
/*
 * The entry state machine against a slow model: every flags word, reader and writer counts, a
 * granter who interferes.
 */
#include "suites.h"

#include <pthread.h>
#include <string.h>

/* The model's verdict on a flags word. */
static bool word_permits(u32 flags, bool write)
{
	if ((flags & GTF_type_mask) != GTF_permit_access || flags & GTF_sub_page)
		return false;

	return !(write && flags & GTF_readonly);
}

static void pin_and_unpin(u32 flags, bool write)
{
	struct grant_entry_v1 e = { flags, 5, 77 }, was = e;
	struct active_entry a = { 0 };
	u32 marks = GTF_reading | (write ? GTF_writing : 0);
	int status = entry_pin(&e, &a, 5, write);

	if (!word_permits(flags, write)) {
		must(status == GNTST_general_error);
		must(!memcmp(&e, &was, sizeof(e)) && !active_pinned(&a));
		return;
	}

	must(status == GNTST_okay);
	must(e.flags == (flags | marks));
	must(a.frame == 77 && a.grantee == 5);
	must(a.writers == write && a.readers == !write);

	entry_unpin(&e, &a, write);
	must(!active_pinned(&a) && !(e.flags & marks));
}

START_TEST(every_word)
{
	for (u32 flags = 0; flags < 0x10000; flags++) {
		pin_and_unpin(flags, false);
		pin_and_unpin(flags, true);
	}
}
END_TEST

START_TEST(wrong_grantee)
{
	struct grant_entry_v1 e = { GTF_permit_access, 5, 77 };
	struct active_entry a = { 0 };

	ck_assert_int_eq(entry_pin(&e, &a, 6, false), GNTST_general_error);
	ck_assert_uint_eq(e.flags, GTF_permit_access);
	ck_assert_int_eq(entry_pin(&e, &a, 5, false), GNTST_okay);
	e.domid = 6; /* the granter cheats while it is in use */
	ck_assert_int_eq(entry_pin(&e, &a, 6, false), GNTST_general_error);
	ck_assert_int_eq(entry_pin(&e, &a, 5, false), GNTST_okay); /* no new mark is needed */
	ck_assert_int_eq(entry_pin(&e, &a, 5, true), GNTST_general_error);
	ck_assert(a.readers == 2 && !a.writers);
}
END_TEST

/* All sequences of STEPS steps; two bits a step: +read, +write, -read, -write. */
#define STEPS 10

static void run_sequence(u32 sequence)
{
	struct grant_entry_v1 e = { GTF_permit_access, 5, 77 };
	struct active_entry a = { 0 };
	u32 pins[2] = { 0 }; /* of readers, of writers */

	for (u32 i = 0; i < STEPS; i++) {
		u32 step = sequence >> 2 * i & 3;
		bool write = step & 1;

		if (step < 2) {
			must(entry_pin(&e, &a, 5, write) == GNTST_okay);
			pins[write]++;
			e.frame = 100 + i; /* has no effect while it is in use */
		} else if (pins[write]) {
			entry_unpin(&e, &a, write);
			pins[write]--;
		}

		must(a.readers == pins[false] && a.writers == pins[true]);
		must(!!(e.flags & GTF_reading) == (pins[false] || pins[true]));
		must(!!(e.flags & GTF_writing) == !!pins[true]);

		if (active_pinned(&a))
			must(a.frame == 77);
		else
			e.frame = 77;
	}
}

START_TEST(sequences)
{
	for (u32 s = 0; s < 1u << 2 * STEPS; s++)
		run_sequence(s);
}
END_TEST

START_TEST(overflow)
{
	struct grant_entry_v1 e = { GTF_permit_access, 5, 77 };
	struct active_entry a = { 0 };

	for (u32 i = 0; i < 0xffff; i++)
		must(entry_pin(&e, &a, 5, true) == GNTST_okay);

	must(entry_pin(&e, &a, 5, true) == GNTST_general_error);

	for (u32 i = 0; i < 0xffff; i++)
		entry_unpin(&e, &a, true);
	must(e.flags == GTF_permit_access);
}
END_TEST

START_TEST(granter_died)
{
	struct grant_entry_v1 e = { GTF_permit_access, 5, 77 };
	struct active_entry a = { 0 };

	ck_assert_int_eq(entry_pin(&e, &a, 5, true), GNTST_okay);
	entry_unpin(NULL, &a, true);
	ck_assert(!active_pinned(&a));
}
END_TEST

static struct grant_entry_v1 shared;
static u32 stop;

/*
 * A granter that takes access back and gives it again, as it may: only while nobody reads, by
 * compare-and-swap.
 */
static void *granter(void *arg)
{
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		u16 flags = GTF_permit_access;

		if (__atomic_compare_exchange_n(&shared.flags, &flags, 0, false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST))
			__atomic_store_n(&shared.flags, GTF_permit_access, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

START_TEST(against_a_granter)
{
	struct active_entry a = { 0 };
	pthread_t t;
	u32 got = 0;

	shared = (struct grant_entry_v1){ GTF_permit_access, 5, 77 };
	pthread_create(&t, NULL, granter, NULL);

	for (u32 i = 0; i < 300000; i++) {
		if (entry_pin(&shared, &a, 5, i & 1))
			continue;
		got++;

		/* While it is marked, the granter's compare-and-swap can not take it back. */
		must(__atomic_load_n(&shared.flags, __ATOMIC_SEQ_CST) & GTF_permit_access);
		entry_unpin(&shared, &a, i & 1);
	}

	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	pthread_join(t, NULL);

	ck_assert_uint_gt(got, 1000);
	must(shared.flags == GTF_permit_access);
}
END_TEST

Suite *suite_entry(void)
{
	Suite *s = suite_create("grant entries");
	TCase *t = tcase_create("entry");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, every_word);
	tcase_add_test(t, wrong_grantee);
	tcase_add_test(t, sequences);
	tcase_add_test(t, overflow);
	tcase_add_test(t, granter_died);
	tcase_add_test(t, against_a_granter);
	suite_add_tcase(s, t);
	return s;
}
