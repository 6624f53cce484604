/* SPDX-License-Identifier: MIT */
/*
 * Finds the kernel in a kernel file as distributions ship it: a Linux bzImage (x86 boot protocol
 * 2.08 and later), or the ELF file by itself, plain or compressed. Says which part of the file it
 * is and how that is compressed; to unpack it is left to the user, who need not know all ways.
 * The file is hostile. Pure.
 */
#ifndef PVABI_LOAD_BZIMAGE_H
#define PVABI_LOAD_BZIMAGE_H

#include <stdint.h>
#include <pvabi/load/error.h>

enum payload_format {
	PAYLOAD_ELF, /* not compressed */
	PAYLOAD_GZIP,
	PAYLOAD_XZ,
	PAYLOAD_ZSTD,
	PAYLOAD_LZ4, /* legacy frames, as Linux's build makes them */
	PAYLOAD_LZ4_FRAMES,
	PAYLOAD_BZIP2,
	PAYLOAD_LZMA,
	PAYLOAD_LZO,
	PAYLOAD_FORMATS
};

struct payload {
	enum payload_format format;
	uint64_t offset, size; /* bytes of the file, inside it */
	uint32_t unpacked;     /* bytes that it claims to unpack to; 0: the file does not say */
};

/* Describes the payload of the file of @size bytes at @file. 0, or -ENOEXEC: it is no kernel. */
int payload_find(struct payload *payload, const void *file, uint64_t size,
		 struct load_error *why) load_checked;

/* For messages: "gzip", "XZ", ... */
const char *payload_format_name(enum payload_format format);

#endif
