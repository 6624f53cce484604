/* SPDX-License-Identifier: MIT */
/*
 * Pins: the guest's word that a frame stays a page table although nothing refers to it now. And the
 * end of a dying domain's tables.
 */
#include <frame/refs.h>
#include <ptable/internal.h>
#include <x86/cpu.h>

/*
 * What the contracts below have in common: a call leaves the frame with what it held before, and
 * what it took meanwhile is the pin's, or was put.
 */
/*@
  predicate nothing_typed = held_types == 0 && !changes;
  predicate workable(struct pt_work *w, struct frame *f) =
    \valid(w) && \valid(w->d) && \separated(w, w->d) && \separated(w, f) && at_hand(f);
*/

/* True if there was a pin: its type reference is the caller's now. */
/*@
  requires at_hand(f) && nothing_typed;
  assigns *f, held, held_types, held_as, changes, frees;
  ensures \result ==> table_type(held_as) && holds(\old(held), 1, held_as, 0);
  ensures !\result ==> holds(\old(held), 0, 0, 0);
*/
static bool pin_clear(struct frame *f)
{
	return ref_apply(f, state_unpin) == TV_OK;
}

/* pt.lock is held. */
/*@
  requires workable(w, f) && nothing_typed && FT_L1 <= t <= FT_L4;
  assigns *f, w->undone, w->d->pt.pending, held, held_types, held_as, changes, flushes, frees,
    stamps;
  ensures holds(\old(held), 0, 0, 0);
*/
static int pin_set(struct pt_work *w, struct frame *f, enum ftype t)
{
	int rc = work_pending(w);

	if (!rc)
		rc = work_get(w, f, t);
	if (rc)
		return rc;

	/* The pin takes over the reference just taken. */
	if (ref_apply(f, state_pin) == TV_OK)
		return 0;

	work_put(w, f);
	return fail(-EINVAL, "frame %#lx is pinned already", frame_mfn(f).n);
}

/*@
  requires \valid(d) && 0 <= held && nothing_typed && FT_L1 <= t <= FT_L4;
  ensures holds(\old(held), 0, 0, 0);
*/
int table_pin(struct domain *d, mfn_t m, enum ftype t)
{
	struct pt_work w = PT_WORK(d);
	struct frame *f = frame_of(m);
	int rc;

	if (!f)
		return fail(-EINVAL, "frame %#lx is not RAM", m.n);

	spin_lock(&d->pt.lock);
	rc = pin_set(&w, f, t);
	spin_unlock(&d->pt.lock);

	return rc;
}

/* pt.lock is held. */
/*@
  requires workable(w, f) && nothing_typed;
  assigns *f, w->undone, w->d->pt.pending, held, held_types, held_as, changes, frees, stamps;
  ensures holds(\old(held), 0, 0, 0);
*/
static int pin_put(struct pt_work *w, struct frame *f)
{
	int rc = work_pending(w);

	if (rc)
		return rc;
	if (!pin_clear(f))
		return fail(-EINVAL, "frame %#lx is not pinned", frame_mfn(f).n);

	work_put(w, f);
	return 0;
}

/*@
  requires \valid(d) && 0 <= held && nothing_typed;
  ensures holds(\old(held), 0, 0, 0);
*/
int table_unpin(struct domain *d, mfn_t m)
{
	struct pt_work w = PT_WORK(d);
	struct frame *f = frame_of(m);
	int rc;

	if (!f || !frame_get(f, d))
		return fail(-EINVAL, "frame %#lx does not belong to d%u", m.n, d->id);

	spin_lock(&d->pt.lock);
	rc = pin_put(&w, f);
	spin_unlock(&d->pt.lock);

	frame_put(f);
	return rc;
}

/* pt.lock is held. */
/*@
  requires workable(w, f) && nothing_typed;
  assigns *f, w->undone, w->d->pt.pending, held, held_types, held_as, changes, frees, stamps;
  ensures holds(\old(held), 0, 0, 0);
*/
static int teardown_piece(struct pt_work *w, struct frame *f)
{
	int rc = work_pending(w);

	if (rc)
		return rc;

	/* Its check was preempted and will not be taken up again: what it took so far goes. */
	if (f->flags & FRAME_PARTIAL) {
		f->flags = (f->flags & ~FRAME_PARTIAL) | FRAME_UNDO;
		w->d->pt.pending = f;
		rc = work_pending(w);
		if (rc)
			return rc;
	}

	if (!pin_clear(f))
		return 0;

	work_put(w, f);
	return work_pending(w);
}

/*@
  requires \valid(d) && d->dying && at_hand(f) && nothing_typed;
  ensures holds(\old(held), 0, 0, 0);
*/
int table_teardown(struct domain *d, struct frame *f)
{
	struct pt_work w = PT_WORK(d);
	int rc;

	assert(d->dying);

	spin_lock(&d->pt.lock);
	rc = teardown_piece(&w, f);
	spin_unlock(&d->pt.lock);

	return rc;
}
