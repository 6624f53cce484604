/* SPDX-License-Identifier: MIT */
/*
 * Types of page-table and descriptor frames. All that a table holds is checked before its first
 * use, and put when its last use ends. Both may stop in the middle: the frame then stays "changing"
 * and keeps the one type reference itself, and FRAME_PARTIAL or FRAME_UNDO says which way it goes.
 */
#include <frame/refs.h>
#include <ptable/internal.h>
#include <x86/cpu.h>

#define ABSENT_LOOKS 8 /* of the budget, for an entry that is not present, and not 0 either */

static bool entries_put(struct pt_work *w, struct frame *f, u32 level);

static pte_t *table_of(const struct frame *f)
{
	return mfn_to_virt(frame_mfn(f));
}

enum ftype table_type(const struct frame *f)
{
	fstate_t s = READ_ONCE(f->state);

	if (!FS_TREFS(s) || !ftype_is_table(state_type(s)))
		return FT_NONE;

	return state_type(s);
}

bool is_desc(const struct frame *f)
{
	fstate_t s = READ_ONCE(f->state);

	return FS_TREFS(s) && state_type(s) == FT_DESC;
}

/* Ends a change of @f: it is validated, or torn down and its references dropped. */
static inline void change_end(struct frame *f, transition_t *transition)
{
	assert(FS_HAS(f->state, FS_CHANGING));

	f->flags &= ~(FRAME_PARTIAL | FRAME_UNDO);
	f->progress = 0;
	frame_stamp(f);
	ref_apply(f, transition);
}

/* Puts one type reference of table @f, and with the last one its contents. False: out of budget. */
static bool table_put(struct pt_work *w, struct frame *f)
{
	enum verdict v;

	if (f->flags & FRAME_UNDO)
		return entries_put(w, f, state_type(f->state));

	frame_stamp(f);
	v = ref_apply(f, state_put_type);
	assert(verdict_stores(v));
	if (v != TV_TEARDOWN)
		return true;

	f->flags |= FRAME_UNDO;
	f->progress = PTE_COUNT;
	return entries_put(w, f, state_type(f->state));
}

/* Our slots of an L4 are filled when it is validated, and emptied when it is torn down. */
static void own_slots_fill(pte_t *l4, const struct guestmap *m)
{
	for (u32 i = 0; i < HV_SLOTS; i++)
		l4[HV_SLOT_FIRST + i] = m->slots[i];
}

static void own_slots_clear(pte_t *l4)
{
	for (u32 i = HV_SLOT_FIRST; i <= HV_SLOT_LAST; i++)
		l4[i] = 0;
}

/* entries_put's walk, where the entries refer to tables. */
static void tables_put(struct pt_work *w, struct frame *f, u32 level)
{
	pte_t *t = table_of(f);

	for (;; f->progress--) {
		f->progress = run_empty_below(t, f->progress, level);
		if (!f->progress || budget_spent())
			return;

		budget_charge(PT_ENTRY_LOOKS);
		if (!table_put(w, frame_of(pte_mfn(t[f->progress - 1]))))
			return;
	}
}

/*
 * Puts what the entries below f->progress refer to, downwards, and ends the table's use. False: out
 * of budget, f->progress says how far it came.
 */
static bool entries_put(struct pt_work *w, struct frame *f, u32 level)
{
	pte_t *t = table_of(f);

	if (level == 1)
		f->progress = run_put(w->d, t, f->progress);
	else
		tables_put(w, f, level);
	if (f->progress)
		return false;

	/* The page is the guest's to read from now on. */
	if (level == 4)
		own_slots_clear(t);

	change_end(f, state_torn_down);
	return true;
}

/* Checks entry *@e of a table of w->d, and takes what it refers to. The errors of entry_get. */
static int entry_take(struct pt_work *w, pte_t *e, u32 level)
{
	if (budget_spent())
		return -ERESTART;

	if (!(*e & PTE_P)) {
		budget_charge(ABSENT_LOOKS);
		return entry_check_absent(w->d, *e, level);
	}

	budget_charge(PT_ENTRY_LOOKS);
	return entry_get(w, w->d, e, level);
}

/*
 * Checks the entries from f->progress up, and takes what they refer to. Nobody can write the table
 * meanwhile: it is of no other type, and stale translations were flushed. 0, an error, -ERESTART.
 */
static int entries_get(struct pt_work *w, struct frame *f, u32 level)
{
	pte_t *t = table_of(f);

	for (;; f->progress++) {
		pte_t e;
		u32 i;
		int rc;

		if (level == 1)
			i = run_get(w->d, t, f->progress);
		else
			i = run_empty_from(t, f->progress, level);
		f->progress = i;
		if (i == PTE_COUNT)
			return 0;

		e = t[i];
		rc = entry_take(w, &e, level);
		if (rc == -ERESTART)
			return rc;
		if (rc)
			return fail(rc, "entry %u of L%u table %#lx", i, level, frame_mfn(f).n);

		t[i] = e;
	}
}

/*
 * Entry f->progress was refused. It holds nothing, unless its own check left its table half undone:
 * then it is put with the rest. That table's FRAME_UNDO would not tell: the entry may name another
 * domain's frame, in whatever state.
 */
static void table_fail(struct pt_work *w, struct frame *f, u32 level)
{
	if (w->undone) {
		assert(level > 1 && w->undone == frame_of(pte_mfn(table_of(f)[f->progress])));
		f->progress++;
	}

	f->flags = (f->flags & ~FRAME_PARTIAL) | FRAME_UNDO;
	w->undone = entries_put(w, f, level) ? NULL : f;
}

static int table_validate(struct pt_work *w, struct frame *f, u32 level)
{
	int rc = entries_get(w, f, level);

	if (rc == -ERESTART) {
		f->flags |= FRAME_PARTIAL;
		return rc;
	}
	if (rc) {
		table_fail(w, f, level);
		return rc;
	}

	if (level == 4)
		own_slots_fill(table_of(f), &w->d->map);

	change_end(f, state_validated);
	return 0;
}

static int desc_validate(struct frame *f)
{
	u64 *t = table_of(f);

	budget_charge(DESC_PAGE_LOOKS);
	for (u32 i = 0; i < DESC_PER_PAGE; i++) {
		u64 d = t[i];

		if (!desc_check(&d)) {
			change_end(f, state_torn_down);
			return fail(-EINVAL, "descriptor %u, %#lx, is a gate or system segment", i,
				    d);
		}
		t[i] = d;
	}

	change_end(f, state_validated);
	return 0;
}

/* The caller holds a reference, so the owner stays, and so does a change that was not preempted. */
static int type_take(struct pt_work *w, struct frame *f, enum ftype t)
{
	bool fresh;
	int rc = frame_get_type(f, t, &fresh);

	if (!fresh)
		return rc;

	f->progress = 0;
	return t == FT_DESC ? desc_validate(f) : table_validate(w, f, t);
}

/* The same with a reference held. */
static int work_get_held(struct pt_work *w, struct frame *f, enum ftype t)
{
	if (f->flags & FRAME_SHARED)
		return fail(-EINVAL, "frame %#lx is shared with the hypervisor", frame_mfn(f).n);

	if (frame_cache(f))
		return fail(-EINVAL, "frame %#lx is not write-back", frame_mfn(f).n);

	/* Its teardown may have been here already: nobody would put it again. */
	if (w->d->dying)
		return fail(-ESRCH, "d%u is dying", w->d->id);

	if (!(f->flags & FRAME_PARTIAL))
		return type_take(w, f, t);

	/* Its check was preempted: we go on with it, if it is what we want. */
	if (state_type(f->state) == t)
		return table_validate(w, f, t);

	return fail(-EBUSY, "frame %#lx is being checked as an L%u table", frame_mfn(f).n,
		    state_type(f->state));
}

int work_get(struct pt_work *w, struct frame *f, enum ftype t)
{
	int rc;

	assert(spin_held(&w->d->pt.lock));

	if (!frame_get(f, w->d))
		return fail(-EINVAL, "frame %#lx does not belong to d%u", frame_mfn(f).n, w->d->id);

	/* What it holds is looked at. */
	speculation_barrier();
	rc = work_get_held(w, f, t);
	if (w->undone)
		w->d->pt.pending = w->undone; /* tables above it come later and replace it */

	frame_put(f);
	return rc;
}

int work_pending(struct pt_work *w)
{
	struct frame *f = w->d->pt.pending;

	assert(spin_held(&w->d->pt.lock));

	if (!f)
		return 0;
	if (!entries_put(w, f, state_type(f->state)))
		return -ERESTART;

	w->d->pt.pending = w->undone = NULL;
	return 0;
}

int ptable_settle_pending(struct domain *d)
{
	struct pt_work w = PT_WORK(d);
	int rc = 0;

	while (READ_ONCE(d->pt.pending)) {
		spin_lock(&d->pt.lock);
		rc = work_pending(&w);
		spin_unlock(&d->pt.lock);

		if (rc && preempt_window())
			return rc;
	}

	return 0;
}

void work_put(struct pt_work *w, struct frame *f)
{
	assert(spin_held(&w->d->pt.lock));

	if (table_put(w, f))
		return;

	/* There is room for one: who puts a table has finished what was pending. */
	assert(!w->d->pt.pending);
	w->d->pt.pending = f;
}
