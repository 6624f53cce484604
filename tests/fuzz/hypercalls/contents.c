/* SPDX-License-Identifier: MIT */
/*
 * A call of a domain changes its own frames, those that others lend it, and what the hypervisor
 * shares with domains. Everything else is as it was.
 */
#include "machine.h"

#include <x86/paging.h>

#include <string.h>

bool contents_lent[FRAMES];

static struct kept {
	u64 mfn;
	const struct domain *owner;
} kept[FRAMES];
static u32 n_kept;
static u8 bytes[FRAMES][PAGE_SIZE];

/* A frame in which others are told of events. */
static bool is_told(const struct domain *d, const struct frame *f)
{
	for (u32 i = 0; i < d->max_vcpus; i++)
		if (d->vcpu[i] && d->vcpu[i]->info_frame == f)
			return true;
	return false;
}

static void keep(const struct domain *d, u64 m)
{
	const struct frame *f = &frame_table[m];

	if (m >= FRAMES || !f->state || f->owner == d || (f->flags & FRAME_SHARED))
		return;
	if (contents_lent[m] || is_told(f->owner, f))
		return;

	memcpy(bytes[n_kept], mfn_to_virt(MFN(m)), PAGE_SIZE);
	kept[n_kept++] = (struct kept){ m, f->owner };
}

void contents_keep(const struct domain *d, const u64 *named, u32 n, bool all)
{
	n_kept = 0;
	if (d->privileged)
		return;

	for (u64 m = FIRST_FRAME; all && m < FRAMES; m++)
		keep(d, m);
	for (u32 i = 0; !all && i < n; i++)
		keep(d, named[i]);
}

void contents_forget(void)
{
	n_kept = 0;
}

void contents_compare(void)
{
	for (u32 i = 0; i < n_kept; i++) {
		u64 m = kept[i].mfn;
		const struct frame *f = &frame_table[m];

		/* Its last use ended, and somebody else may have it. */
		if (!f->state || f->owner != kept[i].owner)
			continue;
		must(!memcmp(bytes[i], mfn_to_virt(MFN(m)), PAGE_SIZE),
		     "frame %#lx of d%u is changed by another domain", m, f->owner->id);
	}
	n_kept = 0;
}
