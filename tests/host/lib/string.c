/* SPDX-License-Identifier: MIT */
/*
 * Memory and strings: every length and overlap up to some words, nothing written outside; sizes
 * with suffixes.
 */
#include <lib/string.h>

#define AREA 64

static void area_fill(u8 *a)
{
	for (int i = 0; i < AREA; i++)
		a[i] = i * 7 + 1;
}

START_TEST(moves_are_the_c_librarys)
{
	u8 ours[AREA], theirs[AREA];

	for (u32 n = 0; n <= 24; n++)
		for (u32 from = 0; from < 32; from++)
			for (u32 to = 0; to < 32; to++) {
				area_fill(ours);
				area_fill(theirs);
				ck_assert_ptr_eq(memmove(ours + to, ours + from, n), ours + to);
				libc_memmove(theirs + to, theirs + from, n);
				ck_assert_mem_eq(ours, theirs, AREA);
			}
}
END_TEST

START_TEST(fills_stay_inside)
{
	for (u32 n = 0; n <= 40; n++) {
		u8 a[AREA];

		area_fill(a);
		memset(a + 8, 0x5a5, n);
		for (u32 i = 0; i < AREA; i++)
			ck_assert_uint_eq(a[i], i >= 8 && i < 8 + n ? 0xa5 : (u8)(i * 7 + 1));
	}
}
END_TEST

START_TEST(comparisons)
{
	ck_assert_int_eq(memcmp("abc", "abd", 2), 0);
	ck_assert_int_lt(memcmp("abc", "abd", 3), 0);
	ck_assert_int_gt(memcmp("\xff", "\x01", 1), 0);
	ck_assert_int_eq(strncmp("", "", 4), 0);
	ck_assert_int_gt(strncmp("a", "", 4), 0);
	ck_assert_int_lt(strncmp("a", "\xe4", 4), 0);
	ck_assert_int_eq(strncmp("max:1G", "max:", 4), 0);
	ck_assert_int_eq(strncmp("a\0b", "a\0c", 3), 0);
	ck_assert_uint_eq(strnlen("abc", 2), 2);
	ck_assert_uint_eq(strlen(""), 0);
	ck_assert_str_eq(strchr("a=b=c", '='), "=b=c");
	ck_assert_ptr_null(strchr("abc", '='));
	ck_assert_str_eq(strchr("abc", 0), "");
}
END_TEST

START_TEST(copies_are_cut_and_ended)
{
	char buf[4] = "xxx";

	ck_assert_uint_eq(str_copy(buf, "longer", sizeof(buf)), 6);
	ck_assert_str_eq(buf, "lon");
	ck_assert_uint_eq(str_copy(buf, "", sizeof(buf)), 0);
	ck_assert_str_eq(buf, "");
	ck_assert_uint_eq(str_copy(buf, "a", 1), 1);
	ck_assert_str_eq(buf, "");
}
END_TEST

START_TEST(sizes)
{
	static const struct {
		const char *text;
		u64 value;
		u32 used;
	} cases[] = {
		{ "512M,max", 512ul << 20, 4 },
		{ "1G", 1ul << 30, 2 },
		{ "0x10k", 16384, 5 },
		{ "0", 0, 1 },
		{ "", 0, 0 },
		{ "x", 0, 0 },
		{ "0x", 0, 1 },
		{ "-1", 0, 0 },
		{ "18446744073709551615", ~0ul, 20 },
		{ "18446744073709551616", ~0ul, 20 },
		{ "99999999999999999999999", ~0ul, 23 },
		{ "16777216T", ~0ul, 9 },
		{ "3t", 3ul << 40, 2 },
		{ "7\x0b", 7, 1 },
		{ "0xg", 0, 1 },
		{ "9 ", 9, 1 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *end;

		ck_assert_uint_eq(str_to_size(cases[i].text, &end), cases[i].value);
		ck_assert_int_eq(end - cases[i].text, cases[i].used);
	}
}
END_TEST

Suite *suite_string(void)
{
	Suite *s = suite_create("string");
	TCase *t = tcase_create("string");

	tcase_add_test(t, moves_are_the_c_librarys);
	tcase_add_test(t, fills_stay_inside);
	tcase_add_test(t, comparisons);
	tcase_add_test(t, copies_are_cut_and_ended);
	tcase_add_test(t, sizes);
	suite_add_tcase(s, t);
	return s;
}
