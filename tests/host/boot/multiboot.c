/* SPDX-License-Identifier: MIT */
/*
 * Multiboot2 information: what a loader writes is read; cut, torn and random information is
 * refused, never overrun.
 */
#include "suites.h"

#include <boot/boot.h>
#include <stdlib.h>
#include <string.h>

/*
 * Information under construction. The tests hand over an exact copy: the sanitizer sees a byte too
 * far.
 */
static u8 area[8192];
static u32 used;

static void begin(void)
{
	memset(area, 0, sizeof(area));
	used = 8;
}

static void tag(u32 type, const void *body, u32 n)
{
	u32 head[2] = { type, 8 + n };

	memcpy(area + used, head, 8);
	memcpy(area + used + 8, body, n);
	used += ROUND_UP(8 + n, 8);
}

static struct boot_info bi;
static struct e820_entry map[4];
static u32 n_map;

static const char *scan(u32 size)
{
	u8 *copy = malloc(size);
	const char *why;

	memcpy(copy, area, size);
	memset(&bi, 0, sizeof(bi));
	why = multiboot_scan(copy, size, &bi, map, ARRAY_SIZE(map), &n_map);
	free(copy);
	return why;
}

static void mmap_tag(u32 entries, u32 entry_size, u32 bytes)
{
	u8 body[1024] = { 0 };
	u32 head[2] = { entry_size, 0 };

	memcpy(body, head, 8);
	for (u32 i = 0; i < entries; i++) {
		u64 e[3] = { i * 0x100000ul, 0x100000, 1 };

		memcpy(body + 8 + i * entry_size, e, 24);
	}
	tag(6, body, bytes);
}

static void module_tag(u32 start, u32 end, const char *cmdline)
{
	u8 body[4096];
	u32 range[2] = { start, end };

	memcpy(body, range, 8);
	strcpy((char *)body + 8, cmdline);
	tag(3, body, 8 + strlen(cmdline) + 1);
}

static void whole(void)
{
	u8 rsdp[36] = "RSD PTR ", fb[30] = { 0 };

	begin();
	tag(1, "loglvl=all", 11);
	tag(2, "GRUB 2.06", 10);
	module_tag(0x1000, 0x2001, "root=/dev/xvda");
	module_tag(0x3000, 0x3000, "");
	mmap_tag(2, 24, 8 + 48);
	fb[20] = 32;
	fb[21] = 1;
	fb[24] = 16;
	tag(8, fb, sizeof(fb));
	tag(15, rsdp, sizeof(rsdp));
	rsdp[8] = 99;
	tag(14, rsdp, 20); /* the older copy does not replace the newer */
	tag(12, rsdp, 8);
	tag(77, rsdp, 3); /* unknown ones are passed over */
	tag(0, "", 0);
}

START_TEST(a_loaders_information)
{
	whole();
	ck_assert_ptr_null(scan(used));
	ck_assert_str_eq(bi.cmdline, "loglvl=all");
	ck_assert_uint_eq(bi.n_modules, 2);
	ck_assert_uint_eq(bi.module[0].end, 0x2001);
	ck_assert_str_eq(bi.module[0].cmdline, "root=/dev/xvda");
	ck_assert_uint_eq(n_map, 2);
	ck_assert_uint_eq(map[1].addr, 0x100000);
	ck_assert_uint_eq(bi.screen.video_type, XEN_VGATYPE_EFI_LFB);
	ck_assert(bi.screen.u.vesa_lfb.bits_per_pixel == 32 && bi.screen.u.vesa_lfb.red_pos == 16);
	ck_assert(bi.rsdp_given && bi.rsdp_copy[8] == 0 && bi.efi);
	ck_assert_mem_eq(&bi.efi_maddr, "RSD PTR ", 8); /* the body of tag 12 here */
}
END_TEST

/* Cut anywhere, it has no end tag; no byte behind the cut is touched. */
START_TEST(cut_short)
{
	whole();
	for (u32 n = 8; n < used - 7; n++)
		ck_assert_msg(scan(n) != NULL, "cut at %u", n);
}
END_TEST

START_TEST(random_bytes)
{
	unsigned seed = 1;

	for (u32 round = 0; round < 20000; round++) {
		whole();
		for (u32 i = 0; i < 4; i++)
			area[8 + draw(&seed, used - 8)] = draw(&seed, 256);
		scan(used);
		ck_assert_uint_le(bi.n_modules, BOOT_MODULES_MAX);
		ck_assert_uint_le(n_map, ARRAY_SIZE(map));
	}
}
END_TEST

static void refuses(const char *part)
{
	const char *why;

	tag(0, "", 0);
	why = scan(used);
	ck_assert_ptr_nonnull(why);
	ck_assert_msg(strstr(why, part) != NULL, "%s", why);
}

START_TEST(refusals_in_words)
{
	char longer[2100];

	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;

	begin();
	refuses("no memory map");
	begin();
	tag(1, longer, sizeof(longer));
	refuses("command line is longer");
	begin();
	module_tag(0, 1, longer);
	refuses("module's command line");
	begin();
	module_tag(0x2000, 0x1000, "");
	refuses("ends before");
	begin();
	for (u32 i = 0; i <= BOOT_MODULES_MAX; i++)
		module_tag(0, 1, "");
	refuses("modules");
	begin();
	tag(3, "1234567", 7);
	refuses("too short");
	begin();
	mmap_tag(0, 8, 8);
	refuses("impossible size");
	begin();
	mmap_tag(5, 24, 8 + 5 * 24);
	refuses("more entries");
	begin();
	tag(14, "RSD PTR ", 8);
	refuses("too short");
}
END_TEST

/* A size that rounds up beyond 32 bits, or is smaller than a tag. */
START_TEST(tag_sizes)
{
	static const u32 sizes[] = { 0, 1, 7, 0xfffffff8, 0xffffffff, 0x80000000 };

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		begin();
		tag(77, "", 0);
		memcpy(area + 12, &sizes[i], 4);
		refuses("beyond");
	}
}
END_TEST

Suite *suite_multiboot(void)
{
	Suite *s = suite_create("multiboot");
	TCase *t = tcase_create("multiboot");

	tcase_add_test(t, a_loaders_information);
	tcase_add_test(t, cut_short);
	tcase_add_test(t, random_bytes);
	tcase_add_test(t, refusals_in_words);
	tcase_add_test(t, tag_sizes);
	suite_add_tcase(s, t);
	return s;
}
