/* SPDX-License-Identifier: MIT */
/*
 * Kernel files. Linux's header gives the payload's place from the end of its setup code, whose
 * sectors it counts; what is there tells its format by its first bytes.
 *
 *     0     0x1f1 ... 0x250          (sectors + 1) * 512     + offset            + length
 *     +-------+--------+----------------+---------------------+-------------------+------
 *     | boot sector, setup header, code |  decompressor       |  payload   | size |
 *     +-------+--------+----------------+---------------------+-------------------+------
 */
#include "bzimage.h"

#include <stdbool.h>
#include <pvabi/errno.h>
#include "libc.h"

/* Fields of the setup header (Linux, Documentation/arch/x86/boot.rst), from the file's start. */
#define SETUP_SECTORS        0x1f1 /* 1 byte: sectors of setup code behind the first; 0 means 4 */
#define SETUP_MAGIC          0x202 /* "HdrS" */
#define SETUP_VERSION        0x206 /* 2 bytes: minor, major */
#define SETUP_PAYLOAD_OFFSET 0x248 /* 4 bytes */
#define SETUP_PAYLOAD_LENGTH 0x24c /* 4 bytes */
#define SETUP_END            0x250

#define SECTOR_SIZE      512
#define SECTORS_IF_0     4
#define VERSION_PAYLOAD  0x0208 /* the first one that names its payload */
#define UNPACKED_SIZE    4      /* bytes of the word at the payload's end */
#define PAYLOAD_SIZE_MIN 8
#define ELF_HEADER_SIZE  64

/* Of one format the first bytes. The longer ones need not stand first: none begins another. */
static const struct format {
	const char *name;
	uint8_t magic_size;
	uint8_t magic[6];
} formats[PAYLOAD_FORMATS] = {
	[PAYLOAD_ELF] = { "plain", 4, { 0x7f, 'E', 'L', 'F' } },
	[PAYLOAD_GZIP] = { "gzip", 3, { 0x1f, 0x8b, 8 } },
	[PAYLOAD_XZ] = { "XZ", 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },
	[PAYLOAD_ZSTD] = { "zstd", 4, { 0x28, 0xb5, 0x2f, 0xfd } },
	[PAYLOAD_LZ4] = { "LZ4", 4, { 0x02, 0x21, 0x4c, 0x18 } },
	[PAYLOAD_LZ4_FRAMES] = { "LZ4 (new frames)", 4, { 0x04, 0x22, 0x4d, 0x18 } },
	[PAYLOAD_BZIP2] = { "bzip2", 3, { 'B', 'Z', 'h' } },
	[PAYLOAD_LZMA] = { "LZMA", 3, { 0x5d, 0, 0 } },
	[PAYLOAD_LZO] = { "LZO", 4, { 0x89, 'L', 'Z', 'O' } },
};

const char *payload_format_name(enum payload_format format)
{
	return (unsigned int)format < PAYLOAD_FORMATS ? formats[format].name : "unknown";
}

static uint32_t word_read(const uint8_t *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

static bool has_magic(const struct format *f, const uint8_t *data, uint64_t size)
{
	return size >= f->magic_size && memcmp(data, f->magic, f->magic_size) == 0;
}

/* An ELF file is one, whatever stands at the offset of the other's magic. */
static bool is_bzimage(const uint8_t *file, uint64_t size)
{
	if (size < SETUP_END || has_magic(&formats[PAYLOAD_ELF], file, size))
		return false;

	return memcmp(file + SETUP_MAGIC, "HdrS", 4) == 0;
}

static int bzimage_read(struct payload *payload, const uint8_t *file, uint64_t size,
			struct load_error *why)
{
	unsigned int version = file[SETUP_VERSION] | file[SETUP_VERSION + 1] << 8;
	uint64_t sectors = file[SETUP_SECTORS];
	uint64_t start, length;

	if (version < VERSION_PAYLOAD)
		return load_refuse(
			why, -XEN_ENOEXEC,
			"the kernel is a bzImage of boot protocol %u.%02u, older than 2.08",
			version >> 8, version & 0xff);

	if (sectors == 0)
		sectors = SECTORS_IF_0;
	start = (sectors + 1) * SECTOR_SIZE + word_read(file + SETUP_PAYLOAD_OFFSET);
	length = word_read(file + SETUP_PAYLOAD_LENGTH);

	if (start > size || length > size - start)
		return load_refuse(
			why, -XEN_ENOEXEC,
			"its payload (%lu bytes at %lu) lies outside the file of %lu: truncated?",
			length, start, size);

	if (length < PAYLOAD_SIZE_MIN)
		return load_refuse(why, -XEN_ENOEXEC, "the kernel's payload of %lu bytes is none",
				   length);

	payload->offset = start;
	payload->size = length;
	/* The kernel's build puts the size last, whatever the compressor. */
	payload->unpacked = word_read(file + start + length - UNPACKED_SIZE);
	return 0;
}

static int format_find(struct payload *payload, const uint8_t *data, struct load_error *why)
{
	for (unsigned int i = 0; i < PAYLOAD_FORMATS; i++) {
		if (has_magic(&formats[i], data, payload->size)) {
			payload->format = (enum payload_format)i;
			return 0;
		}
	}
	return load_refuse(why, -XEN_ENOEXEC,
			   "the file is no kernel: neither a bzImage nor ELF, plain or compressed");
}

int payload_find(struct payload *payload, const void *file, uint64_t size, struct load_error *why)
{
	int rc;

	*payload = (struct payload){ .format = PAYLOAD_ELF, .offset = 0, .size = size };
	if (size == 0)
		return load_refuse(why, -XEN_ENOEXEC, "the kernel file is empty");

	if (is_bzimage(file, size)) {
		rc = bzimage_read(payload, file, size, why);
		if (rc < 0)
			return rc;
	}

	rc = format_find(payload, (const uint8_t *)file + payload->offset, why);
	if (rc < 0)
		return rc;

	if (payload->format == PAYLOAD_ELF && payload->size < ELF_HEADER_SIZE)
		return load_refuse(why, -XEN_ENOEXEC, "an ELF file of %lu bytes is truncated",
				   payload->size);
	return 0;
}
