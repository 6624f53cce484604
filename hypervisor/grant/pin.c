/* SPDX-License-Identifier: MIT */
/*
 * Using a grant: its entry pinned, the frame behind it referenced, and both given back. What the
 * granter wrote in the entry is judged by entry.c; whether the frame may be used, by frame/.
 */
#include <grant/table.h>

#include <x86/cpu.h>

static const char *access_name(bool write)
{
	if (write)
		return "write";

	return "read";
}

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
			      pin->granter->id, access_name(pin->write), a->frame, pin->ref);
	}

	t->pins++;
	return GNTST_okay;
}

int grant_pin_get(struct domain *self, domid_t id, u32 ref, bool write, struct grant_pin *pin)
{
	struct grant_table *t;
	int status = grant_domain_get(self, id, &pin->granter);

	if (status)
		return status;

	pin->ref = ref;
	pin->write = write;
	t = pin->granter->grants;

	spin_lock(&t->lock);
	status = pin_entry(pin, self->id);
	spin_unlock(&t->lock);

	if (status)
		domain_put(pin->granter);
	return status;
}

void grant_pin_of(const struct maptrack_record *r, struct grant_pin *pin)
{
	struct grant_table *t = r->granter->grants;

	pin->granter = r->granter;
	pin->ref = r->ref;
	pin->write = !(r->flags & GNTMAP_readonly);

	/* The active entry's frame is fixed while it is pinned. */
	spin_lock(&t->lock);
	assert(active_pinned(table_active(t, r->ref)));
	pin->frame = frame_of(MFN(table_active(t, r->ref)->frame));
	spin_unlock(&t->lock);
}

void grant_pin_put(const struct grant_pin *pin)
{
	struct grant_table *t;

	/* The frame first: who sees the entry unpinned must find no trace of the use. */
	frame_put_mapping(pin->frame, pin->write);
	if (!pin->granter)
		return;

	t = pin->granter->grants;
	spin_lock(&t->lock);
	assert(t->pins);
	t->pins--;
	entry_unpin(table_shared(t, pin->ref), table_active(t, pin->ref), pin->write);
	spin_unlock(&t->lock);

	domain_put(pin->granter);
}
