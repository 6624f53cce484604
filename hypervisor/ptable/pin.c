/* SPDX-License-Identifier: MIT */
/*
 * Pins: the guest's word that a frame stays a page table although nothing refers to it now. And the
 * end of a dying domain's tables.
 */
#include <ptable/internal.h>
#include <x86/cpu.h>

/* True if there was a pin: its type reference is the caller's now. */
static bool pin_clear(struct frame *f)
{
	return frame_apply(f, state_unpin) == TV_OK;
}

/* pt.lock is held. */
static int pin_set(struct pt_work *w, struct frame *f, enum ftype t)
{
	int rc = work_pending(w);

	if (!rc)
		rc = work_get(w, f, t);
	if (rc)
		return rc;

	/* The pin takes over the reference just taken. */
	if (frame_apply(f, state_pin) == TV_OK)
		return 0;

	work_put(w, f);
	return fail(-EINVAL, "frame %#lx is pinned already", frame_mfn(f).n);
}

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
