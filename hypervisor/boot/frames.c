/* SPDX-License-Identifier: MIT */
/*
 * The final address space of the hypervisor, built once at boot: direct map, image by section,
 * frame table, m2p, the tables of own mappings. The level-3 tables of all our slots are made here
 * and stay, so that the copies of our slots in guests' L4s never go stale. Runs on head.S's tables:
 * the image, and the direct map of the first 4 GiB.
 */
#include <boot/boot.h>
#include <console/console.h>
#include <frame/alloc.h>
#include <frame/ownmap.h>
#include <frame/tlb.h>
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/features.h>
#include <x86/paging.h>

#define MAX_RANGES 64
#define SIZE_2M    (1ul << 21)
#define SIZE_1G    (1ul << 30)
#define LOW_LIMIT  (1ul << 32) /* what head.S maps */
#define HOLE_MIN   SIZE_1G     /* smaller gaps in RAM get table space like RAM: modules lie there */

/* The linker's page-aligned marks. */
extern const u8 __text_start[], __text_end[], __rodata_start[], __rodata_end[];
extern const u8 __init_text_start[], __init_text_end[], __image_end[];

static struct ram_range ranges[MAX_RANGES]; /* what is still free */
static u32 n_ranges;
static u64 taken_pages;

/* Takes @size aligned bytes off the end of the highest range below @limit; machine address. */
static u64 boot_take(u64 size, u64 limit)
{
	for (u32 i = n_ranges; i-- > 0;) {
		struct ram_range *r = &ranges[i];
		u64 at = ROUND_DOWN(MIN(r->end, limit), size);

		if (at < r->start + size)
			continue;
		at -= size;

		/* The rest above it goes on as a range of its own. */
		if (r->end > at + size && n_ranges < MAX_RANGES) {
			ranges[n_ranges].start = at + size;
			ranges[n_ranges++].end = r->end;
		}
		r->end = at;

		taken_pages += size / PAGE_SIZE;
		return at;
	}
	panic("no block of %lu KiB is free for our tables: not enough memory", size >> 10);
}

static void *boot_page(void)
{
	return memset(direct_map(boot_take(PAGE_SIZE, LOW_LIMIT)), 0, PAGE_SIZE);
}

/* The table below entry @i of @table, made if it is not there. */
static pte_t *table_below(pte_t *table, u32 i, u64 flags)
{
	if (!(table[i] & PTE_P))
		table[i] = pte_make(virt_to_mfn(boot_page()), flags);

	return mfn_to_virt(pte_mfn(table[i]));
}

/* Entry for @va at @level of our tables. */
static pte_t *entry_at(pte_t *l4, u64 va, u32 level, u64 flags)
{
	pte_t *t = l4;

	for (u32 l = 4; l > level; l--)
		t = table_below(t, pte_index(va, l), flags);
	return &t[pte_index(va, level)];
}

static bool range_meets(const struct ram_range *r, u32 n, u64 start, u64 end)
{
	for (u32 i = 0; i < n; i++)
		if (r[i].start < end && start < r[i].end)
			return true;
	return false;
}

/* All of the first 4 GiB, and above them every GiB in or beside RAM. */
static void map_direct(pte_t *l4, const struct ram_range *r, u32 n, u64 top)
{
	u64 step = features.page1gb ? SIZE_1G : SIZE_2M;
	u32 level = features.page1gb ? 3 : 2;

	for (u64 at = 0; at < top; at += step) {
		if (at >= LOW_LIMIT && !range_meets(r, n, at - SIZE_1G, at + 2 * SIZE_1G))
			continue;

		*entry_at(l4, DIRECT_VIRT + at, level, PTES_TABLE) = at | PTES_RW | PTE_PSE | PTE_G;
	}
}

static bool in_section(u64 va, const u8 *start, const u8 *end)
{
	return va >= (u64)start && va < (u64)end;
}

/* Text can be run, constants read, data written. */
static u64 image_flags(u64 va)
{
	if (in_section(va, __text_start, __text_end))
		return PTES_RX | PTE_G;

	if (in_section(va, __init_text_start, __init_text_end))
		return PTES_RX | PTE_G;

	if (in_section(va, __rodata_start, __rodata_end))
		return PTES_RO | PTE_G;

	return PTES_RW | PTE_G;
}

static void map_image(pte_t *l4)
{
	for (u64 va = IMAGE_VIRT; va < (u64)__image_end; va += PAGE_SIZE)
		*entry_at(l4, va, 1, PTES_TABLE) = IMAGE_MADDR(va) | image_flags(va);
}

/* Sets the entry of 2 MiB at @va; @flags are those of the tables above it, if they are made. */
static void chunk_entry(u64 va, pte_t e, u64 flags)
{
	*entry_at(hv_l4, va, 2, flags) = e;
}

/* Backs 2 MiB at @va (and at @alias) with memory that may lie anywhere, filled with @fill. */
static void map_chunk(u64 va, u64 alias, int fill)
{
	u64 m = boot_take(SIZE_2M, ~0ul);

	memset(direct_map(m), fill, SIZE_2M);
	chunk_entry(va, m | PTES_RW | PTE_PSE | PTE_G, PTES_TABLE);
	if (alias)
		chunk_entry(alias, m | PTES_RO | PTE_U | PTE_PSE | PTE_G, PTES_TABLE | PTE_U);
}

/* An L1 table all of whose entries map one page, filled with @fill. */
static pte_t *hole_make(int fill, u64 flags)
{
	void *page = memset(boot_page(), fill, PAGE_SIZE);
	pte_t *l1 = boot_page();

	for (u32 i = 0; i < PTE_COUNT; i++)
		l1[i] = pte_make(virt_to_mfn(page), flags);
	return l1;
}

/* Stands in for 2 MiB of table where there is no RAM: one page for all. */
static void map_hole(u64 va, u64 alias, int fill)
{
	static pte_t *holes[2];
	pte_t **hole = &holes[fill != 0];

	if (!*hole)
		*hole = hole_make(fill, PTES_RO | PTE_G | (alias ? PTE_U : 0));

	chunk_entry(va, pte_make(virt_to_mfn(*hole), PTES_TABLE), PTES_TABLE);
	if (alias)
		chunk_entry(alias, pte_make(virt_to_mfn(*hole), PTES_TABLE | PTE_U),
			    PTES_TABLE | PTE_U);
}

/*
 * A table of @size bytes a frame at @va (and at @alias, for guests to read): 2 MiB of it stand for
 * 2 MiB / @size frames.
 */
static void map_table(u64 va, u64 alias, u64 size, int fill, const struct ram_range *r, u32 n)
{
	u64 step = SIZE_2M / size * PAGE_SIZE;

	for (u64 at = 0, off = 0; at < frame_count * PAGE_SIZE; at += step, off += SIZE_2M) {
		u64 low = at > HOLE_MIN / 2 ? at - HOLE_MIN / 2 : 0;

		if (range_meets(r, n, low, at + step + HOLE_MIN / 2))
			map_chunk(va + off, alias ? alias + off : 0, fill);
		else
			map_hole(va + off, alias ? alias + off : 0, fill);
	}
}

/* Marks what is RAM, and gives the allocator what is free of it. */
static void feed_allocator(const struct ram_range *r, u32 n)
{
	for (u32 i = 0; i < n; i++)
		frame_mark_ram(r[i].start, r[i].end);
	frame_mark_ram(IMAGE_PHYS, IMAGE_MADDR(__image_end));

	for (u32 i = 0; i < n_ranges; i++)
		frame_add_ram(ranges[i].start, ranges[i].end);
}

void frame_unmap_image(const void *start, const void *end)
{
	for (u64 va = (u64)start; va < (u64)end; va += PAGE_SIZE) {
		pte_t *t = hv_l4;

		for (u32 l = 4; l > 1; l--)
			t = mfn_to_virt(pte_mfn(t[pte_index(va, l)]));
		t[pte_index(va, 1)] = 0;
	}
	tlb_flush_global((u64)start, ((u64)end - (u64)start) >> PAGE_SHIFT);
}

/* Replaces head.S's entries in one step, in the table that CR3 points to. */
static void install_l4(const pte_t *l4)
{
	u64 cr4 = read_cr4();

	memcpy(hv_l4, l4, PAGE_SIZE);
	write_cr4(cr4 & ~CR4_PGE);
	write_cr3(IMAGE_MADDR(hv_l4));
	write_cr4(cr4);
}

void frame_init(const struct ram_range *free, u32 n_free, u64 ram_top)
{
	pte_t *l4;

	if (n_free > MAX_RANGES)
		n_free = MAX_RANGES; /* memory of the ranges above stays unused */
	memcpy(ranges, free, n_free * sizeof(*free));
	n_ranges = n_free;
	ram_top = MIN(ROUND_UP(MAX(ram_top, LOW_LIMIT), SIZE_1G), DIRECT_SIZE);

	l4 = boot_page();
	for (u32 slot = HV_SLOT_FIRST; slot <= HV_SLOT_LAST; slot++) {
		bool guests_read = slot == pte_index(M2P_VIRT, 4);

		table_below(l4, slot, PTES_TABLE | (guests_read ? PTE_U : 0));
	}
	map_direct(l4, free, n_free, ram_top);
	map_image(l4);
	install_l4(l4);

	frame_count = ram_top >> PAGE_SHIFT;
	map_table(FRAMETABLE_VIRT, 0, sizeof(struct frame), 0, free, n_free);
	map_table(M2P_RW_VIRT, M2P_VIRT, sizeof(u64), 0xff, free, n_free);
	ownmap_init(mfn_to_virt(pte_mfn(hv_l4[pte_index(OWNMAP_VIRT, 4)])), boot_page);

	feed_allocator(free, n_free);
	log_info("Memory: %lu MiB free of %lu MiB, %lu KiB of tables", frames_free_count() >> 8,
		 frames_total_count() >> 8, taken_pages << 2);
}
