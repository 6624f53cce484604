/* SPDX-License-Identifier: MIT */
/* Small objects from the C library, counted. What is freed is soiled; now and then one fails. */
#include "machine.h"

#include <frame/alloc.h>

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define SOIL 0xdd

u64 heap_blocks;
u32 heap_fails_in;

void *heap_alloc(size_t size)
{
	if (heap_fails_in && !--heap_fails_in)
		return NULL;

	heap_blocks++;
	return calloc(1, size);
}

void heap_free(void *p)
{
	if (!p)
		return;

	memset(p, SOIL, malloc_usable_size(p));
	heap_blocks--;
	free(p);
}

/* Blocks stand for bytes: whoever asks wants to know whether any is left. */
u64 heap_used(void)
{
	return heap_blocks;
}
