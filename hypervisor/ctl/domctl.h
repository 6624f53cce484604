/* SPDX-License-Identifier: MIT */
/*
 * Between the files of domctl: one function an operation. The argument was copied in once and is copied
 * back after success where the operation's row says so; the domain is referenced, alive (but for those
 * that may act on a dying one), and no other CPU controls it meanwhile.
 */
#ifndef CTL_DOMCTL_H
#define CTL_DOMCTL_H

#include <ctl/ctl.h>
#include <ctl/state.h>
#include <lib/fail.h>
#include <pvabi/domctl.h>

#define SCHEDULER_ID XEN_SCHEDULER_CREDIT2 /* whose parameters the tools know to ask for */

typedef long domctl_fn(struct domain *d, struct xen_domctl *op);

/* domctl_life.c */
domctl_fn domctl_destroy, domctl_pause, domctl_unpause, domctl_resume, domctl_max_mem, domctl_max_vcpus,
	domctl_set_handle, domctl_set_debugging, domctl_time_offset;
long domctl_create(struct xen_domctl *op);
long domctl_info(struct xen_domctl *op);
void domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info);

/* sched_control.c */
domctl_fn domctl_scheduler, domctl_set_affinity, domctl_get_affinity;
struct xen_sysctl;
long sysctl_sched_id(struct xen_sysctl *op);
long sysctl_scheduler(struct xen_sysctl *op);

/* domctl_vcpu.c */
domctl_fn domctl_set_context, domctl_get_context, domctl_vcpu_info, domctl_set_ext_context, domctl_get_ext_context, domctl_set_ext_state, domctl_get_ext_state,
	domctl_get_msrs, domctl_set_msrs, domctl_send_trigger;

/* domctl_misc.c */
domctl_fn domctl_irq_permission, domctl_iomem_permission, domctl_ioport_permission,
	domctl_hypercall_page, domctl_set_width, domctl_get_width, domctl_get_tsc, domctl_set_tsc,
	domctl_frame_info, domctl_shadow, domctl_set_nodes, domctl_get_nodes;

/* policy.c */
domctl_fn domctl_get_policy, domctl_set_policy;

static inline struct vcpu *vcpu_of(struct domain *d, u32 id)
{
	return id < d->max_vcpus ? d->vcpu[id] : NULL;
}

static inline int no_vcpu(const struct domain *d, u32 id)
{
	return fail(-ESRCH, "domain %u has no vcpu %u", d->id, id);
}

#endif
