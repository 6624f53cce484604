/* SPDX-License-Identifier: MIT */
/*
 * A domain's borrowings: one record a handle, in pages, with a list of the free ones. The handles come from a
 * hostile guest. No lock inside: the grantee's grant lock is held by the caller.
 */
#ifndef GRANT_TRACK_H
#define GRANT_TRACK_H

#include <lib/types.h>
#include <pvabi/grant_table.h>

struct domain;

/* Own bits of track.flags beside GNTMAP_*, which stay below 1 << 5. */
#define TRACK_TAKEN (1u << 8) /* somebody is mapping or unmapping it right now */

struct track {
	struct domain *granter; /* with a reference */
	u32 ref;                /* grant reference; of a free record: the next free handle */
	u32 flags;              /* GNTMAP_* of what is mapped still; 0: free */
};

#define TRACKS_PER_PAGE (PAGE_SIZE / sizeof(struct track))
#define TRACK_NONE      0xffffffffu

struct tracks {
	struct track **page;
	u32 pages, max_pages;
	u32 free; /* first free handle */
	u32 used; /* records in use */
};

int tracks_init(struct tracks *t, u32 max_pages);
void tracks_free(struct tracks *t);
/* A fresh record, TRACK_TAKEN; NULL if the limit or memory is reached. */
struct track *track_alloc(struct tracks *t, u32 *handle);
void track_free(struct tracks *t, u32 handle);
/* The record of a handle that is in use and not taken; NULL otherwise. */
struct track *track_find(const struct tracks *t, u32 handle);

#endif
