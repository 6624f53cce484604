/* SPDX-License-Identifier: MIT */
/* The numbers of a domain, some of which a guest writes as it likes. */
#include <check.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/domain/memory_view.h>
#include <tests/host/suites_run.h>

#define MIB 1024UL

static const struct {
	const char *text;
	uint64_t kib;
} numbers[] = {
	{ "131072", 131072 },
	{ "0", 0 },
	{ "17179869184", 1UL << 34 },
	{ "17179869185", 0 },
	{ "99999999999999999999999999999999999999", 0 },
	{ "", 0 },
	{ "-1", 0 },
	{ "+1", 0 },
	{ " 1", 0 },
	{ "1 ", 0 },
	{ "1\n2", 0 },
	{ "0x10", 0 },
	{ "1e9", 0 },
	{ "\x1b[2J", 0 },
};

START_TEST(a_number_is_digits_alone)
{
	ck_assert_uint_eq(memory_number(numbers[_i].text), numbers[_i].kib);
}
END_TEST

static struct memory_guest sharer(uint64_t total, uint64_t free)
{
	return (struct memory_guest){
		.now = 128 * MIB,
		.target = 128 * MIB,
		.guaranteed = 96 * MIB,
		.wished = 512 * MIB,
		.said_total = total * MIB,
		.said_free = free * MIB,
	};
}

START_TEST(what_may_be_true_is_taken)
{
	struct memory_guest g = sharer(110, 60);

	memory_guest_check(&g);
	ck_assert(g.shares);
	ck_assert_uint_eq(memory_guest_own(&g), 18 * MIB);
	ck_assert_uint_eq(memory_guest_uses(&g, memory_guest_own(&g)), 68 * MIB);
}
END_TEST

START_TEST(what_cannot_be_true_was_not_said)
{
	struct memory_guest more_free = sharer(110, 111), too_much = sharer(641, 1);

	memory_guest_check(&more_free);
	ck_assert(more_free.shares);
	ck_assert_uint_eq(memory_guest_uses(&more_free, 0), 0);
	memory_guest_check(&too_much);
	ck_assert_uint_eq(memory_guest_uses(&too_much, 1), 0);
}
END_TEST

START_TEST(an_agreement_needs_its_bounds)
{
	struct memory_guest no_target = sharer(0, 0), no_most = sharer(0, 0), low = sharer(0, 0);

	no_target.target = 0;
	memory_guest_check(&no_target);
	ck_assert(!no_target.shares);
	no_most.wished = 0;
	memory_guest_check(&no_most);
	ck_assert(!no_most.shares);

	/* `mem-max` went below what was guaranteed. */
	low.wished = 64 * MIB;
	memory_guest_check(&low);
	ck_assert(low.shares);
	ck_assert_uint_eq(low.guaranteed, 64 * MIB);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("memory_guest");
	TCase *t = tcase_create("guest");

	tcase_add_loop_test(t, a_number_is_digits_alone, 0, ARRAY_SIZE(numbers));
	tcase_add_test(t, what_may_be_true_is_taken);
	tcase_add_test(t, what_cannot_be_true_was_not_said);
	tcase_add_test(t, an_agreement_needs_its_bounds);
	suite_add_tcase(s, t);
	return suites_run(s);
}
