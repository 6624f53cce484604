/* SPDX-License-Identifier: MIT */
/*
 * A domain's grant table: made, grown, used, taken apart. Frames of the table are shared with the
 * domain, which may write anything into them at any time.
 */
#include <grant/table.h>

#include <console/console.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <x86/cpu.h>
#include <x86/paging.h>

/* Records ended by one call of grant_teardown. */
#define SWEEP_BATCH 1024

/* Lock held. */
static int table_grow(struct domain *d, u32 frames)
{
	struct grant_table *t = d->grants;

	if (t->dead)
		return fail(-ESRCH, "domain %u is dying", d->id);
	if (frames > t->max_frames)
		return fail(-ENOSPC, "%u grant frames asked for, domain %u may have %u", frames,
			    d->id, t->max_frames);
	for (; t->frames < frames; t->frames++) {
		struct entry_use *use = heap_alloc(ENTRIES_PER_FRAME * sizeof(*use));
		struct grant_entry_v1 *shared = use ? domain_alloc_shared(d) : NULL;

		if (!shared) {
			heap_free(use);
			return fail(-ENOMEM, "no memory for grant frame %u", t->frames);
		}
		t->use[t->frames] = use;
		t->shared[t->frames] = shared;
	}
	return 0;
}

int grant_init(struct domain *d, u32 max_frames, u32 max_maptrack_frames)
{
	struct grant_table *t = heap_alloc(sizeof(*t));
	int err = -ENOMEM;
	mfn_t first;

	if (!t)
		return fail(-ENOMEM, "no memory for the grant table");
	spin_init(&t->lock, LOCK_GRANT);
	t->max_frames = MIN(MAX(max_frames, 1u), (u32)GRANT_FRAMES_LIMIT);
	t->shared = heap_alloc(t->max_frames * sizeof(*t->shared));
	t->use = heap_alloc(t->max_frames * sizeof(*t->use));
	if (t->shared && t->use)
		err = tracks_init(&t->tracks, max_maptrack_frames);
	d->grants = t;
	if (!err)
		err = grant_get_frame(d, 0, &first);
	if (err)
		grant_free(d);
	return err ? fail(err, "no memory for the grant table of domain %u", d->id) : 0;
}

int grant_get_frame(struct domain *d, u32 index, mfn_t *out)
{
	struct grant_table *t = d->grants;
	int err;

	if (!t || index >= GRANT_FRAMES_LIMIT)
		return fail(-EINVAL, "no grant frame %u", index);
	spin_lock(&t->lock);
	err = table_grow(d, index + 1);
	if (!err)
		*out = virt_to_mfn(t->shared[index]);
	spin_unlock(&t->lock);
	return err;
}

int grant_domain_get(struct domain *self, domid_t id, struct domain **out)
{
	struct domain *d = domain_get(id == DOMID_SELF ? self->id : id);

	if (d && d->grants) {
		*out = d;
		return GNTST_okay;
	}
	if (d)
		domain_put(d);
	return fail(GNTST_bad_domain, "no domain %u", id);
}

static struct grant_entry_v1 *entry_at(const struct grant_table *t, u32 ref)
{
	struct grant_entry_v1 *frame = t->shared[ref / ENTRIES_PER_FRAME];

	return frame ? &frame[ref % ENTRIES_PER_FRAME] : NULL;
}

static struct entry_use *use_at(const struct grant_table *t, u32 ref)
{
	return &t->use[ref / ENTRIES_PER_FRAME][ref % ENTRIES_PER_FRAME];
}

/* The granter must own the frame now, and for writing it must not be a page table. Granter's lock held. */
static int use_take(struct grant_use *u, domid_t who)
{
	struct grant_table *t = u->granter->grants;
	struct grant_entry_v1 *e;
	int st;

	if (t->dead || u->ref >= t->frames * ENTRIES_PER_FRAME)
		return fail(GNTST_bad_gntref, "domain %u has no grant %u", u->granter->id, u->ref);
	e = entry_at(t, u->ref);
	st = entry_acquire(e, use_at(t, u->ref), who, u->write);
	if (st)
		return st;
	u->frame = frame_of(MFN(use_at(t, u->ref)->frame));
	if (u->frame && !frame_hold(u->frame, u->granter, u->write))
		return GNTST_okay;
	st = fail(GNTST_general_error, "grant %u of domain %u: frame %x can not be %s", u->ref,
		  u->granter->id, use_at(t, u->ref)->frame, u->write ? "written" : "read");
	entry_release(e, use_at(t, u->ref), u->write);
	return st;
}

int grant_use_begin(struct domain *self, domid_t id, u32 ref, bool write, struct grant_use *u)
{
	int st = grant_domain_get(self, id, &u->granter);

	if (st)
		return st;
	u->ref = ref;
	u->write = write;
	spin_lock(&u->granter->grants->lock);
	st = use_take(u, self->id);
	spin_unlock(&u->granter->grants->lock);
	if (st)
		domain_put(u->granter);
	return st;
}

void grant_use_of_track(const struct track *r, struct grant_use *out)
{
	struct grant_table *t = r->granter->grants;

	*out = (struct grant_use){ r->granter, r->ref, !(r->flags & GNTMAP_readonly), NULL };
	spin_lock(&t->lock);
	out->frame = frame_of(MFN(use_at(t, r->ref)->frame)); /* fixed while in use */
	spin_unlock(&t->lock);
}

void grant_use_end(const struct grant_use *u)
{
	struct grant_table *t;

	/* The frame first: who sees the entry released must find no trace of the use. */
	frame_drop(u->frame, u->write);
	if (!u->granter)
		return;
	t = u->granter->grants;
	spin_lock(&t->lock);
	entry_release(entry_at(t, u->ref), use_at(t, u->ref), u->write);
	spin_unlock(&t->lock);
	domain_put(u->granter);
}

/* Ends what the dying domain has mapped. Its vcpus are off; its page tables hold references of their own. */
static int tracks_sweep(struct grant_table *t)
{
	u32 batch = SWEEP_BATCH;

	while (t->tracks.used && t->swept < t->tracks.pages * TRACKS_PER_PAGE) {
		struct track *r = track_find(&t->tracks, t->swept);
		struct grant_use u;

		if (!batch--)
			return -ERESTART;
		if (r) {
			grant_use_of_track(r, &u);
			track_free(&t->tracks, t->swept);
			grant_use_end(&u);
		}
		t->swept++;
	}
	return 0;
}

int grant_teardown(struct domain *d)
{
	struct grant_table *t = d->grants;
	int err = t ? tracks_sweep(t) : 0;

	if (err || !t)
		return err;
	/* Grants in use elsewhere stay counted, but there is no entry to mark any more. */
	for (u32 i = 0; i < t->frames; i++) {
		struct grant_entry_v1 *frame;

		spin_lock(&t->lock);
		t->dead = true;
		frame = t->shared[i];
		t->shared[i] = NULL;
		spin_unlock(&t->lock);
		if (frame)
			domain_free_shared(d, frame);
	}
	return 0;
}

void grant_free(struct domain *d)
{
	struct grant_table *t = d->grants;

	if (!t)
		return;
	grant_teardown(d); /* of one that was never finished: quick */
	for (u32 i = 0; i < t->frames; i++)
		heap_free(t->use[i]);
	if (t->tracks.page)
		tracks_free(&t->tracks);
	heap_free(t->shared);
	heap_free(t->use);
	d->grants = NULL;
	heap_free(t);
}

void grant_dump(struct domain *d)
{
	struct grant_table *t = d->grants;

	if (!t)
		return;
	spin_lock(&t->lock);
	log_info("d%u: %u of %u grant frames, %u mappings of others' grants", d->id, t->frames,
		 t->max_frames, t->tracks.used);
	for (u32 ref = 0; ref < t->frames * ENTRIES_PER_FRAME; ref++) {
		const struct entry_use *u = use_at(t, ref);

		if (entry_used(u))
			log_info("d%u grant %u: frame %x used by domain %u, %u read, %u write",
				 d->id, ref, u->frame, u->grantee, u->readers, u->writers);
	}
	spin_unlock(&t->lock);
}
