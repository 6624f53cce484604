/* SPDX-License-Identifier: MIT */
/*
 * Reads an ELF kernel's headers. Each is copied out before it is looked at, and every offset and
 * size is checked against the file's length before it is used or handed on.
 */
#include "elf.h"

#include <pvabi/errno.h>
#include "elf_file.h"
#include "libc.h"

static bool range_inside(const struct elf_image *image, uint64_t offset, uint64_t size)
{
	return offset <= image->size && size <= image->size - offset;
}

bool elf_is_elf(const void *data, uint64_t size)
{
	return size >= ELF_MAGIC_SIZE && memcmp(data, ELF_MAGIC, ELF_MAGIC_SIZE) == 0;
}

static int header_check(const struct elf_image *image, const struct elf_file_header *h,
			struct load_error *why)
{
	if (h->class != ELF_CLASS_64)
		return load_refuse(
			why, -XEN_ENOEXEC,
			"the kernel is a 32-bit ELF file; only 64-bit x86 kernels can run");

	if (h->data != ELF_DATA_LITTLE || h->machine != ELF_MACHINE_X86_64)
		return load_refuse(why, -XEN_ENOEXEC,
				   "the kernel is an ELF file for machine %u, not for x86-64 (%u)",
				   h->machine, ELF_MACHINE_X86_64);

	if (h->type != ELF_TYPE_EXEC && h->type != ELF_TYPE_DYN)
		return load_refuse(why, -XEN_ENOEXEC,
				   "the kernel is an ELF file of type %u, not an executable",
				   h->type);

	if (h->phnum == 0 || h->phentsize != sizeof(struct elf_file_program))
		return load_refuse(why, -XEN_ENOEXEC,
				   "the kernel's ELF header has %u program headers of %u bytes",
				   h->phnum, h->phentsize);

	if (!range_inside(image, h->phoff, h->phnum * sizeof(struct elf_file_program)))
		return load_refuse(
			why, -XEN_ENOEXEC,
			"program headers lie outside the file of %lu bytes: is it truncated?",
			image->size);

	if (h->phnum > ELF_PROGRAMS_MAX)
		return load_refuse(why, -XEN_ENOEXEC,
				   "the kernel has %u program headers, more than %u", h->phnum,
				   ELF_PROGRAMS_MAX);
	return 0;
}

/* More notes than anybody writes are left out, as are those outside the file. */
static void note_range_add(struct elf_image *image, uint64_t offset, uint64_t size)
{
	if (image->note_count == ELF_NOTES_MAX || !range_inside(image, offset, size))
		return;

	image->notes[image->note_count++] = (struct elf_range){ offset, size };
}

static int segment_add(struct elf_image *image, const struct elf_file_program *p,
		       unsigned int index, struct load_error *why)
{
	if (p->filesz > p->memsz)
		return load_refuse(
			why, -XEN_ENOEXEC,
			"the kernel's segment %u has more bytes in the file than in memory", index);

	if (p->memsz == 0)
		return 0;

	if (p->paddr >= ELF_PADDR_MAX || p->memsz >= ELF_PADDR_MAX)
		return load_refuse(
			why, -XEN_ENOEXEC,
			"segment %u is to lie at %#lx with %#lx bytes, beyond any memory", index,
			p->paddr, p->memsz);

	if (image->segment_count == ELF_SEGMENTS_MAX)
		return load_refuse(why, -XEN_ENOEXEC,
				   "the kernel has more than %d segments to load",
				   ELF_SEGMENTS_MAX);

	image->segments[image->segment_count++] = (struct elf_segment){
		.paddr = p->paddr,
		.memsz = p->memsz,
		.offset = p->offset,
		.filesz = p->filesz,
	};
	return 0;
}

static int programs_read(struct elf_image *image, const struct elf_file_header *h,
			 struct load_error *why)
{
	for (unsigned int i = 0; i < h->phnum; i++) {
		struct elf_file_program p;
		int rc = 0;

		memcpy(&p, image->data + h->phoff + i * sizeof(p), sizeof(p));
		if (!range_inside(image, p.offset, p.filesz))
			return load_refuse(
				why, -XEN_ENOEXEC,
				"segment %u lies outside the file of %lu bytes: is it truncated?",
				i, image->size);

		if (p.type == ELF_PROGRAM_LOAD)
			rc = segment_add(image, &p, i, why);
		else if (p.type == ELF_PROGRAM_NOTE)
			note_range_add(image, p.offset, p.filesz);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* By insertion: there are few, and nearly always in order. */
static void segments_sort(struct elf_image *image)
{
	struct elf_segment *s = image->segments;

	for (unsigned int i = 1; i < image->segment_count; i++) {
		struct elf_segment moved = s[i];
		unsigned int at = i;

		while (at > 0 && s[at - 1].paddr > moved.paddr) {
			s[at] = s[at - 1];
			at--;
		}
		s[at] = moved;
	}
}

static int segments_check(struct elf_image *image, struct load_error *why)
{
	const struct elf_segment *first = image->segments, *s;

	if (image->segment_count == 0)
		return load_refuse(why, -XEN_ENOEXEC, "the kernel has no segment to load");

	segments_sort(image);
	for (s = first; s < first + image->segment_count - 1; s++)
		if (s->paddr + s->memsz > s[1].paddr)
			return load_refuse(why, -XEN_ENOEXEC,
					   "two segments of the kernel overlap at %#lx",
					   s[1].paddr);

	image->phys_start = first->paddr;
	image->phys_end = s->paddr + s->memsz;
	if (image->phys_end - image->phys_start > ELF_EXTENT_MAX)
		return load_refuse(why, -XEN_ENOEXEC,
				   "the kernel is to lie at %#lx-%#lx: that is more than %lu MiB",
				   image->phys_start, image->phys_end, ELF_EXTENT_MAX >> 20);
	return 0;
}

static bool section_is_named(const struct elf_image *image, const struct elf_file_section *names,
			     const struct elf_file_section *section, const char *wanted,
			     uint64_t length)
{
	if (section->name >= names->size || names->size - section->name < length)
		return false;

	return memcmp(image->data + names->offset + section->name, wanted, length) == 0;
}

static bool section_is_xen_guest(const struct elf_image *image,
				 const struct elf_file_section *names,
				 const struct elf_file_section *s)
{
	static const char name[] = "__xen_guest";

	if (s->type == ELF_SECTION_NOBITS || !range_inside(image, s->offset, s->size))
		return false;

	return section_is_named(image, names, s, name, sizeof(name));
}

/* The section that holds the others' names. False: there are no sections to speak of. */
static bool section_names_find(const struct elf_image *image, const struct elf_file_header *h,
			       struct elf_file_section *names)
{
	if (h->shnum == 0 || h->shentsize != sizeof(*names) || h->shstrndx >= h->shnum)
		return false;

	if (!range_inside(image, h->shoff, h->shnum * sizeof(*names)))
		return false;

	memcpy(names, image->data + h->shoff + h->shstrndx * sizeof(*names), sizeof(*names));
	return names->type == ELF_SECTION_STRINGS &&
	       range_inside(image, names->offset, names->size);
}

/* Sections are only a second place to look for notes: what is wrong with them is passed over. */
static void sections_read(struct elf_image *image, const struct elf_file_header *h)
{
	struct elf_file_section names, s;

	if (!section_names_find(image, h, &names))
		return;

	for (unsigned int i = 0; i < h->shnum; i++) {
		memcpy(&s, image->data + h->shoff + i * sizeof(s), sizeof(s));

		if (s.type == ELF_SECTION_NOTE)
			note_range_add(image, s.offset, s.size);
		else if (image->xen_guest.size == 0 && section_is_xen_guest(image, &names, &s))
			image->xen_guest = (struct elf_range){ s.offset, s.size };
	}
}

int elf_parse(struct elf_image *image, const void *data, uint64_t size, struct load_error *why)
{
	struct elf_file_header h;
	int rc;

	memset(image, 0, sizeof(*image));
	image->data = data;
	image->size = size;

	if (!elf_is_elf(data, size) || size < sizeof(h))
		return load_refuse(why, -XEN_ENOEXEC,
				   "the kernel is no ELF file, or a truncated one of %lu bytes",
				   size);

	memcpy(&h, data, sizeof(h));
	image->entry = h.entry;

	rc = header_check(image, &h, why);
	if (rc < 0)
		return rc;

	rc = programs_read(image, &h, why);
	if (rc < 0)
		return rc;

	rc = segments_check(image, why);
	if (rc < 0)
		return rc;

	sections_read(image, &h);
	return 0;
}
