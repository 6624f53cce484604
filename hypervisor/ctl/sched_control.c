/* SPDX-License-Identifier: MIT */
/* Control of the scheduler, as domctl and sysctl have it: which one runs, weight and cap of a domain, affinity of a vcpu. */
#include <ctl/cpumap.h>
#include <ctl/domctl.h>
#include <pvabi/sysctl.h>

#define CAP_KEEP 0xffff	  /* "leave it" */
#define RATELIMIT_US 1000 /* a preempted vcpu has run at least about so long */

long sysctl_sched_id(struct xen_sysctl *op)
{
	op->u.sched_id.sched_id = SCHEDULER_ID;
	return 0;
}

long sysctl_scheduler(struct xen_sysctl *op)
{
	struct xen_sysctl_scheduler_op *s = &op->u.scheduler_op;

	if (s->cpupool_id || s->sched_id != SCHEDULER_ID)
		return fail(-EINVAL, "scheduler %u in pool %u", s->sched_id, s->cpupool_id);
	if (s->cmd == XEN_SYSCTL_SCHEDOP_putinfo && s->u.sched_credit2.ratelimit_us != RATELIMIT_US)
		return fail(-EOPNOTSUPP, "the scheduler's rate limit is %u us", RATELIMIT_US);
	s->u.sched_credit2.ratelimit_us = RATELIMIT_US;
	return 0;
}

long domctl_scheduler(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_scheduler_op *s = &op->u.scheduler_op;
	struct dom_control *c = dom_control(d);

	if (s->sched_id != SCHEDULER_ID)
		return fail(-EINVAL, "scheduler %u, %u runs", s->sched_id, SCHEDULER_ID);
	switch (s->cmd) {
	case XEN_DOMCTL_SCHEDOP_getinfo:
		s->u.credit2.weight = c->weight;
		s->u.credit2.cap = c->cap;
		return 0;
	case XEN_DOMCTL_SCHEDOP_putinfo:
		if (s->u.credit2.weight)
			c->weight = s->u.credit2.weight;
		if (s->u.credit2.cap != CAP_KEEP)
			c->cap = s->u.credit2.cap;
		return 0;
	default:
		return fail(-EOPNOTSUPP, "scheduler command %u", s->cmd);
	}
}

static int affinity_out(const struct domain *d, const struct xen_domctl_vcpuaffinity *a)
{
	struct dom_control *c = dom_control(d);
	int ret = 0;

	if (a->flags & XEN_VCPUAFFINITY_HARD)
		ret = cpumap_out(&a->cpumap_hard, c->hard[a->vcpu]);
	if (!ret && a->flags & XEN_VCPUAFFINITY_SOFT)
		ret = cpumap_out(&a->cpumap_soft, c->soft[a->vcpu]);
	return ret;
}

long domctl_get_affinity(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;

	if (!vcpu_of(d, a->vcpu))
		return no_vcpu(d, a->vcpu);
	if (!(a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)))
		return fail(-EINVAL, "affinity flags %#x", a->flags);
	return affinity_out(d, a);
}

/* Soft affinity is kept for the tools; the scheduler heeds the hard one. Given back is what is in force. */
long domctl_set_affinity(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	struct dom_control *c = dom_control(d);
	u64 hard = ~0ul, soft = ~0ul;
	int ret = 0;

	if (!vcpu_of(d, a->vcpu))
		return no_vcpu(d, a->vcpu);
	if (!(a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)))
		return fail(-EINVAL, "affinity flags %#x", a->flags);
	if (a->flags & XEN_VCPUAFFINITY_HARD)
		ret = cpumap_in(&a->cpumap_hard, &hard);
	if (!ret && a->flags & XEN_VCPUAFFINITY_SOFT)
		ret = cpumap_in(&a->cpumap_soft, &soft);
	if (ret)
		return ret;
	if (!(hard & cpumap_online()) || !soft)
		return fail(-EINVAL, "vcpu %u may run on CPUs %#lx: none of them is online", a->vcpu, hard);
	if (a->flags & XEN_VCPUAFFINITY_HARD) {
		c->hard[a->vcpu] = hard;
		sched_set_affinity(&d->vcpu[a->vcpu]->run, hard & cpumap_online());
	}
	if (a->flags & XEN_VCPUAFFINITY_SOFT)
		c->soft[a->vcpu] = soft;
	return affinity_out(d, a);
}
