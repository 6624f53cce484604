/* SPDX-License-Identifier: MIT */
/*
 * A kernel ready to be loaded: opened from any kernel file, unpacked (or found unpacked in the
 * cache), its ELF headers and notes read. Its bytes are read from a private file, which nobody can
 * change or cut while it is in use.
 */
#ifndef HOSPES_BUILDER_KERNEL_IMAGE_H
#define HOSPES_BUILDER_KERNEL_IMAGE_H

#include <stddef.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>
#include <pvabi/load/notes.h>

struct kernel_image {
	int fd;
	uint64_t offset; /* of the ELF file in it */
	size_t size;
	void *map;
	size_t map_size;
	bool cached; /* was served from the cache */
	struct elf_image elf;
	struct guest_notes notes;
};

/*
 * @memory: bytes of the guest's memory. A packed kernel may not unpack to more: a small file could
 * fill the disk otherwise. 0 or -errno with a reason; after a failure there is nothing to close.
 */
__must_check int kernel_open(struct kernel_image *kernel, const char *path, uint64_t memory,
			     struct hospes_error *err);
void kernel_close(struct kernel_image *kernel);

/* Reads @size bytes at @offset of the ELF file; 0 or -errno. */
__must_check int kernel_read(const struct kernel_image *kernel, uint64_t offset, void *data,
			     size_t size);

/*
 * The first run of bytes in [*start, end) of the ELF file that may hold something else than zeros:
 * narrows *start and *stop to it, both on page boundaries of the file or the given ends.
 * False when all of it is zero.
 */
bool kernel_next_data(const struct kernel_image *kernel, uint64_t *start, uint64_t end,
		      uint64_t *stop);

#endif
