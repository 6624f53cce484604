/* SPDX-License-Identifier: MIT */
/*
 * Free memory: a buddy allocator of frames (orders 0..18) and a heap of small objects on top of it.
 */
#ifndef FRAME_ALLOC_H
#define FRAME_ALLOC_H

#include <frame/frame.h>

#define MAX_ORDER 18
#define ADDR_ANY  64 /* no limit on the address */

/*
 * A block of 2^order frames below 2^@addr_bits bytes: state free, owner NULL, and no stale
 * translation reaches it. Its contents are undefined and may be another's secrets: clear them
 * before a guest sees the block. NULL if there is none. Takes the buddy lock.
 */
struct frame *frames_alloc(u32 order, u32 addr_bits);
/* Charges FREE_LOOKS of the budget for each frame. */
void frames_free(struct frame *f, u32 order);
#define FREE_LOOKS 3
/*
 * Zeroes a block of 2^order frames that nobody else knows. Opens windows in between when the budget
 * is spent, so no lock may be held.
 */
void frames_clear(struct frame *f, u32 order);
u64 frames_free_count(void);
u64 frames_total_count(void); /* all RAM frames that the hypervisor manages */

/* 2^order pages of the hypervisor, by address in the direct map; zeroed. NULL if out of memory. */
void *pages_alloc(u32 order);
void pages_free(void *p, u32 order); /* NULL is fine */
u32 pages_order(const void *p);      /* of a block from pages_alloc */

/* The order of the smallest block that holds @bytes. */
static inline u32 block_order(u64 bytes)
{
	u32 order = 0;

	while (PAGE_SIZE << order < bytes)
		order++;
	return order;
}

/* Small objects, zeroed, 16-byte aligned (64 from 64 bytes up); NULL if out of memory. */
#define HEAP_MAX (1ul << 20) /* bytes */
void *heap_alloc(size_t size);
void heap_free(void *p); /* NULL is fine */
u64 heap_used(void);     /* bytes, for the figures */

#endif
