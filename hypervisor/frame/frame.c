/* SPDX-License-Identifier: MIT */
/*
 * References and writable types of frames: functions to call, beside what is inline (refs.h), and
 * what becomes of a frame when its last reference is gone. What page tables hold is ptable/type.c's
 * business.
 */
#include <frame/alloc.h>
#include <frame/refs.h>
#include <frame/tlb.h>
#include <lib/fail.h>
#include <x86/asm.h>
#include <x86/budget.h>
#include <x86/cpu.h>
#include <x86/hooks.h>

u64 frame_count;

const char *ftype_name(enum ftype t)
{
	static const char *const names[] = {
		[FT_NONE] = "untyped",      [FT_L1] = "an L1 table",
		[FT_L2] = "an L2 table",    [FT_L3] = "an L3 table",
		[FT_L4] = "an L4 table",    [FT_DESC] = "a descriptor page",
		[FT_WRITABLE] = "writable",
	};

	_Static_assert(ARRAY_SIZE(names) == FT_COUNT, "each type has a name");
	return t < FT_COUNT ? names[t] : "of no known type";
}

/* Whoever gets it next finds it write-back, as all memory is. */
static void cache_reset(struct frame *f)
{
	int rc;

	if (!frame_cache(f))
		return;

	rc = frame_cache_set(f, 0);
	assert(!rc);
}

void frame_free(struct frame *f)
{
	u64 cpus = tlb_holders(f);

	assert(f->owner);
	budget_charge(BUDGET_FRAME);
	cache_reset(f);
	hook_frame_freed(f);

	f->stale_cpus = cpus;
	f->flags = FRAME_RAM;
	f->progress = 0;
	frames_free(f, 0);
}

bool frame_get(struct frame *f, struct domain *d)
{
	return ref_get(f, d);
}

//@ assigns \nothing; ensures \result != 0;
static int type_refused(const struct frame *f, enum ftype t, fstate_t s)
{
	return fail(-EINVAL, "frame %#lx can not be %s: it is %s, with %lu type references of %lu",
		    frame_mfn(f).n, ftype_name(t), ftype_name(state_type(s)), FS_TREFS(s),
		    FS_REFS(s));
}

int frame_get_type(struct frame *f, enum ftype t, bool *fresh)
{
	fstate_t from, next;
	enum verdict v;

	*fresh = false;
	/*@
	  loop invariant \valid(f) && \valid(fresh) && !*fresh;
	  loop invariant holds(\at(held, Pre), 0, 0, 0);
	  loop assigns from, next, v, f->state, held, held_types, held_as, changes;
	*/
	for (;;) {
		from = frame_state(f);
		v = state_get_type(from, &next, t);

		/* Another CPU makes it writable: it flushes first, and will soon be done. */
		if (v == TV_BUSY && state_type(from) == FT_WRITABLE) {
			cpu_poll();
			cpu_pause();
			continue;
		}

		if (!verdict_stores(v))
			return type_refused(f, t, from);

		if (frame_cas(f, from, next))
			break;

		/* Another CPU was faster: look again. */
	}

	/*
	 * The entries of its last type are gone from memory. By translations of them that a TLB
	 * still holds, others may write it, or walk it as a table of another level.
	 */
	if (v == TV_VALIDATE) {
		*fresh = true;
		tlb_forget(f);
	}
	return 0;
}

int frame_get_mapping(struct frame *f, struct domain *d, bool write)
{
	bool fresh;
	int rc;

	if (!ref_get(f, d))
		return fail(-EINVAL, "frame %#lx does not belong to the domain", frame_mfn(f).n);

	if (!write)
		return 0;

	/* A writable page may contain anything: there is nothing to check. */
	rc = frame_get_type(f, FT_WRITABLE, &fresh);
	if (fresh)
		ref_apply(f, state_validated);

	/* The type reference counts as the mapping's reference. */
	frame_put(f);
	return rc;
}

void frame_goes_abroad(struct frame *f, bool write)
{
	u8 how = ABROAD_MAPPED;

	if (write)
		how |= ABROAD_WRITABLE;

	if ((READ_ONCE(f->abroad) & how) != how)
		__atomic_fetch_or(&f->abroad, how, __ATOMIC_SEQ_CST);
}

void frame_put_mapping(struct frame *f, bool write)
{
	ref_put_mapping(f, write);
}

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
		f->abroad = 0;

		/* Last: whoever can take a reference finds the rest of it set. */
		__atomic_store_n(&f->state, FS_FRESH, __ATOMIC_RELEASE);
	}
}

bool frame_unallocate(struct frame *f)
{
	if (ref_apply(f, state_unallocate) != TV_OK)
		return false;

	ref_apply(f, state_put); /* no mapping's reference, so no stamp */
	return true;
}
