/* SPDX-License-Identifier: MIT */
/*
 * The buddy system over an array of frames, pure: no lock, no hardware, no fixed address. Two zones, below and
 * above 4 GiB, so that low memory is kept for who needs it. alloc.c locks it and flushes.
 */
#ifndef FRAME_BUDDY_H
#define FRAME_BUDDY_H

#include <frame/alloc.h>

#define BUDDY_LOW_FRAMES (1ul << 20) /* frames below 4 GiB */

struct buddy {
	struct frame *table;
	u64 count;			 /* entries of the table */
	u32 head[2][MAX_ORDER + 1];	 /* free blocks by zone (0: low) and order; FRAME_NIL ends */
	u64 free, total;
};

void buddy_init(struct buddy *b, struct frame *table, u64 count);
/* Frees a block, joined with its free neighbours. @clock: now, for comparing stamps. */
void buddy_free(struct buddy *b, u64 n, u32 order, u64 clock);
/* Index of a block with all its frames below @limit, or FRAME_NIL. */
u32 buddy_alloc(struct buddy *b, u32 order, u64 limit);

#endif
