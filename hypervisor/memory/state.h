/* SPDX-License-Identifier: MIT */
/* What the memory operations keep in a domain (dom/domain.h). */
#ifndef MEMORY_STATE_H
#define MEMORY_STATE_H

#include <lib/types.h>

struct xen_e820_entry;

struct domain_memory {
	u64 max_pfn; /* the highest that was populated, for XENMEM_maximum_gpfn */
	u64 claimed; /* frames promised to it beyond what it has; claim.c's lock */

	/* XENMEM_set_memory_map's; NULL: none was set. d->lock */
	struct xen_e820_entry *map;
	u32 map_entries;
};

#endif
