/* SPDX-License-Identifier: MIT */
/*
 * Microcode files: the newest update for the processor is taken, by signature, platform, checksum
 * and revision, alone or out of an archive; torn and random ones give nothing wrong.
 */
#include "suites.h"

#include <boot/microcode.h>
#include <stdio.h>
#include <string.h>

#define SIGNATURE 0x506e3
#define OTHER     0x906ea
#define PLATFORM  2u
#define UPDATE    2048 /* the smallest of Intel's */
#define HEADER    48
#define SIZE_MAX_ 16384

static u8 file[SIZE_MAX_];
static u32 len;

static const struct ucode_cpu intel = { UCODE_INTEL, SIGNATURE, PLATFORM, 0x10 };
static const struct ucode_cpu amd = { UCODE_AMD, SIGNATURE, 1, 0x10 };

static void up(void)
{
	memset(file, 0, sizeof(file));
	len = 0;
}

static void word_set(u32 at, u32 v)
{
	memcpy(file + at, &v, sizeof(v));
}

static u32 word(u32 at)
{
	u32 v;

	memcpy(&v, file + at, sizeof(v));
	return v;
}

/* Makes the @n bytes at @at sum up to zero by the word at @where. */
static void sum_set(u32 at, u32 n, u32 where)
{
	u32 sum = 0;

	word_set(where, 0);
	for (u32 i = 0; i < n; i += 4)
		sum += word(at + i);
	word_set(where, -sum);
}

static void words_add(const u32 *v, u32 n)
{
	memcpy(file + len, v, n * sizeof(*v));
	len += n * sizeof(*v);
}

/* An update of @size bytes, whose data and further signatures fill what @data leaves. */
static u32 intel_add(u32 signature, u32 platforms, u32 revision, u32 data, u32 size)
{
	const u32 header[] = { 1, revision,  0x01022018, signature,      0,
			       1, platforms, data,       data ? size : 0 };
	u32 at = len;

	memcpy(file + at, header, sizeof(header));
	len += size;
	sum_set(at, size, at + 16);
	return at;
}

static struct ucode found(const struct ucode_cpu *c)
{
	return ucode_find(c, file, len);
}

/* What was found is the update at @at, of @size bytes. */
static void ck_found(const struct ucode_cpu *c, u32 at, u32 size, u32 revision)
{
	struct ucode u = found(c);

	ck_assert_ptr_eq(u.data, file + at);
	ck_assert_uint_eq(u.size, size);
	ck_assert_uint_eq(u.revision, revision);
}

static void ck_nothing(const struct ucode_cpu *c)
{
	struct ucode u = found(c);

	ck_assert_uint_eq(u.size, 0);
	ck_assert_uint_eq(u.revision, 0);
}

START_TEST(intel_takes_the_newest_for_it)
{
	u32 at;

	ck_nothing(&intel);
	intel_add(SIGNATURE, PLATFORM, 0x10, 0, UPDATE); /* what runs already */
	ck_nothing(&intel);
	intel_add(OTHER, PLATFORM, 0x50, 0, UPDATE);
	intel_add(SIGNATURE, PLATFORM << 1, 0x50, 0, UPDATE);
	ck_nothing(&intel);

	at = intel_add(SIGNATURE, PLATFORM | 1, 0x20, 0, UPDATE);
	ck_found(&intel, at, UPDATE, 0x20);
	intel_add(SIGNATURE, PLATFORM, 0x18, 0, UPDATE);
	ck_found(&intel, at, UPDATE, 0x20);
	at = intel_add(SIGNATURE, PLATFORM, 0x21, 2048 - HEADER + 1024, 3072);
	ck_found(&intel, at, 3072, 0x21);
}
END_TEST

START_TEST(intel_checks_sum_and_sizes)
{
	u32 at = intel_add(SIGNATURE, PLATFORM, 0x20, 1024, UPDATE);

	file[at + 1000] ^= 1;
	ck_nothing(&intel);
	file[at + 1000] ^= 1;
	ck_found(&intel, at, UPDATE, 0x20);

	len--; /* torn */
	ck_nothing(&intel);
	len++;

	for (u32 field = 28; field <= 32; field += 4) {
		static const u32 bad[] = { 1, 3, 47, 2044, 2049, 1u << 31, ~0u, ~0u - 1023 };
		u32 good = word(at + field);

		for (u32 i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
			word_set(at + field, bad[i]);
			sum_set(at, UPDATE, at + 16);
			ck_nothing(&intel);
		}
		word_set(at + field, good);
		sum_set(at, UPDATE, at + 16);
	}
	ck_found(&intel, at, UPDATE, 0x20);
}
END_TEST

/* Further signatures stand behind the data, with a sum of their own. */
START_TEST(intel_reads_further_signatures)
{
	u32 at = intel_add(OTHER, PLATFORM, 0x30, 1024, UPDATE);
	u32 table = at + HEADER + 1024;

	word_set(table, 2);
	word_set(table + 20, OTHER + 1);
	word_set(table + 24, PLATFORM);
	word_set(table + 32, SIGNATURE);
	word_set(table + 36, PLATFORM);
	sum_set(table, 44, table + 4);
	sum_set(at, UPDATE, at + 16);
	ck_found(&intel, at, UPDATE, 0x30);

	word_set(table + 4, word(table + 4) + 1);
	sum_set(at, UPDATE, at + 16);
	ck_nothing(&intel);

	word_set(table, ~0u); /* more than there is room for */
	sum_set(at, UPDATE, at + 16);
	ck_nothing(&intel);
}
END_TEST

static void amd_container(u32 signature, u16 id)
{
	const u32 head[] = { 0x00414d44, 0, 32, signature, 0, 0, id, 0, 0, 0, 0 };

	words_add(head, sizeof(head) / sizeof(*head));
}

static u32 amd_patch(u32 revision, u16 id, u32 bridge, u32 size)
{
	const u32 head[] = { 1, size, 0x01022018, revision, 0, 0, bridge, 0, id };
	u32 at = len + 8;

	memcpy(file + len, head, sizeof(head));
	len += 8 + size;
	return at;
}

START_TEST(amd_takes_the_newest_of_all_containers)
{
	u32 at;

	amd_container(OTHER, 7);
	amd_patch(0x50, 7, 0, 512);
	ck_nothing(&amd);

	amd_container(SIGNATURE, 9);
	amd_patch(0x10, 9, 0, 512); /* what runs already */
	amd_patch(0x60, 7, 0, 512); /* another's number */
	amd_patch(0x60, 9, 1, 512); /* for a chipset */
	ck_nothing(&amd);
	at = amd_patch(0x20, 9, 0, 960);
	amd_patch(0x1f, 9, 0, 512);
	ck_found(&amd, at, 960, 0x20);

	/* A container without numbers: those of the one before do not count. */
	words_add(&(const u32){ 0x00414d44 }, 1);
	amd_patch(0x70, 9, 0, 512);
	ck_found(&amd, at, 960, 0x20);

	/* In the next container that number means nobody. */
	amd_container(OTHER, 7);
	amd_patch(0x70, 9, 0, 512);
	ck_found(&amd, at, 960, 0x20);
}
END_TEST

START_TEST(amd_checks_sizes)
{
	u32 at;

	amd_container(SIGNATURE, 9);
	at = amd_patch(0x20, 9, 0, 512);
	ck_found(&amd, at, 512, 0x20);
	len--;
	ck_nothing(&amd);
	len++;

	word_set(at - 4, 63);
	ck_nothing(&amd);
	word_set(at - 4, ~0u);
	ck_nothing(&amd);
	word_set(at - 4, 512);
	word_set(8, 31); /* its table of numbers has no end and one entry less: still found */
	word_set(0, 0);  /* no container */
	ck_nothing(&amd);
}
END_TEST

static void cpio_add(const char *name, u32 size)
{
	char head[111];
	u32 name_size = strlen(name) + 1;

	snprintf(head, sizeof(head), "070701%08x%08x%08x%08x%08x%08x%08X%08x%08x%08x%08x%08x%08x",
		 1, 0100644, 0, 0, 1, 0, size, 0, 0, 0, 0, name_size, 0);
	memcpy(file + len, head, 110);
	memcpy(file + len + 110, name, name_size);
	len = (len + 110 + name_size + 3) & ~3u;
}

/* Both vendors' files in one archive, as distributions make it. */
START_TEST(archives_are_searched)
{
	u32 for_intel, for_amd;

	cpio_add("kernel/x86/microcode", 0);
	cpio_add("kernel/x86/microcode/AuthenticAMD.bin", 44 + 8 + 512);
	amd_container(SIGNATURE, 9);
	for_amd = amd_patch(0x20, 9, 0, 512);
	cpio_add("kernel/x86/microcode/GenuineIntel.bin", UPDATE);
	for_intel = intel_add(SIGNATURE, PLATFORM, 0x30, 0, UPDATE);
	cpio_add("TRAILER!!!", 0);

	ck_found(&intel, for_intel, UPDATE, 0x30);
	ck_found(&amd, for_amd, 512, 0x20);
	ck_nothing(&(struct ucode_cpu){ UCODE_NONE, SIGNATURE, PLATFORM, 0 });
}
END_TEST

START_TEST(torn_archives_give_nothing)
{
	u32 whole;

	cpio_add("kernel/x86/microcode/GenuineIntel.bin", UPDATE);
	intel_add(SIGNATURE, PLATFORM, 0x30, 0, UPDATE);
	whole = len;
	for (len = 0; len < whole; len++)
		ck_nothing(&intel);
	ck_assert_uint_ne(found(&intel).size, 0);

	memset(file + 94, 'f', 8); /* a name without end */
	ck_nothing(&intel);
	memset(file + 94, 'x', 8);
	ck_nothing(&intel);
	memset(file + 54, 'f', 8); /* a file without end */
	ck_nothing(&intel);
}
END_TEST

START_TEST(random_bytes_stay_inside)
{
	unsigned seed = 1;

	for (u32 round = 0; round < 20000; round++) {
		struct ucode u;

		up();
		cpio_add("kernel/x86/microcode/AuthenticAMD.bin", 2000);
		amd_container(SIGNATURE, 9);
		amd_patch(0x20, 9, 0, 512);
		intel_add(SIGNATURE, PLATFORM, 0x30, 0, UPDATE);
		for (u32 i = draw(&seed, 8); i--;)
			file[draw(&seed, 300)] = draw(&seed, 256);

		u = found(round & 1 ? &amd : &intel);
		if (u.size)
			ck_assert(u.data >= file && u.data + u.size <= file + len);
	}
}
END_TEST

Suite *suite_microcode(void)
{
	Suite *s = suite_create("microcode");
	TCase *t = tcase_create("microcode");

	tcase_add_checked_fixture(t, up, NULL);
	tcase_add_test(t, intel_takes_the_newest_for_it);
	tcase_add_test(t, intel_checks_sum_and_sizes);
	tcase_add_test(t, intel_reads_further_signatures);
	tcase_add_test(t, amd_takes_the_newest_of_all_containers);
	tcase_add_test(t, amd_checks_sizes);
	tcase_add_test(t, archives_are_searched);
	tcase_add_test(t, torn_archives_give_nothing);
	tcase_add_test(t, random_bytes_stay_inside);
	suite_add_tcase(s, t);
	return s;
}
