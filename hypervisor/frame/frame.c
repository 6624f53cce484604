/* SPDX-License-Identifier: MIT */
/*
 * References and writable types of frames: applies the transitions of type.c by compare-and-swap, and stamps a
 * frame when its last use ends so that stale translations are flushed before its next one. Types of page
 * tables are ptable/type.c's business.
 */
#include <frame/alloc.h>
#include <frame/frame.h>
#include <lib/fail.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/upcalls.h>

u64 frame_count;
u64 tlb_clock;

void frame_release(struct frame *f)
{
	assert(f->owner);
	upcall_frame_released(f);
	f->owner = NULL;
	f->flags = FRAME_RAM;
	f->progress = 0;
	frames_free(f, 0);
}

static bool frame_get_ref(struct frame *f)
{
	fstate_t from, next;

	do {
		from = READ_ONCE(f->state);
		if (state_get(from, &next) != TV_OK)
			return false;
	} while (!frame_cas(f, from, next));
	return true;
}

/* The owner can not change once a reference is held, so it is looked at again then. */
bool frame_get(struct frame *f, struct domain *d)
{
	if (!d || READ_ONCE(f->owner) != d || !frame_get_ref(f))
		return false;
	if (READ_ONCE(f->owner) == d)
		return true;
	frame_put(f);
	return false;
}

bool frame_get_any(struct frame *f, struct domain **owner)
{
	struct domain *d = READ_ONCE(f->owner);

	while (d && !frame_get(f, d)) {
		if (READ_ONCE(f->owner) == d)
			return false;
		d = READ_ONCE(f->owner);
	}
	if (d && owner)
		*owner = d;
	return d != NULL;
}

void frame_put(struct frame *f)
{
	fstate_t from, next;
	enum verdict v;

	do {
		from = READ_ONCE(f->state);
		v = state_put(from, &next);
		assert(v == TV_OK || v == TV_FREE);
		if (v == TV_FREE)
			frame_stamp(f);
	} while (!frame_cas(f, from, next));
	if (v == TV_FREE)
		frame_release(f);
}

/* The frame was used as something else: others see it changing until old translations to it are gone. */
static void frame_finish_writable(struct frame *f)
{
	fstate_t from, next;

	upcall_frames_reused(f, 0);
	do {
		from = READ_ONCE(f->state);
		assert(state_validated(from, &next) == TV_OK);
	} while (!frame_cas(f, from, next));
}

int frame_get_writable(struct frame *f)
{
	fstate_t from, next;
	enum verdict v;

	for (;;) {
		from = READ_ONCE(f->state);
		v = state_get_type(from, &next, FT_WRITABLE);
		if (v == TV_BUSY && state_type(from) == FT_WRITABLE) {
			cpu_poll();
			cpu_pause();
		} else if (v != TV_OK && v != TV_VALIDATE) {
			break;
		} else if (frame_cas(f, from, next)) {
			if (v == TV_VALIDATE)
				frame_finish_writable(f);
			return 0;
		}
	}
	return fail(-EINVAL, "frame %lx can not be written: type %u in use %lu times, %lu references",
		    frame_mfn(f).n, state_type(from), state_type_refs(from), state_refs(from));
}

int frame_get_writable_of(struct frame *f, struct domain *d)
{
	int rc;

	if (!frame_get(f, d))
		return fail(-EINVAL, "frame %lx does not belong to the domain", frame_mfn(f).n);
	rc = frame_get_writable(f);
	frame_put(f);
	return rc;
}

void frame_put_writable(struct frame *f)
{
	fstate_t from, next;
	enum verdict v;

	do {
		from = READ_ONCE(f->state);
		assert(state_type(from) == FT_WRITABLE);
		v = state_put_type(from, &next);
		assert(v == TV_OK || v == TV_FREE);
		if (state_type_refs(from) == 1)
			frame_stamp(f);
	} while (!frame_cas(f, from, next));
	if (v == TV_FREE)
		frame_release(f);
}

/* The owner is set before the state: who takes a reference finds it. */
void frame_assign(struct frame *f, u32 order, struct domain *owner, u8 flags)
{
	u64 n = 1ul << order;
	fstate_t next;

	assert(owner && frame_mfn(f).n + n <= frame_count);
	for (; n--; f++) {
		assert(f->state == 0 && !f->owner);
		f->owner = owner;
		f->flags = FRAME_RAM | flags;
		f->next = f->prev = FRAME_NIL;
		f->progress = 0;
		assert(state_alloc(0, &next) == TV_OK);
		__atomic_store_n(&f->state, next, __ATOMIC_RELEASE);
	}
}

bool frame_unallocate(struct frame *f)
{
	fstate_t from, next;
	enum verdict v;

	do {
		from = READ_ONCE(f->state);
		v = state_unallocate(from, &next);
		if (v == TV_REFUSED)
			return false;
		if (v == TV_FREE)
			frame_stamp(f);
	} while (!frame_cas(f, from, next));
	if (v == TV_FREE)
		frame_release(f);
	return true;
}
