/* SPDX-License-Identifier: MIT */
/* What the page-table hypercalls share: their domain arguments, and the count of what is done of a list of requests. */
#ifndef PTABLE_CALL_H
#define PTABLE_CALL_H

#include <dom/domain.h>
#include <lib/hypercall.h>

/*
 * The domain @id, as @d may name it, referenced: itself, another if @d is privileged, or NULL for DOMID_IO and DOMID_XEN, which
 * stand for frames that are no domain's. -EPERM, -ESRCH.
 */
int owner_resolve(struct domain *d, domid_t id, struct domain **of);
/* mmu_update's word: low half the owner of mapped frames, high half the owner of the tables plus one, or 0. */
int owners_resolve(struct domain *d, u32 foreign, struct domain **table, struct domain **of);
void owner_put(struct domain *d);

/* A call with a list at argument 0, its length at 1, and a pointer to the count of done ones, or NULL, at 2. */
struct progress {
	u32 *pdone; /* guest's */
	u32 count;  /* of this call */
	u32 done;   /* by this call */
	u32 before; /* by earlier calls of the same request, before it was preempted */
	u64 size;   /* of a list's element */
};
int progress_begin(struct progress *p, struct hypercall *hc, u64 size);
/* Tells the guest; after -ERESTART the call's arguments are what is left. Returns what the call returns. */
int progress_end(const struct progress *p, struct hypercall *hc, int rc);

#endif
