/* SPDX-License-Identifier: MIT */
/*
 * Kernel files and the unpacking of them by the tools: never more bytes than the limit come out,
 * and as many as the file claims if it was accepted.
 */
#include <dom0-tools/builder/kernel_unpack.h>
#include "fuzz.h"

#define LIMIT (1UL << 20)

static size_t total;

static int count(void *context, const void *data, size_t size, struct hospes_error *err)
{
	const uint8_t *bytes = data;

	(void)context, (void)err;
	fuzz_check(size > 0);
	/* Looked at, so that a piece outside of its buffer is seen. */
	fuzz_check(bytes[0] <= UINT8_MAX && bytes[size - 1] <= UINT8_MAX);
	total += size;
	fuzz_check(total <= LIMIT);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hospes_error err = { 0 };
	struct payload plan;

	total = 0;
	if (unpack_plan(&plan, data, size, &err) < 0)
		return 0;

	fuzz_check(plan.offset <= size && plan.size <= size - plan.offset);
	if (unpack_run(&plan, data, LIMIT, count, NULL, &err) == 0 && plan.unpacked != 0)
		fuzz_check(total == plan.unpacked);
	return 0;
}
