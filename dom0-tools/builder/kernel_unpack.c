/* SPDX-License-Identifier: MIT */
/*
 * Kernel files: which part holds the kernel, and the unpackers around the distribution's
 * libraries. Each unpacker is bounded in memory and in output. Where the output goes is left to
 * the caller.
 */
#include "kernel_unpack.h"

#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include "elf_image.h"

/* Output goes to the sink in pieces of this size: whole pages. */
#define PIECE (256UL << 10)
/* Linux is packed with windows of up to 128 MiB (zstd -22) and 32 MiB (XZ). */
#define ZSTD_WINDOW_LOG_MAX 27
#define XZ_MEMORY_MAX       (160ULL << 20)

/* Linux's boot protocol: offsets of the fields of the setup header, from the file's start. */
#define SETUP_SECTS                0x1f1
#define SETUP_MAGIC                0x202
#define SETUP_VERSION              0x206
#define SETUP_PAYLOAD_OFFSET       0x248
#define SETUP_PAYLOAD_LENGTH       0x24c
#define SETUP_END                  0x250
#define SETUP_VERSION_WITH_PAYLOAD 0x0208

static const struct magic {
	const char *bytes;
	size_t length;
	int format; /* an unpack_format, or -1: known but not offered */
	const char *name;
} magics[] = {
	{ "\177ELF", 4, UNPACK_PLAIN, "plain" },
	{ "\x1f\x8b\x08", 3, UNPACK_GZIP, "gzip" },
	{ "\xfd"
	  "7zXZ\0",
	  6, UNPACK_XZ, "XZ" },
	{ "\x28\xb5\x2f\xfd", 4, UNPACK_ZSTD, "zstd" },
	{ "BZh", 3, -1, "bzip2" },
	{ "\x5d\0\0", 3, -1, "LZMA" },
	{ "\x89LZO", 4, -1, "LZO" },
	{ "\x02\x21\x4c\x18", 4, UNPACK_LZ4, "LZ4" },
	{ "\x04\x22\x4d\x18", 4, -1, "LZ4 (new frames)" },
};

static const struct magic *magic_find(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (size >= magics[i].length &&
		    memcmp(data, magics[i].bytes, magics[i].length) == 0)
			return &magics[i];
	return NULL;
}

const char *unpack_format_name(enum unpack_format format)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (magics[i].format == (int)format)
			return magics[i].name;
	return "unknown";
}

static uint32_t read32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static bool is_bzimage(const uint8_t *file, size_t size)
{
	return size >= SETUP_END && memcmp(file + SETUP_MAGIC, "HdrS", 4) == 0;
}

/* The payload's place is given from the end of the setup code, whose sectors the header counts. */
static int bzimage_payload(struct unpack_plan *plan, const uint8_t *file, size_t size,
			   struct hospes_error *err)
{
	unsigned int version = file[SETUP_VERSION] | file[SETUP_VERSION + 1] << 8;
	unsigned int sects = file[SETUP_SECTS] != 0 ? file[SETUP_SECTS] : 4;
	uint64_t start = (sects + 1) * 512ULL + read32(file + SETUP_PAYLOAD_OFFSET);
	uint64_t length = read32(file + SETUP_PAYLOAD_LENGTH);

	if (version < SETUP_VERSION_WITH_PAYLOAD)
		return error_set(err, -ENOEXEC,
				 "the kernel is a bzImage of boot protocol %u.%02u; "
				 "2.08 is the first that can be unpacked",
				 version >> 8, version & 0xff);
	if (length == 0 || start > size || length > size - start)
		return error_set(err, -ENOEXEC,
				 "the kernel's packed part (%llu bytes at %llu) "
				 "lies outside the file of %zu bytes: is it truncated?",
				 (unsigned long long)length, (unsigned long long)start, size);
	plan->offset = (size_t)start;
	plan->length = (size_t)length;
	return 0;
}

int unpack_plan(struct unpack_plan *plan, const void *file, size_t size, struct hospes_error *err)
{
	const struct magic *magic;

	*plan = (struct unpack_plan){ .format = UNPACK_PLAIN, .offset = 0, .length = size };
	if (size == 0)
		return error_set(err, -ENOEXEC, "the kernel file is empty");
	if (is_bzimage(file, size)) {
		int rc = bzimage_payload(plan, file, size, err);

		if (rc < 0)
			return rc;
	}
	magic = magic_find((const uint8_t *)file + plan->offset, plan->length);
	if (magic == NULL)
		return error_set(err, -ENOEXEC,
				 "the file is no kernel: neither a bzImage nor an "
				 "ELF file, nor one packed with gzip, XZ, zstd or LZ4");
	if (magic->format < 0)
		return error_set(err, -ENOEXEC,
				 "the kernel is packed with %s; gzip, XZ, zstd "
				 "and LZ4 can be unpacked",
				 magic->name);
	plan->format = (enum unpack_format)magic->format;
	return 0;
}

/* Where the output of one unpacking stands. */
struct output {
	unpack_sink sink;
	void *context;
	size_t limit, total;
	uint8_t *piece;
};

static int output_give(struct output *out, size_t size, struct hospes_error *err)
{
	if (size > out->limit - out->total)
		return error_set(err, -EFBIG, "the kernel unpacks to more than %zu MiB",
				 out->limit >> 20);
	out->total += size;
	return size > 0 ? out->sink(out->context, out->piece, size, err) : 0;
}

static int unpack_xz(const uint8_t *in, size_t size, struct output *out, struct hospes_error *err)
{
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret ret = lzma_stream_decoder(&s, XZ_MEMORY_MAX, 0);
	int rc = 0;

	s.next_in = in;
	s.avail_in = size;
	while (ret == LZMA_OK && rc == 0) {
		s.next_out = out->piece;
		s.avail_out = PIECE;
		ret = lzma_code(&s, LZMA_FINISH);
		rc = output_give(out, PIECE - s.avail_out, err);
	}
	lzma_end(&s);
	if (rc == 0 && ret == LZMA_MEM_ERROR)
		return error_set(err, -ENOMEM, "too little memory to unpack the kernel");
	if (rc == 0 && ret != LZMA_STREAM_END)
		return error_set(err, -ENOEXEC, "the kernel's XZ data is %s (code %d)",
				 ret == LZMA_BUF_ERROR ? "truncated" : "damaged", (int)ret);
	return rc;
}

static int unpack_gzip(const uint8_t *in, size_t size, struct output *out, struct hospes_error *err)
{
	z_stream s = { .next_in = (Bytef *)(uintptr_t)in, .avail_in = (uInt)size };
	int ret = inflateInit2(&s, MAX_WBITS + 16), rc = 0;

	if (ret != Z_OK)
		return error_set(err, -ENOMEM, "too little memory to unpack the kernel");
	while (ret == Z_OK && rc == 0) {
		s.next_out = out->piece;
		s.avail_out = PIECE;
		ret = inflate(&s, Z_NO_FLUSH);
		rc = output_give(out, PIECE - s.avail_out, err);
	}
	inflateEnd(&s);
	if (rc == 0 && ret != Z_STREAM_END)
		return error_set(err, -ENOEXEC, "the kernel's gzip data is %s (code %d)",
				 ret == Z_BUF_ERROR ? "truncated" : "damaged", ret);
	return rc;
}

static int zstd_pump(ZSTD_DCtx *dctx, const uint8_t *in, size_t size, struct output *out,
		     struct hospes_error *err)
{
	ZSTD_inBuffer input = { in, size, 0 };
	size_t left = 1;

	while (left != 0) {
		ZSTD_outBuffer output = { out->piece, PIECE, 0 };
		size_t before = input.pos;
		int rc;

		left = ZSTD_decompressStream(dctx, &output, &input);
		if (ZSTD_isError(left))
			return error_set(err, -ENOEXEC, "the kernel's zstd data is damaged: %s",
					 ZSTD_getErrorName(left));
		rc = output_give(out, output.pos, err);
		if (rc < 0)
			return rc;
		if (left != 0 && output.pos == 0 && input.pos == before)
			return error_set(err, -ENOEXEC, "the kernel's zstd data is truncated");
	}
	return 0;
}

static int unpack_zstd(const uint8_t *in, size_t size, struct output *out, struct hospes_error *err)
{
	ZSTD_DCtx *dctx = ZSTD_createDCtx();
	int rc;

	if (dctx == NULL)
		return error_set(err, -ENOMEM, "too little memory to unpack the kernel");
	ZSTD_DCtx_setParameter(dctx, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
	rc = zstd_pump(dctx, in, size, out, err);
	ZSTD_freeDCtx(dctx);
	return rc;
}

/* The magic, then blocks of one size word and that many bytes, each of at most 8 MiB unpacked. */
#define LZ4_BLOCK_MAX (8UL << 20)

/* One block into @block, and on to the sink. */
static int lz4_block(const uint8_t *in, size_t size, char *block, struct output *out,
		     struct hospes_error *err)
{
	int n = LZ4_decompress_safe((const char *)in, block, (int)size, (int)LZ4_BLOCK_MAX);
	int rc = 0;

	if (n <= 0)
		return error_set(err, -ENOEXEC, "the kernel's LZ4 data is damaged (code %d)", n);
	for (size_t at = 0, left = (size_t)n; left > 0 && rc == 0;) {
		size_t part = left < PIECE ? left : PIECE;

		memcpy(out->piece, block + at, part);
		rc = output_give(out, part, err);
		at += part;
		left -= part;
	}
	return rc;
}

/* Linux's build puts the unpacked size behind the last block: it ends the list. */
static int lz4_blocks(const uint8_t *in, size_t size, char *block, struct output *out,
		      struct hospes_error *err)
{
	size_t at = 4;

	while (size - at >= 4) {
		uint32_t length = read32(in + at);
		int rc;

		at += 4;
		if (at == size && length == (uint32_t)out->total)
			return 0;
		if (length == 0 || length > size - at || length > INT32_MAX)
			return error_set(err, -ENOEXEC, "the kernel's LZ4 data is truncated");
		rc = lz4_block(in + at, length, block, out, err);
		if (rc < 0)
			return rc;
		at += length;
	}
	return at == size ? 0 : error_set(err, -ENOEXEC, "the kernel's LZ4 data is truncated");
}

static int unpack_lz4(const uint8_t *in, size_t size, struct output *out, struct hospes_error *err)
{
	char *block = malloc(LZ4_BLOCK_MAX);
	int rc;

	if (block == NULL)
		return error_set(err, -ENOMEM, "too little memory to unpack the kernel");
	rc = lz4_blocks(in, size, block, out, err);
	free(block);
	return rc;
}

static int unpack_plain(const uint8_t *in, size_t size, struct output *out,
			struct hospes_error *err)
{
	while (size > 0) {
		size_t n = size < PIECE ? size : PIECE;
		int rc;

		memcpy(out->piece, in, n);
		rc = output_give(out, n, err);
		if (rc < 0)
			return rc;
		in += n;
		size -= n;
	}
	return 0;
}

int unpack_run(const struct unpack_plan *plan, const void *file, size_t limit, unpack_sink sink,
	       void *context, struct hospes_error *err)
{
	static int (*const unpackers[])(const uint8_t *, size_t, struct output *,
					struct hospes_error *) = {
		[UNPACK_PLAIN] = unpack_plain, [UNPACK_GZIP] = unpack_gzip, [UNPACK_XZ] = unpack_xz,
		[UNPACK_ZSTD] = unpack_zstd,   [UNPACK_LZ4] = unpack_lz4,
	};
	struct output out = { .sink = sink, .context = context, .limit = limit };
	int rc;

	out.piece = malloc(PIECE);
	if (out.piece == NULL)
		return error_set(err, -ENOMEM, "too little memory to unpack the kernel");
	rc = unpackers[plan->format]((const uint8_t *)file + plan->offset, plan->length, &out, err);
	free(out.piece);
	return rc;
}
