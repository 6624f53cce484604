/* SPDX-License-Identifier: MIT */
/*
 * The unpackers of kernel files around the distribution's libraries. Each is bounded in memory and
 * in output: by the caller's limit, and by what the file itself claims. Where the output goes is
 * left to the caller.
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

/* Output goes to the sink in pieces of this size: whole pages. */
#define PIECE (256UL << 10)

/* Linux is packed with windows of up to 128 MiB (zstd -22) and 32 MiB (XZ). */
#define ZSTD_WINDOW_LOG_MAX 27
#define XZ_MEMORY_MAX       (160ULL << 20)

#define GZIP_HEADER 16 /* zlib: added to the window's bits, expects gzip's header and trailer */

/* Where the output of one unpacking stands. */
struct output {
	unpack_sink sink;
	void *context;
	size_t limit, total;
	bool claimed; /* the limit is what the file claims to unpack to */
	uint8_t *piece;
};

typedef int unpacker(const uint8_t *in, size_t size, struct output *out, struct hospes_error *err);

static int no_memory(struct hospes_error *err)
{
	return error_set(err, -ENOMEM, "too little memory to unpack the kernel");
}

static int too_large(size_t limit, struct hospes_error *err)
{
	return error_set(
		err, -EFBIG,
		"the kernel unpacks to more than %zu MiB, the most for a guest of this memory",
		limit >> 20);
}

static int not_as_claimed(const struct output *out, struct hospes_error *err)
{
	return error_set(err, -ENOEXEC,
			 "the kernel does not unpack to the %zu bytes that its file claims",
			 out->limit);
}

/* Hands on the first @size bytes of the piece. */
static int output_give(struct output *out, size_t size, struct hospes_error *err)
{
	if (size > out->limit - out->total)
		return out->claimed ? not_as_claimed(out, err) : too_large(out->limit, err);

	out->total += size;
	if (size == 0)
		return 0;

	return out->sink(out->context, out->piece, size, err);
}

/* Hands on any number of bytes, from elsewhere. */
static int output_copy(struct output *out, const void *data, size_t size, struct hospes_error *err)
{
	const uint8_t *from = data;

	while (size > 0) {
		size_t part = size < PIECE ? size : PIECE;
		int rc;

		memcpy(out->piece, from, part);
		rc = output_give(out, part, err);
		if (rc < 0)
			return rc;

		from += part;
		size -= part;
	}
	return 0;
}

static int unpack_plain(const uint8_t *in, size_t size, struct output *out,
			struct hospes_error *err)
{
	return output_copy(out, in, size, err);
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

	if (rc < 0)
		return rc;
	if (ret == LZMA_MEM_ERROR)
		return no_memory(err);
	if (ret != LZMA_STREAM_END)
		return error_set(err, -ENOEXEC, "the kernel's XZ data is %s (code %d)",
				 ret == LZMA_BUF_ERROR ? "truncated" : "damaged", (int)ret);
	return 0;
}

static int unpack_gzip(const uint8_t *in, size_t size, struct output *out, struct hospes_error *err)
{
	z_stream s = { .next_in = (Bytef *)(uintptr_t)in, .avail_in = (uInt)size };
	int ret = inflateInit2(&s, MAX_WBITS + GZIP_HEADER);
	int rc = 0;

	if (ret != Z_OK)
		return no_memory(err);

	while (ret == Z_OK && rc == 0) {
		s.next_out = out->piece;
		s.avail_out = PIECE;
		ret = inflate(&s, Z_NO_FLUSH);
		rc = output_give(out, PIECE - s.avail_out, err);
	}
	inflateEnd(&s);

	if (rc < 0)
		return rc;
	if (ret != Z_STREAM_END)
		return error_set(err, -ENOEXEC, "the kernel's gzip data is %s (code %d)",
				 ret == Z_BUF_ERROR ? "truncated" : "damaged", ret);
	return 0;
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

		/* It wants more than there is, and neither took nor gave anything. */
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
		return no_memory(err);

	ZSTD_DCtx_setParameter(dctx, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
	rc = zstd_pump(dctx, in, size, out, err);
	ZSTD_freeDCtx(dctx);
	return rc;
}

/*
 * LZ4's legacy format: the magic, then blocks of one size word and that many bytes, each of at most
 * 8 MiB unpacked.
 */
#define LZ4_MAGIC_SIZE 4
#define LZ4_WORD_SIZE  4
#define LZ4_BLOCK_MAX  (8UL << 20)

static int lz4_truncated(struct hospes_error *err)
{
	return error_set(err, -ENOEXEC, "the kernel's LZ4 data is truncated");
}

/* One block into @block, and on to the sink. */
static int lz4_block(const uint8_t *in, size_t size, char *block, struct output *out,
		     struct hospes_error *err)
{
	int n = LZ4_decompress_safe((const char *)in, block, (int)size, (int)LZ4_BLOCK_MAX);

	if (n <= 0)
		return error_set(err, -ENOEXEC, "the kernel's LZ4 data is damaged (code %d)", n);

	return output_copy(out, block, (size_t)n, err);
}

static int lz4_blocks(const uint8_t *in, size_t size, char *block, struct output *out,
		      struct hospes_error *err)
{
	size_t at = LZ4_MAGIC_SIZE;

	while (size - at >= LZ4_WORD_SIZE) {
		uint32_t length;
		int rc;

		memcpy(&length, in + at, LZ4_WORD_SIZE);
		at += LZ4_WORD_SIZE;

		/* Linux's build puts the unpacked size behind the last block: it ends the list. */
		if (at == size && length == (uint32_t)out->total)
			return 0;
		if (length == 0 || length > size - at || length > INT32_MAX)
			return lz4_truncated(err);

		rc = lz4_block(in + at, length, block, out, err);
		if (rc < 0)
			return rc;
		at += length;
	}
	return at == size ? 0 : lz4_truncated(err);
}

static int unpack_lz4(const uint8_t *in, size_t size, struct output *out, struct hospes_error *err)
{
	char *block = malloc(LZ4_BLOCK_MAX);
	int rc;

	if (block == NULL)
		return no_memory(err);

	rc = lz4_blocks(in, size, block, out, err);
	free(block);
	return rc;
}

static unpacker *const unpackers[PAYLOAD_FORMATS] = {
	[PAYLOAD_ELF] = unpack_plain, [PAYLOAD_GZIP] = unpack_gzip, [PAYLOAD_XZ] = unpack_xz,
	[PAYLOAD_ZSTD] = unpack_zstd, [PAYLOAD_LZ4] = unpack_lz4,
};

/* What a bare zstd file says of itself; a bzImage has the size behind its payload. */
static uint32_t zstd_claim(const uint8_t *in, size_t size)
{
	unsigned long long claim = ZSTD_getFrameContentSize(in, size);

	if (claim == ZSTD_CONTENTSIZE_UNKNOWN || claim == ZSTD_CONTENTSIZE_ERROR)
		return 0;

	return claim < UINT32_MAX ? (uint32_t)claim : UINT32_MAX;
}

int unpack_plan(struct payload *payload, const void *file, size_t size, struct hospes_error *err)
{
	struct load_error why;
	int rc = payload_find(payload, file, size, &why);

	if (rc < 0)
		return error_set(err, rc, "%s", why.text);

	if (unpackers[payload->format] == NULL)
		return error_set(
			err, -ENOEXEC,
			"the kernel is packed with %s; gzip, XZ, zstd and LZ4 can be unpacked",
			payload_format_name(payload->format));

	/* What is not packed has its size, and in a bzImage no word of it. */
	if (payload->format == PAYLOAD_ELF)
		payload->unpacked = 0;
	if (payload->format == PAYLOAD_ZSTD && payload->unpacked == 0)
		payload->unpacked = zstd_claim((const uint8_t *)file + payload->offset,
					       payload->size);
	return 0;
}

int unpack_run(const struct payload *payload, const void *file, size_t limit, unpack_sink sink,
	       void *context, struct hospes_error *err)
{
	struct output out = { .sink = sink, .context = context, .limit = limit };
	const uint8_t *in = (const uint8_t *)file + payload->offset;
	int rc;

	if (payload->unpacked > limit)
		return too_large(limit, err);

	if (payload->unpacked != 0) {
		out.claimed = true;
		out.limit = payload->unpacked;
	}

	out.piece = malloc(PIECE);
	if (out.piece == NULL)
		return no_memory(err);

	rc = unpackers[payload->format](in, payload->size, &out, err);
	free(out.piece);
	if (rc == 0 && out.claimed && out.total != out.limit)
		return not_as_claimed(&out, err);

	return rc;
}
