/* SPDX-License-Identifier: MIT */
/* What the toolstack gave a domain to keep, and how it holds it (dom/domain.h). */
#ifndef CTL_STATE_H
#define CTL_STATE_H

#include <lib/types.h>
#include <pvabi/xen.h>

struct domain_control {
	/* As XEN_DOMCTL_createdomain gave it, and getdomaininfo gives it back. */
	xen_domain_handle_t handle; /* its UUID */
	u32 ssidref, flags, options;

	u32 pauses;    /* by domctl, its making included */
	bool unpaused; /* once at least: it is built */
	u32 busy;      /* atomic: somebody changes it by domctl, or works at its end */
};

#endif
