/* SPDX-License-Identifier: MIT */
/* Control of a domain's life: made, paused, resumed, destroyed; its limits; what it is doing. */
#include <ctl/domctl.h>
#include <lib/string.h>
#include <life/life.h>
#include <pvabi/grant_table.h>
#include <pvabi/vcpu.h>
#include <x86/cpu.h>
#include <x86/features.h>
#include <x86/paging.h>

#define GRANT_FRAMES_DEFAULT    64
#define MAPTRACK_FRAMES_DEFAULT 1024
#define GRANT_FRAMES_MOST       1024 /* half a million grants */
#define MAPTRACK_FRAMES_MOST    4096
#define PAUSES_MOST             255 /* more are a leak in some tool */
#define KIB_PER_PAGE_SHIFT      2
#define SHUTDOWN_CODE_NONE      (~0u)

/* --- create -------------------------------------------------------------------------------- */

static int check_flags(const struct xen_domctl_createdomain *c)
{
	if (c->flags & ~XEN_DOMCTL_CDF_xs_domain)
		return fail(-EINVAL, "flags %#x: only PV domains, without an IOMMU", c->flags);
	if (c->iommu_opts)
		return fail(-EINVAL, "IOMMU options %#x without an IOMMU", c->iommu_opts);
	if (c->arch.emulation_flags || c->arch.misc_flags & ~XEN_X86_MISC_FLAGS_MAX)
		return fail(-EINVAL, "emulation %#x, flags %#x: nothing is emulated",
			    c->arch.emulation_flags, c->arch.misc_flags);
	if (c->grant_opts > 1)
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
	return asked < 0 ? otherwise : (u32)asked;
}

static int build(domid_t id, const struct xen_domctl_createdomain *c, struct domain **d)
{
	u32 grants = limit(c->max_grant_frames, GRANT_FRAMES_DEFAULT);
	u32 maptrack = limit(c->max_maptrack_frames, MAPTRACK_FRAMES_DEFAULT);

	if (grants > GRANT_FRAMES_MOST || maptrack > MAPTRACK_FRAMES_MOST)
		return fail(-EINVAL, "%u grant frames and %u of mappings, at most %u and %u",
			    grants, maptrack, GRANT_FRAMES_MOST, MAPTRACK_FRAMES_MOST);
	return domain_build(id, c->max_vcpus, grants, maptrack, d);
}

/* Rising ids: one that was just used means nothing to a tool that comes late. */
static int build_any(const struct xen_domctl_createdomain *c, struct domain **d)
{
	static u32 last; /* atomic */
	int rc = -EEXIST;

	for (u32 tries = 0; tries < DOMID_LIMIT && rc == -EEXIST; tries++) {
		u32 id = 1 + __atomic_fetch_add(&last, 1, __ATOMIC_RELAXED) % (DOMID_LIMIT - 1);
		struct domain *there = domain_next(id);
		bool taken = there && there->id == id;

		if (there)
			domain_put(there);
		if (!taken)
			rc = build(id, c, d);
	}
	return rc;
}

long op_domctl_createdomain(domid_t *id, struct xen_domctl_createdomain *guest)
{
	struct xen_domctl_createdomain c;
	struct domain *d;
	int rc;

	if (guest_copy_in(&c, guest, sizeof(c)))
		return -EFAULT;

	rc = check_flags(&c);
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

/* --- life ---------------------------------------------------------------------------------- */

long op_domctl_destroydomain(struct domain *d, void *a)
{
	if (d == dom0)
		return fail(-EINVAL, "the control domain can not be destroyed");
	return domain_destroy(d);
}

long op_domctl_pausedomain(struct domain *d, void *a)
{
	if (d->control.pauses == PAUSES_MOST)
		return fail(-EBUSY, "domain %u is paused %u times", d->id, PAUSES_MOST);

	d->control.pauses++;
	domain_pause(d);
	return 0;
}

long op_domctl_unpausedomain(struct domain *d, void *a)
{
	if (!d->control.pauses)
		return fail(-EINVAL, "domain %u is not paused", d->id);

	d->control.pauses--;

	spin_lock(&d->lock);
	if (!d->control.unpaused)
		domain_wallclock_update(d); /* who built it cleared the shared page */
	d->control.unpaused = true;
	spin_unlock(&d->lock);

	domain_unpause(d);
	return 0;
}

long op_domctl_resumedomain(struct domain *d, void *a)
{
	if (d->crashed)
		return fail(-EINVAL, "domain %u has crashed", d->id);

	domain_pause(d);
	spin_lock(&d->lock);
	d->shutting_down = d->is_shut_down = false;
	d->shutdown_code = SHUTDOWN_CODE_NONE;
	spin_unlock(&d->lock);
	domain_unpause(d);
	return 0;
}

/* Below what it has is allowed: it then gets nothing more until it has given enough back. */
long op_domctl_max_mem(struct domain *d, struct xen_domctl_max_mem *m)
{
	u64 pages = m->max_memkb >> KIB_PER_PAGE_SHIFT;

	spin_lock(&d->page_lock);
	d->max_pages = MIN(pages, (u64)~0u);
	spin_unlock(&d->page_lock);
	return 0;
}

/* They exist since the domain was made: the number was given then, and may only be repeated. */
long op_domctl_max_vcpus(struct domain *d, struct xen_domctl_max_vcpus *m)
{
	if (m->max != d->max_vcpus)
		return fail(-EINVAL, "%u vcpus for domain %u, which was made with %u", m->max,
			    d->id, d->max_vcpus);
	return 0;
}

/* --- what it does -------------------------------------------------------------------------- */

static void info_vcpus(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	u32 state = XEN_DOMINF_blocked;

	info->max_vcpu_id = d->max_vcpus - 1;
	for (u32 i = 0; i < d->max_vcpus; i++) {
		struct vcpu *v = d->vcpu[i];

		info->cpu_time += vcpu_cpu_time(v);
		if (READ_ONCE(v->down))
			continue;
		info->nr_online_vcpus++;
		if (!READ_ONCE(v->blocked))
			state &= ~XEN_DOMINF_blocked;
		if (READ_ONCE(v->run.running))
			state |= XEN_DOMINF_running;
	}
	if (info->nr_online_vcpus)
		info->flags |= state;
}

void domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	memset(info, 0, sizeof(*info));
	info->domain = d->id;
	info_vcpus(d, info);

	if (d->dying == LIFE_DEAD)
		info->flags |= XEN_DOMINF_dying;
	if (d->is_shut_down)
		info->flags |= XEN_DOMINF_shutdown | (d->shutdown_code & XEN_DOMINF_shutdownmask)
							     << XEN_DOMINF_shutdownshift;
	if (d->control.pauses && d->pauses)
		info->flags |= XEN_DOMINF_paused;
	if (d->control.flags & XEN_DOMCTL_CDF_xs_domain)
		info->flags |= XEN_DOMINF_xs_domain;

	info->tot_pages = d->tot_pages;
	info->max_pages = d->max_pages;
	info->outstanding_pages = d->memory.claimed;
	info->shared_info_frame = virt_to_mfn(d->shared).n;
	info->ssidref = d->control.ssidref;
	memcpy(info->handle, d->control.handle, sizeof(info->handle));
	info->gpaddr_bits = features.phys_bits;
	info->arch_config.misc_flags = d->control.options;
}

long op_domctl_getdomaininfo(domid_t *id, struct xen_domctl_getdomaininfo *guest)
{
	struct xen_domctl_getdomaininfo info;
	struct domain *d = domain_next(*id);

	if (!d)
		return -ESRCH; /* the end of the list: not a refusal */

	domain_info(d, &info);
	*id = d->id;
	domain_put(d);
	return guest_copy_out(guest, &info, sizeof(info));
}
