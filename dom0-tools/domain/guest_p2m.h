/* SPDX-License-Identifier: MIT */
/*
 * The frames that hold a domain's p2m: which machine frame is which page of its memory. A PV guest
 * keeps that table itself, and tells of it in its shared_info in one of two ways; one that tells
 * nothing is believed to use the table that its builder made, which its start_info names.
 */
#ifndef HOSPES_DOMAIN_GUEST_P2M_H
#define HOSPES_DOMAIN_GUEST_P2M_H

#include <stdint.h>
#include <pvabi/domctl.h>
#include <dom0-tools/access/privcmd.h>
#include <dom0-tools/base/must_check.h>

/* Entries of a frame of the p2m. */
#define P2M_ENTRIES (PAGE_SIZE / sizeof(uint64_t))

/* Above the frame's number a guest keeps marks, of frames that are not its own. */
#define P2M_MARKS (3ULL << 62)

struct guest_p2m {
	uint64_t entries;  /* how many pages it tells of */
	size_t count;      /* of frames */
	xen_pfn_t *frames; /* 0 where there is none */
};

/* What is known of the domain. */
struct guest_view {
	struct privcmd *privcmd;
	const struct xen_domctl_getdomaininfo *info;
	const struct shared_info *shared;
	uint64_t root; /* frame of the first virtual CPU's page tables */
};

/* -ENODATA: the guest tells of no p2m, and no start_info is to be found. p2m_free() in any case. */
__must_check int p2m_find(const struct guest_view *view, struct guest_p2m *p2m,
			  struct hospes_error *err);
void p2m_free(struct guest_p2m *p2m);

/* All that it says, to @to, which has room for the entries of all its frames. -ENXIO: a frame of it
 * is none of the domain's. */
__must_check int p2m_read(const struct guest_view *view, const struct guest_p2m *p2m, uint64_t *to,
			  struct hospes_error *err);

/* More page tables than any guest of that size has: a walk that looks at more goes in circles. */
uint64_t p2m_tables_max(const struct xen_domctl_getdomaininfo *info);

#endif
