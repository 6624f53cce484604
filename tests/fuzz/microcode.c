/* SPDX-License-Identifier: MIT */
/*
 * Microcode files, and archives with such in them. The first byte says whose; an update of Intel's
 * at the start gets its sum put right, since only what has that gets further.
 */
#include <boot/microcode.h>
#include <string.h>
#include "fuzz.h"

#define SIGNATURE 0x506e3
#define REVISION  0x10

#define INTEL_HEADER   48
#define INTEL_CHECKSUM 16
#define INTEL_TOTAL    32

static uint32_t word(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void sum_set(uint8_t *p, size_t size)
{
	uint32_t sum = 0, total;

	if (size < INTEL_HEADER)
		return;

	total = word(p + INTEL_TOTAL);
	if (total > size || total % 4)
		return;

	memset(p + INTEL_CHECKSUM, 0, 4);
	for (uint32_t i = 0; i < total; i += 4)
		sum -= word(p + i);
	memcpy(p + INTEL_CHECKSUM, &sum, 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct ucode_cpu c = { .signature = SIGNATURE, .platform = 2, .revision = REVISION };
	struct ucode u;
	uint8_t *file;

	c.vendor = fuzz_byte(&in) % 3;
	file = malloc(in.left);
	if (in.left)
		memcpy(file, in.data, in.left);
	if (c.vendor == UCODE_INTEL)
		sum_set(file, in.left);

	u = ucode_find(&c, file, in.left);
	if (u.size) {
		fuzz_check(u.data >= file && u.data + u.size <= file + in.left);
		fuzz_check(u.revision > REVISION && c.vendor != UCODE_NONE);
	} else {
		fuzz_check(!u.revision);
	}

	free(file);
	return 0;
}
