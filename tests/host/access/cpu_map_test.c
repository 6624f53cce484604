/* SPDX-License-Identifier: MIT */
/* Sets of CPUs: what lists mean, which are refused and why, and the text of a set. */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <dom0-tools/access/cpu_map.h>
#include <tests/host/suites_run.h>

static const struct {
	const char *list;
	unsigned int cpus;
	const char *text; /* of the set that comes out */
} good[] = {
	{ "0", 4, "0" },          { "3", 4, "3" },
	{ "0-3", 4, "all" },      { "all", 4, "all" },
	{ "none", 4, "none" },    { "0,1", 4, "0-1" },
	{ "2,0", 4, "0,2" },      { "0-3,^2", 4, "0-1,3" },
	{ "^0", 4, "1-3" },       { "all,^1-2", 4, "0,3" },
	{ "^0,0", 4, "all" },     { "1,^1", 4, "none" },
	{ "1-1", 4, "1" },        { "0-62,64-1023", 1024, "0-62,64-1023" },
	{ "1023", 1024, "1023" }, { "8-15,^8-15,9", 16, "9" },
	{ "0", 1, "all" },
};

START_TEST(lists_give_sets)
{
	struct hospes_error err = { .code = 0 };
	char text[CPU_MAP_TEXT_MAX];
	struct cpu_map map;

	ck_assert_msg(cpu_map_parse(&map, good[_i].list, good[_i].cpus, &err) == 0, "%s: %s",
		      good[_i].list, err.text);
	cpu_map_text(&map, good[_i].cpus, text);
	ck_assert_str_eq(text, good[_i].text);
}
END_TEST

static const struct {
	const char *list, *why;
} bad[] = {
	{ "", "is no list" },
	{ ",", "is no list" },
	{ "1,", "is no list" },
	{ ",1", "is no list" },
	{ "all,", "is no list" },
	{ "allx", "is no list" },
	{ "1-", "a range goes" },
	{ "3-1", "a range goes" },
	{ "-1", "is no list" },
	{ "1 ", "is no list" },
	{ "0x1", "is no list" },
	{ "1;2", "is no list" },
	{ "^", "is no list" },
	{ "^^1", "is no list" },
	{ "node:0", "is no list" },
	{ "4", "names CPU 4" },
	{ "0-4", "names CPU 4, but the CPUs are 0 to 3" },
	{ "4294967296", "names CPU 4294967296, but" },
	{ "99999999999999999999999999", "names CPU 99999999999999999999999999, but" },
	{ "0-18446744073709551616", "names CPU 18446744073709551616, but" },
	{ "1,0-99999999,2", "names CPU 99999999, but" },
};

START_TEST(other_lists_are_refused_with_a_reason)
{
	struct hospes_error err = { .code = 0 };
	struct cpu_map map;

	ck_assert_int_eq(cpu_map_parse(&map, bad[_i].list, 4, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, bad[_i].why) != NULL, "\"%s\" lacks \"%s\"", err.text,
		      bad[_i].why);
}
END_TEST

START_TEST(the_longest_text_has_room)
{
	char text[CPU_MAP_TEXT_MAX + 8];
	struct cpu_map map;

	memset(text + CPU_MAP_TEXT_MAX, 'x', 8);
	memset(&map, 0xaa, sizeof(map)); /* 1, 3, 5, ... */
	cpu_map_text(&map, CPU_MAP_CPUS, text);
	ck_assert(strlen(text) < CPU_MAP_TEXT_MAX);
	ck_assert_str_eq(text + strlen(text) - 5, ",1023");
	ck_assert_mem_eq(text + CPU_MAP_TEXT_MAX, "xxxxxxxx", 8);
	ck_assert_uint_eq(cpu_map_count(&map), CPU_MAP_CPUS / 2);
}
END_TEST

START_TEST(the_bitmap_is_that_of_control_calls)
{
	struct cpu_map map;

	ck_assert_int_eq(cpu_map_parse(&map, "0,9,15", 64, NULL), 0);
	ck_assert_uint_eq(map.bytes[0], 0x01);
	ck_assert_uint_eq(map.bytes[1], 0x82);
	ck_assert(cpu_map_has(&map, 9) && !cpu_map_has(&map, 8));
	ck_assert(!cpu_map_has(&map, CPU_MAP_CPUS + 9));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cpu_map");
	TCase *tc = tcase_create("cpu_map");

	tcase_add_loop_test(tc, lists_give_sets, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tc, other_lists_are_refused_with_a_reason, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, the_longest_text_has_room);
	tcase_add_test(tc, the_bitmap_is_that_of_control_calls);
	suite_add_tcase(suite, tc);

	return suites_run(suite);
}
