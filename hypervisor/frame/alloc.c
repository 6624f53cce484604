/* SPDX-License-Identifier: MIT */
/*
 * Free memory with its lock: blocks of frames, and pages of ours, out of the buddy system. Whoever
 * gets a block gets it free of stale translations: it is flushed here if the block's stamp asks for
 * that.
 */
#include <frame/buddy.h>
#include <frame/tlb.h>
#include <lib/string.h>
#include <x86/budget.h>
#include <x86/lock.h>
#include <x86/paging.h>

const u8 zero_page[4096] __aligned(4096);

static struct spinlock buddy_lock = SPINLOCK(LOCK_BUDDY); /* guards all of buddy */
static struct buddy buddy;
static u64 ram_frames; /* grows during boot only */

/* Bits of the numbers of frames whose addresses have at most @addr_bits bits. */
static u32 frame_width(u32 addr_bits)
{
	if (addr_bits <= PAGE_SHIFT)
		return 0;

	return MIN(addr_bits - PAGE_SHIFT, (u32)BUDDY_WIDTH_MAX);
}

struct frame *frames_alloc(u32 order, u32 addr_bits)
{
	u32 n;

	spin_lock(&buddy_lock);
	n = buddy_alloc(&buddy, order, frame_width(addr_bits));
	spin_unlock(&buddy_lock);

	if (n == FRAME_NIL)
		return NULL;

	tlb_forget_block(&frame_table[n]);
	frame_table[n].stale_cpus = 0;
	return &frame_table[n];
}

void frames_free(struct frame *f, u32 order)
{
	u64 n = frame_mfn(f).n, count = 1ul << order;

	assert(order <= MAX_ORDER && !(n & (count - 1)) && n + count <= frame_count);
	assert(f->state == 0 && !(f->flags & FRAME_FREE));

	budget_charge(FREE_LOOKS << order);
	spin_lock(&buddy_lock);
	buddy_free(&buddy, n, order, __atomic_load_n(&tlb_clock, __ATOMIC_SEQ_CST));
	spin_unlock(&buddy_lock);
}

void frames_clear(struct frame *f, u32 order)
{
	u64 count = 1ul << order;

	for (u64 i = 0; i < count; i++) {
		budget_window();
		budget_charge(BUDGET_PAGE);
		memset(mfn_to_virt(frame_mfn(f + i)), 0, PAGE_SIZE);
	}
}

u64 frames_free_count(void)
{
	return READ_ONCE(buddy.free);
}

u64 frames_total_count(void)
{
	return ram_frames;
}

void frame_mark_ram(u64 start, u64 end)
{
	assert(!((start | end) & ~PAGE_MASK) && end >> PAGE_SHIFT <= frame_count);

	for (u64 m = start >> PAGE_SHIFT; m < end >> PAGE_SHIFT; m++) {
		if (frame_table[m].flags & FRAME_RAM)
			continue;
		frame_table[m].flags = FRAME_RAM;
		ram_frames++;
	}
}

/* The order of the largest block that begins at @m, as its place allows, and ends before @last. */
static u32 order_at(u64 m, u64 last)
{
	u32 order = 0;

	while (order < MAX_ORDER && !(m & 1ul << order) && m + (2ul << order) <= last)
		order++;
	return order;
}

void frame_add_ram(u64 start, u64 end)
{
	u64 m = start >> PAGE_SHIFT, last = end >> PAGE_SHIFT;

	frame_mark_ram(start, end);
	while (m < last) {
		u32 order = order_at(m, last);

		frames_free(&frame_table[m], order);
		m += 1ul << order;
	}
}

void *pages_alloc(u32 order)
{
	struct frame *f = frames_alloc(order, ADDR_ANY);
	void *p;

	if (!f)
		return NULL;

	f->order = order; /* heap.c asks for it when it frees */
	p = mfn_to_virt(frame_mfn(f));
	budget_charge(BUDGET_PAGE << order);
	memset(p, 0, PAGE_SIZE << order);
	return p;
}

void pages_free(void *p, u32 order)
{
	if (p)
		frames_free(&frame_table[virt_to_mfn(p).n], order);
}

u32 pages_order(const void *p)
{
	return frame_table[virt_to_mfn(p).n].order;
}
