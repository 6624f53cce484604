/* SPDX-License-Identifier: MIT */
/*
 * Control of the scheduler, as domctl and sysctl have it: which one runs, weight and cap of a domain,
 * affinity of a vcpu. To tools it is credit2, whose parameters it has. Its weight is the domain's: vcpus
 * that want to run share it evenly, so a domain gets no more by having more of them.
 */
#include <ctl/domctl.h>
#include <pvabi/sysctl.h>

#define CAP_KEEP     0xffff /* "leave it" */
#define RATELIMIT_US (SCHED_SLICE_NS / 1000)

long sysctl_sched_id(struct domain *d, void *arg)
{
	((struct xen_sysctl_sched_id *)arg)->sched_id = SCHEDULER_ID;
	return 0;
}

long sysctl_scheduler(struct domain *d, void *arg)
{
	struct xen_sysctl_scheduler_op *s = arg;

	if (s->cpupool_id || s->sched_id != SCHEDULER_ID)
		return fail(-EINVAL, "scheduler %u in pool %u", s->sched_id, s->cpupool_id);
	if (s->cmd == XEN_SYSCTL_SCHEDOP_putinfo && s->u.sched_credit2.ratelimit_us != RATELIMIT_US)
		return fail(-EOPNOTSUPP, "the scheduler's slice is %lu us", RATELIMIT_US);
	s->u.sched_credit2.ratelimit_us = RATELIMIT_US;
	return 0;
}

long domctl_scheduler(struct domain *d, void *arg)
{
	struct xen_domctl_scheduler_op *s = arg;
	u32 weight = s->u.credit2.weight, cap = s->u.credit2.cap;

	if (s->sched_id != SCHEDULER_ID)
		return fail(-EINVAL, "scheduler %u, %u runs", s->sched_id, SCHEDULER_ID);
	switch (s->cmd) {
	case XEN_DOMCTL_SCHEDOP_getinfo:
		s->u.credit2.weight = d->sched.weight;
		s->u.credit2.cap = d->sched.cap;
		return 0;
	case XEN_DOMCTL_SCHEDOP_putinfo:
		sched_group_set(&d->sched, weight ? weight : d->sched.weight,
				cap != CAP_KEEP ? cap : d->sched.cap);
		return 0;
	default: /* parameters of single vcpus: other schedulers have them */
		return fail(-EOPNOTSUPP, "scheduler command %u", s->cmd);
	}
}

static int affinity_out(const struct vcpu *v, const struct xen_domctl_vcpuaffinity *a)
{
	int ret = 0;

	if (a->flags & XEN_VCPUAFFINITY_HARD)
		ret = cpumap_out(&a->cpumap_hard, READ_ONCE(v->run.hard));
	if (!ret && a->flags & XEN_VCPUAFFINITY_SOFT)
		ret = cpumap_out(&a->cpumap_soft, READ_ONCE(v->run.soft));
	return ret;
}

static int affinity_check(const struct xen_domctl_vcpuaffinity *a)
{
	if (!(a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)))
		return fail(-EINVAL, "affinity flags %#x", a->flags);
	return 0;
}

long domctl_get_affinity(struct vcpu *v, void *arg)
{
	int ret = affinity_check(arg);

	return ret ? ret : affinity_out(v, arg);
}

/* Given back is what is in force. */
long domctl_set_affinity(struct vcpu *v, void *arg)
{
	const struct xen_domctl_vcpuaffinity *a = arg;
	u64 hard = v->run.hard, soft = v->run.soft;
	int ret = affinity_check(a);

	if (ret)
		return ret;
	if (a->flags & XEN_VCPUAFFINITY_HARD)
		ret = cpumap_in(&a->cpumap_hard, &hard);
	if (!ret && a->flags & XEN_VCPUAFFINITY_SOFT)
		ret = cpumap_in(&a->cpumap_soft, &soft);
	if (ret)
		return ret;
	if (!(hard & cpumap_online()) || !soft)
		return fail(-EINVAL, "vcpu %u may run on CPUs %#lx: none of them is online",
			    a->vcpu, hard);
	sched_set_affinity(&v->run, hard, soft, time_now());
	return affinity_out(v, a);
}
