/* SPDX-License-Identifier: MIT */
/*
 * A new guest's memory as its builder sees it: frames given to the domain, the p2m list, and a
 * window of those pages that are to be written. Mapping is dear (one entry a page in dom0's own
 * page tables), so only what holds data is mapped, all of it in one batch. Inside builder/ only.
 */
#ifndef HOSPES_LIB_GUEST_MEMORY_H
#define HOSPES_LIB_GUEST_MEMORY_H

#include <stdbool.h>
#include <dom0-tools/access/privcmd.h>
#include <dom0-tools/base/must_check.h>

struct page_run {
	uint64_t pfn;
	uint64_t pages;
	uint64_t index; /* of its first page in the window */
};

/* Some of a guest's pages, mapped side by side in ascending order. */
struct guest_window {
	struct page_run *runs;
	size_t count, room;
	uint64_t pages;
	uint8_t *at;
};

struct guest_memory {
	struct privcmd *privcmd;
	domid_t domid;
	uint64_t nr_pages;
	xen_pfn_t *p2m;
};

/* Gives the domain @nr_pages frames, in large pieces where the host has them. */
int __must_check guest_populate(struct guest_memory *m, struct privcmd *p, domid_t domid,
				uint64_t nr_pages, struct hospes_error *err);
void guest_memory_free(struct guest_memory *m);

/* Collects pages, in any order and overlapping; 0 or -ENOMEM. */
int __must_check window_add(struct guest_window *w, uint64_t pfn, uint64_t pages);
/* Sorts what was collected; no more window_add() after it. */
void window_sort(struct guest_window *w);
/* Maps all of it. */
int __must_check window_map(struct guest_window *w, struct guest_memory *m,
			    struct hospes_error *err);
bool window_has(const struct guest_window *w, uint64_t pfn);
/* Where a page is; what follows it in its run follows there. NULL when it is not in the window. */
void *window_page(const struct guest_window *w, uint64_t pfn);
void window_free(struct guest_window *w, struct guest_memory *m);

/* Zeroes pages [pfn, pfn + pages) but those in @except (may be NULL), without mapping them. */
int __must_check guest_clear(struct guest_memory *m, uint64_t pfn, uint64_t pages,
			     const struct guest_window *except, struct hospes_error *err);

#endif
