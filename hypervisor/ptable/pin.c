/* SPDX-License-Identifier: MIT */
/* Pins: the guest's word that a page stays a page table although nothing uses it now. And their end with the domain. */
#include <ptable/internal.h>
#include <x86/cpu.h>

/* True if there was a pin: its type reference is the caller's now. */
static bool pin_clear(struct frame *f)
{
	return frame_apply(f, state_unpin) == TV_OK;
}

static int pin_locked(struct pt_work *w, struct frame *f, enum ftype t)
{
	int rc = work_pending(w);

	if (!rc)
		rc = work_get(w, f, t);
	if (!rc && frame_apply(f, state_pin) != TV_OK) {
		work_put(w, f);
		rc = fail(-EINVAL, "frame %lx is pinned already", frame_mfn(f).n);
	}
	return rc;
}

int table_pin(struct domain *d, mfn_t m, enum ftype t)
{
	struct pt_work w = PT_WORK(d);
	struct frame *f = frame_of(m);
	int rc;

	if (!f)
		return fail(-EINVAL, "frame %lx is no RAM", m.n);
	spin_lock(&d->pt.lock);
	rc = pin_locked(&w, f, t);
	spin_unlock(&d->pt.lock);
	return rc;
}

int table_unpin(struct domain *d, mfn_t m)
{
	struct pt_work w = PT_WORK(d);
	struct frame *f = frame_of(m);
	int rc;

	if (!f || !frame_get(f, d))
		return fail(-EINVAL, "frame %lx does not belong to the domain", m.n);
	spin_lock(&d->pt.lock);
	rc = work_pending(&w);
	if (!rc && !pin_clear(f))
		rc = fail(-EINVAL, "frame %lx is not pinned", m.n);
	else if (!rc)
		work_put(&w, f);
	spin_unlock(&d->pt.lock);
	frame_put(f);
	return rc;
}

int table_relinquish(struct domain *d, struct frame *f)
{
	struct pt_work w = PT_WORK(d);
	int rc;

	spin_lock(&d->pt.lock);
	rc = work_pending(&w);
	if (!rc && (f->flags & FRAME_PARTIAL)) {
		f->flags = (f->flags & ~FRAME_PARTIAL) | FRAME_UNDO;
		d->pt.pending = f;
		rc = work_pending(&w);
	}
	if (!rc && pin_clear(f)) {
		work_put(&w, f);
		rc = work_pending(&w);
	}
	spin_unlock(&d->pt.lock);
	return rc;
}
