/* SPDX-License-Identifier: MIT */
/*
 * Unpacks the kernel inside a kernel file as distributions ship it: a Linux bzImage, or an ELF file
 * by itself, plain or packed with gzip, XZ, zstd or LZ4 (pvabi/load/bzimage.h finds it). The file
 * is in memory and hostile; the output goes in pieces to a sink. Pure but for the memory of the
 * libraries. Inside builder/ only.
 */
#ifndef HOSPES_LIB_KERNEL_UNPACK_H
#define HOSPES_LIB_KERNEL_UNPACK_H

#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>
#include <pvabi/load/bzimage.h>

/*
 * Largest kernel file read, and largest kernel it may unpack to for a guest of any memory: some ten
 * times today's.
 */
#define KERNEL_FILE_MAX     (256UL << 20)
#define KERNEL_UNPACKED_MAX (1024UL << 20)

/* Takes a piece of the unpacked kernel; 0 or -errno, which ends the unpacking. */
typedef int (*unpack_sink)(void *context, const void *data, size_t size, struct hospes_error *err);

/* What the file is. -ENOEXEC with a reason when it is no kernel, or packed in an unknown way. */
int __must_check unpack_plan(struct payload *payload, const void *file, size_t size,
			     struct hospes_error *err);

/*
 * Unpacks what unpack_plan() found. Refused at once where the file claims to unpack to more than
 * @limit bytes (-EFBIG); stopped where it gives more than that, or other than it claims (-ENOEXEC).
 */
int __must_check unpack_run(const struct payload *payload, const void *file, size_t limit,
			    unpack_sink sink, void *context, struct hospes_error *err);

#endif
