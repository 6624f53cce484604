/* SPDX-License-Identifier: MIT */
/*
 * A 64-bit x86 ELF kernel in memory: what of it is to be loaded where, and where its notes are.
 * The file is hostile: after elf_parse() every range named here lies inside it, and sums of its
 * addresses do not wrap. Pure. The meaning of the notes is left to notes.h.
 */
#ifndef PVABI_LOAD_ELF_H
#define PVABI_LOAD_ELF_H

#include <stdbool.h>
#include <stdint.h>
#include <pvabi/load/error.h>

/* Program headers in all: Linux has 5, the largest known kernels 10. */
#define ELF_PROGRAMS_MAX 64
/* Those of them that are loaded; kernels have three to six. */
#define ELF_SEGMENTS_MAX 32
/* Note segments and note sections together: Linux has one or two. */
#define ELF_NOTES_MAX 32
/* Load addresses above this (1 TiB) are nonsense, and keep sums of them from wrapping. */
#define ELF_PADDR_MAX (1ul << 40)
/* Bytes from the first segment to the last: what an initial mapping can hold in reason. */
#define ELF_EXTENT_MAX (1ul << 30)

struct elf_segment {
	uint64_t paddr;
	uint64_t memsz;  /* not 0 */
	uint64_t offset; /* in the file */
	uint64_t filesz; /* at most memsz; the rest is zero */
};

struct elf_range {
	uint64_t offset, size; /* bytes of the file */
};

struct elf_image {
	const uint8_t *data;
	uint64_t size;
	uint64_t entry; /* as the header gives it */

	/* By rising address, and none overlaps another. */
	unsigned int segment_count;
	struct elf_segment segments[ELF_SEGMENTS_MAX];
	/* From the first segment's first byte to behind the last one's last. */
	uint64_t phys_start, phys_end;

	unsigned int note_count;
	struct elf_range notes[ELF_NOTES_MAX];
	struct elf_range xen_guest; /* section __xen_guest; size 0: there is none */
};

/* Whether the first bytes are an ELF file's; nothing else is looked at. */
bool elf_is_elf(const void *data, uint64_t size);

/*
 * Describes the ELF kernel of @size bytes at @data, of which it keeps the address. Copies headers
 * before it looks at them, so nothing need be aligned. 0, or -ENOEXEC.
 */
int elf_parse(struct elf_image *image, const void *data, uint64_t size,
	      struct load_error *why) load_checked;

#endif
