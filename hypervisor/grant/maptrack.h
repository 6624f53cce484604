/* SPDX-License-Identifier: MIT */
/*
 * A domain's maptrack: what it has mapped of other domains' grants. One record a handle, in pages,
 * with a list of the free ones. The handles come from a hostile guest. No lock inside: the caller
 * holds the grantee's grant lock. Inside grant/ only.
 *
 *            maptrack_take          flags = GNTMAP_*
 *   +------+ -------------> +------+ -------------> +--------+
 *   | free |                | busy |                | mapped |
 *   +------+ <------------- +------+ <------------- +--------+
 *            maptrack_release       flags |= MAPTRACK_BUSY
 */
#ifndef GRANT_MAPTRACK_H
#define GRANT_MAPTRACK_H

#include <lib/types.h>
#include <pvabi/grant_table.h>

struct domain;

/* A flag of ours beside GNTMAP_*, which stay below 1 << 5: somebody maps or unmaps it right now. */
#define MAPTRACK_BUSY (1u << 8)

struct maptrack_record {
	struct domain *granter; /* with a reference */
	u32 ref;                /* grant reference; of a free record: the next free handle */
	u32 flags;              /* GNTMAP_* of what is mapped still; 0: free */
	u64 entry;              /* machine address of the L1 entry that maps it, if one does */
};

#define RECORDS_PER_PAGE (PAGE_SIZE / sizeof(struct maptrack_record))
#define NO_HANDLE        0xffffffffu

struct maptrack {
	struct maptrack_record **page;
	u32 pages, max_pages;
	u32 free; /* first free handle, or NO_HANDLE */
	u32 used; /* records that are busy or mapped */
};

/* How many handles there are today: they are below it. */
static inline u32 maptrack_handles(const struct maptrack *m)
{
	return m->pages * RECORDS_PER_PAGE;
}

/* An empty one that may grow to @max_pages; memory it takes with its first record. */
void maptrack_init(struct maptrack *m, u32 max_pages);
/* Frees its memory. All records are free. */
void maptrack_free(struct maptrack *m);
/* Takes a free record, which is busy then. NULL at the limit, or without memory for more. */
struct maptrack_record *maptrack_take(struct maptrack *m, u32 *handle);
/* Frees a record that is in use. */
void maptrack_release(struct maptrack *m, u32 handle);
/* The record of @handle if it is mapped; NULL if it is free, busy, or no handle at all. */
struct maptrack_record *maptrack_find(const struct maptrack *m, u32 handle);

#endif
