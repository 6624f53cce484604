/* SPDX-License-Identifier: MIT */
/* The table of instructions that may fault: however it was linked, each entry is found after it is
 * sorted, and nothing else is. */
#include <x86/fixup.h>

#include <check.h>
#include <tests/host/suites_run.h>

#define ENTRIES 50

/* Made-up code: the faulting instructions lie in the first half, the ways out in the second. */
static u8 code[2 * ENTRIES * 4];
static struct fixup table[ENTRIES];

static u64 instruction(u32 i)
{
	return (u64)&code[i * 4];
}

static u64 way_out(u32 i)
{
	return (u64)&code[(ENTRIES + i) * 4];
}

static void entry(u32 at, u32 i)
{
	table[at].fault = (s32)(instruction(i) - (u64)&table[at].fault);
	table[at].resume = (s32)(way_out(i) - (u64)&table[at].resume);
}

static void all_found(u32 n)
{
	fixups_sort(table, n);

	for (u32 i = 0; i < n; i++)
		ck_assert_uint_eq(fixup_find(table, n, instruction(i)), way_out(i));
	for (u32 i = 1; i < n; i++)
		ck_assert(fixup_fault(&table[i - 1]) < fixup_fault(&table[i]));
}

START_TEST(in_any_order)
{
	for (u32 step = 1; step < ENTRIES; step++) {
		/* Not a divisor of 50: each is met once. */
		if (step % 2 == 0 || step % 5 == 0)
			continue;

		for (u32 i = 0; i < ENTRIES; i++)
			entry(i, i * step % ENTRIES);
		all_found(ENTRIES);
	}
}
END_TEST

START_TEST(short_tables)
{
	ck_assert_uint_eq(fixup_find(table, 0, instruction(0)), 0);

	for (u32 n = 1; n < 5; n++) {
		for (u32 i = 0; i < n; i++)
			entry(i, n - 1 - i);
		all_found(n);
	}
}
END_TEST

START_TEST(nothing_else_is_found)
{
	for (u32 i = 0; i < ENTRIES; i++)
		entry(i, i);
	fixups_sort(table, ENTRIES);

	for (u32 i = 0; i < ENTRIES; i++) {
		ck_assert_uint_eq(fixup_find(table, ENTRIES, instruction(i) + 1), 0);
		ck_assert_uint_eq(fixup_find(table, ENTRIES, instruction(i) - 1), 0);
		ck_assert_uint_eq(fixup_find(table, ENTRIES, way_out(i)), 0);
	}
	ck_assert_uint_eq(fixup_find(table, ENTRIES, 0), 0);
	ck_assert_uint_eq(fixup_find(table, ENTRIES, ~0ul), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fixups");
	TCase *t = tcase_create("table");

	tcase_add_test(t, in_any_order);
	tcase_add_test(t, short_tables);
	tcase_add_test(t, nothing_else_is_found);
	suite_add_tcase(s, t);

	return suites_run(s);
}
