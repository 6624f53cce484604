/* SPDX-License-Identifier: MIT */
/*
 * One grant entry (version 1): the word a hostile guest shares with us, and what we keep about its use. The
 * pure core of grants. The granter's lock is held by the caller, so only the guest itself races: the shared
 * word is read once and changed by compare-and-swap, the frame number is read once and kept.
 */
#ifndef GRANT_ENTRY_H
#define GRANT_ENTRY_H

#include <lib/types.h>
#include <pvabi/grant_table.h>

/* Uses in progress: maps and copies. While there is one, grantee and frame stay what they were at the first. */
struct entry_use {
	u32 frame;
	domid_t grantee;
	u16 readers, writers;
};

static inline bool entry_used(const struct entry_use *u)
{
	return u->readers || u->writers;
}

/*
 * Begins a use by @who: sets GTF_reading (and GTF_writing), counts it. GNTST_okay; or another
 * GNTST_* with a reason and nothing changed. Then u->frame is what is granted; the caller takes its
 * reference or gives the use back.
 */
int entry_acquire(struct grant_entry_v1 *e, struct entry_use *u, domid_t who, bool write);
/* Ends it. @e NULL: the granter died and its table is gone. */
void entry_release(struct grant_entry_v1 *e, struct entry_use *u, bool write);

#endif
