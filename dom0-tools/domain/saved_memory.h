/* SPDX-License-Identifier: MIT */
/*
 * The memory of a domain that is suspended, to be saved: which frame is which of its pages, by its
 * own p2m, and both ways. A frame that two pages claim belongs to the first.
 */
#ifndef HOSPES_DOMAIN_SAVED_MEMORY_H
#define HOSPES_DOMAIN_SAVED_MEMORY_H

#include <stdint.h>
#include <pvabi/domctl.h>
#include <dom0-tools/access/privcmd.h>
#include <dom0-tools/base/must_check.h>
#include "frame_names.h"
#include "guest_p2m.h"

struct saved_memory {
	struct privcmd *privcmd;
	struct xen_domctl_getdomaininfo info;
	struct shared_info *shared; /* a copy of the page */
	struct guest_p2m p2m;
	uint64_t *mfns;  /* by page; entries of all frames of the p2m. NAME_NONE: it has none */
	uint32_t *index; /* by frame: 1 + its page; 0: it is none of the domain's */
	uint64_t frames; /* of the machine */
};

/* @root: the frame of the first virtual CPU's page tables. saved_memory_free() in any case. */
__must_check int saved_memory_read(struct saved_memory *m, struct privcmd *p, domid_t domid,
				   uint64_t root, struct hospes_error *err);
void saved_memory_free(struct saved_memory *m);

/* From frames to pages. */
struct frame_names saved_memory_names(struct saved_memory *m);

#endif
