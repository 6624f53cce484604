/* SPDX-License-Identifier: MIT */
/*
 * What the page-table hypercalls share: their domain arguments, and the count of what is done of a
 * list of requests. Inside ptable/ only.
 */
#ifndef PTABLE_CALL_H
#define PTABLE_CALL_H

#include <dom/domain.h>
#include <lib/hypercall.h>

/*
 * The domain @id, as the calling one, @d, may name it: itself, which lives as long as its call and
 * is not referenced; another, referenced, if @d is privileged; or NULL for DOMID_IO and DOMID_XEN,
 * which stand for frames that are no domain's. 0, -EPERM or -ESRCH. owner_put puts it.
 */
__must_check int owner_resolve(struct domain *d, domid_t id, struct domain **of);
/*
 * The word of mmu_update: its low half names the owner of mapped frames (*of), its high half is the
 * id of the tables' owner (*table) plus one, or 0 for the caller. The same errors.
 */
__must_check int owners_resolve_named(struct domain *d, u32 foreign, struct domain **table,
				      struct domain **of);
static inline __must_check int owners_resolve(struct domain *d, u32 foreign, struct domain **table,
					      struct domain **of)
{
	if (foreign != DOMID_SELF)
		return owners_resolve_named(d, foreign, table, of);

	*table = *of = d;
	return 0;
}
void owner_put(struct domain *d); /* of the calling vcpu; NULL is allowed */

/* A call with a list at argument 0, its length at 1, and where to count what is done at 2. */
struct progress {
	u32 *pdone; /* guest's, or NULL */
	u32 count;  /* of this call */
	u32 done;   /* by this call */
	u32 before; /* by earlier calls for the same request, before it was preempted */
	u64 size;   /* of an element, in bytes */
};

/* 0 or -EFAULT. */
__must_check int progress_begin(struct progress *p, struct hypercall *hc, u64 size);
/*
 * Tells the guest how much is done. @rc is the outcome; after -ERESTART the call's arguments are
 * what is left. Returns what the call returns.
 */
__must_check int progress_end(const struct progress *p, struct hypercall *hc, int rc);

#endif
