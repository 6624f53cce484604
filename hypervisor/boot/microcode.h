/* SPDX-License-Identifier: MIT */
/*
 * Microcode that a boot module holds: found and chosen here, loaded by microcode_load.c. The bytes
 * are not trusted to be whole; that they are the vendor's the processor itself checks.
 */
#ifndef BOOT_MICROCODE_H
#define BOOT_MICROCODE_H

#include <lib/types.h>

enum ucode_vendor { UCODE_NONE, UCODE_INTEL, UCODE_AMD };

/* The processor for which an update is wanted. */
struct ucode_cpu {
	enum ucode_vendor vendor;
	u32 signature; /* CPUID 1, EAX */
	u32 platform;  /* Intel: one bit, by MSR IA32_PLATFORM_ID */
	u32 revision;  /* what runs now */
};

/* An update, inside the bytes that were searched; size 0: none. */
struct ucode {
	const u8 *data; /* with its header */
	u32 size;
	u32 revision;
};

/*
 * The newest update for @c of all in the @size bytes at @file, which are a vendor's file or begin
 * with a cpio archive that holds it where Linux looks (kernel/x86/microcode). Only what is newer
 * than c->revision counts.
 */
struct ucode ucode_find(const struct ucode_cpu *c, const void *file, u64 size);

#endif
