/* SPDX-License-Identifier: MIT */
/*
 * Of a guest's text no byte that a terminal obeys reaches the console or dmesg; dom0's terminal
 * gets what it understands.
 */
#include <check.h>
#include <console/clean.h>
#include <string.h>
#include <tests/host/suites_run.h>

static void becomes(const char *text, const char *want)
{
	char out[64];
	size_t n = text_clean(out, text, strlen(text));

	ck_assert_uint_lt(n, sizeof(out));
	out[n] = '\0';
	ck_assert_str_eq(out, want);
}

START_TEST(a_guest_moves_no_cursor)
{
	becomes("plain ~ text\n\tmore\n", "plain ~ text\n\tmore\n");
	becomes("\033[2J\033]0;title\a", "?[2J?]0;title?");
	becomes("(d5) mine\r(HV) not mine\n", "(d5) mine(HV) not mine\n");
	becomes("line\r\n", "line\n");
	becomes("\b\b\b\v\f\177", "??????");
	becomes("\2332J \302\2332J", "?2J ??2J");
	becomes("h\303\266flich", "h??flich");
	becomes("", "");
}
END_TEST

START_TEST(every_byte_has_its_answer)
{
	for (int c = 0; c < 256; c++) {
		char in = (char)c, out = 'x';
		size_t n = text_clean(&out, &in, 1);

		if (c == '\r')
			ck_assert_uint_eq(n, 0);
		else
			ck_assert_uint_eq(n, 1);
		ck_assert(n == 0 || out == '\n' || out == '\t' || (out >= ' ' && out <= '~'));
	}
}
END_TEST

/* In place, as the hypervisor does it with its own lines. */
START_TEST(in_place)
{
	char text[] = "a\r\r\033b\r\nc";
	size_t n = text_clean(text, text, sizeof(text) - 1);

	ck_assert_uint_eq(n, 5);
	ck_assert_mem_eq(text, "a?b\nc", 5);
}
END_TEST

START_TEST(the_control_domain_has_a_terminal)
{
	char out[64];
	size_t n = text_clean_terminal(out, "\033[2Jx\b\r\n\t\a\002\303\266", 13);

	ck_assert_uint_eq(n, 11);
	ck_assert_mem_eq(out, "\033[2Jx\b\r\n\t\303\266", 11);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("clean");
	TCase *t = tcase_create("clean");

	tcase_add_test(t, a_guest_moves_no_cursor);
	tcase_add_test(t, every_byte_has_its_answer);
	tcase_add_test(t, in_place);
	tcase_add_test(t, the_control_domain_has_a_terminal);
	suite_add_tcase(s, t);

	return suites_run(s);
}
