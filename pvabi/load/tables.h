/* SPDX-License-Identifier: MIT */
/*
 * The page tables that a guest starts with: how many are needed to map given ranges, and what the
 * 512 entries of each are. Nothing is stored for a single table: a range's tables of one level map
 * adjacent addresses and have adjacent pfns, so a few numbers tell them all. Pure.
 *
 *     level 4   one table                       a range's tables lie in this order,
 *     level 3   one for each 512 GiB touched    each level by rising address
 *     level 2   one for each 1 GiB
 *     level 1   one for each 2 MiB
 *     level 0   the pages themselves
 *
 * A second range takes no table that the first one has: it shares that.
 */
#ifndef PVABI_LOAD_TABLES_H
#define PVABI_LOAD_TABLES_H

#include <stdint.h>

#define TABLE_ENTRIES 512
#define TABLE_LEVELS  4
/* The initial mapping, and a p2m list mapped elsewhere. */
#define TABLE_RANGES_MAX 2

/*
 * Tables of one level (or pages: level 0) of one range. A table's number is its first address over
 * what one of its level maps, both as 48 bits.
 */
struct table_run {
	uint64_t first; /* number of the first one */
	uint64_t count; /* may be 0 */
	uint64_t pfn;   /* of the first one */
};

struct table_range {
	struct table_run runs[TABLE_LEVELS + 1]; /* by level */
	uint64_t tables_pfn, tables;             /* all its tables */
};

struct table_set {
	uint64_t nr_pages; /* of the guest: pfns from here on are not mapped. Set by the user. */
	unsigned int range_count;
	struct table_range ranges[TABLE_RANGES_MAX];
};

/* How many further tables it takes to map @pages (not 0) from @virt, a page. They do not wrap. */
uint64_t tables_needed(const struct table_set *set, uint64_t virt, uint64_t pages);

/*
 * Has the set map pfns [pfn, pfn + pages) at @virt, by tables whose frames are
 * [tables_pfn, tables_pfn + tables_needed()). Ranges do not overlap, and are
 * TABLE_RANGES_MAX at most.
 */
void tables_map(struct table_set *set, uint64_t virt, uint64_t pages, uint64_t pfn,
		uint64_t tables_pfn);

/* Number of all tables. Table 0 is the top one. */
uint64_t tables_count(const struct table_set *set);

/* The pfn of table @index, less than tables_count(). */
uint64_t tables_pfn(const struct table_set *set, uint64_t index);

/* The machine frame of a pfn below nr_pages. */
typedef uint64_t tables_frame_of(void *context, uint64_t pfn);

/*
 * Writes the entries of table @index. Pages are mapped writable but for page tables, which the ABI
 * wants read-only.
 */
void tables_fill(const struct table_set *set, uint64_t index, tables_frame_of *frame, void *context,
		 uint64_t entries[TABLE_ENTRIES]);

#endif
