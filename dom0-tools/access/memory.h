/* SPDX-License-Identifier: MIT */
/*
 * Memory operations on behalf of other domains: reserve, populate, and write to page tables' owners.
 * Each returns -errno on failure and says in @err (may be NULL) what failed on which domain.
 */
#ifndef HOSPES_ACCESS_MEMORY_H
#define HOSPES_ACCESS_MEMORY_H

#include <pvabi/memory.h>
#include "privcmd.h"

/*
 * Allocates extents of 2^@order frames for @domid. @frames holds the guest frame numbers on entry
 * and the machine frame numbers on return; it must be a hypercall buffer.
 * Returns how many extents were made (less than @count when memory is short).
 */
long memory_populate(struct privcmd *p, domid_t domid, unsigned int order, xen_pfn_t *frames,
		     unsigned long count, struct hospes_error *err);

/* Sets aside @pages for @domid so that building cannot fail half way; 0 gives the claim back. */
int memory_claim(struct privcmd *p, domid_t domid, unsigned long pages, struct hospes_error *err);

/*
 * Queued updates on behalf of @domid: collect with memory_queue(), send the rest with
 * memory_flush(). The queue holds a page of requests, and sends itself when full.
 */
struct memory_queue {
	struct privcmd *p;
	domid_t domid;
	unsigned int used;
	struct mmu_update *updates; /* a hypercall buffer */
};

int memory_queue_init(struct memory_queue *q, struct privcmd *p, domid_t domid);
int memory_queue(struct memory_queue *q, uint64_t ptr, uint64_t val, struct hospes_error *err);
int memory_flush(struct memory_queue *q, struct hospes_error *err);
void memory_queue_free(struct memory_queue *q);

/* Pins frame @mfn of @domid as a top-level page table. */
int memory_pin_l4(struct privcmd *p, domid_t domid, xen_pfn_t mfn, struct hospes_error *err);

#endif
