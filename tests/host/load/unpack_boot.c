/* SPDX-License-Identifier: MIT */
/*
 * Unpacking with the same libraries as on the machine: XZ, zstd and gzip payloads, whole and
 * damaged.
 */
#include "image.h"
#include "suites.h"

#include <boot/boot.h>
#include <console/console.h>
#include <lib/errno.h>
#include <lib/string.h>

#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#define HEAD   0xb00 /* setup code before the payload: 4 sectors, then 0x300 */
#define KERNEL 200000
#define MOST   (HEAD + 2 * KERNEL)

static unsigned char kernel[KERNEL], file[MOST];
static int blocks;

/* The boot code's surroundings. */
void fail_reason(int err, const char *where, const char *fmt, ...)
{
}

void log_print(enum log_level level, const char *fmt, ...)
{
}

void unpack_enter(void)
{
}

void unpack_leave(void)
{
}

void *pages_alloc(u32 order)
{
	u64 *p = order > 20 ? NULL : calloc(1, 64 + (PAGE_SIZE << order));

	if (!p)
		return NULL;
	blocks++;
	p[0] = order;
	return (char *)p + 64;
}

u32 pages_order(const void *p)
{
	return *(const u64 *)((const char *)p - 64);
}

void pages_free(void *p, u32 order)
{
	ck_assert_uint_eq(order, pages_order(p));
	blocks--;
	free((char *)p - 64);
}

static void kernel_make(void)
{
	srand(7);
	for (u32 i = 0; i < KERNEL; i++)
		kernel[i] = i % 3 ? (u32)rand() % 16 : i;
}

static size_t pack_xz(unsigned char *out, size_t room)
{
	size_t n = 0;

	ck_assert_int_eq(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, kernel, KERNEL, out, &n,
						 room),
			 LZMA_OK);
	return n;
}

static size_t pack_zstd(unsigned char *out, size_t room)
{
	return ZSTD_compress(out, room, kernel, KERNEL, 3);
}

static size_t pack_gzip(unsigned char *out, size_t room)
{
	z_stream z = { .next_in = kernel, .avail_in = KERNEL, .next_out = out, .avail_out = room };

	deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out - 4; /* its own last word is the size */
}

static size_t (*const pack[])(unsigned char *out, size_t room) = { pack_xz, pack_zstd, pack_gzip };

/* A bzImage around the packed kernel; returns its size. */
static u64 file_make(u32 kind)
{
	size_t n = pack[kind](file + HEAD, MOST - HEAD - 4);

	memset(file, 0, HEAD);
	file[0x1f1] = 3;
	memcpy(file + 0x202, "HdrS", 4);
	image_put(file, 0x206, 0x20f, 2);
	image_put(file, 0x248, HEAD - 2048, 4);
	image_put(file, 0x24c, n + 4, 4);
	image_put(file, HEAD + n, KERNEL, 4);
	return HEAD + n + 4;
}

START_TEST(whole)
{
	u64 size = file_make(_i);
	struct unpacked out;

	ck_assert_int_eq(unpack_kernel(file, size, &out), 0);
	ck_assert_uint_eq(out.size, KERNEL);
	ck_assert_int_eq(memcmp(out.data, kernel, KERNEL), 0);
	unpack_free(&out);
	ck_assert_int_eq(blocks, 0);
}
END_TEST

START_TEST(wrong_size)
{
	static const u32 sizes[] = { 0, 1, KERNEL - 1, KERNEL + 1, 0x7fffffff, 0xffffffff };
	struct unpacked out;

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		u64 size = file_make(_i);

		if (_i == 2) /* gzip's trailer is this word: it must be wrong in itself */
			memset(file + size - 8, 0, 4);
		image_put(file, size - 4, sizes[i], 4);
		ck_assert_int_ne(unpack_kernel(file, size, &out), 0);
		ck_assert_int_eq(blocks, 0);
	}
}
END_TEST

START_TEST(damaged)
{
	u64 size = file_make(_i);
	struct unpacked out;

	srand(3);
	for (u32 round = 0; round < 300; round++) {
		u64 at = HEAD + rand() % (size - HEAD - 4);
		unsigned char was = file[at];

		file[at] ^= 1 + rand() % 255;
		/*
		 * Damage may hide in what nobody checks (zstd has no checksum here); never more
		 * than a wrong kernel.
		 */
		if (!unpack_kernel(file, size, &out))
			unpack_free(&out);
		ck_assert_int_eq(blocks, 0);
		file[at] = was;
	}
}
END_TEST

START_TEST(other)
{
	u64 size = file_make(0);
	struct unpacked out;

	memcpy(file + HEAD, "BZh9", 4);
	ck_assert_int_eq(unpack_kernel(file, size, &out), -ENOEXEC);
	memcpy(file, "\177ELF", 4);
	ck_assert_int_eq(unpack_kernel(file, size, &out), 0);
	ck_assert_ptr_eq(out.data, file);
	unpack_free(&out);
	ck_assert_int_eq(unpack_kernel(file, 63, &out), -ENOEXEC);
	ck_assert_int_eq(blocks, 0);
}
END_TEST

Suite *suite_unpack_boot(void)
{
	Suite *s = suite_create("unpacking at boot");
	TCase *t = tcase_create("unpack");

	kernel_make();
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, whole, 0, 3);
	tcase_add_loop_test(t, wrong_size, 0, 3);
	tcase_add_loop_test(t, damaged, 0, 3);
	tcase_add_test(t, other);
	suite_add_tcase(s, t);
	return s;
}
