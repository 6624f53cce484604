/* SPDX-License-Identifier: MIT */
/*
 * The making of a domain with all that rooms keep for it. Nobody finds it before all its parts are
 * made; when one part fails, what was made is ended as any domain is (destroy.c).
 */
#include <devices/pirq.h>
#include <event/event.h>
#include <grant/grant.h>
#include <lib/fail.h>
#include <life/life.h>
#include <x86/budget.h>

/* Pages cleared for a vcpu: its window, its entry page, and what it keeps. */
#define VCPU_LOOKS (4 * BUDGET_PAGE)

/* max_vcpus counts those that are there, so destroying a half-made domain meets no others. */
static int vcpus_make(struct domain *d, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		int rc;

		d->max_vcpus = i + 1;
		rc = vcpu_create(d, i);
		if (rc) {
			d->max_vcpus = i;
			return rc;
		}

		vcpu_timers_init(d->vcpu[i]);
		budget_charge(VCPU_LOOKS);
		budget_window();
	}

	return 0;
}

static int parts_make(struct domain *d, u32 vcpus, u32 grant_frames, u32 maptrack_frames)
{
	int rc;

	rc = vcpus_make(d, vcpus);
	if (rc)
		return rc;

	rc = event_init(d);
	if (rc)
		return rc;

	rc = grant_init(d, grant_frames, maptrack_frames);
	if (rc)
		return rc;

	if (d->id == 0) {
		rc = pirqs_create();
		if (rc)
			return rc;
	}

	domain_wallclock_update(d);
	return domain_list(d);
}

int domain_build(domid_t id, u32 max_vcpus, u32 max_grant_frames, u32 max_maptrack_frames,
		 struct domain **out)
{
	struct domain *d;
	int rc;

	if (id >= DOMID_LIMIT)
		return fail(-EINVAL, "a domain's id is below %u, not %u", DOMID_LIMIT, id);

	if (!max_vcpus || max_vcpus > MAX_VCPUS)
		return fail(-EINVAL, "d%u with %u vcpus: 1 to %u are possible", id, max_vcpus,
			    MAX_VCPUS);

	rc = domain_create(id, &d);
	if (rc)
		return rc;

	watchdogs_init(d);
	rc = parts_make(d, max_vcpus, max_grant_frames, max_maptrack_frames);
	if (rc) {
		/* It has no memory yet, so this is soon done. */
		while (domain_destroy(d) == -ERESTART)
			budget_window();
		domain_put(d);
		return rc;
	}

	*out = d;
	return 0;
}
