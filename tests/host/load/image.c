/* SPDX-License-Identifier: MIT */
/* The kernel file whose bytes the tests break. */
#include "image.h"

#include <pvabi/elfnote.h>
#include <string.h>

void image_put(unsigned char *file, uint64_t at, uint64_t value, uint32_t size)
{
	memcpy(file + at, &value, size);
}

uint64_t note_put(unsigned char *file, uint64_t at, uint32_t type, const void *desc, uint32_t n)
{
	image_put(file, at, 4, 4);
	image_put(file, at + 4, n, 4);
	image_put(file, at + 8, type, 4);
	memcpy(file + at + 12, "Xen", 4);
	memcpy(file + at + 16, desc, n);
	return at + 16 + ((n + 3) & ~3u);
}

static void segment_put(unsigned char *file, uint32_t i, uint32_t type, uint64_t off,
			uint64_t paddr, uint64_t filesz, uint64_t memsz)
{
	uint64_t at = AT_PHDR + i * PHDR_SIZE;

	image_put(file, at, type, 4);
	image_put(file, at + 8, off, 8);
	image_put(file, at + 16, paddr + IMAGE_BASE, 8);
	image_put(file, at + 24, paddr, 8);
	image_put(file, at + 32, filesz, 8);
	image_put(file, at + 40, memsz, 8);
}

static uint64_t number_note(unsigned char *file, uint64_t at, uint32_t type, uint64_t value,
			    uint32_t size)
{
	return note_put(file, at, type, &value, size);
}

void image_make(unsigned char *file)
{
	uint64_t at = AT_NOTES;

	memset(file, 0, IMAGE_SIZE);
	memcpy(file, "\177ELF\2\1\1", 7);
	image_put(file, 16, 2, 2);  /* executable */
	image_put(file, 18, 62, 2); /* x86-64 */
	image_put(file, 24, IMAGE_PADDR, 8);
	image_put(file, 32, AT_PHDR, 8);
	image_put(file, 54, PHDR_SIZE, 2);
	image_put(file, 56, 3, 2);
	at = note_put(file, at, XEN_ELFNOTE_GUEST_OS, "linux", 6);
	at = number_note(file, at, XEN_ELFNOTE_ENTRY, IMAGE_BASE + IMAGE_PADDR + 0x40, 8);
	at = number_note(file, at, XEN_ELFNOTE_VIRT_BASE, IMAGE_BASE, 8);
	at = number_note(file, at, XEN_ELFNOTE_INIT_P2M, 0x8000000000, 8);
	at = number_note(file, at, XEN_ELFNOTE_SUPPORTED_FEATURES, 0x8801, 4);
	at = number_note(file, at, XEN_ELFNOTE_MOD_START_PFN, 1, 4);
	segment_put(file, 0, 1, AT_TEXT, IMAGE_PADDR, TEXT_SIZE, TEXT_SIZE);
	segment_put(file, 1, 1, AT_DATA, IMAGE_PADDR + 0x2000, DATA_SIZE, DATA_MEMSZ);
	segment_put(file, 2, 4, AT_NOTES, 0, at - AT_NOTES, at - AT_NOTES);
	memset(file + AT_TEXT, 0xaa, TEXT_SIZE);
	memset(file + AT_DATA, 0xdd, DATA_SIZE);
}
