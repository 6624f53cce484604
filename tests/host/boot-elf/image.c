/* SPDX-License-Identifier: MIT */
/* The test kernel file, and the stand-ins for what the boot code calls: reasons, the log, pages. */
#include "image.h"

#include <pvabi/elfnote.h>
#include <console/console.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

char last_reason[256];
int reasons;

void fail_reason(int err, const char *where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(last_reason, sizeof(last_reason), fmt, ap);
	va_end(ap);
	reasons++;
}

void log_print(enum log_level level, const char *fmt, ...)
{
}

void image_put(unsigned char *file, u64 at, u64 value, u32 size)
{
	memcpy(file + at, &value, size);
}

u64 note_put(unsigned char *file, u64 at, u32 type, const void *desc, u32 n)
{
	image_put(file, at, 4, 4);
	image_put(file, at + 4, n, 4);
	image_put(file, at + 8, type, 4);
	memcpy(file + at + 12, "Xen", 4);
	memcpy(file + at + 16, desc, n);
	return at + 16 + ROUND_UP(n, 4);
}

static void segment_put(unsigned char *file, u32 i, u32 type, u64 off, u64 paddr, u64 filesz,
			u64 memsz)
{
	u64 at = AT_PHDR + i * PHDR_SIZE;

	image_put(file, at, type, 4);
	image_put(file, at + 8, off, 8);
	image_put(file, at + 16, paddr + IMAGE_BASE, 8);
	image_put(file, at + 24, paddr, 8);
	image_put(file, at + 32, filesz, 8);
	image_put(file, at + 40, memsz, 8);
}

static u64 number_note(unsigned char *file, u64 at, u32 type, u64 value, u32 size)
{
	return note_put(file, at, type, &value, size);
}

void image_make(unsigned char *file)
{
	u64 at = AT_NOTES;

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
