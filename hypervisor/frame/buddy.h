/* SPDX-License-Identifier: MIT */
/*
 * The buddy system over the frame table, pure: no lock, no hardware. Free blocks are kept by the
 * width of their frame numbers, so that a block below an address is found without a look at those
 * above, and low memory is kept for those who need it. alloc.c locks it and flushes. Inside frame/
 * only.
 */
#ifndef FRAME_BUDDY_H
#define FRAME_BUDDY_H

#include <frame/alloc.h>

#define BUDDY_WIDTH_MAX 32 /* bits of a frame number */

/* All zero: nothing is free. */
struct buddy {
	/* Free ones, by the bits that their last frame's number needs, and by order. */
	struct frame_list blocks[BUDDY_WIDTH_MAX + 1][MAX_ORDER + 1];
	u32 orders[BUDDY_WIDTH_MAX + 1]; /* of each width, a bit for each list that is not empty */
	u64 free;                        /* frames */
};

/*
 * Frees the block of 2^order frames at frame number @n, joined with its free neighbours. @clock:
 * the flush clock, by which stamps are compared.
 */
void buddy_free(struct buddy *b, u64 n, u32 order, u64 clock);

/*
 * The first frame number of a block whose frame numbers all have at most @width bits, up to
 * BUDDY_WIDTH_MAX, or FRAME_NIL. It looks at one word for each width, at no list. The
 * frame's stamp and stale_cpus are those of the whole block.
 */
u32 buddy_alloc(struct buddy *b, u32 order, u32 width);

#endif
