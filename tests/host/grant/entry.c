/* SPDX-License-Identifier: MIT */
/*
 * The entry state machine against a slow model: every flags word, reader and writer counts, a
 * granter who interferes.
 */
#include "suites.h"

#include <pthread.h>
#include <string.h>

START_TEST(every_word)
{
	for (u32 flags = 0; flags < 0x10000; flags++)
		for (u32 write = 0; write < 2; write++) {
			struct grant_entry_v1 e = { flags, 5, 77 }, was = e;
			struct entry_use u = { 0 };
			bool ok = (flags & 3) == GTF_permit_access && !(flags & GTF_sub_page) &&
				  !(write && flags & GTF_readonly);
			int st = entry_acquire(&e, &u, 5, write);

			must((st) == (ok ? GNTST_okay : GNTST_general_error));
			if (!ok) {
				must(!memcmp(&e, &was, sizeof(e)) && !entry_used(&u));
				continue;
			}
			must((e.flags) == (flags | GTF_reading | (write ? GTF_writing : 0)));
			must(u.frame == 77 && u.grantee == 5 && u.writers == write &&
			     u.readers == !write);
			entry_release(&e, &u, write);
			must(!entry_used(&u) && !(e.flags & GTF_reading) &&
			     !(write && e.flags & GTF_writing));
		}
}
END_TEST

START_TEST(wrong_grantee)
{
	struct grant_entry_v1 e = { GTF_permit_access, 5, 77 };
	struct entry_use u = { 0 };

	ck_assert_int_eq(entry_acquire(&e, &u, 6, false), GNTST_general_error);
	ck_assert_uint_eq(e.flags, GTF_permit_access);
	ck_assert_int_eq(entry_acquire(&e, &u, 5, false), GNTST_okay);
	e.domid = 6; /* the granter cheats while it is in use */
	ck_assert_int_eq(entry_acquire(&e, &u, 6, false), GNTST_general_error);
	ck_assert_int_eq(entry_acquire(&e, &u, 5, false), GNTST_okay); /* no new mark is needed */
	ck_assert_int_eq(entry_acquire(&e, &u, 5, true), GNTST_general_error);
	ck_assert(u.readers == 2 && !u.writers);
}
END_TEST

/* All sequences of 10 steps over: +read, +write, -read, -write. */
START_TEST(sequences)
{
	for (u32 s = 0; s < 1u << 20; s++) {
		struct grant_entry_v1 e = { GTF_permit_access, 5, 77 };
		struct entry_use u = { 0 };
		u32 readers = 0, writers = 0;

		for (u32 i = 0; i < 10; i++) {
			u32 step = s >> 2 * i & 3, write = step & 1;

			if (step < 2) {
				must((entry_acquire(&e, &u, 5, write)) == (GNTST_okay));
				*(write ? &writers : &readers) += 1;
				e.frame = 100 + i; /* changing it in use has no effect */
			} else if (write ? writers : readers) {
				entry_release(&e, &u, write);
				*(write ? &writers : &readers) -= 1;
			}
			if (u.readers != readers || u.writers != writers ||
			    !!(e.flags & GTF_reading) != (readers || writers) ||
			    !!(e.flags & GTF_writing) != !!writers)
				ck_abort_msg("sequence %x step %u: %u+%u, flags %x", s, i,
					     u.readers, u.writers, e.flags);
			if (!readers && !writers)
				e.frame = 77;
			else
				must((u.frame) == (77));
		}
	}
}
END_TEST

START_TEST(overflow)
{
	struct grant_entry_v1 e = { GTF_permit_access, 5, 77 };
	struct entry_use u = { 0 };

	for (u32 i = 0; i < 0xffff; i++)
		must((entry_acquire(&e, &u, 5, true)) == (GNTST_okay));
	must((entry_acquire(&e, &u, 5, true)) == (GNTST_general_error));
	for (u32 i = 0; i < 0xffff; i++)
		entry_release(&e, &u, true);
	must((e.flags) == (GTF_permit_access));
}
END_TEST

START_TEST(granter_died)
{
	struct grant_entry_v1 e = { GTF_permit_access, 5, 77 };
	struct entry_use u = { 0 };

	ck_assert_int_eq(entry_acquire(&e, &u, 5, true), GNTST_okay);
	entry_release(NULL, &u, true);
	ck_assert(!entry_used(&u));
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
	struct entry_use u = { 0 };
	pthread_t t;
	u32 got = 0;

	shared = (struct grant_entry_v1){ GTF_permit_access, 5, 77 };
	pthread_create(&t, NULL, granter, NULL);
	for (u32 i = 0; i < 300000; i++) {
		if (entry_acquire(&shared, &u, 5, i & 1))
			continue;
		got++;
		/* While it is marked, the granter's compare-and-swap can not take it back. */
		must(__atomic_load_n(&shared.flags, __ATOMIC_SEQ_CST) & GTF_permit_access);
		entry_release(&shared, &u, i & 1);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	pthread_join(t, NULL);
	ck_assert_uint_gt(got, 1000);
	must((shared.flags) == (GTF_permit_access));
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
