/* SPDX-License-Identifier: MIT */
/* Finding the payload of a bzImage. */
#include "image.h"
#include "suites.h"

#include <errno.h>
#include <pvabi/load/bzimage.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define SIZE          0x2000

static unsigned char file[SIZE];
static struct load_error why;

/* The payload begins as XZ data does. */
static void payload_put(uint64_t at)
{
	memcpy(file + at,
	       "\xfd"
	       "7zXZ",
	       6);
}

static void bzimage_make(void)
{
	memset(file, 0, sizeof(file));
	file[0x1f1] = 3;
	memcpy(file + 0x202, "HdrS", 4);
	image_put(file, 0x206, 0x20f, 2);
	image_put(file, 0x248, 0x100, 4);
	image_put(file, 0x24c, 0x200, 4);
	payload_put(0x900);
	image_put(file, 0x900 + 0x200 - 4, 0x12345678, 4);
}

static int find(uint64_t size, struct payload *p)
{
	unsigned char *copy = malloc(size ? size : 1);
	int rc;

	memcpy(copy, file, size);
	rc = payload_find(p, copy, size, &why);
	free(copy);
	return rc;
}

START_TEST(good)
{
	struct payload p;

	bzimage_make();
	ck_assert_int_eq(find(SIZE, &p), 0);
	ck_assert_uint_eq(p.offset, 4 * 512 + 0x100);
	ck_assert_uint_eq(p.size, 0x200);
	ck_assert_uint_eq(p.unpacked, 0x12345678);
	ck_assert_int_eq(p.format, PAYLOAD_XZ);
	payload_put(0xb00);
	file[0x1f1] = 0; /* stands for 4 */
	ck_assert_int_eq(find(SIZE, &p), 0);
	ck_assert_uint_eq(p.offset, 5 * 512 + 0x100);
	ck_assert_int_eq(find(4 * 512 + 0x300, &p), -ENOEXEC);
	file[0x1f1] = 3;
	ck_assert_int_eq(find(4 * 512 + 0x300, &p), 0);
}
END_TEST

START_TEST(broken)
{
	const struct {
		uint64_t at, value;
		uint32_t size;
	} cases[] = {
		{ 0x202, 0, 1 },
		{ 0x206, 0x207, 2 },
		{ 0x248, SIZE, 4 },
		{ 0x248, 0xffffffff, 4 },
		{ 0x24c, 0xffffffff, 4 },
		{ 0x24c, 7, 4 },
		{ 0x24c, SIZE - 0x900 + 1, 4 },
	};
	struct payload p;

	for (uint32_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bzimage_make();
		image_put(file, cases[i].at, cases[i].value, cases[i].size);
		ck_assert_int_eq(find(SIZE, &p), -ENOEXEC);
	}
	bzimage_make();
	for (uint64_t size = 0; size < 0x900 + 0x200; size++)
		ck_assert_int_eq(find(size, &p), -ENOEXEC);
}
END_TEST

Suite *suite_bzimage(void)
{
	Suite *s = suite_create("bzimage");
	TCase *t = tcase_create("bzimage");

	tcase_add_test(t, good);
	tcase_add_test(t, broken);
	suite_add_tcase(s, t);
	return s;
}
