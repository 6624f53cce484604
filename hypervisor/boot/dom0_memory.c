/* SPDX-License-Identifier: MIT */
/*
 * dom0's memory: how much (dom0_mem=, or all but a share for guests), getting it in blocks as large
 * as there are, finding the machine frame of a pfn, and the tables that say so: p2m and first page
 * tables, in plain frames. Panics in words: there is nobody else to ask.
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

#define ENTRY_RO (PTE_P | PTE_U | PTE_A)
#define ENTRY_RW (ENTRY_RO | PTE_RW | PTE_D)

static struct block {
	u64 pfn, pages;
	mfn_t mfn;
} blocks[BLOCKS_MAX];
static u32 block_count;

u64 dom0_memory_size(u64 free_pages, u64 total_pages, u64 *max_pages)
{
	u64 want = boot_options.dom0_mem >> PAGE_SHIFT,
	    max = boot_options.dom0_mem_max >> PAGE_SHIFT;
	u64 keep = want ? KEEP_ALWAYS : MAX(total_pages / KEEP_SHARE, KEEP_MIN);
	u64 most = free_pages > keep ? free_pages - keep : free_pages / 2;

	if (want > most)
		log_warn("dom0_mem=%luM is more than there is: dom0 gets %lu MiB", want >> 8,
			 most >> 8);
	if (!want || want > most)
		want = most;
	if (max && max < want)
		want = max;
	*max_pages = max ? max : want;
	return want;
}

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

void dom0_memory_alloc(struct domain *d, u64 pages)
{
	u32 order = BLOCK_ORDER;

	while (pages) {
		struct frame *f = NULL;

		while ((1ul << order) > pages)
			order--;
		while (domain_alloc_frames(d, order, ADDR_ANY, &f))
			if (!order--)
				panic("dom0: memory ends with %lu MiB still to get (dom0_mem= may "
				      "say less)",
				      pages >> 8);
		block_add(f, order);
		pages -= 1ul << order;
	}
}

mfn_t dom0_mfn(u64 pfn)
{
	static u32 at; /* the last hit: callers walk upwards */

	for (u32 i = 0; i < block_count; i++, at = at + 1 < block_count ? at + 1 : 0)
		if (pfn - blocks[at].pfn < blocks[at].pages)
			return MFN(blocks[at].mfn.n + (pfn - blocks[at].pfn));
	panic("dom0: pfn %lx has no frame", pfn);
}

void *dom0_page(u64 pfn)
{
	return mfn_to_virt(dom0_mfn(pfn));
}

void dom0_copy(u64 at, const void *src, u64 n)
{
	for (u64 piece; n; at += piece, src = (const u8 *)src + piece, n -= piece) {
		piece = MIN(n, PAGE_SIZE - at % PAGE_SIZE);
		memcpy((u8 *)dom0_page(at / PAGE_SIZE) + at % PAGE_SIZE, src, piece);
	}
}

/* A page of the p2m holds as many entries as a page table. */
void dom0_memory_publish(const struct dom0_layout *l, u64 pages)
{
	u64 *p2m = NULL;

	for (u64 pfn = 0; pfn < pages; pfn++) {
		mfn_t m = dom0_mfn(pfn);

		if (pfn % PTE_COUNT == 0)
			p2m = dom0_page(l->p2m_pfn + pfn / PTE_COUNT);
		p2m[pfn % PTE_COUNT] = m.n;
		m2p_set(m, PFN(pfn));
	}
}

/* Table pages not yet used: pfns [next, end), taken in the order in which the walk needs them. */
struct pool {
	u64 next, end;
};

static u64 pool_take(struct pool *pool)
{
	if (pool->next == pool->end)
		panic("dom0: the plan counted too few page tables");
	return pool->next++;
}

static void map_page(u64 l4_pfn, struct pool *pool, u64 va, u64 pfn, u64 flags)
{
	pte_t *table = dom0_page(l4_pfn);

	for (u32 level = 4; level > 1; level--) {
		pte_t *e = &table[pte_index(va, level)];

		if (!*e)
			*e = pte_make(dom0_mfn(pool_take(pool)), ENTRY_RW);
		table = mfn_to_virt(pte_mfn(*e));
	}
	table[pte_index(va, 1)] = pte_make(dom0_mfn(pfn), flags);
}

/* Pinning then checks every entry as it would a guest's. The L4 is the first table. */
void dom0_tables_fill(const struct dom0_layout *l)
{
	u64 pt_first = dom0_pfn_at(l, l->pt_va);
	struct pool pool = { pt_first + 1, pt_first + l->pts },
		    p2m_pool = { l->p2m_pt_pfn, l->p2m_pfn };

	for (u64 va = l->v_start; va != l->v_end; va += PAGE_SIZE) {
		bool is_table = va >= l->pt_va && va < l->stack_va;

		map_page(pt_first, &pool, va, dom0_pfn_at(l, va), is_table ? ENTRY_RO : ENTRY_RW);
	}
	for (u64 i = 0; i < l->p2m_pages; i++)
		map_page(pt_first, &p2m_pool, l->p2m_va + i * PAGE_SIZE, l->p2m_pfn + i, ENTRY_RW);
}
