/* SPDX-License-Identifier: MIT */
/*
 * The making of a domain with all that rooms keep for it. Nobody finds it before all its parts are
 * made; what was made when one part fails is ended as any domain is (destroy.c).
 */
#include <devices/pirq.h>
#include <event/event.h>
#include <grant/grant.h>
#include <lib/fail.h>
#include <life/life.h>
#include <ptable/ptable.h>

static int vcpus_make(struct domain *d, u32 count)
{
	int ret;

	for (u32 i = 0; i < count; i++) {
		d->max_vcpus = i + 1;
		ret = vcpu_create(d, i);
		if (ret) {
			d->max_vcpus = i;
			return ret;
		}
		vcpu_timers_init(d->vcpu[i]);
	}
	return 0;
}

static int parts_make(struct domain *d, u32 vcpus, u32 grant_frames, u32 maptrack_frames)
{
	int ret = vcpus_make(d, vcpus);

	if (!ret)
		ret = event_init(d);
	if (!ret)
		ret = grant_init(d, grant_frames, maptrack_frames);
	if (!ret && d->id == 0)
		ret = pirqs_make();
	if (ret)
		return ret;
	domain_wallclock_update(d);
	return domain_list(d);
}

int domain_build(domid_t id, u32 max_vcpus, u32 max_grant_frames, u32 max_maptrack_frames,
		 struct domain **out)
{
	struct domain *d;
	int ret;

	if (id >= DOMID_LIMIT || !max_vcpus || max_vcpus > MAX_VCPUS)
		return fail(-EINVAL, "domain %u with %u vcpus, at most %u", id, max_vcpus,
			    MAX_VCPUS);
	ret = domain_create(id, &d);
	if (ret)
		return ret;
	watchdogs_init(d);
	ret = parts_make(d, max_vcpus, max_grant_frames, max_maptrack_frames);
	if (!ret) {
		*out = d;
		return 0;
	}
	while (domain_kill(d) == -ERESTART)
		;
	domain_put(d);
	return ret;
}
