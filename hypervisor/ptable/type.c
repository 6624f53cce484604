/* SPDX-License-Identifier: MIT */
/*
 * Types of page-table and descriptor frames: checks all that a table holds before it is used, drops all of it when
 * its last use ends. Both may stop in the middle: the frame then stays "changing" and keeps the one type reference itself.
 */
#include <frame/ownmap.h>
#include <ptable/internal.h>
#include <x86/cpu.h>

static bool table_undo(struct pt_work *w, struct frame *f, u32 level);

static pte_t *table_of(struct frame *f)
{
	return mfn_to_virt(frame_mfn(f));
}

enum ftype table_type(const struct frame *f)
{
	fstate_t s = READ_ONCE(f->state);

	return FS_TREFS(s) && ftype_is_table(state_type(s)) ? state_type(s) : FT_NONE;
}

bool is_desc(const struct frame *f)
{
	fstate_t s = READ_ONCE(f->state);

	return FS_TREFS(s) && state_type(s) == FT_DESC;
}

/* Ends a change of @f: well, or with its references dropped. */
static void change_end(struct frame *f, transition_t *transition)
{
	f->flags &= ~(FRAME_PARTIAL | FRAME_UNDO);
	f->progress = 0;
	frame_stamp(f);
	frame_apply(f, transition);
}

static bool child_drop(struct pt_work *w, struct frame *f)
{
	enum verdict v;

	if (f->flags & FRAME_UNDO)
		return table_undo(w, f, state_type(f->state));
	frame_stamp(f);
	v = frame_apply(f, state_put_type);
	assert(verdict_stores(v));
	if (v != TV_TEARDOWN)
		return true;
	f->flags |= FRAME_UNDO;
	f->progress = PTE_COUNT;
	return table_undo(w, f, state_type(f->state));
}

/* Drops what the entries below f->progress refer to, downwards. True when done; else the budget ended. */
static bool table_undo(struct pt_work *w, struct frame *f, u32 level)
{
	pte_t *t = table_of(f);

	for (; f->progress; f->progress--) {
		u32 i = f->progress - 1;

		if (!(t[i] & PTE_P) || slot_is_ours(i, level))
			continue;
		if (w->left-- <= 0)
			return false;
		if (level == 1)
			entry_put(w, t[i], level);
		else if (!child_drop(w, frame_of(pte_mfn(t[i]))))
			return false;
	}
	/* Our entries are nothing for the guest to read in a page of its own. */
	for (u32 i = HV_SLOT_FIRST; level == 4 && i <= HV_SLOT_LAST; i++)
		t[i] = 0;
	change_end(f, state_torn_down);
	return true;
}

/* Takes what the entries from f->progress up refer to. Nobody can write the table meanwhile. */
static int table_check(struct pt_work *w, struct frame *f, u32 level)
{
	pte_t *t = table_of(f);
	int rc;

	for (; f->progress < PTE_COUNT; f->progress++) {
		u32 i = f->progress;
		pte_t e = t[i];

		if (!(e & PTE_P) || slot_is_ours(i, level))
			continue;
		if (w->left-- <= 0)
			return -ERESTART;
		rc = entry_get(w, w->d, &e, level);
		if (rc == -ERESTART)
			return rc;
		if (rc)
			return fail(rc, "entry %u of L%u table %lx", i, level, frame_mfn(f).n);
		t[i] = e;
	}
	return 0;
}

/*
 * The failed entry holds nothing, unless its own check left its table half undone: then it is dropped with the rest. The
 * frame's flag would not do: the entry may name another domain's frame, in whatever state.
 */
static void table_fail(struct pt_work *w, struct frame *f, u32 level)
{
	if (w->undone) {
		assert(level > 1 && w->undone == frame_of(pte_mfn(table_of(f)[f->progress])));
		f->progress++;
	}
	f->flags = (f->flags & ~FRAME_PARTIAL) | FRAME_UNDO;
	w->undone = table_undo(w, f, level) ? NULL : f;
}

static int table_validate(struct pt_work *w, struct frame *f, u32 level)
{
	int rc = table_check(w, f, level);

	if (rc == -ERESTART) {
		f->flags |= FRAME_PARTIAL;
	} else if (rc) {
		table_fail(w, f, level);
	} else {
		for (u32 i = HV_SLOT_FIRST; level == 4 && i <= HV_SLOT_LAST; i++)
			table_of(f)[i] = hv_l4[i];
		change_end(f, state_validated);
	}
	return rc;
}

static int desc_validate(struct frame *f)
{
	u64 *t = table_of(f);

	for (u32 i = 0; i < DESC_PER_PAGE; i++) {
		u64 d = t[i];

		if (desc_check(&d)) {
			t[i] = d;
			continue;
		}
		change_end(f, state_torn_down);
		return fail(-EINVAL, "descriptor %u, %lx, is a gate or system segment", i, d);
	}
	change_end(f, state_validated);
	return 0;
}

/* The caller holds a reference, so neither owner nor an unpreempted change can surprise. */
static int type_take(struct pt_work *w, struct frame *f, enum ftype t)
{
	bool fresh;
	int rc = frame_get_type(f, t, &fresh);

	if (!fresh)
		return rc;
	f->progress = 0;
	return t == FT_DESC ? desc_validate(f) : table_validate(w, f, t);
}

int work_get(struct pt_work *w, struct frame *f, enum ftype t)
{
	int rc;

	if (!frame_get(f, w->d))
		return fail(-EINVAL, "frame %lx does not belong to the domain", frame_mfn(f).n);
	if (f->flags & FRAME_SHARED)
		rc = fail(-EINVAL, "frame %lx is shared with the hypervisor", frame_mfn(f).n);
	else if (w->d->dying) /* teardown may have been here already: nobody would drop it again */
		rc = fail(-ESRCH, "domain %u is dying", w->d->id);
	else if (!(f->flags & FRAME_PARTIAL))
		rc = type_take(w, f, t);
	else if (state_type(f->state) == t)
		rc = table_validate(w, f, t);
	else
		rc = fail(-EBUSY, "frame %lx is being checked as an L%u table", frame_mfn(f).n,
			  state_type(f->state));
	if (w->undone)
		w->d->pt.pending = w->undone; /* tables above it come later and replace it */
	frame_put(f);
	return rc;
}

int work_pending(struct pt_work *w)
{
	struct frame *f = w->d->pt.pending;

	if (!f)
		return 0;
	if (!table_undo(w, f, state_type(f->state)))
		return -ERESTART;
	w->d->pt.pending = w->undone = NULL;
	return 0;
}

void work_put(struct pt_work *w, struct frame *f)
{
	/* Callers that drop a table start with nothing pending; one that drops several at once pays for it here. */
	while (ftype_is_table(state_type(f->state)) && work_pending(w))
		w->left = PT_BUDGET;
	if (!child_drop(w, f))
		w->d->pt.pending = f;
}
