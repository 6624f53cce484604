/* SPDX-License-Identifier: MIT */
/* What the control domain is told of a domain: getdomaininfo, and for sysctl's list of domains. */
#include <ctl/domctl.h>
#include <lib/string.h>
#include <pvabi/vcpu.h>
#include <x86/features.h>
#include <x86/paging.h>

/* Running if one vcpu runs, blocked if all that are up are. */
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

static void info_flags(const struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	u32 code = d->shutdown_code & XEN_DOMINF_shutdownmask;

	if (d->dying == LIFE_DEAD)
		info->flags |= XEN_DOMINF_dying;

	if (d->is_shut_down)
		info->flags |= XEN_DOMINF_shutdown | code << XEN_DOMINF_shutdownshift;

	if (d->control.pauses && d->pauses)
		info->flags |= XEN_DOMINF_paused;

	if (d->control.flags & XEN_DOMCTL_CDF_xs_domain)
		info->flags |= XEN_DOMINF_xs_domain;
}

void domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	memset(info, 0, sizeof(*info));
	info->domain = d->id;
	info_vcpus(d, info);
	info_flags(d, info);

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

	/* The end of the list: not a refusal. */
	if (!d)
		return -ESRCH;

	domain_info(d, &info);
	*id = d->id;
	domain_put(d);
	return guest_answer(guest, &info, sizeof(info));
}
