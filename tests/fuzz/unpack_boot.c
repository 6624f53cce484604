/* SPDX-License-Identifier: MIT */
/*
 * Kernel files as ring 0 unpacks them at boot: it gets a block of exactly the size that the file
 * claims, and what it gives back is that. No block is left behind.
 */
#include <boot/boot.h>
#include <console/console.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include "fuzz.h"

/* Memory of the machine: 16 MiB. */
#define ORDER_MAX 12
/* In front of each block: its order. */
#define HEAD 64

static int blocks;

/* The boot code's surroundings. */
void fail_reason(int err, const char *where, const char *fmt, ...)
{
}

void log_print(enum log_level level, const char *fmt, ...)
{
}

void unpack_enter(void)
{
}

void unpack_leave(void)
{
}

void *pages_alloc(u32 order)
{
	u64 *p;

	if (order > ORDER_MAX)
		return NULL;

	p = malloc(HEAD + (PAGE_SIZE << order));
	if (!p)
		return NULL;

	blocks++;
	p[0] = order;
	return (char *)p + HEAD;
}

u32 pages_order(const void *p)
{
	const u64 *head = (const u64 *)((const char *)p - HEAD);

	return (u32)head[0];
}

void pages_free(void *p, u32 order)
{
	fuzz_check(order == pages_order(p));
	blocks--;
	free((char *)p - HEAD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unpacked u = { 0 };

	if (unpack_kernel(data, size, &u) == 0) {
		const uint8_t *bytes = u.data;

		if (u.memory)
			fuzz_check(u.size <= PAGE_SIZE << pages_order(u.memory));
		else
			fuzz_check(bytes >= data && u.size <= (size_t)(data + size - bytes));
		fuzz_check(u.size == 0 || bytes[0] + bytes[u.size - 1] >= 0);
		unpack_free(&u);
	}

	fuzz_check(blocks == 0);
	return 0;
}
