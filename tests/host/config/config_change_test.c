/* SPDX-License-Identifier: MIT */
/* Sizes of memory written into a domain's XML: what else stands there is left as it was. */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/config/config.h>
#include <tests/host/suites_run.h>

#define MIB 1024UL

#define HEAD "<domain type='xen'>\n  <name>demo</name>\n"
#define TAIL                          \
	"  <!-- a word of ours -->\n" \
	"  <os><type>linux</type><kernel>/boot/vmlinuz</kernel></os>\n</domain>\n"
#define MEMORY  "  <memory unit='MiB'>256</memory>\n"
#define CURRENT "  <currentMemory>131072</currentMemory>\n"
#define MOST    "  <maxMemory slots='2' unit='MiB'>512</maxMemory>\n"

static const char *const texts[] = {
	HEAD MEMORY TAIL,
	HEAD MEMORY CURRENT TAIL,
	HEAD MOST MEMORY TAIL,
	HEAD MOST CURRENT MEMORY TAIL,
};

static struct domain_config config;
static struct hospes_error error;

static void parse(const char *text)
{
	ck_assert_msg(config_parse(text, strlen(text), "t.xml", &config, &error) == 0, "%s",
		      error.text);
}

START_TEST(the_start_is_changed)
{
	uint64_t most;

	parse(texts[_i]);
	most = config.memory_max_kib;
	ck_assert_msg(config_memory_write(&config, 192 * MIB, &error) == 0, "%s", error.text);
	ck_assert_uint_eq(config.memory_kib, 192 * MIB);
	ck_assert_uint_eq(config.memory_max_kib, most);
	ck_assert_ptr_nonnull(strstr(config.text, "\n  <currentMemory unit=\"KiB\">196608<"));
	ck_assert_ptr_nonnull(strstr(config.text, "<!-- a word of ours -->"));

	ck_assert_int_eq(config_memory_write(&config, most, &error), 0);
	ck_assert_uint_eq(config.memory_kib, most);
	ck_assert_uint_eq(config.memory_max_kib, most);
	config_free(&config);
}
END_TEST

START_TEST(the_most_is_changed)
{
	uint64_t start;

	parse(texts[_i]);
	start = config.memory_kib;
	ck_assert_msg(config_memory_max_write(&config, 1024 * MIB, &error) == 0, "%s", error.text);
	ck_assert_uint_eq(config.memory_kib, start);
	ck_assert_uint_eq(config.memory_max_kib, 1024 * MIB);

	ck_assert_msg(config_memory_max_write(&config, start, &error) == 0, "%s", error.text);
	ck_assert_uint_eq(config.memory_kib, start);
	ck_assert_uint_eq(config.memory_max_kib, start);
	config_free(&config);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
	parse(texts[_i]);
	ck_assert_int_eq(config_memory_write(&config, 513 * MIB, &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "mem-max --config"));
	ck_assert_int_eq(config_memory_max_write(&config, 127 * MIB, &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "mem-set --config"));
	ck_assert_int_lt(config_memory_write(&config, 1, &error), 0);
	config_free(&config);
}
END_TEST

int main(void)
{
	int last = (int)ARRAY_SIZE(texts);
	Suite *s = suite_create("config_change");
	TCase *t = tcase_create("change");

	tcase_add_loop_test(t, the_start_is_changed, 0, last);
	tcase_add_loop_test(t, the_most_is_changed, 0, last);
	tcase_add_loop_test(t, what_does_not_fit_is_refused, 0, last);
	suite_add_tcase(s, t);
	return suites_run(s);
}
