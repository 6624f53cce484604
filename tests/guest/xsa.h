/* SPDX-License-Identifier: MIT */
/* What the kernels that try known advisories have in common (docs/advisories.md). */
#ifndef TESTS_GUEST_XSA_H
#define TESTS_GUEST_XSA_H

#include <pvabi/memory.h>
#include <tests/guest/test.h>

/*
 * Unmaps the page and gives it back. True if the domain then has one page less: nothing but the
 * mapping held it, so nothing that was refused before kept a reference.
 */
static inline bool page_given_back(void *page)
{
	xen_pfn_t mfn = va_to_mfn(page);
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	long before;

	r.extent_start.p = &mfn;
	if (page_set(page, 0))
		return false;

	before = pages_reserved();
	hc_memory_op(XENMEM_decrease_reservation, &r);
	return pages_reserved() == before - 1;
}

/* This domain's number: an unbound port that waits for the caller tells it. */
static inline domid_t own_number(void)
{
	struct evtchn_status s = { .dom = DOMID_SELF };
	int port = event_alloc_unbound(DOMID_SELF);

	s.port = port;
	if (port < 0 || hc_event_channel_op(EVTCHNOP_status, &s))
		return DOMID_INVALID;

	event_close(port);
	return s.u.unbound.dom;
}

#endif
