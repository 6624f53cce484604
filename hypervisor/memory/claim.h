/* SPDX-License-Identifier: MIT */
/* Frames promised to a domain that is being built, so that two builders do not run into each other. */
#ifndef MEMORY_CLAIM_H
#define MEMORY_CLAIM_H

#include <dom/domain.h>

/* Promised frames, 0: none any more. 0, or -errno with a reason. */
int claim_set(struct domain *d, u64 pages);
u64 claim_total(void);
/* A block for @d, others' claims left alone; it is taken off its own claim. NULL: there is none. */
struct frame *claim_alloc(struct domain *d, u32 order, u32 addr_bits);

#endif
