/* SPDX-License-Identifier: MIT */
/*
 * The buddy system (Knuth, The Art of Computer Programming vol. 1, 2.5). A free block is known by
 * its first frame, which has FRAME_FREE, the order, the links, and for all its frames together the
 * latest stamp and the CPUs that may hold translations; its other frames name no CPUs. A block
 * lies on one side of each power of two, the one at 0 apart, which ends at one.
 */
#include <frame/buddy.h>
#include <x86/cpu.h>

/* The bits that the number of the last frame of a block needs. */
static u32 width_of(u64 n, u32 order)
{
	u64 last = n + (1ul << order) - 1;

	if (!last)
		return 0;

	return 64 - (u32)__builtin_clzl(last);
}

static void block_insert(struct buddy *b, u64 n, u32 order)
{
	u32 width = width_of(n, order);

	frame_table[n].flags |= FRAME_FREE;
	frame_table[n].order = order;
	frame_list_add_tail(&b->blocks[width][order], &frame_table[n]);
	b->orders[width] |= 1u << order;
}

static void block_remove(struct buddy *b, u64 n)
{
	u32 order = frame_table[n].order;
	u32 width = width_of(n, order);
	struct frame_list *l = &b->blocks[width][order];

	assert(frame_table[n].flags & FRAME_FREE);
	frame_table[n].flags &= ~FRAME_FREE;
	frame_list_del(l, &frame_table[n]);
	if (!l->count)
		b->orders[width] &= ~(1u << order);
}

static u32 stamp_later(u32 x, u32 y, u64 clock)
{
	return stamp_time(x, clock) > stamp_time(y, clock) ? x : y;
}

static u64 stale_take(struct frame *f)
{
	u64 cpus = f->stale_cpus;

	f->stale_cpus = 0;
	return cpus;
}

/* Can the block at @n be joined to a block of the same order? */
static bool block_is_free(u64 n, u32 order)
{
	const struct frame *f = &frame_table[n];

	if (n + (1ul << order) > frame_count)
		return false;

	return (f->flags & FRAME_FREE) && f->order == order;
}

void buddy_free(struct buddy *b, u64 n, u32 order, u64 clock)
{
	u32 stamp = frame_table[n].stamp;
	u64 cpus = 0;

	for (u64 i = 0; i < 1ul << order; i++) {
		struct frame *f = &frame_table[n + i];

		f->flags = FRAME_RAM;
		stamp = stamp_later(stamp, f->stamp, clock);
		cpus |= stale_take(f);
	}
	b->free += 1ul << order;

	/* As long as the other half of the next larger block is free, the two are one. */
	while (order < MAX_ORDER) {
		u64 other = n ^ 1ul << order;

		if (!block_is_free(other, order))
			break;

		block_remove(b, other);
		stamp = stamp_later(stamp, frame_table[other].stamp, clock);
		cpus |= stale_take(&frame_table[other]);
		n = MIN(n, other);
		order++;
	}

	frame_table[n].stamp = stamp;
	frame_table[n].stale_cpus = cpus;
	block_insert(b, n, order);
}

/* Cuts the block at @n down to @order; the upper halves go back with the same stamp and CPUs. */
static void block_split(struct buddy *b, u64 n, u32 order)
{
	u32 o = frame_table[n].order;

	while (o > order) {
		u64 upper;

		o--;
		upper = n + (1ul << o);
		frame_table[upper].stamp = frame_table[n].stamp;
		frame_table[upper].stale_cpus = frame_table[n].stale_cpus;
		block_insert(b, upper, o);
	}
	frame_table[n].order = order;
}

/* Of free blocks that lie below 2^@width as a whole: the highest width first, low memory last. */
static u32 block_find(const struct buddy *b, u32 order, u32 width)
{
	for (u32 w = width + 1; w--;) {
		u32 fit = b->orders[w] >> order;

		if (fit)
			return b->blocks[w][order + (u32)__builtin_ctz(fit)].head;
	}

	return FRAME_NIL;
}

u32 buddy_alloc(struct buddy *b, u32 order, u32 width)
{
	u32 n;

	if (order > MAX_ORDER)
		return FRAME_NIL;

	n = block_find(b, order, width);

	/* The block at 0 is the only one of which a part may lie below 2^@width. */
	if (n == FRAME_NIL && order <= width && (frame_table[0].flags & FRAME_FREE) &&
	    frame_table[0].order >= order)
		n = 0;
	if (n == FRAME_NIL)
		return FRAME_NIL;

	block_remove(b, n);
	block_split(b, n, order);
	b->free -= 1ul << order;
	return n;
}
