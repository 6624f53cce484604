/* SPDX-License-Identifier: MIT */
/* Lists of extents of a kernel's own domain, for the calls about its memory. */
#ifndef TESTS_GUEST_RESERVATION_H
#define TESTS_GUEST_RESERVATION_H

#include <pvabi/kit/kit.h>
#include <pvabi/memory.h>

/* @n extents of 2^@order frames, by their first frames. */
static inline struct xen_memory_reservation reservation(xen_pfn_t *first, u64 n, u32 order)
{
	struct xen_memory_reservation r = { .nr_extents = n,
					    .extent_order = order,
					    .domid = DOMID_SELF };

	r.extent_start.p = first;
	return r;
}

#endif
