/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor's command line: every word users know, and that what is not understood is named
 * and changes nothing.
 */
#include "suites.h"

#include <boot/boot.h>
#include <console/console.h>
#include <stdio.h>
#include <string.h>

static char warned[400];

/* The console's part: what was named last. */
void log_print(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(warned, sizeof(warned), fmt, ap);
	va_end(ap);
}

static void parse(const char *line)
{
	warned[0] = 0;
	cmdline_parse(line);
}

START_TEST(words_users_know)
{
	parse("placeholder no-real-mode edd=off  console=vga,com1\tcom1=115200,8n1,0x2f8 "
	      "dom0_mem=1G,max:2G dom0_max_vcpus=3 loglvl=all guest_loglvl=warning/error "
	      "noreboot watchdog=0 pcid=no spec-ctrl=no-isolation");
	ck_assert_str_eq(warned, "");
	ck_assert_str_eq(boot_options.console, "vga,com1");
	ck_assert_str_eq(boot_options.com1, "115200,8n1,0x2f8");
	ck_assert_uint_eq(boot_options.dom0_mem.bytes, 1ul << 30);
	ck_assert_uint_eq(boot_options.dom0_mem_max.bytes, 2ul << 30);
	ck_assert_uint_eq(boot_options.dom0_max_vcpus, 3);
	ck_assert_int_eq(boot_options.loglvl, LOG_DEBUG);
	ck_assert_int_eq(boot_options.guest_loglvl.always, LOG_WARN);
	ck_assert_int_eq(boot_options.guest_loglvl.limited, LOG_ERR);
	ck_assert(boot_options.noreboot && !boot_options.watchdog && !boot_options.pcid);
	ck_assert_uint_eq(boot_options.spec.forbid, SPEC_BIT(DEFENCE_ISOLATION));
}
END_TEST

START_TEST(microcode_is_loaded_unless)
{
	ck_assert(boot_options.ucode);
	parse("ucode=no");
	ck_assert(!boot_options.ucode);
	parse("ucode=scan");
	ck_assert(boot_options.ucode);
	ck_assert_str_eq(warned, "");
	parse("ucode=scam");
	ck_assert_str_ne(warned, "");
}
END_TEST

START_TEST(defences)
{
	parse("spec-ctrl=l1tf,no-isolation");
	ck_assert_uint_eq(boot_options.spec.force, SPEC_BIT(DEFENCE_L1TF));
	ck_assert_uint_eq(boot_options.spec.forbid, SPEC_BIT(DEFENCE_ISOLATION));
	ck_assert_str_eq(warned, "");

	parse("spec-ctrl=l1tf,nonsense");
	ck_assert_str_ne(warned, "");
}
END_TEST

START_TEST(sizes_of_dom0)
{
	parse("dom0_mem=524288"); /* a bare number is KiB */
	ck_assert_uint_eq(boot_options.dom0_mem.bytes, 512ul << 20);
	parse("dom0_mem=max:1G");
	ck_assert_uint_eq(boot_options.dom0_mem.bytes, 0);
	ck_assert_uint_eq(boot_options.dom0_mem_max.bytes, 1ul << 30);
	parse("dom0_mem=min:256M,max:512M");
	ck_assert_uint_eq(boot_options.dom0_mem.bytes, 256ul << 20);
	parse("dom0_mem=512M+5%,max:10%");
	ck_assert_uint_eq(boot_options.dom0_mem.bytes, 512ul << 20);
	ck_assert_uint_eq(boot_options.dom0_mem.percent, 5);
	ck_assert_uint_eq(boot_options.dom0_mem_max.bytes, 0);
	ck_assert_uint_eq(boot_options.dom0_mem_max.percent, 10);
	parse("dom0_mem=min:1G,25%");
	ck_assert_uint_eq(boot_options.dom0_mem.bytes, 0);
	ck_assert_uint_eq(boot_options.dom0_mem.percent, 25);
	parse("dom0_mem=99999999999999999T");
	ck_assert_uint_eq(boot_options.dom0_mem.bytes, ~0ul);
	ck_assert_str_eq(warned, "");
}
END_TEST

START_TEST(not_understood)
{
	static const struct {
		const char *line, *part;
	} cases[] = {
		{ "iommu=off", "\"iommu=off\" is not known" },
		{ "dom0", "not known" },
		{ "=1", "not known" },
		{ "dom0_memory=1G", "not known" },
		{ "dom0_mem=lots", "not understood" },
		{ "dom0_mem=1G,", "not understood" },
		{ "dom0_mem=1Gx", "not understood" },
		{ "dom0_mem=101%", "not understood" },
		{ "dom0_mem=1G+", "not understood" },
		{ "dom0_mem=5%x", "not understood" },
		{ "dom0_mem", "not understood" },
		{ "dom0_max_vcpus=0", "not understood" },
		{ "dom0_max_vcpus=65", "not understood" },
		{ "loglvl=loud", "not understood" },
		{ "loglvl=error/all", "not understood" },
		{ "loglvl=all/", "not understood" },
		{ "guest_loglvl=all/loud", "not understood" },
		{ "guest_loglvl=/all", "not understood" },
		{ "edd=on", "not understood" },
		{ "edd", "not understood" },
		{ "placeholder=1", "not understood" },
		{ "no-real-mode=0", "not understood" },
		{ "com1=fast", "not understood" },
		{ "com1=115200,8n3", "not understood" },
		{ "com1=115200,9n1", "not understood" },
		{ "com1=115200,8n1,pci", "not understood" },
		{ "com1=115200,8n1,0x3f8,4,5", "not understood" },
		{ "com1=115200x", "not understood" },
		{ "maxcpus=0", "not understood" },
		{ "maxcpus=4294967296", "not understood" },
		{ "watchdog=2", "not understood" },
		{ "pcid=never", "not understood" },
		{ "noreboot=maybe", "not understood" },
		{ "com1=0123456789012345678901234567890123456789012345678", "not understood" },
	};
	struct boot_options before;

	parse("dom0_mem=1G,max:2G dom0_max_vcpus=3 loglvl=all noreboot");
	before = boot_options;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		parse(cases[i].line);
		ck_assert_msg(strstr(warned, cases[i].part) != NULL, "%s: %s", cases[i].line,
			      warned);
		ck_assert_uint_eq(boot_options.dom0_mem.bytes, before.dom0_mem.bytes);
		ck_assert_uint_eq(boot_options.dom0_max_vcpus, before.dom0_max_vcpus);
		ck_assert_int_eq(boot_options.loglvl, before.loglvl);
		ck_assert(boot_options.noreboot);
		ck_assert_str_eq(boot_options.com1, before.com1);
	}
}
END_TEST

START_TEST(serial_lines)
{
	static const char *const lines[] = { "com1=9600", "com1=auto,8n1", "com1=,7e2,0x2f8,3",
					     "com1=115200,,,0", "com1=" };

	for (u32 i = 0; i < ARRAY_SIZE(lines); i++) {
		parse(lines[i]);
		ck_assert_str_eq(warned, "");
		ck_assert_str_eq(boot_options.com1, lines[i] + strlen("com1="));
	}
}
END_TEST

START_TEST(levels)
{
	parse("loglvl=info guest_loglvl=debug");
	ck_assert_int_eq(boot_options.loglvl, LOG_INFO);
	ck_assert_int_eq(boot_options.guest_loglvl.always, -1);
	ck_assert_int_eq(boot_options.guest_loglvl.limited, LOG_DEBUG);

	parse("loglvl=all/all guest_loglvl=all/all");
	ck_assert_int_eq(boot_options.loglvl, LOG_DEBUG);
	ck_assert_int_eq(boot_options.guest_loglvl.always, LOG_DEBUG);

	parse("guest_loglvl=none");
	ck_assert_int_eq(boot_options.guest_loglvl.always, -1);
	ck_assert_int_eq(boot_options.guest_loglvl.limited, -1);
	ck_assert_str_eq(warned, "");
}
END_TEST

/* Each word that sets something sets it: what it was before is another value. */
START_TEST(each_word_counts)
{
	static const char *const lines[][2] = {
		{ "dom0_mem=1G", "dom0_mem=2G" },
		{ "dom0_mem=1G,max:1G", "dom0_mem=1G,max:2G" },
		{ "dom0_max_vcpus=1", "dom0_max_vcpus=2" },
		{ "maxcpus=1", "maxcpus=2" },
		{ "console=vga", "console=com1" },
		{ "com1=115200", "com1=9600" },
		{ "loglvl=none", "loglvl=all" },
		{ "guest_loglvl=none", "guest_loglvl=all" },
		{ "guest_loglvl=none/all", "guest_loglvl=all/all" },
		{ "noreboot", "noreboot=0" },
		{ "pcid", "pcid=off" },
		{ "watchdog", "watchdog=no" },
	};
	struct boot_options before;

	for (u32 i = 0; i < ARRAY_SIZE(lines); i++) {
		parse(lines[i][0]);
		before = boot_options;
		parse(lines[i][1]);
		ck_assert_str_eq(warned, "");
		ck_assert_msg(memcmp(&before, &boot_options, sizeof(before)), "%s changes nothing",
			      lines[i][1]);
	}
}
END_TEST

START_TEST(long_words)
{
	char line[3000];

	memset(line, 'a', sizeof(line));
	line[sizeof(line) - 1] = 0;
	parse(line);
	ck_assert(strstr(warned, "not known") != NULL);
}
END_TEST

Suite *suite_cmdline(void)
{
	Suite *s = suite_create("cmdline");
	TCase *t = tcase_create("cmdline");

	tcase_add_test(t, words_users_know);
	tcase_add_test(t, defences);
	tcase_add_test(t, microcode_is_loaded_unless);
	tcase_add_test(t, sizes_of_dom0);
	tcase_add_test(t, not_understood);
	tcase_add_test(t, serial_lines);
	tcase_add_test(t, levels);
	tcase_add_test(t, each_word_counts);
	tcase_add_test(t, long_words);
	suite_add_tcase(s, t);
	return s;
}
