/* SPDX-License-Identifier: MIT */
/*
 * References and writable types of frames: applies the transitions of type.c by compare-and-swap, and stamps a
 * frame when a use of it ends so that stale translations are flushed before its next one. What page tables
 * hold is ptable/type.c's business.
 */
#include <frame/alloc.h>
#include <frame/tlb.h>
#include <lib/fail.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/hooks.h>

u64 frame_count;

static void frame_release(struct frame *f)
{
	assert(f->owner);
	hook_frame_freed(f);
	f->owner = NULL;
	f->flags = FRAME_RAM;
	f->progress = 0;
	frames_free(f, 0);
}

enum verdict frame_apply(struct frame *f, transition_t *transition)
{
	fstate_t from, next;
	enum verdict v;

	do {
		from = READ_ONCE(f->state);
		v = transition(from, &next);
	} while (verdict_stores(v) && !frame_cas(f, from, next));
	if (v == TV_FREE)
		frame_release(f);
	return v;
}

/* The owner can not change once a reference is held, so it is looked at again then. */
bool frame_get(struct frame *f, struct domain *d)
{
	if (!d || READ_ONCE(f->owner) != d || frame_apply(f, state_get) != TV_OK)
		return false;
	if (READ_ONCE(f->owner) == d)
		return true;
	frame_put(f);
	return false;
}

int frame_get_type(struct frame *f, enum ftype t, bool *fresh)
{
	fstate_t from, next;
	enum verdict v;

	for (;;) {
		from = READ_ONCE(f->state);
		v = state_get_type(from, &next, t);
		if (verdict_stores(v) ? frame_cas(f, from, next)
				      : v != TV_BUSY || state_type(from) != FT_WRITABLE)
			break;
		/* Its CPU flushes others, and will soon be done. */
		cpu_poll();
		cpu_pause();
	}
	*fresh = v == TV_VALIDATE;
	if (!verdict_stores(v))
		return fail(
			-EINVAL,
			"frame %lx can not be of type %u: type %u in use %lu times, %lu references",
			frame_mfn(f).n, t, state_type(from), FS_TREFS(from), FS_REFS(from));
	/* Others may still write it, or walk it as another level, by translations that are gone from memory. */
	if (*fresh)
		tlb_forget(f);
	return 0;
}

int frame_get_mapping(struct frame *f, struct domain *d, bool write)
{
	bool fresh;
	int rc;

	if (!frame_get(f, d))
		return fail(-EINVAL, "frame %lx does not belong to the domain", frame_mfn(f).n);
	if (!write)
		return 0;
	rc = frame_get_type(f, FT_WRITABLE, &fresh);
	if (fresh)
		frame_apply(f, state_validated);
	frame_put(f);
	return rc;
}

void frame_put_mapping(struct frame *f, bool write)
{
	enum verdict v;

	assert(!write || state_type(f->state) == FT_WRITABLE);
	frame_stamp(f);
	v = frame_apply(f, write ? state_put_type : state_put);
	assert(v == TV_OK || v == TV_FREE);
}

/* The owner is set before the state: who takes a reference finds it. */
void frame_assign(struct frame *f, u32 order, struct domain *owner, u8 flags)
{
	u64 n = 1ul << order;

	assert(owner && frame_mfn(f).n + n <= frame_count);
	for (; n--; f++) {
		assert(f->state == 0 && !f->owner);
		f->owner = owner;
		f->flags = FRAME_RAM | flags;
		f->next = f->prev = FRAME_NIL;
		f->progress = 0;
		__atomic_store_n(&f->state, FS_FRESH, __ATOMIC_RELEASE);
	}
}

bool frame_unallocate(struct frame *f)
{
	if (frame_apply(f, state_unallocate) != TV_OK)
		return false;
	frame_apply(f, state_put); /* no mapping's, so no stamp */
	return true;
}
