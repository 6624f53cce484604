/* SPDX-License-Identifier: MIT */
/* How memory is shared: by hand for what must hold, and at random for what must always hold. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/domain/memory_share.h>
#include <tests/host/suites_run.h>

#define MIB 1024UL
#define GIB (1024 * MIB)
/* Of rounding, for each that shares. */
#define ROUNDED 256

static struct share guest(uint64_t guaranteed, uint64_t wished, uint64_t uses)
{
	return (struct share){
		.guaranteed = guaranteed * MIB,
		.wished = wished * MIB,
		.now = guaranteed * MIB,
		.target = guaranteed * MIB,
		.uses = uses * MIB,
	};
}

static void near(uint64_t kib, uint64_t mib)
{
	ck_assert_uint_ge(kib + 2 * MIB, mib * MIB);
	ck_assert_uint_le(kib, (mib + 2) * MIB);
}

START_TEST(what_is_left_is_shared_by_weight)
{
	struct share s[] = { guest(128, 512, 0), guest(128, 320, 0), guest(64, 64, 0) };

	memory_share(s, 3, 320 * MIB + 300 * MIB);
	near(s[0].want, 128 + 200);
	near(s[1].want, 128 + 100);
	near(s[2].want, 64);
}
END_TEST

START_TEST(who_needs_memory_gets_it_first)
{
	struct share s[] = { guest(128, 512, 60), guest(128, 512, 300), guest(128, 512, 0) };

	memory_share(s, 3, 800 * MIB);
	near(s[0].want, 128 + 56);
	near(s[1].want, 375 + 56);
	near(s[2].want, 128 + 56);
}
END_TEST

START_TEST(nobody_gets_more_than_he_wishes)
{
	struct share s[] = { guest(128, 256, 4096), guest(128, 512, 1) };

	s[0].grew = UINT64_MAX;
	memory_share(s, 2, 64 * GIB);
	ck_assert_uint_eq(s[0].want, 256 * MIB);
	ck_assert_uint_eq(s[1].want, 512 * MIB);
}
END_TEST

START_TEST(the_guaranteed_stays_where_all_is_short)
{
	struct share s[] = { guest(128, 256, 200), guest(64, 512, 500) };

	memory_share(s, 2, 100 * MIB);
	ck_assert_uint_eq(s[0].want, 128 * MIB);
	ck_assert_uint_eq(s[1].want, 64 * MIB);
}
END_TEST

/* A guest that says it uses all it may takes from the others by weight, and never their own. */
START_TEST(a_liar_takes_its_weight)
{
	struct share s[] = { guest(128, 512, 512), guest(128, 512, 300) };

	memory_share(s, 2, 456 * MIB);
	near(s[0].want, 228);
	near(s[1].want, 228);
}
END_TEST

START_TEST(nothing_is_granted_before_it_is_free)
{
	struct share s[] = { guest(128, 512, 0), guest(128, 512, 0) };

	s[0].want = 300 * MIB;
	s[1].want = 200 * MIB;
	ck_assert(memory_plan(s, 2, 0, false));
	ck_assert_uint_eq(s[0].ask, 0);
	ck_assert_uint_eq(s[1].ask, 0);

	ck_assert(memory_plan(s, 2, 122 * MIB, false));
	near(s[0].ask, 128 + 86);
	near(s[1].ask, 128 + 36);

	/* It was granted, and is not spare until it was taken. */
	s[0].target = s[0].ask;
	s[1].target = s[1].ask;
	ck_assert(memory_plan(s, 2, 122 * MIB, false));
	ck_assert_uint_eq(s[0].ask, 0);
	ck_assert_uint_eq(s[1].ask, 0);
}
END_TEST

START_TEST(too_much_is_given_back_at_once)
{
	struct share s[] = { guest(128, 512, 0), guest(128, 512, 0) };

	s[0].now = s[0].target = 400 * MIB;
	s[0].want = 200 * MIB;
	s[1].want = 129 * MIB;
	ck_assert(memory_plan(s, 2, 0, false));
	ck_assert_uint_eq(s[0].ask, 200 * MIB);
	ck_assert_uint_eq(s[1].ask, 0);

	/* A small change waits, and then all is quiet. */
	s[0].now = s[0].target = 201 * MIB;
	ck_assert(!memory_plan(s, 2, 0, false));
	ck_assert_uint_eq(s[0].ask, 0);

	/* Unless somebody waits for it. */
	ck_assert(memory_plan(s, 2, 0, true));
	ck_assert_uint_eq(s[0].ask, 200 * MIB);
}
END_TEST

#define MANY 40

static uint64_t any(uint64_t most)
{
	uint64_t r = ((uint64_t)rand() << 31) ^ (uint64_t)rand();

	return most == UINT64_MAX ? r << 3 : r % (most + 1);
}

static void anything(struct share *s)
{
	s->guaranteed = any(4 * GIB);
	s->wished = s->guaranteed + any(16 * GIB * (any(1) ? 1 : 1024));
	s->now = any(8 * GIB);
	s->target = any(8 * GIB);
	s->uses = any(any(3) ? 8 * GIB : UINT64_MAX);
	s->grew = any(any(3) ? GIB : UINT64_MAX);
	s->want = any(UINT64_MAX);
	s->ask = any(UINT64_MAX);
}

/* Whatever is agreed and said: bounds hold, and no more is given than there is. */
START_TEST(all_that_is_said_stays_within_bounds)
{
	struct share s[MANY];
	uint64_t guaranteed = 0, wanted = 0, wished = 0, supply, spare = any(8 * GIB), grown = 0;

	srand((unsigned int)_i);
	for (int i = 0; i < MANY; i++) {
		anything(&s[i]);
		guaranteed += s[i].guaranteed;
		wished += s[i].wished;
	}

	supply = any(2) ? guaranteed + any(wished - guaranteed) : any(guaranteed);
	memory_share(s, MANY, supply);
	for (int i = 0; i < MANY; i++) {
		ck_assert_uint_ge(s[i].want, s[i].guaranteed);
		ck_assert_uint_le(s[i].want, s[i].wished);
		wanted += s[i].want;
	}
	ck_assert_uint_le(wanted, supply > guaranteed ? supply : guaranteed);
	if (supply > guaranteed && supply <= wished)
		ck_assert_uint_ge(wanted + supply / 16 + MANY * ROUNDED, supply);

	memory_plan(s, MANY, spare, any(1));
	for (int i = 0; i < MANY; i++) {
		if (s[i].ask > s[i].target)
			grown += s[i].ask - s[i].target;
		if (s[i].ask != 0 && s[i].ask < s[i].target)
			ck_assert_uint_eq(s[i].ask, s[i].want);
		if (s[i].ask != 0)
			ck_assert_uint_le(s[i].ask,
					  s[i].target > s[i].want ? s[i].target : s[i].want);
	}
	ck_assert_uint_le(grown, spare + MANY);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("memory_share");
	TCase *t = tcase_create("share");

	tcase_add_test(t, what_is_left_is_shared_by_weight);
	tcase_add_test(t, who_needs_memory_gets_it_first);
	tcase_add_test(t, nobody_gets_more_than_he_wishes);
	tcase_add_test(t, the_guaranteed_stays_where_all_is_short);
	tcase_add_test(t, a_liar_takes_its_weight);
	tcase_add_test(t, nothing_is_granted_before_it_is_free);
	tcase_add_test(t, too_much_is_given_back_at_once);
	tcase_add_loop_test(t, all_that_is_said_stays_within_bounds, 0, 300);
	suite_add_tcase(s, t);
	return suites_run(s);
}
