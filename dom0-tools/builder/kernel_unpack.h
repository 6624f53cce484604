/* SPDX-License-Identifier: MIT */
/*
 * Finds the ELF kernel inside a kernel file as distributions ship it, and unpacks it: a Linux
 * bzImage, or an ELF file by itself, plain or packed with gzip, XZ, zstd or LZ4. The file is in
 * memory and hostile; the output goes in pieces to a sink. Pure but for the memory of the
 * libraries.
 */
#ifndef HOSPES_LIB_KERNEL_UNPACK_H
#define HOSPES_LIB_KERNEL_UNPACK_H

#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/error.h>

/* Largest kernel file read, and largest kernel it may unpack to: some ten times today's. */
#define KERNEL_FILE_MAX     (256UL << 20)
#define KERNEL_UNPACKED_MAX (1024UL << 20)

enum unpack_format {
	UNPACK_PLAIN, /* an ELF file already */
	UNPACK_GZIP,
	UNPACK_XZ,
	UNPACK_ZSTD,
	UNPACK_LZ4, /* legacy frames, as Linux's build makes them */
};

struct unpack_plan {
	enum unpack_format format;
	size_t offset, length; /* of the packed part, inside the file */
};

/* Takes a piece of the unpacked kernel; 0 or -errno, which ends the unpacking. */
typedef int (*unpack_sink)(void *context, const void *data, size_t size, struct hospes_error *err);

/* What the file is. -ENOEXEC with a reason when it is no kernel. */
int unpack_plan(struct unpack_plan *plan, const void *file, size_t size, struct hospes_error *err);

/* Unpacks; more than @limit bytes are an error. */
int unpack_run(const struct unpack_plan *plan, const void *file, size_t limit, unpack_sink sink,
	       void *context, struct hospes_error *err);

const char *unpack_format_name(enum unpack_format format);

#endif
