/* SPDX-License-Identifier: MIT */
/*
 * Which addresses are a guest's, to the byte; and copies that fault once, in the middle, or for
 * ever. Guest addresses are numbers here: copy_user is the test's.
 */
#include <dom/isolation.h>
#include <x86/tables.h>

#include <check.h>
#include <tests/host/suites_run.h>

#define FIRST_OF_OURS   HV_VIRT_START
#define BEHIND_OURS     HV_VIRT_END
#define LAST_OF_ALL     (~0ul)
#define MOST            (LAST_OF_ALL - BEHIND_OURS)
#define SOMEWHERE       ((void *)0x1000)
#define IN_HYPERVISOR   ((void *)(HV_VIRT_START + 0x1000))
#define REACHES_INTO_IT ((void *)(HV_VIRT_START - 8))

static struct {
	const void *dst, *src;
	size_t n;
} calls[4];
static u32 n_calls;
static size_t left[2]; /* what the first and the second try leave */

size_t copy_user(void *dst, const void *src, size_t n)
{
	ck_assert_uint_lt(n_calls, ARRAY_SIZE(left));
	calls[n_calls].dst = dst;
	calls[n_calls].src = src;
	calls[n_calls].n = n;
	return left[n_calls++];
}

/* With isolation: what is asked for, and what it leaves. */
size_t guest_reach(struct vcpu *v, void *buf, u64 va, size_t n, bool write)
{
	ck_assert_uint_lt(n_calls, ARRAY_SIZE(left));
	calls[n_calls].dst = write ? (void *)va : buf;
	calls[n_calls].src = write ? buf : (void *)va;
	calls[n_calls].n = n;
	return left[n_calls++];
}

static void up(void)
{
	n_calls = 0;
	left[0] = left[1] = 0;
	spec_defences = 0;
}

START_TEST(ranges)
{
	static const struct {
		u64 addr, n;
		bool ok;
	} rows[] = {
		{ 0, 0, true },
		{ 0, FIRST_OF_OURS, true },
		{ 0, FIRST_OF_OURS + 1, false },
		{ FIRST_OF_OURS - 1, 1, true },
		{ FIRST_OF_OURS - 1, 2, false },
		{ FIRST_OF_OURS, 1, false },
		{ BEHIND_OURS - 1, 1, false },
		{ BEHIND_OURS - 1, 2, false },
		{ BEHIND_OURS, 1, true },
		{ BEHIND_OURS, MOST, true },
		/* Around the end of all addresses, and of ours on the way. */
		{ BEHIND_OURS, MOST + 2, false },
		{ LAST_OF_ALL, 2, false },
		{ 0x1000, LAST_OF_ALL, false },
		{ FIRST_OF_OURS - 16, LAST_OF_ALL, false },
		{ FIRST_OF_OURS + 16, LAST_OF_ALL, false },
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_msg(guest_range_ok(rows[i].addr, rows[i].n) == rows[i].ok,
			      "%#lx bytes at %#lx", rows[i].n, rows[i].addr);
}
END_TEST

START_TEST(never_ours)
{
	u64 word;

	ck_assert_int_eq(guest_copy_in(&word, IN_HYPERVISOR, 8), -EFAULT);
	ck_assert_int_eq(guest_copy_out(IN_HYPERVISOR, &word, 8), -EFAULT);
	ck_assert_int_eq(guest_copy_in(&word, REACHES_INTO_IT, 9), -EFAULT);
	ck_assert_int_eq(guest_copy_out(REACHES_INTO_IT, &word, 9), -EFAULT);
	ck_assert_uint_eq(n_calls, 0);

	ck_assert_int_eq(guest_copy_in(&word, REACHES_INTO_IT, 8), 0);
	ck_assert_uint_eq(n_calls, 1);
}
END_TEST

/* A stale translation faults once: the copy goes on where it stopped. */
START_TEST(second_try)
{
	u8 page[100] = { 0 };

	left[0] = 30;
	ck_assert_int_eq(guest_copy_in(page, SOMEWHERE, sizeof(page)), 0);
	ck_assert_uint_eq(n_calls, 2);
	ck_assert_ptr_eq(calls[1].dst, page + 70);
	ck_assert_ptr_eq(calls[1].src, (u8 *)SOMEWHERE + 70);
	ck_assert_uint_eq(calls[1].n, 30);
}
END_TEST

/* With isolation a guest's addresses mean nothing to ring 0: never followed, tried once. */
START_TEST(isolated_by_the_tables)
{
	u64 word = 0;

	spec_defences = SPEC_BIT(DEFENCE_ISOLATION);
	ck_assert_int_eq(guest_copy_in(&word, IN_HYPERVISOR, 8), -EFAULT);
	ck_assert_int_eq(guest_copy_out(IN_HYPERVISOR, &word, 8), -EFAULT);
	ck_assert_uint_eq(n_calls, 0);

	ck_assert_int_eq(guest_copy_in(&word, SOMEWHERE, 8), 0);
	ck_assert_ptr_eq(calls[0].dst, &word);
	ck_assert_ptr_eq(calls[0].src, SOMEWHERE);

	left[1] = 1;
	ck_assert_int_eq(guest_copy_out(SOMEWHERE, &word, 8), -EFAULT);
	ck_assert_ptr_eq(calls[1].dst, SOMEWHERE);
	ck_assert_uint_eq(n_calls, 2);
}
END_TEST

START_TEST(no_third)
{
	u8 page[100] = { 0 };

	left[0] = 100;
	left[1] = 1;
	ck_assert_int_eq(guest_copy_out(SOMEWHERE, page, sizeof(page)), -EFAULT);
	ck_assert_uint_eq(n_calls, 2);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("guest memory");
	TCase *t = tcase_create("access");

	tcase_add_checked_fixture(t, up, NULL);
	tcase_add_test(t, ranges);
	tcase_add_test(t, never_ours);
	tcase_add_test(t, second_try);
	tcase_add_test(t, no_third);
	tcase_add_test(t, isolated_by_the_tables);
	suite_add_tcase(s, t);

	return suites_run(s);
}
