/* SPDX-License-Identifier: MIT */
/*
 * The little of a C library that code finds in the boot part which was written for other places
 * too: the distribution's decompressors (liblzma, libzstd, libz), and pvabi/load. The former also
 * want SSE and a stack guard: every call of them stands between unpack_enter and unpack_leave.
 */
#ifndef BOOT_LIBC_H
#define BOOT_LIBC_H

#include <lib/types.h>
#include <stdarg.h>

void unpack_enter(void);
void unpack_leave(void);

/* By the names that they link against. */
void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void free(void *p);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
void __noreturn __stack_chk_fail(void);
/* libzstd's weak hooks for tracing: a kernel's link can not leave them open. */
u64 ZSTD_trace_decompress_begin(const void *ctx);
void ZSTD_trace_decompress_end(u64 trace, const void *what);

/*
 * The decompressors' interfaces, in the words of their manuals; their headers want a C library.
 * (lzma/container.h, zstd.h, zlib.h)
 */
int lzma_stream_buffer_decode(u64 *memlimit, u32 flags, const void *allocator, const u8 *in,
			      size_t *in_pos, size_t in_size, u8 *out, size_t *out_pos,
			      size_t out_size);
size_t ZSTD_findFrameCompressedSize(const void *src, size_t src_size);
size_t ZSTD_decompress(void *dst, size_t dst_size, const void *src, size_t src_size);
unsigned int ZSTD_isError(size_t code);

struct z_stream {
	const u8 *next_in;
	u32 avail_in;
	u64 total_in;
	u8 *next_out;
	u32 avail_out;
	u64 total_out;
	const char *msg;
	void *state, *zalloc, *zfree, *opaque;
	int data_type;
	u64 adler, reserved;
};
_Static_assert(sizeof(struct z_stream) == 112, "zlib checks the size of its stream");
int inflateInit2_(struct z_stream *z, int window_bits, const char *version, int stream_size);
int inflate(struct z_stream *z, int flush);
int inflateEnd(struct z_stream *z);

#endif
