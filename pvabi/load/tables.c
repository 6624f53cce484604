/* SPDX-License-Identifier: MIT */
/*
 * The arithmetic of first page tables. Addresses count as 48 bits: the sign's copies above them
 * select no entry. Table n of one level is entry n % 512 of table n / 512 of the next.
 */
#include "tables.h"

#include <stdbool.h>
#include "libc.h"

#define PAGE_BITS  12
#define INDEX_BITS 9
#define INDEX_MASK (TABLE_ENTRIES - 1ul)
#define VIRT_MASK  ((1ul << 48) - 1)
#define TOP_LEVEL  TABLE_LEVELS

/* Bits of an entry (Intel SDM 3A, 4.5). */
#define ENTRY_PRESENT  0x01ul
#define ENTRY_WRITE    0x02ul
#define ENTRY_USER     0x04ul
#define ENTRY_ACCESSED 0x20ul
#define ENTRY_DIRTY    0x40ul
#define ENTRY_READ     (ENTRY_PRESENT | ENTRY_USER | ENTRY_ACCESSED)
#define ENTRY_ALL      (ENTRY_READ | ENTRY_WRITE | ENTRY_DIRTY)

/*
 * Tables of @level that [virt, virt + pages) takes beside those of the set. The range lies above
 * all others or below them, so it shares at most its first table or its last.
 */
static struct table_run run_make(const struct table_set *set, unsigned int level, uint64_t virt,
				 uint64_t pages)
{
	uint64_t page = (virt & VIRT_MASK) >> PAGE_BITS;
	uint64_t first = page >> (INDEX_BITS * level);
	uint64_t last = (page + pages - 1) >> (INDEX_BITS * level);
	struct table_run run = { .first = first, .count = last - first + 1 };

	for (unsigned int i = 0; i < set->range_count; i++) {
		const struct table_run *other = &set->ranges[i].runs[level];
		uint64_t other_last = other->first + other->count - 1;

		if (run.count == 0 || other->count == 0)
			continue;

		if (run.first == other_last) {
			run.first++;
			run.count--;
		} else if (last == other->first) {
			run.count--;
		}
	}
	return run;
}

uint64_t tables_needed(const struct table_set *set, uint64_t virt, uint64_t pages)
{
	uint64_t needed = 0;

	for (unsigned int level = TOP_LEVEL; level > 0; level--)
		needed += run_make(set, level, virt, pages).count;
	return needed;
}

void tables_map(struct table_set *set, uint64_t virt, uint64_t pages, uint64_t pfn,
		uint64_t tables_pfn)
{
	struct table_range *range = &set->ranges[set->range_count];
	uint64_t next = tables_pfn;

	for (unsigned int level = TOP_LEVEL; level > 0; level--) {
		range->runs[level] = run_make(set, level, virt, pages);
		range->runs[level].pfn = next;
		next += range->runs[level].count;
	}
	range->runs[0] = run_make(set, 0, virt, pages);
	range->runs[0].pfn = pfn;

	range->tables_pfn = tables_pfn;
	range->tables = next - tables_pfn;
	set->range_count++;
}

uint64_t tables_count(const struct table_set *set)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < set->range_count; i++)
		count += set->ranges[i].tables;
	return count;
}

uint64_t tables_pfn(const struct table_set *set, uint64_t index)
{
	const struct table_range *range = set->ranges;

	while (index >= range->tables) {
		index -= range->tables;
		range++;
	}
	return range->tables_pfn + index;
}

static bool pfn_is_table(const struct table_set *set, uint64_t pfn)
{
	for (unsigned int i = 0; i < set->range_count; i++)
		if (pfn - set->ranges[i].tables_pfn < set->ranges[i].tables)
			return true;
	return false;
}

/* Finds table @index: its level and its number there. */
static void table_find(const struct table_set *set, uint64_t index, unsigned int *level,
		       uint64_t *number)
{
	for (unsigned int i = 0; i < set->range_count; i++)
		for (*level = TOP_LEVEL; *level > 0; --*level) {
			const struct table_run *run = &set->ranges[i].runs[*level];

			if (index < run->count) {
				*number = run->first + index;
				return;
			}
			index -= run->count;
		}
}

/* The entry of a page: not there, readable, or writable too. */
static uint64_t page_rights(const struct table_set *set, uint64_t pfn)
{
	if (pfn >= set->nr_pages)
		return 0;

	return pfn_is_table(set, pfn) ? ENTRY_READ : ENTRY_ALL;
}

/* What one run puts into table @number of @level: its members that belong there. */
static void run_fill(const struct table_set *set, const struct table_run *run, unsigned int level,
		     uint64_t number, tables_frame_of *frame, void *context, uint64_t *entries)
{
	uint64_t at = number << INDEX_BITS;
	uint64_t end = at + TABLE_ENTRIES;

	if (at < run->first)
		at = run->first;
	if (end > run->first + run->count)
		end = run->first + run->count;

	for (; at < end; at++) {
		uint64_t pfn = run->pfn + (at - run->first);
		uint64_t rights = level == 1 ? page_rights(set, pfn) : ENTRY_ALL;

		if (rights != 0)
			entries[at & INDEX_MASK] = frame(context, pfn) << PAGE_BITS | rights;
	}
}

void tables_fill(const struct table_set *set, uint64_t index, tables_frame_of *frame, void *context,
		 uint64_t entries[TABLE_ENTRIES])
{
	unsigned int level = TOP_LEVEL;
	uint64_t number = 0;

	memset(entries, 0, TABLE_ENTRIES * sizeof(entries[0]));
	table_find(set, index, &level, &number);
	for (unsigned int i = 0; i < set->range_count; i++)
		run_fill(set, &set->ranges[i].runs[level - 1], level, number, frame, context,
			 entries);
}
