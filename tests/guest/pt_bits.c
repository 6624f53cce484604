/* SPDX-License-Identifier: MIT */
/*
 * Bits of an entry that are not the guest's to choose, by every way that it can store one: how the
 * processor caches its memory, since a frame that is cached in two ways may show what was
 * overwritten; and, where the processor has L1TF, the address in an entry that is not present,
 * since such a processor reads it from its L1 cache. Where the hypervisor finds no L1TF the latter
 * is skipped: spec-ctrl=l1tf on its command line has it look.
 */
#include <tests/guest/test.h>

#define PTE_PWT (1ul << 3)
#define PTE_PCD (1ul << 4)
#define CACHE   (PTE_PWT | PTE_PCD | PTE_PSE) /* PTE_PSE: at level 1 the PAT bit */
#define PAGE_2M 0x200006ul                    /* absent, and names memory of somebody */

static u64 *page, *table;
static u64 entry_at; /* machine address of the entry that maps page */

static u64 entry_now(void)
{
	return *page_entry((u64)page, 1);
}

/* As when the page is taken into use with @entry in it; the answer of the pin. */
static long pinned_with(u64 entry)
{
	u64 mfn = va_to_mfn(table);
	long rc;

	page_writable(table, mfn);
	memset(table, 0, PAGE_SIZE);
	table[7] = entry;
	page_readonly(table, mfn);
	rc = page_op(MMUEXT_PIN_L1_TABLE, mfn);
	if (!rc) {
		entry = table[7];
		page_op(MMUEXT_UNPIN_TABLE, mfn);
	}
	page_writable(table, mfn);
	table[7] = entry;
	return rc;
}

static void cached(u64 bits)
{
	u64 plain = va_to_mfn(page) << PAGE_SHIFT | PTE_DATA;

	ok_is(page_set(page, plain | bits), 0, "update_va_mapping with bits %lx", bits);
	ok(!(entry_now() & CACHE), "they do not stay");
	ok_is(page_entry_write(entry_at, plain | bits), 0, "mmu_update");
	ok(!(entry_now() & CACHE), "nor here");
	ok_is(try_write((u64)page_entry((u64)page, 1), plain | bits), VECTOR_NONE, "a store");
	ok(!(entry_now() & CACHE), "nor here");
	ok_is(pinned_with(plain | bits), 0, "in a page that becomes a table");
	ok(!(table[7] & CACHE), "nor there");
}

/* True: it was refused, or made harmless. */
static bool harmless(u64 e)
{
	return (e & PTE_P) || !(e & PTE_ADDR) || (e & PTE_ADDR) > 1ul << 38;
}

static void absent(void)
{
	u64 plain = va_to_mfn(page) << PAGE_SHIFT | PTE_DATA;

	page_entry_write(entry_at, PAGE_2M);
	if (!harmless(entry_now())) {
		page_entry_write(entry_at, plain);
		skip("the processor does not need it");
		return;
	}

	page_set(page, PAGE_2M);
	ok(harmless(entry_now()), "update_va_mapping");
	try_write((u64)page_entry((u64)page, 1), PAGE_2M);
	ok(harmless(entry_now()), "a store");
	ok(pinned_with(PAGE_2M) < 0 || harmless(table[7]), "in a page that becomes a table");

	/* What Linux keeps: a swapped page's offset, a page without access, both inverted. */
	ok_is(page_entry_write(entry_at, ~(5ul << 9) << 14 >> 5 & ~PTE_P), 0, "a swapped page");
	ok_is(page_entry_write(entry_at, ~(u64)plain & PTE_ADDR), 0, "a page without access");
	ok_is(page_entry_write(entry_at, 0), 0, "nothing");
	ok_is(page_entry_write(entry_at, plain), 0, "the page again");
}

void test_main(void)
{
	page = page_alloc();
	table = page_alloc();
	entry_at = page_entry_maddr((u64)page, 1);

	cached(PTE_PCD | PTE_PWT); /* uncached */
	cached(PTE_PCD);
	cached(PTE_PWT);
	cached(PTE_PSE);
	cached(CACHE);
	absent();
}
