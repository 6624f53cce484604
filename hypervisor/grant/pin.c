/* SPDX-License-Identifier: MIT */
/*
 * Using grants: their entries pinned, the frames behind them referenced, and both given back, in
 * runs. What the granter wrote in an entry is judged by entry.c; whether the frame may be used, by
 * frame/.
 */
#include <grant/table.h>

#include <x86/cpu.h>

/*
 * The granter must own the frame now, and for writing the frame must not be a page table. The
 * granter's lock is held.
 */
static int pin_entry(struct grant_pin *pin, domid_t who)
{
	struct grant_table *t = pin->granter->grants;
	struct grant_entry_v1 *e;
	struct active_entry *a;
	int status;

	assert(spin_held(&t->lock));
	if (t->dead || pin->ref >= table_entries(t))
		return refuse(GNTST_bad_gntref, "d%u has no grant %u", pin->granter->id, pin->ref);

	e = table_shared(t, pin->ref);
	a = table_active(t, pin->ref);
	status = entry_pin(e, a, who, pin->write);
	if (status)
		return status;

	pin->frame = frame_of(MFN(a->frame));
	if (!pin->frame || frame_get_mapping(pin->frame, pin->granter, pin->write)) {
		entry_unpin(e, a, pin->write);
		return refuse(GNTST_general_error, "d%u may not %s frame %#x of grant %u",
			      pin->granter->id, pin->write ? "write" : "read", a->frame, pin->ref);
	}

	t->pins++;
	return GNTST_okay;
}

/* The lock of @d, whose entries are pinned or unpinned next, takes the place of the last one's. */
static void run_enter(struct grant_run *run, struct domain *d, domid_t id)
{
	run->granter = d;
	run->id = id;
	spin_lock(&d->grants->lock);
}

void grant_run_end(struct grant_run *run)
{
	if (!run->granter)
		return;

	spin_unlock(&run->granter->grants->lock);
	domain_put(run->granter);
	run->granter = NULL;
}

int grant_run_pin(struct grant_run *run, domid_t id, u32 ref, bool write, struct grant_pin *pin)
{
	struct domain *d;
	int status;

	if (!run->granter || run->id != id) {
		grant_run_end(run);
		status = grant_domain_get(run->self, id, &d);
		if (status)
			return status;
		run_enter(run, d, id);
	}

	pin->granter = run->granter;
	pin->ref = ref;
	pin->write = write;
	status = pin_entry(pin, run->self->id);
	if (!status)
		domain_ref(pin->granter);

	return status;
}

/* As grant_run_pin, of a domain on which somebody holds a reference. */
static struct grant_table *run_turn(struct grant_run *run, struct domain *d)
{
	if (run->granter != d) {
		grant_run_end(run);
		run_enter(run, domain_ref(d), d->id);
	}

	return d->grants;
}

void grant_run_pin_of(struct grant_run *run, const struct maptrack_record *r, struct grant_pin *pin)
{
	struct grant_table *t = run_turn(run, r->granter);
	const struct active_entry *a = table_active(t, r->ref);

	pin->granter = r->granter;
	pin->ref = r->ref;
	pin->write = !(r->flags & GNTMAP_readonly);

	/* The active entry's frame is fixed while it is pinned. */
	assert(active_pinned(a));
	pin->frame = frame_of(MFN(a->frame));
}

void grant_run_unpin(struct grant_run *run, const struct grant_pin *pin)
{
	struct grant_table *t;

	/* The frame first: who sees the entry unpinned must find no trace of the use. */
	frame_put_mapping(pin->frame, pin->write);
	if (!pin->granter)
		return;

	t = run_turn(run, pin->granter);
	assert(t->pins);
	t->pins--;
	entry_unpin(table_shared(t, pin->ref), table_active(t, pin->ref), pin->write);
	domain_put(pin->granter);
}

void grant_pin_put(const struct grant_pin *pin)
{
	struct grant_run run = { .self = NULL };

	grant_run_unpin(&run, pin);
	grant_run_end(&run);
}
