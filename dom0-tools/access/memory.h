/* SPDX-License-Identifier: MIT */
/*
 * Memory operations on behalf of other domains: populate, clear, show a map, and pin page tables.
 * Each returns -errno on failure and says in @err (may be NULL) what failed on which domain.
 */
#ifndef HOSPES_ACCESS_MEMORY_H
#define HOSPES_ACCESS_MEMORY_H

#include <pvabi/memory.h>
#include <dom0-tools/base/must_check.h>
#include "privcmd.h"

/*
 * Allocates extents of 2^@order frames for @domid. @frames holds the guest frame numbers on entry
 * and the machine frame numbers on return; it must be a hypercall buffer.
 * Returns how many extents were made (less than @count when memory is short).
 */
__must_check long memory_populate(struct privcmd *p, domid_t domid, unsigned int order,
				  xen_pfn_t *frames, unsigned long count, struct hospes_error *err);

/*
 * Tells @domid that its memory may come to lie anywhere in the first @kib: what its kernel reads as
 * its memory map (XENMEM_memory_map) is one region of RAM. Before its first instruction.
 */
__must_check int memory_set_map(struct privcmd *p, domid_t domid, uint64_t kib,
				struct hospes_error *err);

/* The highest frame of the machine's memory. */
__must_check int memory_last_frame(struct privcmd *p, uint64_t *mfn, struct hospes_error *err);

/* Pins frame @mfn of @domid as a page table of @level, 1 to 4. */
__must_check int memory_pin(struct privcmd *p, domid_t domid, unsigned int level, xen_pfn_t mfn,
			    struct hospes_error *err);

/* Fills @count frames of @domid with zeros, without mapping them. */
__must_check int memory_clear(struct privcmd *p, domid_t domid, const xen_pfn_t *frames,
			      size_t count, struct hospes_error *err);

#endif
