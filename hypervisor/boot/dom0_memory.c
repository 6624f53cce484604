/* SPDX-License-Identifier: MIT */
/*
 * dom0's memory: how much (dom0_mem=, or all but a share for guests), getting it in blocks as large
 * as there are, finding the machine frame of a pfn, and the tables that say so: p2m and first page
 * tables.
 */
#include <boot/dom0.h>

#include <console/console.h>
#include <frame/alloc.h>
#include <lib/string.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define BLOCKS_MAX 4096 /* of memory as fragmented as no fresh machine's is */
/*
 * What dom0 leaves by default for guests and for our own tables: a sixteenth of the machine, but at
 * least so much.
 */
#define KEEP_SHARE 16
#define KEEP_MIN   (128ul << 20 >> PAGE_SHIFT)
/* What it leaves even if dom0_mem= says all. */
#define KEEP_ALWAYS (16ul << 20 >> PAGE_SHIFT)

/* Blocks asked for: large enough to be quick, small enough to be there nearly always. */
#define BLOCK_ORDER 10

static struct block {
	u64 pfn, pages;
	mfn_t mfn;
} blocks[BLOCKS_MAX]; /* by rising pfn, without gaps */
static u32 block_count;

/* The most that dom0 can have of what is free. */
static u64 memory_most(u64 free_pages, u64 keep)
{
	return free_pages > keep ? free_pages - keep : free_pages / 2;
}

static u64 share_pages(const struct memory_share *share, u64 total_pages)
{
	return (share->bytes >> PAGE_SHIFT) + total_pages * share->percent / 100;
}

u64 dom0_memory_size(u64 free_pages, u64 total_pages, u64 *max_pages)
{
	u64 want = share_pages(&boot_options.dom0_mem, total_pages);
	u64 max = share_pages(&boot_options.dom0_mem_max, total_pages);
	u64 most;

	if (want) {
		most = memory_most(free_pages, KEEP_ALWAYS);
	} else {
		most = memory_most(free_pages, MAX(total_pages / KEEP_SHARE, KEEP_MIN));
		want = most;
	}

	if (want > most) {
		log_warn("dom0_mem=%luM is more than there is: dom0 gets %lu MiB", want >> 8,
			 most >> 8);
		want = most;
	}

	if (max && max < want)
		want = max;

	*max_pages = max ? max : want;
	return want;
}

/* The frames of a block follow each other; so may a block and the next. */
static void block_add(struct frame *f, u32 order)
{
	struct block *last = block_count ? &blocks[block_count - 1] : NULL;
	u64 pfn = last ? last->pfn + last->pages : 0;

	if (last && last->mfn.n + last->pages == frame_mfn(f).n) {
		last->pages += 1ul << order;
		return;
	}

	if (block_count == BLOCKS_MAX)
		panic("dom0: memory is in more than %u pieces", BLOCKS_MAX);
	blocks[block_count++] = (struct block){ pfn, 1ul << order, frame_mfn(f) };
}

/* A block of at most *order, which becomes smaller when no such block is left. */
static struct frame *block_get(struct domain *d, u32 *order, u64 pages)
{
	struct frame *f = NULL;

	while (domain_alloc_frames(d, *order, ADDR_ANY, &f)) {
		if (!*order)
			panic("dom0: memory ends with %lu MiB still to get: give less by dom0_mem=",
			      pages >> 8);
		--*order;
	}
	return f;
}

void dom0_memory_alloc(struct domain *d, u64 pages)
{
	u32 order = BLOCK_ORDER;

	while (pages) {
		struct frame *f;

		while ((1ul << order) > pages)
			order--;

		f = block_get(d, &order, pages);
		block_add(f, order);
		pages -= 1ul << order;
	}
}

mfn_t dom0_mfn(u64 pfn)
{
	static u32 at; /* the last hit: callers walk upwards */

	for (u32 i = 0; i < block_count; i++) {
		const struct block *b = &blocks[at];

		if (pfn - b->pfn < b->pages)
			return MFN(b->mfn.n + (pfn - b->pfn));

		at = at + 1 < block_count ? at + 1 : 0;
	}
	panic("dom0: pfn %#lx has no frame", pfn);
}

void *dom0_page(u64 pfn)
{
	return mfn_to_virt(dom0_mfn(pfn));
}

void dom0_copy(u64 at, const void *src, u64 n)
{
	const u8 *from = src;

	while (n) {
		u64 offset = at % PAGE_SIZE;
		u64 piece = MIN(n, PAGE_SIZE - offset);

		memcpy((u8 *)dom0_page(at / PAGE_SIZE) + offset, from, piece);
		at += piece;
		from += piece;
		n -= piece;
	}
}

/* A page of the p2m holds as many entries as a page table. */
void dom0_memory_publish(const struct guest_layout *l, u64 pages)
{
	u64 *p2m = NULL;

	for (u64 pfn = 0; pfn < pages; pfn++) {
		mfn_t m = dom0_mfn(pfn);

		if (pfn % PTE_COUNT == 0)
			p2m = dom0_page(l->p2m.pfn + pfn / PTE_COUNT);

		p2m[pfn % PTE_COUNT] = m.n;
		m2p_set(m, PFN(pfn));
	}
}

static u64 pfn_frame(void *context, u64 pfn)
{
	return dom0_mfn(pfn).n;
}

void dom0_tables_fill(const struct guest_layout *l)
{
	u64 count = tables_count(&l->set);

	for (u64 i = 0; i < count; i++)
		tables_fill(&l->set, i, pfn_frame, NULL, dom0_page(tables_pfn(&l->set, i)));
}
