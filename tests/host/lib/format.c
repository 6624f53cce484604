/* SPDX-License-Identifier: MIT */
/*
 * Text formatting, beside the C library's: the same texts and lengths; cut where the buffer ends.
 */
#include <lib/format.h>
#include <lib/string.h>

#define SAME(...)                                                                   \
	do {                                                                        \
		char ours[200], theirs[200];                                        \
		int n = format(ours, sizeof(ours), __VA_ARGS__);                    \
		ck_assert_int_eq(n, snprintf(theirs, sizeof(theirs), __VA_ARGS__)); \
		ck_assert_str_eq(ours, theirs);                                     \
	} while (0)

#pragma GCC diagnostic ignored "-Wformat"

START_TEST(as_printf)
{
	SAME("plain");
	SAME("%d %d %u", -5, 0x7fffffff, 0xffffffffu);
	SAME("%d", -0x7fffffff - 1);
	SAME("%ld %lu %zu", -0x7fffffffffffffffl - 1, ~0ul, (size_t)12);
	SAME("%x %#x %#lx %lx", 0xdeadu, 255u, 0xBEEFul, ~0ul);
	SAME("[%5d|%-5d|%05d|%-05d|%#8x|%#08x]", 42, 42, -42, 42, 42, 42);
	SAME("[%3d]", 123456);
	SAME("[%10s|%-10s|%.2s|%s]", "abc", "abc", "abc", "");
	SAME("[%.*s|%.*s]", 3, "abcdef", -1, "abcdef");
	SAME("[%c%c|%3c] 100%%", 'a', 'z', 'm');
	SAME("%012lx-%012lx", 0x9fc00ul, 0xfffffffffffful);
	SAME("%hhu", 7);
}
END_TEST

START_TEST(null_is_shown)
{
	const char *volatile none = NULL; /* unknown to the compiler, which would refuse it */
	char b[40];

	format(b, sizeof(b), "%s %.3s", none, none);
	ck_assert_str_eq(b, "(null) (nu");
}
END_TEST

START_TEST(cut_at_the_end)
{
	char b[8];

	memset(b, 'X', sizeof(b));
	ck_assert_int_eq(format(b, 5, "%s", "abcdefgh"), 8);
	ck_assert_str_eq(b, "abcd");
	ck_assert_int_eq(b[5], 'X');
	ck_assert_int_eq(format(b, 1, "%d", 12345), 5);
	ck_assert_str_eq(b, "");
	ck_assert_int_eq(format(NULL, 0, "%d", 12345), 5);
}
END_TEST

/* A conversion that is not known is shown; a format that ends in its middle is no harm. */
START_TEST(unknown_conversions)
{
	char b[40];

	format(b, sizeof(b), "%q %d", 5);
	ck_assert_str_eq(b, "%q 5");
	format(b, sizeof(b), "end%");
	ck_assert_str_eq(b, "end%");
	format(b, sizeof(b), "end%-08l");
	ck_assert_str_eq(b, "end%");
}
END_TEST

Suite *suite_format(void)
{
	Suite *s = suite_create("format");
	TCase *t = tcase_create("format");

	tcase_add_test(t, as_printf);
	tcase_add_test(t, null_is_shown);
	tcase_add_test(t, cut_at_the_end);
	tcase_add_test(t, unknown_conversions);
	suite_add_tcase(s, t);
	return s;
}
