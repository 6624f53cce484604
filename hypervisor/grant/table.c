/* SPDX-License-Identifier: MIT */
/*
 * A domain's grant table: made, grown, taken apart, freed. Frames of the table are shared with the
 * domain, which may write anything into them at any time. Using an entry is left to pin.c.
 */
#include <grant/table.h>

#include <console/console.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <lib/index.h>
#include <x86/budget.h>
#include <x86/paging.h>

/* Looks for a handle that is swept, and for its pin if it is in use. */
#define HANDLE_LOOKS 4
#define SWEEP_LOOKS  80

/* One more frame, with the active entries for it. */
static int table_add_frame(struct domain *d)
{
	struct grant_table *t = d->grants;
	struct active_entry *active;
	struct grant_entry_v1 *shared;

	active = heap_alloc(ENTRIES_PER_FRAME * sizeof(*active));
	if (!active)
		return fail(-ENOMEM, "no memory for grant frame %u", t->frames);

	shared = domain_alloc_shared(d);
	if (!shared) {
		heap_free(active);
		return fail(-ENOMEM, "no memory for grant frame %u", t->frames);
	}

	t->active[t->frames] = active;
	t->shared[t->frames] = shared;
	t->frames++;
	return 0;
}

/* One frame more, if there are not @frames. Lock held. */
static int table_grow(struct domain *d, u32 frames)
{
	struct grant_table *t = d->grants;

	assert(spin_held(&t->lock));
	if (t->dead)
		return fail(-ESRCH, "d%u is dying", d->id);

	if (frames > t->max_frames)
		return fail(-ENOSPC, "d%u asks for %u grant frames and may have %u", d->id, frames,
			    t->max_frames);

	if (t->frames >= frames)
		return 0;

	budget_charge(4 * BUDGET_PAGE); /* three pages are cleared */
	return table_add_frame(d);
}

static int table_init(struct grant_table *t, u32 max_frames, u32 max_maptrack_frames)
{
	spin_init(&t->lock, LOCK_GRANT);
	t->max_frames = MIN(MAX(max_frames, 1u), (u32)GRANT_FRAMES_LIMIT);
	t->shared = heap_alloc(t->max_frames * sizeof(*t->shared));
	t->active = heap_alloc(t->max_frames * sizeof(*t->active));
	if (!t->shared || !t->active)
		return fail(-ENOMEM, "no memory for a table of %u grant frames", t->max_frames);

	maptrack_init(&t->maptrack, max_maptrack_frames);
	return 0;
}

int grant_init(struct domain *d, u32 max_frames, u32 max_maptrack_frames)
{
	struct grant_table *t = heap_alloc(sizeof(*t));
	mfn_t first;
	int rc;

	if (!t)
		return fail(-ENOMEM, "no memory for the grant table");

	d->grants = t;
	rc = table_init(t, max_frames, max_maptrack_frames);
	if (!rc)
		rc = grant_get_frame(d, 0, &first);

	if (rc)
		grant_free(d);
	return rc;
}

int grant_get_frame(struct domain *d, u32 index, mfn_t *out)
{
	struct grant_table *t = d->grants;
	bool there;
	int rc;

	if (!t || index >= GRANT_FRAMES_LIMIT)
		return fail(-EINVAL, "no grant frame %u", index);

	/* A frame at a time, so that the lock is not held for long. */
	do {
		budget_window();
		spin_lock(&t->lock);

		rc = table_grow(d, index + 1);
		there = !rc && t->frames > index;
		if (there)
			*out = virt_to_mfn(t->shared[index_nospec(index, t->frames)]);

		spin_unlock(&t->lock);
	} while (!rc && !there);

	return rc;
}

int grant_domain_get(struct domain *self, domid_t id, struct domain **out)
{
	struct domain *d;

	if (id == DOMID_SELF)
		id = self->id;

	d = domain_get(id);
	if (!d)
		return refuse(GNTST_bad_domain, "there is no d%u", id);

	if (!d->grants) {
		domain_put(d);
		return refuse(GNTST_bad_domain, "d%u has no grant table", id);
	}

	*out = d;
	return GNTST_okay;
}

struct grant_entry_v1 *table_shared(const struct grant_table *t, u32 ref)
{
	u32 n = index_nospec(ref, table_entries(t));
	struct grant_entry_v1 *frame = t->shared[n / ENTRIES_PER_FRAME];

	if (!frame)
		return NULL;

	return &frame[n % ENTRIES_PER_FRAME];
}

struct active_entry *table_active(const struct grant_table *t, u32 ref)
{
	u32 n = index_nospec(ref, table_entries(t));

	return &t->active[n / ENTRIES_PER_FRAME][n % ENTRIES_PER_FRAME];
}

/*
 * Unpins what the dying domain has mapped. Its vcpus are off, so nobody else uses its maptrack; its
 * page tables hold references of their own.
 */
static int maptrack_sweep(struct grant_table *t)
{
	struct maptrack *m = &t->maptrack;

	while (m->used && t->swept < maptrack_handles(m)) {
		struct maptrack_record *r = maptrack_find(m, t->swept);
		struct grant_run run = { .self = NULL };
		struct grant_pin pin;

		if (budget_spent())
			return -ERESTART;
		budget_charge(HANDLE_LOOKS);

		if (r) {
			budget_charge(SWEEP_LOOKS);
			grant_run_pin_of(&run, r, &pin);
			maptrack_release(m, t->swept);
			grant_run_unpin(&run, &pin);
			grant_run_end(&run);
		}
		t->swept++;
	}

	assert(!m->used);
	return 0;
}

/* Others that use a grant keep their pins and frames; there is no entry to mark any more. */
static void shared_frame_end(struct domain *d, u32 i)
{
	struct grant_table *t = d->grants;
	struct grant_entry_v1 *frame;

	spin_lock(&t->lock);
	t->dead = true;
	frame = t->shared[i];
	t->shared[i] = NULL;
	spin_unlock(&t->lock);

	budget_charge(BUDGET_FRAME);
	if (frame)
		domain_free_shared(d, frame);
}

int grant_teardown(struct domain *d)
{
	struct grant_table *t = d->grants;
	int rc;

	if (!t)
		return 0;

	rc = maptrack_sweep(t);
	if (rc)
		return rc;

	for (; t->ended < t->frames; t->ended++) {
		if (budget_spent())
			return -ERESTART;
		shared_frame_end(d, t->ended);
	}

	return 0;
}

void grant_free(struct domain *d)
{
	struct grant_table *t = d->grants;
	int rc;

	if (!t)
		return;

	/* Nothing is left to do, unless creation failed: then there is a frame and no mapping. */
	budget_window();
	rc = grant_teardown(d);
	assert(!rc && !t->pins);

	for (u32 i = 0; i < t->frames; i++) {
		heap_free(t->active[i]);
		budget_charge(BUDGET_FRAME);
		budget_window();
	}

	maptrack_free(&t->maptrack);
	heap_free(t->shared);
	heap_free(t->active);
	d->grants = NULL;
	heap_free(t);
}

void grant_dump(struct domain *d)
{
	struct grant_table *t = d->grants;

	if (!t)
		return;

	spin_lock(&t->lock);
	log_info("d%u: %u of %u grant frames, %lu pins, %u mappings of others' grants", d->id,
		 t->frames, t->max_frames, t->pins, t->maptrack.used);

	for (u32 ref = 0; ref < table_entries(t); ref++) {
		const struct active_entry *a = table_active(t, ref);

		if (active_pinned(a))
			log_info("d%u grant %u: frame %#x used by d%u, %u readers, %u writers",
				 d->id, ref, a->frame, a->grantee, a->readers, a->writers);
	}

	spin_unlock(&t->lock);
}
