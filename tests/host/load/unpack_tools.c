/* SPDX-License-Identifier: MIT */
/*
 * Kernel files and their unpacking: every format gives back what was packed, and broken, truncated
 * and unknown files are refused with a reason.
 */
#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <dom0-tools/builder/kernel_unpack.h>
#include <tests/host/builder/kernel_file.h>
#include "suites.h"

#define PACKED_MAX (KF_SIZE * 2)
#define LIMIT      (1UL << 20)

static struct kernel_file k;
static struct hospes_error err;
static uint8_t packed[PACKED_MAX], file[PACKED_MAX + 4096], unpacked[LIMIT];
static size_t unpacked_size;

static int collect(void *context, const void *data, size_t size, struct hospes_error *e)
{
	(void)context;
	(void)e;
	ck_assert_uint_le(unpacked_size + size, sizeof(unpacked));
	memcpy(unpacked + unpacked_size, data, size);
	unpacked_size += size;
	return 0;
}

/* From a heap block of exactly the file's size, so that ASan sees any step beyond it. */
static int unpack(const uint8_t *bytes, size_t size, size_t limit)
{
	uint8_t *copy = malloc(size != 0 ? size : 1);
	struct payload plan;
	int rc;

	memcpy(copy, bytes, size);
	unpacked_size = 0;
	error_clear(&err);
	rc = unpack_plan(&plan, copy, size, &err);
	if (rc == 0)
		rc = unpack_run(&plan, copy, limit, collect, NULL, &err);
	free(copy);
	ck_assert(rc == 0 || (err.code == rc && err.text[0] != '\0'));
	return rc;
}

static size_t pack_xz(void)
{
	lzma_filter filters[3] = { { .id = LZMA_FILTER_X86 },
				   { .id = LZMA_FILTER_LZMA2 },
				   { .id = LZMA_VLI_UNKNOWN } };
	lzma_options_lzma options;
	size_t size = 0;

	lzma_lzma_preset(&options, 6);
	filters[1].options = &options;
	ck_assert_int_eq(lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL, k.bytes, k.size,
						   packed, &size, sizeof(packed)),
			 LZMA_OK);
	return size;
}

static size_t pack_zstd(void)
{
	return ZSTD_compress(packed, sizeof(packed), k.bytes, k.size, 19);
}

static size_t pack_gzip(void)
{
	z_stream s = { .next_in = k.bytes,
		       .avail_in = (uInt)k.size,
		       .next_out = packed,
		       .avail_out = sizeof(packed) };

	ck_assert_int_eq(deflateInit2(&s, 9, Z_DEFLATED, MAX_WBITS + 16, 8, 0), Z_OK);
	ck_assert_int_eq(deflate(&s, Z_FINISH), Z_STREAM_END);
	deflateEnd(&s);
	return s.total_out;
}

static size_t (*const packers[])(void) = { pack_gzip, pack_xz, pack_zstd };
#define PACKERS 3

static void kernel_make(void)
{
	kf_linux(&k);
	srandom(7);
	for (size_t i = KF_DATA; i < KF_DATA + 0x1800; i++)
		k.bytes[i] = (uint8_t)random();
}

static void same(void)
{
	ck_assert_uint_eq(unpacked_size, k.size);
	ck_assert(memcmp(unpacked, k.bytes, k.size) == 0);
}

START_TEST(plain_elf)
{
	kernel_make();
	ck_assert_int_eq(unpack(k.bytes, k.size, LIMIT), 0);
	same();
	ck_assert_int_eq(unpack(file, kf_bzimage(file, k.bytes, (uint32_t)k.size), LIMIT), 0);
	same();
}
END_TEST

/* As Linux's build makes it: the unpacked size follows the packed data. */
static size_t bzimage(size_t size, uint32_t claim)
{
	memcpy(packed + size, &claim, sizeof(claim));
	return kf_bzimage(file, packed, (uint32_t)(size + sizeof(claim)));
}

START_TEST(packed_bare_and_in_bzimage)
{
	size_t size;

	kernel_make();
	size = packers[_i]();
	ck_assert_int_eq(unpack(packed, size, LIMIT), 0);
	same();
	ck_assert_int_eq(unpack(file, bzimage(size, (uint32_t)k.size), LIMIT), 0);
	same();
}
END_TEST

START_TEST(truncated_is_refused)
{
	size_t size;

	kernel_make();
	size = packers[_i]();
	for (size_t cut = 1; cut < size; cut += 61) {
		ck_assert_int_lt(unpack(packed, size - cut, LIMIT), 0);
		kf_bzimage(file, packed, (uint32_t)(size - cut));
		ck_assert_int_lt(unpack(file, 1024 + 64 + size - cut, LIMIT), 0);
	}
	ck_assert_int_eq(unpack(packed, size - 1, LIMIT), -ENOEXEC);
	ck_assert_msg(strstr(err.text, "truncated") != NULL, "%s", err.text);
}
END_TEST

/* XZ and gzip have checksums over all: no broken byte goes unnoticed. */
START_TEST(damaged_is_refused)
{
	size_t size;

	kernel_make();
	size = packers[_i]();
	for (size_t at = 20; at + 8 < size; at += 97) {
		packed[at] ^= 0x10;
		ck_assert_int_lt(unpack(packed, size, LIMIT), 0);
		packed[at] ^= 0x10;
	}
}
END_TEST

START_TEST(too_large_is_refused)
{
	size_t size;

	kernel_make();
	size = packers[_i]();
	ck_assert_int_eq(unpack(packed, size, k.size), 0);
	ck_assert_int_eq(unpack(packed, size, k.size - 1), -EFBIG);
}
END_TEST

/* A file that unpacks to other than it claims is refused, whichever of the two is larger. */
START_TEST(claims_are_checked)
{
	size_t size;

	kernel_make();
	size = packers[_i]();
	ck_assert_int_eq(unpack(file, bzimage(size, (uint32_t)k.size - 1), LIMIT), -ENOEXEC);
	ck_assert_uint_lt(unpacked_size, k.size);
	ck_assert_int_eq(unpack(file, bzimage(size, (uint32_t)k.size + 1), LIMIT), -ENOEXEC);
	ck_assert_msg(strstr(err.text, "claims") != NULL, "%s", err.text);

	/* Nothing is unpacked of what claims to be too large. */
	ck_assert_int_eq(unpack(file, bzimage(size, LIMIT + 1), LIMIT), -EFBIG);
	ck_assert_uint_eq(unpacked_size, 0);
}
END_TEST

/* A zstd frame without the size of its content. */
static size_t pack_quiet(uint8_t *to, size_t room, const uint8_t *from, size_t size)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t n;

	ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 0);
	n = ZSTD_compress2(c, to, room, from, size);
	ZSTD_freeCCtx(c);
	ck_assert(!ZSTD_isError(n));
	return n;
}

/* 64 MiB of zeros in some KiB; collect() sees that never more than the limit comes out. */
START_TEST(bombs_are_small)
{
	const size_t much = 64UL << 20;
	uint8_t *zeros = calloc(1, much), *bomb = malloc(much / 8);
	size_t size;

	ck_assert_ptr_nonnull(zeros);
	ck_assert_ptr_nonnull(bomb);
	size = ZSTD_compress(bomb, much / 8, zeros, much, 1);
	ck_assert_int_eq(unpack(bomb, size, LIMIT), -EFBIG);
	ck_assert_uint_eq(unpacked_size, 0);

	memcpy(packed, bomb, size);
	ck_assert_int_eq(unpack(file, bzimage(size, 4096), LIMIT), -ENOEXEC);
	ck_assert_uint_le(unpacked_size, 4096);

	/* Of a frame that does not tell its size: the limit. */
	size = pack_quiet(bomb, much / 8, zeros, much);
	ck_assert_int_eq(unpack(bomb, size, LIMIT), -EFBIG);

	free(bomb);
	free(zeros);
}
END_TEST

START_TEST(header_is_checked)
{
	uint32_t big;
	size_t size;

	kernel_make();
	size = kf_bzimage(file, k.bytes, (uint32_t)k.size);
	file[0x206] = 0x07;
	ck_assert_int_eq(unpack(file, size, LIMIT), -ENOEXEC);
	ck_assert_msg(strstr(err.text, "protocol 2.07") != NULL, "%s", err.text);
	kf_bzimage(file, k.bytes, (uint32_t)k.size);
	ck_assert_int_eq(unpack(file, size - 1, LIMIT), -ENOEXEC);
	ck_assert_msg(strstr(err.text, "truncated") != NULL, "%s", err.text);
	big = 0xffffffff;
	memcpy(file + 0x248, &big, 4);
	ck_assert_int_eq(unpack(file, size, LIMIT), -ENOEXEC);
	kf_bzimage(file, k.bytes, (uint32_t)k.size);
	memcpy(file + 0x24c, &big, 4);
	ck_assert_int_eq(unpack(file, size, LIMIT), -ENOEXEC);
	kf_bzimage(file, k.bytes, (uint32_t)k.size);
	file[0x1f1] = 0xff;
	ck_assert_int_eq(unpack(file, size, LIMIT), -ENOEXEC);
	for (size_t n = 0; n < 0x260; n++)
		ck_assert_int_lt(unpack(file, n, LIMIT), 0);
}
END_TEST

START_TEST(unknown_is_named)
{
	ck_assert_int_eq(unpack((const uint8_t *)"", 0, LIMIT), -ENOEXEC);
	ck_assert_msg(strstr(err.text, "empty") != NULL, "%s", err.text);
	ck_assert_int_eq(unpack((const uint8_t *)"#!/bin/sh\n", 10, LIMIT), -ENOEXEC);
	ck_assert_msg(strstr(err.text, "no kernel") != NULL, "%s", err.text);
	ck_assert_int_eq(unpack((const uint8_t *)"BZh91AY", 7, LIMIT), -ENOEXEC);
	ck_assert_msg(strstr(err.text, "bzip2") != NULL, "%s", err.text);
	ck_assert_int_eq(unpack((const uint8_t *)"\x04\x22\x4d\x18zzz", 7, LIMIT), -ENOEXEC);
	ck_assert_msg(strstr(err.text, "LZ4") != NULL, "%s", err.text);
}
END_TEST

/* Legacy frame: magic, then a size and a block; LZ4 has no checksum of its own. Two blocks. */
static size_t pack_lz4(void)
{
	size_t half = k.size / 2, at = 4;

	memcpy(packed, "\x02\x21\x4c\x18", 4);
	for (int i = 0; i < 2; i++) {
		int in = (int)(i == 0 ? half : k.size - half);
		int n = LZ4_compress_default((const char *)k.bytes + i * half,
					     (char *)packed + at + 4, in,
					     (int)(sizeof(packed) - at - 4));

		ck_assert_int_gt(n, 0);
		memcpy(packed + at, &n, 4);
		at += 4 + (size_t)n;
	}
	return at;
}

START_TEST(lz4_bare_and_in_bzimage)
{
	uint32_t whole;
	size_t size;

	kernel_make();
	size = pack_lz4();
	ck_assert_int_eq(unpack(packed, size, LIMIT), 0);
	same();
	whole = (uint32_t)k.size;
	memcpy(packed + size, &whole, 4);
	ck_assert_int_eq(unpack(file, kf_bzimage(file, packed, (uint32_t)size + 4), LIMIT), 0);
	same();
	whole++;
	memcpy(packed + size, &whole, 4);
	ck_assert_int_lt(unpack(file, kf_bzimage(file, packed, (uint32_t)size + 4), LIMIT), 0);
	ck_assert_int_eq(unpack(packed, size, k.size - 1), -EFBIG);
}
END_TEST

START_TEST(lz4_truncated_or_random)
{
	size_t size, second;
	uint32_t first;

	srandom(5);
	kernel_make();
	size = pack_lz4();
	memcpy(&first, packed + 4, 4);
	second = 8 + first;
	for (size_t cut = 1; cut < size - 4; cut += 61)
		if (size - cut != second) /* the end of a block may be the end of all */
			ck_assert_int_lt(unpack(packed, size - cut, LIMIT), 0);
	for (int round = 0; round < 3000; round++) {
		size_t at = (size_t)random() % size;
		uint8_t old = packed[at];

		packed[at] = (uint8_t)random();
		unpack(packed, size, LIMIT);
		packed[at] = old;
	}
}
END_TEST

START_TEST(random_bytes_do_no_harm)
{
	size_t size;

	srandom(3);
	kernel_make();
	size = packers[_i]();
	for (int round = 0; round < 3000; round++) {
		size_t at = (size_t)random() % size;
		uint8_t old = packed[at];

		packed[at] = (uint8_t)random();
		unpack(packed, size, LIMIT);
		packed[at] = old;
	}
}
END_TEST

Suite *suite_unpack_tools(void)
{
	Suite *suite = suite_create("unpacking by the tools");
	TCase *t = tcase_create("unpack");

	suite_add_tcase(suite, t);
	tcase_add_test(t, plain_elf);
	tcase_add_loop_test(t, packed_bare_and_in_bzimage, 0, PACKERS);
	tcase_add_loop_test(t, truncated_is_refused, 0, PACKERS);
	tcase_add_loop_test(t, damaged_is_refused, 0, 2);
	tcase_add_loop_test(t, too_large_is_refused, 0, PACKERS);
	tcase_add_loop_test(t, claims_are_checked, 0, PACKERS);
	tcase_add_test(t, bombs_are_small);
	tcase_add_test(t, header_is_checked);
	tcase_add_test(t, unknown_is_named);
	tcase_add_test(t, lz4_bare_and_in_bzimage);
	tcase_add_test(t, lz4_truncated_or_random);
	tcase_add_loop_test(t, random_bytes_do_no_harm, 0, PACKERS);
	tcase_set_timeout(t, 60);
	return suite;
}
