/* SPDX-License-Identifier: MIT */
/*
 * Unpacks a kernel file (pvabi/load/bzimage.h finds its payload; the file is hostile) with the
 * distribution's own libraries. They check their input themselves; here the output is bounded by
 * the memory given to them. Nothing of this outlives the boot.
 */
#include <boot/boot.h>
#include <boot/libc.h>

#include <console/console.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <pvabi/load/bzimage.h>

#define UNPACKED_MAX  (512ul << 20) /* no kernel comes near; the number in the file is hostile */
#define XZ_MEMORY_MAX (256ul << 20) /* its dictionary */

/* Codes of the libraries. */
#define LZMA_OK      0
#define Z_OK         0
#define Z_FINISH     4
#define Z_STREAM_END 1

#define GZIP_WINDOW  (15 + 16) /* largest window; 16: gzip header and trailer */
#define ZLIB_VERSION "1.2.13"

/* All went well, but the size is not what the file claimed. */
#define WRONG_SIZE (-1)

/* Unpacks @in into exactly @out_size bytes: 0, a code of the library's, or WRONG_SIZE. */
typedef long unpacker(const u8 *in, u64 size, u8 *out, u64 out_size);

static long unpack_xz(const u8 *in, u64 size, u8 *out, u64 out_size)
{
	u64 limit = XZ_MEMORY_MAX;
	size_t in_pos = 0, out_pos = 0;
	int rc;

	rc = lzma_stream_buffer_decode(&limit, 0, NULL, in, &in_pos, size, out, &out_pos, out_size);
	if (rc != LZMA_OK)
		return rc;

	return out_pos == out_size ? 0 : WRONG_SIZE;
}

static long unpack_zstd(const u8 *in, u64 size, u8 *out, u64 out_size)
{
	/* Without the word of the unpacked size that follows the frame. */
	size_t n = ZSTD_findFrameCompressedSize(in, size);

	if (ZSTD_isError(n))
		return n;

	n = ZSTD_decompress(out, out_size, in, n);
	if (ZSTD_isError(n))
		return n;

	return n == out_size ? 0 : WRONG_SIZE;
}

static long unpack_gzip(const u8 *in, u64 size, u8 *out, u64 out_size)
{
	struct z_stream z = {
		.next_in = in,
		.avail_in = size,
		.next_out = out,
		.avail_out = out_size,
	};
	int rc;

	rc = inflateInit2_(&z, GZIP_WINDOW, ZLIB_VERSION, sizeof(z));
	if (rc != Z_OK)
		return rc;

	rc = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (rc == Z_OK)
		return WRONG_SIZE;
	if (rc != Z_STREAM_END)
		return rc;

	return z.total_out == out_size ? 0 : WRONG_SIZE;
}

static unpacker *const unpackers[PAYLOAD_FORMATS] = {
	[PAYLOAD_XZ] = unpack_xz,
	[PAYLOAD_ZSTD] = unpack_zstd,
	[PAYLOAD_GZIP] = unpack_gzip,
};

/* The libraries' SSE code wants the ABI's stack alignment, which nobody else in ring 0 needs. */
static long __attribute__((noinline, force_align_arg_pointer))
unpacker_run(unpacker *unpack, const u8 *in, u64 size, u8 *out, u64 out_size)
{
	long rc;

	unpack_enter();
	rc = unpack(in, size, out, out_size);
	unpack_leave();
	return rc;
}

static int payload_unpack(const struct payload *p, const u8 *in, struct unpacked *out)
{
	const char *format = payload_format_name(p->format);
	unpacker *unpack = unpackers[p->format];
	u8 *kernel;
	long rc;

	if (!unpack)
		return fail(-ENOEXEC, "the kernel is packed with %s, not with XZ, zstd or gzip",
			    format);

	if (!p->unpacked || p->unpacked > UNPACKED_MAX)
		return fail(-ENOEXEC, "unpacked size of %u bytes is not believable", p->unpacked);

	kernel = pages_alloc(block_order(p->unpacked));
	if (!kernel)
		return fail(-ENOMEM, "no %u bytes of memory to unpack the kernel", p->unpacked);

	/* It may take a minute: whoever looks at the console sees what for. */
	log_info("kernel: unpacking %lu KiB of %s to %u KiB ...", p->size >> 10, format,
		 p->unpacked >> 10);
	rc = unpacker_run(unpack, in, p->size, kernel, p->unpacked);
	if (rc) {
		pages_free(kernel, pages_order(kernel));
		return fail(-ENOEXEC, "broken %s data (code %ld of the library)", format, rc);
	}

	log_info("kernel: unpacked");
	*out = (struct unpacked){ .data = kernel, .size = p->unpacked, .memory = kernel };
	return 0;
}

int unpack_kernel(const void *file, u64 size, struct unpacked *out)
{
	struct load_error why;
	struct payload p;
	const u8 *in;
	int rc;

	rc = payload_find(&p, file, size, &why);
	if (rc)
		return fail(rc, "%s", why.text);

	in = (const u8 *)file + p.offset;
	if (p.format != PAYLOAD_ELF)
		return payload_unpack(&p, in, out);

	*out = (struct unpacked){ .data = in, .size = p.size };
	return 0;
}

void unpack_free(struct unpacked *u)
{
	if (u->memory)
		pages_free(u->memory, pages_order(u->memory));
	u->memory = NULL;
}
