/* SPDX-License-Identifier: MIT */
/*
 * What a guest may make the console say: all lines are in its own log, so many of each domain and
 * of all of them are shown in a time, and more if the command line wants it so.
 */
#include <console/console.h>
#include <dom/domain.h>
#include <frame/alloc.h>
#include <lib/fail.h>

#include <check.h>
#include "../fake/time.h"

#include <tests/host/suites_run.h>

#define OF_ONE  20 /* as dom/log.c has them */
#define OF_ALL  60
#define SECONDS 1000000000ul
#define PERIOD  (10 * SECONDS)

static struct domain domains[8];
static enum guest_line_shown shown;
static u32 printed, counted;

enum guest_line_shown log_guest_shown(enum log_level level)
{
	return shown;
}

void log_print(enum log_level level, const char *fmt, ...)
{
	/* The line that counts what was left out is none of the guest's. */
	if (strstr(fmt, "were not shown"))
		counted++;
	else
		printed++;
}

static struct cpu_user_regs regs = { .rip = 0xffffffff81001234 };

struct cpu_user_regs *guest_regs(void)
{
	return &regs;
}

static void up(void)
{
	static u64 start = 1000 * SECONDS;

	for (u32 i = 0; i < ARRAY_SIZE(domains); i++)
		domains[i] = (struct domain){ .id = i + 1, .log = domain_log_create() };

	/* What tests before used of the limit of all is forgotten. */
	start += 2 * PERIOD;
	fake_time = start;
	shown = SHOWN_LIMITED;
	printed = counted = 0;
}

static void down(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(domains); i++)
		domain_log_free(domains[i].log);
}

static void say(struct domain *d, u32 times)
{
	for (u32 i = 0; i < times; i++)
		domain_log(d, "again");
}

START_TEST(of_one_domain)
{
	say(&domains[0], 1000);
	ck_assert_uint_eq(printed, OF_ONE);

	fake_time += PERIOD - 1;
	say(&domains[0], 1000);
	ck_assert_uint_eq(printed, OF_ONE);
	ck_assert_uint_eq(counted, 0);

	fake_time += 1;
	say(&domains[0], 1);
	ck_assert_uint_eq(printed, OF_ONE + 1);
	ck_assert_uint_eq(counted, 1);
}
END_TEST

START_TEST(one_does_not_silence_another)
{
	say(&domains[0], 1000);
	printed = 0;
	say(&domains[1], 1);
	ck_assert_uint_eq(printed, 1);
}
END_TEST

START_TEST(of_all_domains)
{
	for (u32 i = 0; i < ARRAY_SIZE(domains); i++)
		say(&domains[i], 1000);
	ck_assert_uint_eq(printed, OF_ALL);
}
END_TEST

START_TEST(as_the_command_line_wants)
{
	shown = SHOWN_NEVER;
	say(&domains[0], 1000);
	ck_assert_uint_eq(printed, 0);

	shown = SHOWN_ALWAYS;
	say(&domains[0], 1000);
	ck_assert_uint_eq(printed, 1000);
}
END_TEST

/* Of the last lines each stands in the domain's own log, shown or not. */
START_TEST(its_own_log_has_all)
{
	static const char line[] = "[   12.000345] d1: again\n";
	char text[64];
	u64 pos = 0;

	fake_time = 12 * SECONDS + 345678;
	say(&domains[0], OF_ONE + 5);
	ck_assert_uint_eq(domain_log_read(&domains[0], &pos, text, sizeof(text)), sizeof(text));
	ck_assert(!memcmp(text, line, strlen(line)));
	ck_assert(!memcmp(text + strlen(line), line, strlen(line)));

	pos = (OF_ONE + 4) * strlen(line);
	ck_assert_uint_eq(domain_log_read(&domains[0], &pos, text, sizeof(text)), strlen(line));
}
END_TEST

/* Who was refused, where in its code, by which function, and why. */
START_TEST(a_refusal_has_its_place)
{
	static const char line[] =
		"[    0.000001] d1v3 ffffffff81001234 there: frame 0x12 is pinned (-22)\n";
	struct vcpu v = { .dom = &domains[0], .id = 3 };
	char text[sizeof(line)] = "";
	u64 pos = 0;

	fake_time = 1999;
	fake_current = &v;
	fail_reason(-EINVAL, "there", "frame %#x is pinned", 0x12);
	fake_current = NULL;
	domain_log_read(&domains[0], &pos, text, sizeof(text) - 1);
	ck_assert_str_eq(text, line);
}
END_TEST

static Suite *suite_log(void)
{
	Suite *s = suite_create("guests' lines");
	TCase *t = tcase_create("log");

	tcase_add_checked_fixture(t, up, down);
	tcase_add_test(t, of_one_domain);
	tcase_add_test(t, one_does_not_silence_another);
	tcase_add_test(t, of_all_domains);
	tcase_add_test(t, as_the_command_line_wants);
	tcase_add_test(t, its_own_log_has_all);
	tcase_add_test(t, a_refusal_has_its_place);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return suites_run(suite_log());
}
