/* SPDX-License-Identifier: MIT */
/*
 * Page tables of a new guest. Tables are kept in the order in which they are needed; a range's
 * tables follow each other, so that looking for one starts at the newest.
 */
#include "guest_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_PRESENT  0x001ULL
#define ENTRY_WRITE    0x002ULL
#define ENTRY_USER     0x004ULL
#define ENTRY_ACCESSED 0x020ULL
#define ENTRY_DIRTY    0x040ULL
#define ENTRY_TABLE    (ENTRY_PRESENT | ENTRY_WRITE | ENTRY_USER | ENTRY_ACCESSED | ENTRY_DIRTY)
#define ENTRY_PAGE     (ENTRY_PRESENT | ENTRY_USER | ENTRY_ACCESSED)

#define PAGE_BITS  12
#define INDEX_BITS 9
#define TOP_LEVEL  4

/* What one table of this level maps: 2 MiB, 1 GiB, 512 GiB, everything. */
static unsigned int span_shift(unsigned int level)
{
	return PAGE_BITS + INDEX_BITS * level;
}

static uint64_t span_start(uint64_t virt, unsigned int level)
{
	return level == TOP_LEVEL ? 0 : virt & ~((1ULL << span_shift(level)) - 1);
}

static const struct table *table_find(const struct table_set *set, unsigned int level,
				      uint64_t virt)
{
	uint64_t start = span_start(virt, level);

	for (size_t i = set->count; i-- > 0;)
		if (set->tables[i].level == level && set->tables[i].virt == start)
			return &set->tables[i];
	return NULL;
}

static int table_append(struct table_set *set, unsigned int level, uint64_t start)
{
	if (set->count == set->room) {
		size_t room = set->room != 0 ? 2 * set->room : 64;
		struct table *more = reallocarray(set->tables, room, sizeof(*more));

		if (more == NULL)
			return -ENOMEM;
		set->tables = more;
		set->room = room;
	}
	set->tables[set->count++] = (struct table){ .virt = start, .level = (uint8_t)level };
	return 0;
}

/* Adds the tables of one level that [virt, last] needs and that were not there before. */
static long level_add(struct table_set *set, unsigned int level, const struct table_range *range,
		      size_t before, bool commit)
{
	struct table_set old = *set;
	uint64_t last = range->end - 1;
	uint64_t start = span_start(range->virt, level);
	long added = 0;

	old.count = before;
	for (;;) {
		if (table_find(&old, level, start) == NULL) {
			added++;
			if (commit && table_append(set, level, start) < 0)
				return -ENOMEM;
			old.tables = set->tables;
		}
		if (level == TOP_LEVEL || (last - start) >> span_shift(level) == 0)
			return added;
		start += 1ULL << span_shift(level);
	}
}

long tables_add(struct table_set *set, const struct table_range *range, bool commit)
{
	size_t before = set->count;
	long added = 0;

	if (range->end <= range->virt || set->range_count == TABLES_RANGES_MAX)
		return -EINVAL;
	for (unsigned int level = TOP_LEVEL; level > 0; level--) {
		long n = level_add(set, level, range, before, commit);

		if (n < 0)
			return n;
		added += n;
	}
	if (commit)
		set->ranges[set->range_count++] = *range;
	return added;
}

void tables_place(struct table_set *set, size_t first, uint64_t pfn)
{
	for (size_t i = first; i < set->count; i++)
		set->tables[i].pfn = pfn++;
}

/* Tables lie in at most two runs of pfns, one a range. */
static bool pfn_is_table(const struct table_set *set, uint64_t pfn)
{
	for (size_t i = 0; i < set->count;) {
		size_t first = i;

		while (i < set->count && set->tables[i].pfn == set->tables[first].pfn + (i - first))
			i++;
		if (pfn >= set->tables[first].pfn && pfn - set->tables[first].pfn < i - first)
			return true;
	}
	return false;
}

static uint64_t page_entry(const struct table_set *set, uint64_t virt, const xen_pfn_t *p2m,
			   uint64_t nr_pages, bool near_tables)
{
	for (unsigned int i = 0; i < set->range_count; i++) {
		const struct table_range *r = &set->ranges[i];
		uint64_t pfn = r->pfn + ((virt - r->virt) >> PAGE_BITS);

		if (virt < r->virt || virt >= r->end)
			continue;
		if (pfn >= nr_pages)
			return 0;
		if (near_tables && pfn_is_table(set, pfn))
			return p2m[pfn] << PAGE_BITS | ENTRY_PAGE;
		return p2m[pfn] << PAGE_BITS | ENTRY_PAGE | ENTRY_WRITE | ENTRY_DIRTY;
	}
	return 0;
}

/* Whether a last-level table's addresses may map page tables: few do, so the others go fast. */
static bool maps_tables(const struct table_set *set, const struct table *t)
{
	uint64_t low = ~0ULL, high = 0;

	for (size_t i = 0; i < set->count; i++) {
		low = set->tables[i].pfn < low ? set->tables[i].pfn : low;
		high = set->tables[i].pfn > high ? set->tables[i].pfn : high;
	}
	for (unsigned int i = 0; i < set->range_count; i++) {
		const struct table_range *r = &set->ranges[i];
		uint64_t before = t->virt > r->virt ? t->virt - r->virt : 0;
		uint64_t first = r->pfn + (before >> PAGE_BITS);

		if (t->virt + (1ULL << span_shift(1)) - 1 < r->virt || t->virt >= r->end)
			continue;
		if (first <= high && first + 512 > low)
			return true;
	}
	return false;
}

static void fill_pages(const struct table_set *set, const struct table *t, const xen_pfn_t *p2m,
		       uint64_t nr_pages, uint64_t entries[512])
{
	bool near_tables = maps_tables(set, t);

	for (unsigned int i = 0; i < 512; i++)
		entries[i] = page_entry(set, t->virt + ((uint64_t)i << PAGE_BITS), p2m, nr_pages,
					near_tables);
}

/* A table of the next level down goes into the entry that its first address selects. */
static void fill_tables(const struct table_set *set, const struct table *t, const xen_pfn_t *p2m,
			uint64_t entries[512])
{
	memset(entries, 0, 512 * sizeof(entries[0]));
	for (size_t i = 0; i < set->count; i++) {
		const struct table *down = &set->tables[i];
		unsigned int slot = (down->virt >> span_shift(t->level - 1U)) & 511;

		if (down->level + 1 == t->level && span_start(down->virt, t->level) == t->virt)
			entries[slot] = p2m[down->pfn] << PAGE_BITS | ENTRY_TABLE;
	}
}

void tables_fill(const struct table_set *set, size_t index, const xen_pfn_t *p2m, uint64_t nr_pages,
		 uint64_t entries[512])
{
	const struct table *t = &set->tables[index];

	if (t->level == 1)
		fill_pages(set, t, p2m, nr_pages, entries);
	else
		fill_tables(set, t, p2m, entries);
}

void tables_free(struct table_set *set)
{
	free(set->tables);
	memset(set, 0, sizeof(*set));
}
