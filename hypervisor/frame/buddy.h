/* SPDX-License-Identifier: MIT */
/*
 * The buddy system over the frame table, pure: no lock, no hardware. Two zones, below and above
 * 4 GiB, so that low memory is kept for those who need it. alloc.c locks it and flushes.
 * Inside frame/ only.
 */
#ifndef FRAME_BUDDY_H
#define FRAME_BUDDY_H

#include <frame/alloc.h>

#define BUDDY_LOW_FRAMES (1ul << 20) /* frames below 4 GiB */

enum { ZONE_LOW, ZONE_HIGH, ZONES };

/* All zero: nothing is free. */
struct buddy {
	struct frame_list blocks[ZONES][MAX_ORDER + 1]; /* free ones, by order */
	u64 free;                                       /* frames */
};

/*
 * Frees the block of 2^order frames at frame number @n, joined with its free neighbours. @clock:
 * the flush clock, by which stamps are compared.
 */
void buddy_free(struct buddy *b, u64 n, u32 order, u64 clock);

/*
 * The first frame number of a block with all its frames below number @limit, or FRAME_NIL. The
 * frame's stamp and stale_cpus are those of the whole block.
 */
u32 buddy_alloc(struct buddy *b, u32 order, u64 limit);

#endif
