/* SPDX-License-Identifier: MIT */
/*
 * The page tables that a guest starts with: which are needed for given ranges of virtual addresses,
 * and what each one's 512 entries are. Pure; frames' places come from the layout and the p2m list.
 */
#ifndef HOSPES_LIB_GUEST_TABLES_H
#define HOSPES_LIB_GUEST_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <pvabi/xen.h>

/* The bootstrap region and a p2m list mapped elsewhere. */
#define TABLES_RANGES_MAX 2

struct table {
	uint64_t virt; /* the first address that it maps */
	uint64_t pfn;
	uint8_t level; /* 4 = top */
};

/* A range of virtual addresses that maps consecutive pfns. */
struct table_range {
	uint64_t virt, end; /* page aligned; end is exclusive and does not wrap */
	uint64_t pfn;
};

struct table_set {
	struct table *tables; /* tables[0] is the top one */
	size_t count, room;
	unsigned int range_count;
	struct table_range ranges[TABLES_RANGES_MAX];
};

/*
 * Adds a range and the tables that it needs; their pfns are still to be given. With @commit false
 * it only counts. Returns the number of new tables, or -errno.
 */
long tables_add(struct table_set *set, const struct table_range *range, bool commit);

/* Gives tables [first, count) consecutive pfns. */
void tables_place(struct table_set *set, size_t first, uint64_t pfn);

/*
 * The entries of table @index. @p2m gives the machine frame of each pfn, @nr_pages how many there
 * are: addresses beyond stay unmapped. Page tables are mapped read-only, as the ABI demands.
 */
void tables_fill(const struct table_set *set, size_t index, const xen_pfn_t *p2m, uint64_t nr_pages,
		 uint64_t entries[512]);

void tables_free(struct table_set *set);

#endif
