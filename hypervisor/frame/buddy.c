/* SPDX-License-Identifier: MIT */
/*
 * The buddy system. A free block is known by its first frame: FRAME_FREE, order, links and the youngest stamp of
 * all its frames. Blocks never cross 4 GiB, because the boundary is a multiple of the largest block.
 */
#include <frame/buddy.h>

void buddy_init(struct buddy *b, struct frame *table, u64 count)
{
	b->table = table;
	b->count = count;
	b->free = b->total = 0;
	for (u32 i = 0; i <= MAX_ORDER; i++)
		b->head[0][i] = b->head[1][i] = FRAME_NIL;
}

static u32 zone_of(u64 n)
{
	return n >= BUDDY_LOW_FRAMES;
}

static void block_insert(struct buddy *b, u64 n, u32 order)
{
	u32 *head = &b->head[zone_of(n)][order];
	struct frame *f = &b->table[n];

	f->flags |= FRAME_FREE;
	f->order = order;
	f->prev = FRAME_NIL;
	f->next = *head;
	if (*head != FRAME_NIL)
		b->table[*head].prev = n;
	*head = n;
}

static void block_remove(struct buddy *b, u64 n)
{
	struct frame *f = &b->table[n];

	f->flags &= ~FRAME_FREE;
	if (f->prev == FRAME_NIL)
		b->head[zone_of(n)][f->order] = f->next;
	else
		b->table[f->prev].next = f->next;
	if (f->next != FRAME_NIL)
		b->table[f->next].prev = f->prev;
	f->next = f->prev = FRAME_NIL;
}

static u32 stamp_younger(u32 x, u32 y, u64 clock)
{
	return stamp_time(x, clock) > stamp_time(y, clock) ? x : y;
}

void buddy_free(struct buddy *b, u64 n, u32 order, u64 clock)
{
	u32 stamp = b->table[n].stamp;

	for (u64 i = 0; i < 1ul << order; i++) {
		struct frame *f = &b->table[n + i];

		b->total += !(f->flags & FRAME_RAM);
		f->flags = FRAME_RAM;
		stamp = stamp_younger(stamp, f->stamp, clock);
	}
	b->free += 1ul << order;
	while (order < MAX_ORDER) {
		u64 other = n ^ 1ul << order;
		struct frame *f = &b->table[other];

		if (other + (1ul << order) > b->count || !(f->flags & FRAME_FREE) || f->order != order)
			break;
		block_remove(b, other);
		stamp = stamp_younger(stamp, f->stamp, clock);
		n = MIN(n, other);
		order++;
	}
	b->table[n].stamp = stamp;
	block_insert(b, n, order);
}

/* Cuts the block at @n down to @order; the upper halves go back with the same stamp. */
static void block_split(struct buddy *b, u64 n, u32 order)
{
	u32 o = b->table[n].order;

	while (o > order) {
		u64 upper = n + (1ul << --o);

		b->table[upper].stamp = b->table[n].stamp;
		block_insert(b, upper, o);
	}
	b->table[n].order = order;
}

static u32 zone_alloc(struct buddy *b, u32 zone, u32 order, u64 limit)
{
	for (u32 o = order; o <= MAX_ORDER; o++) {
		u32 n = b->head[zone][o];

		while (n != FRAME_NIL && n + (1ul << order) > limit)
			n = b->table[n].next;
		if (n == FRAME_NIL)
			continue;
		block_remove(b, n);
		block_split(b, n, order);
		b->free -= 1ul << order;
		return n;
	}
	return FRAME_NIL;
}

u32 buddy_alloc(struct buddy *b, u32 order, u64 limit)
{
	u32 n = FRAME_NIL;

	if (order > MAX_ORDER)
		return FRAME_NIL;
	if (limit > BUDDY_LOW_FRAMES)
		n = zone_alloc(b, 1, order, limit);
	return n != FRAME_NIL ? n : zone_alloc(b, 0, order, limit);
}
