/* SPDX-License-Identifier: MIT */
/*
 * Finds the compressed kernel in a bzImage (Linux's x86 boot protocol, 2.08 and later; the file is
 * hostile) and unpacks it with the distribution's own libraries. They check their input themselves;
 * here the output is bounded by the memory given to them. Nothing of this outlives the boot.
 */
#include <boot/boot.h>
#include <boot/unpack_libc.h>

#include <console/console.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <lib/string.h>

#define UNPACKED_MAX  (512ul << 20) /* no kernel comes near; the number in the file is hostile */
#define XZ_MEMORY_MAX (256ul << 20) /* its dictionary */
#define LZMA_OK       0
#define Z_FINISH      4
#define Z_STREAM_END  1
#define GZIP_WINDOW   (15 + 16) /* largest window; 16: gzip header and trailer */

/* Offsets in a bzImage. */
#define SETUP_SECTS    0x1f1 /* u8: sectors of setup code after the first; 0 means 4 */
#define MAGIC          0x202 /* "HdrS" */
#define VERSION        0x206 /* u16 */
#define PAYLOAD_OFFSET 0x248 /* u32, from the end of the setup code */
#define PAYLOAD_LENGTH 0x24c /* u32 */
#define HEADER_END     0x250

/* Each unpacks @in into exactly @out_size bytes: 0 or a code of the library's. */
static long unpack_xz(const u8 *in, u64 size, u8 *out, u64 out_size)
{
	u64 limit = XZ_MEMORY_MAX;
	size_t in_pos = 0, out_pos = 0;
	int r = lzma_stream_buffer_decode(&limit, 0, NULL, in, &in_pos, size, out, &out_pos,
					  out_size);

	return r == LZMA_OK && out_pos == out_size ? 0 : r ? r : -1;
}

static long unpack_zstd(const u8 *in, u64 size, u8 *out, u64 out_size)
{
	size_t n = ZSTD_findFrameCompressedSize(in, size);

	if (ZSTD_isError(n))
		return n;
	n = ZSTD_decompress(out, out_size, in, n);
	return ZSTD_isError(n) ? (long)n : n == out_size ? 0 : -1;
}

static long unpack_gzip(const u8 *in, u64 size, u8 *out, u64 out_size)
{
	struct z_stream z = {
		.next_in = in, .avail_in = size, .next_out = out, .avail_out = out_size
	};
	int r = inflateInit2_(&z, GZIP_WINDOW, "1.2.13", sizeof(z));

	if (r)
		return r;
	r = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	return r == Z_STREAM_END && z.total_out == out_size ? 0 : r == Z_STREAM_END ? -1 : r;
}

static const struct packer {
	const char *name;
	u8 magic[6], magic_len;
	long (*unpack)(const u8 *in, u64 size, u8 *out, u64 out_size);
} packers[] = {
	{ "XZ", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, unpack_xz },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, unpack_zstd },
	{ "gzip", { 0x1f, 0x8b }, 2, unpack_gzip },
};

/* The libraries' SSE code wants the ABI's stack alignment, which nobody else in ring 0 needs. */
static int __attribute__((noinline, force_align_arg_pointer))
payload_unpack(const u8 *in, u64 size, u64 unpacked, const void **out)
{
	const struct packer *k = packers, *end = packers + ARRAY_SIZE(packers);
	u8 *kernel;
	long r;

	while (k < end && (size <= k->magic_len || memcmp(in, k->magic, k->magic_len)))
		k++;
	if (k == end)
		return fail(-ENOEXEC,
			    "compressed in a way that is not supported (XZ, zstd, gzip "
			    "are); it starts with %02x %02x %02x %02x",
			    in[0], in[1], in[2], in[3]);
	if (!unpacked || unpacked > UNPACKED_MAX)
		return fail(-ENOEXEC, "unpacked size of %lu bytes is not believable", unpacked);
	kernel = pages_alloc(block_order(unpacked));
	if (!kernel)
		return fail(-ENOMEM, "no %lu bytes of memory to unpack the kernel", unpacked);
	unpack_enter();
	r = k->unpack(in, size, kernel, unpacked);
	unpack_leave();
	if (r) {
		pages_free(kernel, pages_order(kernel));
		return fail(-ENOEXEC, "broken %s data (code %ld of the library)", k->name, r);
	}
	log_info("kernel: %s, %lu KiB unpacked to %lu KiB", k->name, size >> 10, unpacked >> 10);
	*out = kernel;
	return 0;
}

int bzimage_payload(const void *data, u64 size, const void **payload, u64 *payload_size,
		    u32 *unpacked_size)
{
	const u8 *p = data;
	u64 setup, off, len;

	if (size < HEADER_END || memcmp(p + MAGIC, "HdrS", 4))
		return fail(-ENOEXEC, "neither a bzImage nor an ELF file");
	if ((p[VERSION] | p[VERSION + 1] << 8) < 0x208)
		return fail(-ENOEXEC,
			    "bzImage of boot protocol %u.%02u is too old (2.08 and later "
			    "name their payload)",
			    p[VERSION + 1], p[VERSION]);
	setup = ((p[SETUP_SECTS] ? p[SETUP_SECTS] : 4) + 1) * 512ul;
	off = setup + read_u32(p + PAYLOAD_OFFSET);
	len = read_u32(p + PAYLOAD_LENGTH);
	if (off > size || len > size - off || len < 8)
		return fail(-ENOEXEC,
			    "payload of %lu bytes at %lu lies outside the file of %lu "
			    "bytes",
			    len, off, size);
	*payload = p + off;
	*payload_size = len;
	/* the kernel's build puts it last, whatever the compressor */
	*unpacked_size = read_u32(p + off + len - 4);
	return 0;
}

int unpack_kernel(const void *data, u64 size, const void **out, u64 *out_size)
{
	const void *payload;
	u64 payload_size;
	u32 unpacked;
	int err;

	if (size < 64)
		return fail(-ENOEXEC, "a kernel of %lu bytes", size);
	if (!memcmp(data, "\177ELF", 4)) {
		*out = data;
		*out_size = size;
		return 0;
	}
	err = bzimage_payload(data, size, &payload, &payload_size, &unpacked);
	if (err)
		return err;
	*out_size = unpacked;
	return payload_unpack(payload, payload_size, unpacked, out);
}

void unpack_free(const void *data, const void *out)
{
	if (out != data)
		pages_free((void *)out, pages_order(out));
}
