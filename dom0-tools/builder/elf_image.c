/* SPDX-License-Identifier: MIT */
/*
 * Parser of ELF kernels. Headers are copied out before they are looked at, and every offset and
 * size is checked against the file's length before it is used or handed on.
 */
#include "elf_image.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool range_inside(const struct elf_image *image, uint64_t offset, uint64_t size)
{
	return offset <= image->size && size <= image->size - offset;
}

bool elf_is_elf(const void *base, size_t size)
{
	return size >= SELFMAG && memcmp(base, ELFMAG, SELFMAG) == 0;
}

static int header_check(const struct elf_image *image, const Elf64_Ehdr *h,
			struct hospes_error *err)
{
	if (h->e_ident[EI_CLASS] != ELFCLASS64)
		return error_set(err, -ENOEXEC,
				 "the kernel is a 32-bit ELF file; only 64-bit x86 "
				 "kernels can run");
	if (h->e_ident[EI_DATA] != ELFDATA2LSB || h->e_machine != EM_X86_64)
		return error_set(err, -ENOEXEC,
				 "the kernel is an ELF file for machine %u, not for "
				 "x86-64 (%u)",
				 h->e_machine, EM_X86_64);
	if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
		return error_set(err, -ENOEXEC,
				 "the kernel is an ELF file of type %u, not an "
				 "executable",
				 h->e_type);
	if (h->e_phnum == 0 || h->e_phentsize != sizeof(Elf64_Phdr))
		return error_set(err, -ENOEXEC,
				 "the kernel's ELF header has %u program headers of "
				 "%u bytes",
				 h->e_phnum, h->e_phentsize);
	if (!range_inside(image, h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf64_Phdr)))
		return error_set(err, -ENOEXEC,
				 "the kernel's program headers lie outside the file "
				 "of %zu bytes: is it truncated?",
				 image->size);
	return 0;
}

static int note_add(struct elf_image *image, uint64_t offset, uint64_t size)
{
	/* More notes than anybody writes are left out, as are those outside the file. */
	if (image->note_count == ELF_NOTE_RANGES_MAX || !range_inside(image, offset, size))
		return -ENOSPC;
	image->notes[image->note_count++] = (struct elf_range){ offset, size };
	return 0;
}

static int segment_add(struct elf_image *image, const Elf64_Phdr *ph, unsigned int index,
		       struct hospes_error *err)
{
	if (ph->p_memsz == 0)
		return 0;
	if (ph->p_filesz > ph->p_memsz)
		return error_set(err, -ENOEXEC,
				 "the kernel's segment %u has more bytes in the "
				 "file than in memory",
				 index);
	if (!range_inside(image, ph->p_offset, ph->p_filesz))
		return error_set(err, -ENOEXEC,
				 "the kernel's segment %u lies outside the file of "
				 "%zu bytes: is it truncated?",
				 index, image->size);
	if (ph->p_paddr >= ELF_PADDR_MAX || ph->p_memsz >= ELF_PADDR_MAX)
		return error_set(err, -ENOEXEC,
				 "the kernel's segment %u is to lie at %#llx with "
				 "%#llx bytes, beyond any memory",
				 index, (unsigned long long)ph->p_paddr,
				 (unsigned long long)ph->p_memsz);
	if (image->segment_count == ELF_SEGMENTS_MAX)
		return error_set(err, -ENOEXEC, "the kernel has more than %d segments to load",
				 ELF_SEGMENTS_MAX);
	image->segments[image->segment_count++] = (struct elf_segment){
		.paddr = ph->p_paddr,
		.memsz = ph->p_memsz,
		.offset = ph->p_offset,
		.filesz = ph->p_filesz,
	};
	return 0;
}

static int programs_read(struct elf_image *image, const Elf64_Ehdr *h, struct hospes_error *err)
{
	for (unsigned int i = 0; i < h->e_phnum; i++) {
		Elf64_Phdr ph;
		int rc = 0;

		memcpy(&ph, image->base + h->e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type == PT_LOAD)
			rc = segment_add(image, &ph, i, err);
		else if (ph.p_type == PT_NOTE)
			note_add(image, ph.p_offset, ph.p_filesz);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int segment_order(const void *a, const void *b)
{
	const struct elf_segment *x = a, *y = b;

	return x->paddr < y->paddr ? -1 : x->paddr > y->paddr;
}

static int segments_check(struct elf_image *image, struct hospes_error *err)
{
	const struct elf_segment *s = image->segments;
	unsigned int last = image->segment_count;

	if (last-- == 0)
		return error_set(err, -ENOEXEC, "the kernel has no segment to load");
	qsort(image->segments, image->segment_count, sizeof(*s), segment_order);
	for (unsigned int i = 0; i < last; i++)
		if (s[i].paddr + s[i].memsz > s[i + 1].paddr)
			return error_set(err, -ENOEXEC,
					 "two segments of the kernel overlap at "
					 "%#llx",
					 (unsigned long long)s[i + 1].paddr);
	image->pstart = s[0].paddr;
	image->pend = s[last].paddr + s[last].memsz;
	return 0;
}

static bool section_named(const struct elf_image *image, const Elf64_Shdr *names,
			  const Elf64_Shdr *section, const char *wanted)
{
	size_t length = strlen(wanted) + 1;

	if (section->sh_name >= names->sh_size || names->sh_size - section->sh_name < length)
		return false;
	return memcmp(image->base + names->sh_offset + section->sh_name, wanted, length) == 0;
}

/* Sections are only a second place to look for notes: what is wrong with them is passed over. */
static void sections_read(struct elf_image *image, const Elf64_Ehdr *h)
{
	Elf64_Shdr names, s;

	if (h->e_shnum == 0 || h->e_shentsize != sizeof(s) || h->e_shstrndx >= h->e_shnum ||
	    !range_inside(image, h->e_shoff, (uint64_t)h->e_shnum * sizeof(s)))
		return;
	memcpy(&names, image->base + h->e_shoff + h->e_shstrndx * sizeof(s), sizeof(names));
	if (names.sh_type != SHT_STRTAB || !range_inside(image, names.sh_offset, names.sh_size))
		return;
	for (unsigned int i = 0; i < h->e_shnum; i++) {
		memcpy(&s, image->base + h->e_shoff + i * sizeof(s), sizeof(s));
		if (s.sh_type == SHT_NOTE)
			note_add(image, s.sh_offset, s.sh_size);
		else if (s.sh_type != SHT_NOBITS && image->xen_guest.size == 0 &&
			 range_inside(image, s.sh_offset, s.sh_size) &&
			 section_named(image, &names, &s, "__xen_guest"))
			image->xen_guest = (struct elf_range){ s.sh_offset, s.sh_size };
	}
}

int elf_parse(struct elf_image *image, const void *base, size_t size, struct hospes_error *err)
{
	Elf64_Ehdr h;
	int rc;

	memset(image, 0, sizeof(*image));
	image->base = base;
	image->size = size;
	if (!elf_is_elf(base, size) || size < sizeof(h))
		return error_set(err, -ENOEXEC,
				 "the kernel is no ELF file, or a truncated one of "
				 "%zu bytes",
				 size);
	memcpy(&h, base, sizeof(h));
	rc = header_check(image, &h, err);
	if (rc == 0)
		rc = programs_read(image, &h, err);
	if (rc == 0)
		rc = segments_check(image, err);
	if (rc < 0)
		return rc;
	image->entry = h.e_entry;
	sections_read(image, &h);
	return 0;
}
