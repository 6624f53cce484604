/* SPDX-License-Identifier: MIT */
/*
 * A 64-bit x86 ELF kernel, read from memory: what to load where, its notes and sections.
 * The file is hostile: after elf_parse() every range that an accessor gives lies inside the file.
 * Pure: no input or output. The meaning of notes is left to elf_notes.
 */
#ifndef HOSPES_LIB_ELF_IMAGE_H
#define HOSPES_LIB_ELF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/error.h>

/* Kernels have three to six loadable segments. */
#define ELF_SEGMENTS_MAX 32
/* Note segments and sections together; Linux has one or two. */
#define ELF_NOTE_RANGES_MAX 32
/* Load addresses above this (1 TiB) are nonsense, and keep sums of them from wrapping. */
#define ELF_PADDR_MAX (1ULL << 40)

struct elf_segment {
	uint64_t paddr;
	uint64_t memsz;
	uint64_t offset; /* in the file */
	uint64_t filesz; /* <= memsz; the rest is zero */
};

struct elf_range {
	uint64_t offset;
	uint64_t size;
};

struct elf_image {
	const uint8_t *base;
	size_t size;
	uint64_t entry;
	unsigned int segment_count; /* ascending by paddr, not overlapping, none empty */
	struct elf_segment segments[ELF_SEGMENTS_MAX];
	uint64_t pstart, pend; /* from the first segment's first byte to behind the last's last */
	unsigned int note_count;
	struct elf_range notes[ELF_NOTE_RANGES_MAX];
	struct elf_range xen_guest; /* section __xen_guest; size 0 when there is none */
};

bool elf_is_elf(const void *base, size_t size);

/* Reads headers only. 0, or -ENOEXEC with the reason in @err. */
int elf_parse(struct elf_image *image, const void *base, size_t size, struct hospes_error *err);

#endif
