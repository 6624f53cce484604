/* SPDX-License-Identifier: MIT */
/*
 * The processors of a domain in its XML: number, places, shares and bounds. Each part stands alone
 * in a file that is good otherwise; bad ones are refused with a line that names the cause.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/config/config.h>
#include <tests/host/suites_run.h>

static struct domain_config config;
static struct hospes_error error;

#define FILE_WITH                                                               \
	"<domain type='xen'>\n<name>s</name>\n<memory>65536</memory>\n%s\n<os>" \
	"<type>linux</type><kernel>/k</kernel></os></domain>"

static int parse(const char *text)
{
	error_clear(&error);
	return config_parse(text, strlen(text), "t.xml", &config, &error);
}

static const struct {
	const char *xml;
	unsigned int vcpus, online, weight, cap;
	const char *pins[2]; /* of the first two; NULL: none */
} processors[] = {
	{ "<vcpu>2</vcpu>", 2, 2, 0, 0, { NULL, NULL } },
	{ "<vcpu placement='static' current='1'>64</vcpu>", 64, 1, 0, 0, { NULL, NULL } },
	{ "<vcpu cpuset='0-3,^2'>2</vcpu>", 2, 2, 0, 0, { "0-1,3", "0-1,3" } },
	{ "<vcpu cpuset='4'>2</vcpu><cputune><vcpupin vcpu='1' cpuset='0'/></cputune>",
	  2,
	  2,
	  0,
	  0,
	  { "4", "0" } },
	{ "<vcpu>2</vcpu><cputune><shares>65535</shares></cputune>",
	  2,
	  2,
	  65535,
	  0,
	  { NULL, NULL } },
	/* of each of two; of both together; rounded, but never to none */
	{ "<vcpu>2</vcpu><cputune><quota>25000</quota></cputune>", 2, 2, 0, 50, { NULL, NULL } },
	{ "<vcpu>2</vcpu><cputune><period>50000</period><quota>75000</quota></cputune>",
	  2,
	  2,
	  0,
	  300,
	  { NULL, NULL } },
	{ "<vcpu>2</vcpu><cputune><global_quota>25000</global_quota></cputune>",
	  2,
	  2,
	  0,
	  25,
	  { NULL, NULL } },
	{ "<vcpu>1</vcpu><cputune><period>1000000</period><quota>1000</quota></cputune>",
	  1,
	  1,
	  0,
	  1,
	  { NULL, NULL } },
	{ "<vcpu>2</vcpu><cputune><quota>-1</quota></cputune>", 2, 2, 0, 0, { NULL, NULL } },
	{ "<cputune><shares>1</shares></cputune>", 1, 1, 1, 0, { NULL, NULL } },
};

START_TEST(processors_give_their_values)
{
	char text[1024], set[CPU_MAP_TEXT_MAX];

	snprintf(text, sizeof(text), FILE_WITH, processors[_i].xml);
	ck_assert_msg(parse(text) == 0, "%s", error.text);
	ck_assert_uint_eq(config.vcpus, processors[_i].vcpus);
	ck_assert_uint_eq(config.vcpus_online, processors[_i].online);
	ck_assert_uint_eq(config.weight, processors[_i].weight);
	ck_assert_uint_eq(config.cap, processors[_i].cap);
	for (unsigned int i = 0; i < 2; i++) {
		ck_assert_int_eq(config.pinned[i], processors[_i].pins[i] != NULL);
		cpu_map_text(&config.pins[i], CPU_MAP_CPUS, set);
		ck_assert(!config.pinned[i] || strcmp(set, processors[_i].pins[i]) == 0);
	}
	config_free(&config);
}
END_TEST

static const struct {
	const char *xml, *why;
} bad[] = {
	{ "<vcpu current='3'>2</vcpu>", "line 4: <vcpu current='3'>: it must be a number from 1" },
	{ "<vcpu current='0'>2</vcpu>", "from 1 to 2" },
	{ "<vcpu cpuset='4-1'>2</vcpu>", "line 4: <vcpu cpuset>: 4-1 is no list of CPUs" },
	{ "<vcpu cpuset='1,^1'>2</vcpu>", "leaves no CPU" },
	{ "<vcpu cpuset='9999'>2</vcpu>", "names CPU 9999" },
	{ "<vcpu placement='auto'>2</vcpu>", "possible: static" },
	{ "<vcpu>2</vcpu><cputune><shares>0</shares></cputune>", "from 1 to 65535" },
	{ "<vcpu>2</vcpu><cputune><shares>65536</shares></cputune>", "from 1 to 65535" },
	{ "<vcpu>2</vcpu><cputune><shares>1</shares><shares>2</shares></cputune>",
	  "a second <shares>" },
	{ "<vcpu>2</vcpu><cputune><quota>999</quota></cputune>", "line 4: <quota> is 999" },
	{ "<vcpu>2</vcpu><cputune><period>999</period></cputune>", "<period> is 999" },
	{ "<vcpu>2</vcpu><cputune><period>-1</period></cputune>", "<period> is -1" },
	{ "<vcpu>2</vcpu><cputune><quota>17592186044415</quota></cputune>", "no bound" },
	{ "<vcpu>2</vcpu><cputune><quota>17592186044416</quota></cputune>", "from 1000" },
	{ "<vcpu>2</vcpu><cputune><quota>5000</quota><global_quota>5000</global_quota></cputune>",
	  "one of them" },
	{ "<vcpu>2</vcpu><cputune><vcpupin vcpu='2' cpuset='0'/></cputune>", "from 0 to 1" },
	{ "<vcpu>2</vcpu><cputune><vcpupin cpuset='0'/></cputune>", "lacks the attribute vcpu" },
	{ "<vcpu>2</vcpu><cputune><vcpupin vcpu='0'/></cputune>", "lacks the attribute cpuset" },
	{ "<vcpu>2</vcpu><cputune><vcpupin vcpu='0' cpuset='0'/>"
	  "<vcpupin vcpu='0' cpuset='1'/></cputune>",
	  "a second <vcpupin vcpu='0'>" },
	{ "<vcpu>2</vcpu><cputune><emulatorpin cpuset='0'/></cputune>",
	  "unknown element <emulatorpin> in <cputune>" },
};

START_TEST(bad_processors_are_refused_with_the_cause)
{
	char text[1024];
	int ret;

	snprintf(text, sizeof(text), FILE_WITH, bad[_i].xml);
	ret = parse(text);
	ck_assert_msg(ret < 0, "accepted: %s", text);
	ck_assert_int_eq(error.code, ret);
	ck_assert_msg(strstr(error.text, bad[_i].why) != NULL, "\"%s\" lacks \"%s\"", error.text,
		      bad[_i].why);
	config_free(&config);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("config_vcpu");
	TCase *t = tcase_create("config_vcpu");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, processors_give_their_values, 0, (int)ARRAY_SIZE(processors));
	tcase_add_loop_test(t, bad_processors_are_refused_with_the_cause, 0, (int)ARRAY_SIZE(bad));
	suite_add_tcase(s, t);

	return suites_run(s);
}
