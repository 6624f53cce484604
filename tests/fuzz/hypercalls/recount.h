/* SPDX-License-Identifier: MIT */
/*
 * What the two halves of the recount share: how the entries of tables in use are gone through
 * (recount.c counts them, reach.c follows them), and what has been counted of frames abroad.
 */
#ifndef FUZZ_RECOUNT_H
#define FUZZ_RECOUNT_H

#include "machine.h"

#include <ptable/ptable.h>
#include <x86/paging.h>

/* By domain, of others' frames: entries that map it, grants mapped; of both those to write. */
struct abroad {
	u8 mapped, written, granted, granted_write;
};
extern struct abroad abroad[DOMAINS][FRAMES];

/* What the tables of each domain reach, as counted. */
extern struct reach reach[DOMAINS];

/* --- entries --------------------------------------------------------------------------------- */

#define RUN 8u /* entries that are skipped together */

/* The first run of entries from @i up, aligned, of which one at least is not 0; or @end or more. */
static inline u32 next_run(const pte_t *t, u32 i, u32 end)
{
	for (; i < end; i += RUN) {
		pte_t any = 0;

		for (u32 k = 0; k < RUN; k++)
			any |= t[i + k];
		if (any)
			break;
	}
	return i;
}

/* The first entry from @i up that is not 0; or @end. Most are 0. */
static inline u32 next_entry(const pte_t *t, u32 i, u32 end)
{
	for (; i < end && i % RUN; i++)
		if (t[i])
			return i;

	i = next_run(t, i, end);
	while (i < end && !t[i])
		i++;
	return MIN(i, end);
}

static inline bool is_ours(u32 i, u32 level)
{
	return level == 4 && i >= HV_SLOT_FIRST && i <= HV_SLOT_LAST;
}

/* Its type if it is a table in use, else 0. */
static inline u32 level_of(const struct frame *f)
{
	fstate_t s = f->state;

	if (!FS_TREFS(s) || !ftype_is_table(state_type(s)))
		return 0;
	return state_type(s);
}

/* How many of its entries hold what they refer to. */
static inline u32 entries_of(const struct frame *f)
{
	return FS_HAS(f->state, FS_CHANGING) ? f->progress : PTE_COUNT;
}

/* --- reach.c --------------------------------------------------------------------------------- */

/* Adds what @e reaches, in a table of this level (1-4) that is in use. */
void reach_entry(struct reach *r, pte_t e, u32 level);
/* Adds the roots of all vcpus of @d. */
void reach_roots(const struct domain *d, struct reach *r);
/* A mapping of another's frame has a grant that is mapped; one to write, one to write. */
void abroad_check(const struct domain *d);
/* All that a TLB may still hold is harmless; then each holds all that tables reach now, too. */
void tlbs_check(void);
void tlbs_fill(void);

#endif
