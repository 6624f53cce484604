/* SPDX-License-Identifier: MIT */
/*
 * Several vcpus change the same page tables: entries by every way there is, tables hung in and
 * taken out, pinned and let go, made descriptor pages and data again; and all of them write data
 * through addresses that the others take away, without a flush. Data are words that no table
 * could hold: one found in a table that is in use came through a mapping that should be gone. In
 * the end no frame holds more references than are accounted for.
 *
 * vcpus: 4
 * cpus: 4
 * race: of=tables disturbed
 */
#include <pvabi/memory.h>
#include <tests/guest/test.h>

#define FRAMES    20
#define SLOTS     6 /* L2 entries, 2 MiB each, where L1 tables are hung in */
#define ENTRIES   6 /* of each table that are used: few, so that all meet */
#define REGION    0x10000000ul
#define REGION_L2 0x100000000ul /* the same for L2 tables: 1 GiB each */
#define EXPOSED   0x20000000ul  /* by a table that stays */
/* As a table entry it is no memory's, as a descriptor a system segment. */
#define DATA          0x890000000067ul
#define IS_DATA(word) ((word) >> 40 == 0x89)

static u64 *page[FRAMES]; /* read-only, always mapped */
static u64 mfn[FRAMES];
static u64 slot[SLOTS], slot_l2[SLOTS]; /* machine addresses of the entries */
static struct lock held[FRAMES];        /* who makes it a table for sure */
static u64 hot; /* where most write: a frame was mapped there until just now */
static struct lock hot_lock;
static u64 tries, tables, writes, stale;

static u64 entry_by_chance(void)
{
	u64 at = mfn[below(FRAMES)] << PAGE_SHIFT;

	switch (below(6)) {
	case 0:
		return at | PTE_DATA;
	case 1:
		return at | PTE_ROM;
	default:
		return 0; /* a frame that is mapped writable somewhere does not become a table */
	}
}

static u64 address_by_chance(void)
{
	u64 va = (u64)below(ENTRIES) << PAGE_SHIFT | below(512) * 8;

	if (below(4))
		return REGION + ((u64)below(SLOTS) << 21) + va;
	return REGION_L2 + ((u64)below(SLOTS) << 30) + ((u64)below(ENTRIES) << 21) + va;
}

static void data_write(void)
{
	u64 va = __atomic_load_n(&hot, __ATOMIC_RELAXED);

	if (!va || !below(3))
		va = address_by_chance();
	count(&tries);
	words_try(va, DATA, &writes);
}

/* Until the others have tried to write now and then, if that does not take too long. */
static void others_write(void)
{
	u64 enough = __atomic_load_n(&tries, __ATOMIC_RELAXED) + 6;

	for (u32 n = 0; __atomic_load_n(&tries, __ATOMIC_RELAXED) < enough && n < 3000; n++)
		cpu_relax(n);
}

/* A frame that holds data can not be made a table: so it is cleared before, if nothing uses it. */
static void table_hang(u64 where)
{
	u32 f = below(FRAMES);

	if (!below(4)) {
		page_entry_write(where, 0);
		return;
	}
	page_op(MMUEXT_CLEAR_PAGE, mfn[f]);
	page_entry_write(where, mfn[f] << PAGE_SHIFT | PTE_DATA);
}

/* One change of an entry, with the flush left out. */
static void entry_change(void)
{
	u32 f = below(FRAMES), i = below(ENTRIES);
	u64 e = entry_by_chance();

	switch (below(12)) {
	case 0:
		table_hang(slot[below(SLOTS)]);
		break;
	case 1:
		table_hang(slot_l2[below(SLOTS)]);
		break;
	case 2:
		try_write((u64)&page[f][i], e);
		break;
	case 3:
		page_entry_write(mfn[f] << PAGE_SHIFT | i * 8, e);
		break;
	default:
		hc_update_va_mapping((void *)address_by_chance(), e, UVMF_NONE);
	}
}

/* Frame @f is a checked table, or descriptor page: nobody may have written data there. */
static void table_look(u32 f)
{
	volatile u64 *t = page[f];

	for (u32 i = 0; i < 512; i++)
		if (IS_DATA(t[i])) {
			count(&stale);
			return;
		}
}

static void table_use(u32 f)
{
	count(&tables);
	others_write();
	table_look(f);
	for (u32 n = below(12); n; n--) {
		entry_change();
		data_write();
	}
	table_look(f);
}

static void as_table(u32 f, u32 pin)
{
	if (page_op(pin, mfn[f]))
		return;
	table_use(f);
	page_op(MMUEXT_UNPIN_TABLE, mfn[f]);
}

static void as_gdt(u32 f)
{
	xen_pfn_t frame = mfn[f];

	if (hc_set_gdt(&frame, 512))
		return;
	table_use(f);
	hc_set_gdt(&frame, 0);
}

/* All write the frame for a moment; they are not told when that is over. */
static void frame_expose(u32 f)
{
	u64 va = EXPOSED + (u64)below(8) * PAGE_SIZE;

	if (hc_update_va_mapping((void *)va, mfn[f] << PAGE_SHIFT | PTE_DATA, UVMF_NONE))
		return;
	__atomic_store_n(&hot, va, __ATOMIC_RELAXED);
	others_write();
	hc_update_va_mapping((void *)va, 0, UVMF_NONE);
}

static void frame_use(void)
{
	u32 f = below(FRAMES);
	bool exposed;

	if (!lock_try(&held[f]))
		return;
	exposed = lock_try(&hot_lock);
	if (exposed)
		frame_expose(f);
	page_op(MMUEXT_CLEAR_PAGE, mfn[f]);
	switch (below(5)) {
	case 0:
		as_gdt(f);
		break;
	case 1:
		as_table(f, MMUEXT_PIN_L2_TABLE);
		break;
	default:
		as_table(f, MMUEXT_PIN_L1_TABLE);
	}
	if (exposed)
		lock_release(&hot_lock);
	lock_release(&held[f]);
}

static void racer(void *arg)
{
	static const u32 flushes[] = { MMUEXT_TLB_FLUSH_LOCAL, MMUEXT_INVLPG_ALL,
				       MMUEXT_TLB_FLUSH_ALL };

	(void)arg;
	while (race_goes_on())
		for (u32 n = 0; n < 50; n++) {
			if (!below(6))
				frame_use();
			else if (below(4))
				data_write();
			else
				entry_change();
			if (!below(200))
				page_op(flushes[below(3)], address_by_chance());
		}
}

/* With the last mapping of a frame gone, giving it back takes it off the domain at once. */
static void counts_exact(void)
{
	struct xen_memory_reservation r = { .nr_extents = FRAMES, .domid = DOMID_SELF };
	long before = pages_reserved();
	xen_pfn_t list[FRAMES];
	u32 pinned = 0;

	for (u32 i = 0; i < SLOTS; i++) {
		page_entry_write(slot[i], 0);
		page_entry_write(slot_l2[i], 0);
	}
	for (u32 f = 0; f < FRAMES; f++) {
		pinned += page_op(MMUEXT_UNPIN_TABLE, mfn[f]) == 0;
		list[f] = mfn[f];
	}
	ok_is(pinned, 0, "no frame stays pinned");
	for (u32 f = 0; f < FRAMES; f++)
		hc_update_va_mapping(page[f], 0, UVMF_NONE);
	r.extent_start.p = list;
	ok_is(hc_memory_op(XENMEM_decrease_reservation, &r), FRAMES, "all frames are given back");
	ok_is(before - pages_reserved(), FRAMES, "and nothing holds one of them still");
}

void test_main(void)
{
	for (u32 f = 0; f < FRAMES; f++) {
		page[f] = page_alloc();
		mfn[f] = va_to_mfn(page[f]);
		page_readonly(page[f], mfn[f]);
	}
	page_map(REGION, 0);
	page_map(REGION_L2, 0);
	page_map(EXPOSED, 0);
	for (u32 i = 0; i < SLOTS; i++) {
		slot[i] = page_entry_maddr(REGION + ((u64)i << 21), 2);
		slot_l2[i] = page_entry_maddr(REGION_L2 + ((u64)i << 30), 3);
	}
	ok_is(vcpus_run(vcpu_count(), racer, NULL), 0, "%u vcpus race", vcpu_count());
	ok_is((long)stale, 0, "no data came into a table that was in use");
	ok(tables > 5 && writes > 5, "%lu tables in use were looked at, %lu data written", tables,
	   writes);
	counts_exact();
}
