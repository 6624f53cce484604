/* SPDX-License-Identifier: MIT */
/* Finding the payload of a bzImage. */
#include "image.h"

#include <stdlib.h>

#define SIZE 0x2000
static unsigned char file[SIZE];

static void bzimage_make(void)
{
	memset(file, 0, sizeof(file));
	file[0x1f1] = 3;
	memcpy(file + 0x202, "HdrS", 4);
	image_put(file, 0x206, 0x20f, 2);
	image_put(file, 0x248, 0x100, 4);
	image_put(file, 0x24c, 0x200, 4);
	image_put(file, 0x900 + 0x200 - 4, 0x12345678, 4);
}

static int find(u64 size, u64 *off, u64 *n, u32 *unpacked)
{
	unsigned char *copy = malloc(size ? size : 1);
	const void *p = copy;
	int err;

	memcpy(copy, file, size);
	err = bzimage_payload(copy, size, &p, n, unpacked);
	*off = (const unsigned char *)p - copy;
	free(copy);
	return err;
}

START_TEST(good)
{
	u64 off, n;
	u32 unpacked;

	bzimage_make();
	ck_assert_int_eq(find(SIZE, &off, &n, &unpacked), 0);
	ck_assert_uint_eq(off, 4 * 512 + 0x100);
	ck_assert_uint_eq(n, 0x200);
	ck_assert_uint_eq(unpacked, 0x12345678);
	file[0x1f1] = 0; /* stands for 4 */
	ck_assert_int_eq(find(SIZE, &off, &n, &unpacked), 0);
	ck_assert_uint_eq(off, 5 * 512 + 0x100);
	ck_assert_int_eq(find(4 * 512 + 0x300, &off, &n, &unpacked), -ENOEXEC);
	file[0x1f1] = 3;
	ck_assert_int_eq(find(4 * 512 + 0x300, &off, &n, &unpacked), 0);
}
END_TEST

START_TEST(broken)
{
	const struct {
		u64 at, value;
		u32 size;
	} cases[] = {
		{ 0x202, 0, 1 },
		{ 0x206, 0x207, 2 },
		{ 0x248, SIZE, 4 },
		{ 0x248, 0xffffffff, 4 },
		{ 0x24c, 0xffffffff, 4 },
		{ 0x24c, 7, 4 },
		{ 0x24c, SIZE - 0x900 + 1, 4 },
	};
	u64 off, n;
	u32 unpacked;

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		bzimage_make();
		image_put(file, cases[i].at, cases[i].value, cases[i].size);
		ck_assert_int_eq(find(SIZE, &off, &n, &unpacked), -ENOEXEC);
	}
	bzimage_make();
	for (u64 size = 0; size < 0x900 + 0x200; size++)
		ck_assert_int_eq(find(size, &off, &n, &unpacked), -ENOEXEC);
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
