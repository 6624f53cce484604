/* SPDX-License-Identifier: MIT */
/*
 * A guest's memory: the arguments of its calls are the program's own, and everything else is what
 * the guest's tables map. With isolation dom/access.c and dom/reach.c copy it as they are; without
 * it the processor would do what they do.
 */
#include "call.h"

#include <dom/isolation.h>
#include <grant/table.h>

#include <string.h>

int __real_guest_copy_in(void *dst, const void *guest, size_t n);
int __real_guest_copy_out(void *guest, const void *src, size_t n);
int __wrap_guest_copy_in(void *dst, const void *guest, size_t n);
int __wrap_guest_copy_out(void *guest, const void *src, size_t n);

static const u8 *first, *behind;

void guest_memory_arguments(const void *start, size_t size)
{
	first = start;
	behind = first + size;
}

static bool in_arguments(const u8 *at, size_t n)
{
	return at >= first && at < behind && n <= (size_t)(behind - at);
}

/* By a mapping of its own, as the processor does it. */
static int by_tables(void *mine, u64 va, size_t n, bool write)
{
	struct vcpu *v = current();

	if (!v || !guest_range_ok(va, n))
		return -EFAULT;

	return guest_reach(v, mine, va, n, write) ? -EFAULT : 0;
}

int __wrap_guest_copy_in(void *dst, const void *guest, size_t n)
{
	if (in_arguments(guest, n)) {
		memcpy(dst, guest, n);
		return 0;
	}

	/* No bytes may come from anywhere. */
	if (!isolated() && n)
		return by_tables(dst, (u64)guest, n, false);
	return __real_guest_copy_in(dst, guest, n);
}

int __wrap_guest_copy_out(void *guest, const void *src, size_t n)
{
	if (in_arguments(guest, n)) {
		memcpy(guest, src, n);
		return 0;
	}

	if (!isolated() && n)
		return by_tables((void *)src, (u64)guest, n, true);
	return __real_guest_copy_out(guest, src, n);
}

static bool in_frames(const void *p)
{
	return (u64)p >= DIRECT_VIRT && (u64)p < DIRECT_VIRT + FRAMES * PAGE_SIZE;
}

/* It has mapped a grant of the frame, to write it too. */
static bool is_granted(const struct domain *d, u64 m, bool write)
{
	const struct maptrack *t = &d->grants->maptrack;

	for (u32 h = 0; h < maptrack_handles(t); h++) {
		const struct maptrack_record *r = maptrack_find(t, h);

		if (!r || (write && (r->flags & GNTMAP_readonly)))
			continue;
		if (table_active(r->granter->grants, r->ref)->frame == m)
			return true;
	}
	return false;
}

/* The current domain may do this to the frame, whatever its tables made us believe. */
static void frame_reached(u64 m, bool write)
{
	const struct frame *f = &frame_table[m];
	const struct domain *d = current()->dom;

	must(f->state, "d%u's memory is the free frame %#lx", d->id, m);
	must(f->owner == d || d->privileged || is_granted(d, m, write),
	     "d%u's memory is frame %#lx of d%u", d->id, m, f->owner->id);
	must(!write || (FS_TREFS(f->state) && state_type(f->state) == FT_WRITABLE),
	     "d%u writes frame %#lx (word %#lx)", d->id, m, f->state);
}

size_t copy_user(void *dst, const void *src, size_t n)
{
	if (in_frames(dst))
		frame_reached(virt_to_mfn(dst).n, true);
	else if (in_frames(src))
		frame_reached(virt_to_mfn(src).n, false);

	/* No bytes may come from nowhere, for the processor. */
	if (n)
		memcpy(dst, src, n);
	return 0;
}
