/* SPDX-License-Identifier: MIT */
/*
 * Control operations, a function each, with the member of the ABI's union as argument (dom/ops.h).
 * Those of domctl find their domain referenced, alive (but for those that may act on a dying one),
 * and no other CPU controls it meanwhile.
 */
#ifndef CTL_DOMCTL_H
#define CTL_DOMCTL_H

#include <ctl/ctl.h>
#include <dom/ops.h>
#include <lib/fail.h>
#include <pvabi/domctl.h>

#define SCHEDULER_ID XEN_SCHEDULER_CREDIT2 /* whose parameters the tools know to ask for */

/* domctl_life.c. @where gets the number of the domain that was made or found. */
long domctl_create(domid_t wanted, const void *guest, domid_t *where);
long domctl_info(domid_t first, void *guest, domid_t *where);
long domctl_destroy(struct domain *d);
op_fn domctl_pause, domctl_unpause, domctl_resume, domctl_max_mem, domctl_max_vcpus;
void domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info);

/* domctl_misc.c */
op_vcpu_fn domctl_set_context, domctl_get_context, domctl_vcpu_info, domctl_send_trigger;
op_fn domctl_hypercall_page, domctl_set_width, domctl_get_width, domctl_set_tsc, domctl_set_nodes,
	domctl_get_nodes;

/* sched_control.c */
op_fn domctl_scheduler, sysctl_sched_id, sysctl_scheduler;
op_vcpu_fn domctl_set_affinity, domctl_get_affinity;

/* policy.c */
op_fn domctl_get_policy, domctl_set_policy, sysctl_policy, sysctl_featureset;
u32 policy_word(u32 i); /* word @i of the processor's own features */

/*
 * cpumap.c: the first 64 bits of a client's bitmap; the rest is not read, and written as zero. 0 or
 * -errno with a reason.
 */
int cpumap_in(const struct xenctl_bitmap *b, u64 *out);
int cpumap_out(const struct xenctl_bitmap *b, u64 map);
u64 cpumap_online(void);

/* keys.c */
void debug_key(char key);

#endif
