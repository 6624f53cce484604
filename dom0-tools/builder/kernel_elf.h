/* SPDX-License-Identifier: MIT */
/*
 * A kernel that is a plain ELF file, taken without what is not loaded: with debug information it
 * may be larger than dom0's memory. Only headers, segments, notes and small sections are copied, to
 * their places in a private file; all between is a hole. What they mean is left to
 * pvabi/load/elf.h, which looks at the copy. Inside builder/ only.
 */
#ifndef HOSPES_BUILDER_KERNEL_ELF_H
#define HOSPES_BUILDER_KERNEL_ELF_H

#include <stdbool.h>
#include <stdint.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>

/* Largest such file: a hundred times a kernel with all its debug information. */
#define KERNEL_ELF_MAX (64UL << 30)

/* Whether the file begins as an ELF file does. */
bool kernel_is_elf(int fd);

/*
 * A descriptor of the copy, as long as the file of @size bytes. At most @limit bytes are copied:
 * -EFBIG. -ENODATA: the file became shorter meanwhile.
 */
__must_check int kernel_elf_take(int fd, uint64_t size, uint64_t limit, struct hospes_error *err);

#endif
