/* SPDX-License-Identifier: MIT */
/*
 * Claims: frames promised to a domain that is being built, so that two builders do not both find
 * out late that memory is short (XENMEM_claim_pages).
 */
#ifndef MEMORY_CLAIM_H
#define MEMORY_CLAIM_H

#include <dom/domain.h>

/*
 * Promises frames to @d so that it may have @pages in all; 0 drops its claim. No lock above
 * LOCK_DOMAIN held. 0, -EINVAL (less than it has, more than it may have, a claim before, dying) or
 * -ENOMEM (that many are not free).
 */
int __must_check claim_set(struct domain *d, u64 pages);
void claim_drop(struct domain *d);
/* Frames claimed by all domains together. */
u64 claim_total(void);
/*
 * A block of 2^order frames for @d, taken off its own claim; other domains' claims are left alone.
 * NULL: none is free for it.
 */
struct frame *claim_alloc(struct domain *d, u32 order, u32 addr_bits);

#endif
