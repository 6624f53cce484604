/* SPDX-License-Identifier: MIT */
/*
 * Finds the compressed kernel in a bzImage (Linux's x86 boot protocol, 2.08 and later). Pure; the
 * file is hostile. What kind of compression it is, unpack.c sees from the payload's first bytes.
 */
#include <boot/boot.h>

#include <lib/fail.h>
#include <lib/string.h>

#define SETUP_SECTS 0x1f1    /* u8: sectors of setup code after the first; 0 means 4 */
#define MAGIC 0x202	     /* "HdrS" */
#define VERSION 0x206	     /* u16 */
#define PAYLOAD_OFFSET 0x248 /* u32, from the end of the setup code */
#define PAYLOAD_LENGTH 0x24c /* u32 */
#define HEADER_END 0x250

int bzimage_payload(const void *data, u64 size, const void **payload, u64 *payload_size,
		    u32 *unpacked_size)
{
	const u8 *p = data;
	u64 setup, off, len;

	if (size < HEADER_END || memcmp(p + MAGIC, "HdrS", 4))
		return fail(-ENOEXEC, "neither a bzImage nor an ELF file");
	if ((p[VERSION] | p[VERSION + 1] << 8) < 0x208)
		return fail(-ENOEXEC,
			    "bzImage of boot protocol %u.%02u is too old (2.08 and later name "
			    "their payload)",
			    p[VERSION + 1], p[VERSION]);
	setup = ((p[SETUP_SECTS] ? p[SETUP_SECTS] : 4) + 1) * 512ul;
	off = setup + read_u32(p + PAYLOAD_OFFSET);
	len = read_u32(p + PAYLOAD_LENGTH);
	if (off > size || len > size - off || len < 8)
		return fail(-ENOEXEC,
			    "payload of %lu bytes at %lu lies outside the file of %lu bytes", len,
			    off, size);
	*payload = p + off;
	*payload_size = len;
	/* the kernel's build puts it last, whatever the compressor */
	*unpacked_size = read_u32(p + off + len - 4);
	return 0;
}
