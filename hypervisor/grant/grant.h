/* SPDX-License-Identifier: MIT */
/*
 * Grant tables, version 1: a domain's table of what it lends (its grants), the maptrack with a
 * handle for each mapping of what it borrowed, and copies between domains. The table's entries are
 * shared with a hostile guest: read once, changed by compare-and-swap.
 */
#ifndef GRANT_GRANT_H
#define GRANT_GRANT_H

#include <dom/domain.h>
#include <lib/hypercall.h>

/*
 * Gives @d a table of one frame that may grow to @max_frames (1 to GRANT_FRAMES_LIMIT; others are
 * rounded to these), and a maptrack of up to @max_maptrack_frames pages. 0 or -ENOMEM.
 */
int __must_check grant_init(struct domain *d, u32 max_frames, u32 max_maptrack_frames);
/*
 * Unpins all that a dying domain has mapped, then takes the shared frames away from it. Its vcpus
 * are off. No lock held. 0, or -ERESTART: call again.
 */
int __must_check grant_teardown(struct domain *d);
/* Frees the rest. Nobody uses a grant of @d any more: each use holds a reference on @d. */
void grant_free(struct domain *d);
/*
 * Frame @index of the shared table, grown as needed. No lock held. 0, -EINVAL (beyond what the ABI
 * needs), -ENOSPC (beyond the domain's limit), -ENOMEM, or -ESRCH (dying).
 */
int __must_check grant_get_frame(struct domain *d, u32 index, mfn_t *out);
/* Prints what is in use of @d's table, for the debug key. Takes the lock. */
void grant_dump(struct domain *d);

#endif
