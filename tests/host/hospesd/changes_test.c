/* SPDX-License-Identifier: MIT */
/*
 * What happens to domains is told once, in order, from looks at all of them: what was there at the
 * first look is no news, a number that another domain took is another domain, and a balloon that
 * breathes is silent. And as lines of JSON, whatever the name holds.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <json-c/json.h>
#include <pvabi/sched.h>
#include <dom0-tools/hospesd/changes.h>
#include <dom0-tools/hospesd/feed.h>
#include <tests/host/suites_run.h>

#define MIB_PAGES 256

static char told[1024];
static const char *name_of_all;

void feed_tell(const struct happening *h)
{
	char one[128];

	snprintf(one, sizeof(one), "%s%s%u %s", told[0] != '\0' ? ", " : "", "d", h->domid,
		 h->what);
	strcat(told, one);
	if (h->why != NULL)
		strcat(strcat(told, " "), h->why);
	if (h->memory_kib != 0) {
		snprintf(one, sizeof(one), " %u", (unsigned int)(h->memory_kib >> 10));
		strcat(told, one);
	}
}

static bool read_name(uint32_t domid, char name[CONFIG_NAME_MAX + 1])
{
	(void)domid;
	if (name_of_all == NULL)
		return false;

	strcpy(name, name_of_all);
	return true;
}

/* One look: at a domain in this state, or at none. */
static void look(uint32_t domid, uint8_t uuid, uint32_t flags, uint64_t mib)
{
	struct xen_domctl_getdomaininfo info = {
		.domain = (domid_t)domid,
		.flags = flags,
		.tot_pages = mib * MIB_PAGES,
		.handle = { uuid },
	};

	changes_begin();
	if (domid != 0)
		changes_look(&info, read_name);
	changes_finish();
}

static void expect(const char *what)
{
	ck_assert_str_eq(told, what);
	told[0] = '\0';
}

static uint32_t stopped(unsigned int code)
{
	return XEN_DOMINF_shutdown | code << XEN_DOMINF_shutdownshift;
}

static void setup(void)
{
	told[0] = '\0';
	name_of_all = "lx";
}

START_TEST(a_life)
{
	look(0, 0, 0, 0);
	name_of_all = NULL;
	look(5, 1, XEN_DOMINF_paused, 0);
	expect("");
	name_of_all = "lx";
	look(5, 1, XEN_DOMINF_paused, 64);
	expect("d5 created");
	look(5, 1, XEN_DOMINF_paused, 128);
	expect("");
	look(5, 1, XEN_DOMINF_running, 256);
	expect("d5 started");
	look(5, 1, XEN_DOMINF_paused, 256);
	expect("d5 paused");
	look(5, 1, XEN_DOMINF_blocked, 256);
	expect("d5 unpaused");
	look(5, 1, stopped(SHUTDOWN_poweroff), 256);
	expect("d5 stopped poweroff");
	look(5, 1, stopped(SHUTDOWN_poweroff) | XEN_DOMINF_dying, 100);
	expect("");
	look(0, 0, 0, 0);
	expect("d5 destroyed");
	look(0, 0, 0, 0);
	expect("");
}
END_TEST

START_TEST(another_name_is_told)
{
	look(0, 0, 0, 0);
	look(5, 1, XEN_DOMINF_running, 256);
	told[0] = '\0';
	changes_renamed(5, "ly");
	expect("d5 renamed it was lx");
	changes_renamed(5, "ly");
	changes_renamed(6, "lz");
	expect("");
}
END_TEST

START_TEST(what_was_there_is_no_news)
{
	look(5, 1, XEN_DOMINF_running, 256);
	expect("");
	look(5, 1, stopped(SHUTDOWN_crash), 256);
	expect("d5 crashed");
	look(6, 1, XEN_DOMINF_running, 256);
	expect("d6 created, d6 started, d5 destroyed");
	look(6, 1, stopped(SHUTDOWN_reboot), 256);
	expect("d6 rebooted");
}
END_TEST

START_TEST(a_number_is_not_a_domain)
{
	look(5, 1, XEN_DOMINF_running, 256);
	look(5, 2, XEN_DOMINF_running, 256);
	expect("d5 created, d5 started, d5 destroyed");
}
END_TEST

START_TEST(a_balloon_is_told_when_it_rests)
{
	look(5, 1, XEN_DOMINF_running, 256);
	look(5, 1, XEN_DOMINF_running, 200);
	look(5, 1, XEN_DOMINF_running, 128);
	expect("");
	look(5, 1, XEN_DOMINF_running, 128);
	expect("d5 ballooned 128");
	look(5, 1, XEN_DOMINF_running, 128);
	expect("");
}
END_TEST

/* Whatever other tools call a domain, a line is one object and one line. */
START_TEST(lines_are_json)
{
	static const char *const names[] = { "lx", "", "a\"b\\c", "\x1b[2J\n}", "\xff\xc3\xa4" };
	uint8_t uuid[16] = { 1 };
	struct happening h = {
		.what = "stopped",
		.why = "poweroff",
		.name = names[_i],
		.domid = 7,
		.uuid = uuid,
		.memory_kib = UINT64_MAX,
	};
	char line[FEED_LINE_MAX];
	struct json_object *o;
	int n = feed_line(&h, 1796013731123, line);

	ck_assert_uint_eq(strlen(line), (size_t)n);
	ck_assert_ptr_eq(strchr(line, '\n'), line + n - 1);
	o = json_tokener_parse(line);
	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(json_object_object_length(o), 7);
	json_object_put(o);
}
END_TEST

START_TEST(what_is_about_the_host_has_no_name)
{
	struct happening h = { .what = "memory-tight", .why = "1900 of 2000 MiB are in use" };
	char line[FEED_LINE_MAX];

	feed_line(&h, 1796013731123, line);
	ck_assert_str_eq(line, "{\"time_ms\":1796013731123,\"event\":\"memory-tight\","
			       "\"reason\":\"1900 of 2000 MiB are in use\"}\n");
}
END_TEST

START_TEST(a_long_name_fits)
{
	char name[CONFIG_NAME_MAX + 1], line[FEED_LINE_MAX];
	uint8_t uuid[16] = { 1 };
	struct happening h = {
		.what = "stopped",
		.why = name,
		.name = name,
		.domid = 32767,
		.uuid = uuid,
		.memory_kib = UINT64_MAX,
	};

	memset(name, '"', CONFIG_NAME_MAX);
	name[CONFIG_NAME_MAX] = '\0';
	ck_assert_int_lt(feed_line(&h, INT64_MAX, line), FEED_LINE_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("changes");
	TCase *t = tcase_create("changes");

	suite_add_tcase(suite, t);
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, a_life);
	tcase_add_test(t, another_name_is_told);
	tcase_add_test(t, what_was_there_is_no_news);
	tcase_add_test(t, a_number_is_not_a_domain);
	tcase_add_test(t, a_balloon_is_told_when_it_rests);
	tcase_add_loop_test(t, lines_are_json, 0, 5);
	tcase_add_test(t, what_is_about_the_host_has_no_name);
	tcase_add_test(t, a_long_name_fits);

	return suites_run(suite);
}
