/* SPDX-License-Identifier: MIT */
/*
 * The buddy system over the frame table, pure: no lock, no hardware. Two zones, below and above 4 GiB, so that low
 * memory is kept for who needs it. alloc.c locks it and flushes.
 */
#ifndef FRAME_BUDDY_H
#define FRAME_BUDDY_H

#include <frame/alloc.h>

#define BUDDY_LOW_FRAMES (1ul << 20) /* frames below 4 GiB */

/* All zero: nothing is free. */
struct buddy {
	struct frame_list blocks[2][MAX_ORDER + 1]; /* free ones by zone (0: low) and order */
	u64 free;                                   /* frames */
};

/* Frees a block, joined with its free neighbours. @clock: now, for comparing stamps. */
void buddy_free(struct buddy *b, u64 n, u32 order, u64 clock);
/* Index of a block with all its frames below @limit, or FRAME_NIL. */
u32 buddy_alloc(struct buddy *b, u32 order, u64 limit);

#endif
