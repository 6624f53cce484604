/* SPDX-License-Identifier: MIT */
/*
 * Grant tables, version 1: a domain's table of what it lends, the map handles of what it borrowed (maptrack),
 * and copies between domains. Entry words are shared with a hostile guest: read once, changed by compare-and-swap.
 */
#ifndef GRANT_GRANT_H
#define GRANT_GRANT_H

#include <dom/domain.h>
#include <lib/hypercall.h>

int grant_init(struct domain *d, u32 max_frames, u32 max_maptrack_frames);
/* Unmaps all that a dying domain has mapped; 0 or -ERESTART. */
int grant_teardown(struct domain *d);
void grant_free(struct domain *d);
/* Frame @index of the shared table, grown as needed. -EINVAL, -ENOSPC, -ENOMEM, -ESRCH. */
int grant_get_frame(struct domain *d, u32 index, mfn_t *out);
void grant_dump(struct domain *d);

#endif
