/* SPDX-License-Identifier: MIT */
/*
 * domctl createdomain: what a client asks for is checked against what there is, and given defaults
 * and an id. The making itself is in life/.
 */
#include <ctl/domctl.h>
#include <lib/string.h>
#include <life/life.h>
#include <pvabi/grant_table.h>

#define GRANT_FRAMES_DEFAULT    64
#define MAPTRACK_FRAMES_DEFAULT 1024
#define GRANT_FRAMES_MOST       1024 /* half a million grants */
#define MAPTRACK_FRAMES_MOST    4096
#define GRANT_VERSION_MOST      1

static int features_check(const struct xen_domctl_createdomain *c)
{
	if (c->flags & ~XEN_DOMCTL_CDF_xs_domain)
		return fail(-EINVAL, "flags %#x: only PV domains, without an IOMMU", c->flags);

	if (c->iommu_opts)
		return fail(-EINVAL, "IOMMU options %#x without an IOMMU", c->iommu_opts);

	if (c->arch.emulation_flags)
		return fail(-EINVAL, "emulation %#x: nothing is emulated", c->arch.emulation_flags);

	if (c->arch.misc_flags & ~XEN_X86_MISC_FLAGS_MAX)
		return fail(-EINVAL, "flags %#x of the architecture", c->arch.misc_flags);

	if (c->grant_opts > GRANT_VERSION_MOST)
		return fail(-EINVAL, "grant options %#x: only version 1", c->grant_opts);

	if (c->vmtrace_size)
		return fail(-EOPNOTSUPP, "a processor trace of %u bytes", c->vmtrace_size);

	if (c->cpupool_id)
		return fail(-ENOENT, "CPU pool %u: there is one, 0", c->cpupool_id);

	return 0;
}

/* @asked, or the default for a negative number. */
static u32 limit(s32 asked, u32 otherwise)
{
	if (asked < 0)
		return otherwise;

	return asked;
}

static int build(domid_t id, const struct xen_domctl_createdomain *c, struct domain **d)
{
	u32 grants = limit(c->max_grant_frames, GRANT_FRAMES_DEFAULT);
	u32 maptrack = limit(c->max_maptrack_frames, MAPTRACK_FRAMES_DEFAULT);

	if (grants > GRANT_FRAMES_MOST)
		return fail(-EINVAL, "%u grant frames, at most %u", grants, GRANT_FRAMES_MOST);

	if (maptrack > MAPTRACK_FRAMES_MOST)
		return fail(-EINVAL, "%u maptrack frames, at most %u", maptrack,
			    MAPTRACK_FRAMES_MOST);

	return domain_build(id, c->max_vcpus, grants, maptrack, d);
}

/* Ids rise: one that was just used means nothing to a tool that comes late. dom0's is left out. */
static domid_t id_next(void)
{
	static u32 last; /* atomic */
	u32 n = __atomic_fetch_add(&last, 1, __ATOMIC_RELAXED);

	return 1 + n % (DOMID_LIMIT - 1);
}

static bool id_taken(domid_t id)
{
	struct domain *d = domain_next(id);
	bool taken;

	if (!d)
		return false;

	taken = d->id == id;
	domain_put(d);
	return taken;
}

static int build_any(const struct xen_domctl_createdomain *c, struct domain **d)
{
	for (u32 tries = 0; tries < DOMID_LIMIT; tries++) {
		domid_t id = id_next();
		int rc;

		if (id_taken(id))
			continue;

		/* Another call may have taken it at this moment. */
		rc = build(id, c, d);
		if (rc != -EEXIST)
			return rc;
	}

	return fail(-EEXIST, "no domain id is left");
}

long op_domctl_createdomain(domid_t *id, struct xen_domctl_createdomain *guest)
{
	struct xen_domctl_createdomain c;
	struct domain *d;
	int rc;

	if (guest_copy_in(&c, guest, sizeof(c)))
		return fail(-EFAULT, "what a domain is to be like is not readable");

	rc = features_check(&c);
	if (rc)
		return rc;

	/* Without a number, or with one that is none, any will do. */
	if (*id && *id < DOMID_LIMIT)
		rc = build(*id, &c, &d);
	else
		rc = build_any(&c, &d);
	if (rc)
		return rc;

	memcpy(d->control.handle, c.handle, sizeof(d->control.handle));
	d->control.ssidref = c.ssidref;
	d->control.flags = c.flags;
	d->control.options = c.arch.misc_flags;
	d->event_limits.highest = c.max_evtchn_port;

	*id = d->id;
	domain_put(d); /* the list keeps it */
	return 0;
}
