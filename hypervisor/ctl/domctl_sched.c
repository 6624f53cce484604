/* SPDX-License-Identifier: MIT */
/*
 * Control of the scheduler, as domctl and sysctl have it: which one runs, weight and cap of a
 * domain, affinity of a vcpu. To tools it is credit2, whose parameters it has. Its weight is the
 * domain's: the vcpus that want to run share it evenly, so a domain gets no more by having more of
 * them. What a guest itself asks of the scheduler is in sched_op.c.
 */
#include <ctl/domctl.h>

#define CAP_KEEP     0xffff /* "leave it" */
#define RATELIMIT_US (SCHED_SLICE_NS / 1000)

long op_sysctl_sched_id(struct domain *d, struct xen_sysctl_sched_id *s)
{
	s->sched_id = SCHEDULER_ID;
	return 0;
}

long op_sysctl_scheduler_op(struct domain *d, struct xen_sysctl_scheduler_op *s)
{
	u32 *ratelimit_us = &s->u.sched_credit2.ratelimit_us;

	if (s->cpupool_id || s->sched_id != SCHEDULER_ID)
		return fail(-EINVAL, "scheduler %u in pool %u", s->sched_id, s->cpupool_id);

	if (s->cmd == XEN_SYSCTL_SCHEDOP_putinfo && *ratelimit_us != RATELIMIT_US)
		return fail(-EOPNOTSUPP, "the scheduler's slice is %lu us", RATELIMIT_US);

	*ratelimit_us = RATELIMIT_US;
	return 0;
}

/* A weight of 0 and a cap of CAP_KEEP leave things as they are. */
static void share_set(struct domain *d, u32 weight, u32 cap)
{
	if (!weight)
		weight = d->sched.weight;
	if (cap == CAP_KEEP)
		cap = d->sched.cap;

	sched_group_set(&d->sched, weight, cap);
}

long op_domctl_scheduler_op(struct domain *d, struct xen_domctl_scheduler_op *s)
{
	if (s->sched_id != SCHEDULER_ID)
		return fail(-EINVAL, "scheduler %u, %u runs", s->sched_id, SCHEDULER_ID);

	switch (s->cmd) {
	case XEN_DOMCTL_SCHEDOP_getinfo:
		s->u.credit2.weight = d->sched.weight;
		s->u.credit2.cap = d->sched.cap;
		return 0;
	case XEN_DOMCTL_SCHEDOP_putinfo:
		share_set(d, s->u.credit2.weight, s->u.credit2.cap);
		return 0;
	default:
		/* Parameters of single vcpus: other schedulers have them. */
		return fail(-EOPNOTSUPP, "scheduler command %u", s->cmd);
	}
}

static int affinity_out(const struct vcpu *v, const struct xen_domctl_vcpuaffinity *a)
{
	int rc = 0;

	if (a->flags & XEN_VCPUAFFINITY_HARD)
		rc = cpumap_out(&a->cpumap_hard, READ_ONCE(v->run.hard));

	if (!rc && a->flags & XEN_VCPUAFFINITY_SOFT)
		rc = cpumap_out(&a->cpumap_soft, READ_ONCE(v->run.soft));
	return rc;
}

static int affinity_in(const struct xen_domctl_vcpuaffinity *a, u64 *hard, u64 *soft)
{
	int rc = 0;

	if (a->flags & XEN_VCPUAFFINITY_HARD)
		rc = cpumap_in(&a->cpumap_hard, hard);

	if (!rc && a->flags & XEN_VCPUAFFINITY_SOFT)
		rc = cpumap_in(&a->cpumap_soft, soft);
	return rc;
}

static int affinity_check(const struct xen_domctl_vcpuaffinity *a)
{
	/* FORCE ends a pin by SCHEDOP_pin_override, which is not offered: there is none to end. */
	if (a->flags & ~(XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT | XEN_VCPUAFFINITY_FORCE))
		return fail(-EINVAL, "affinity flags %#x", a->flags);
	if (!(a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)))
		return fail(-EINVAL, "affinity flags %#x", a->flags);

	return 0;
}

long op_domctl_getvcpuaffinity(struct vcpu *v, struct xen_domctl_vcpuaffinity *a)
{
	int rc;

	rc = affinity_check(a);
	if (rc)
		return rc;

	return affinity_out(v, a);
}

/* Given back is what is in force. */
long op_domctl_setvcpuaffinity(struct vcpu *v, struct xen_domctl_vcpuaffinity *a)
{
	u64 hard = v->run.hard, soft = v->run.soft;
	int rc;

	rc = affinity_check(a);
	if (rc)
		return rc;

	rc = affinity_in(a, &hard, &soft);
	if (rc)
		return rc;

	if (!(hard & cpumap_online()))
		return fail(-EINVAL, "d%uv%u may run on CPUs %#lx: none of them is online",
			    v->dom->id, v->id, hard);

	if (!soft)
		return fail(-EINVAL, "d%uv%u would run best on no CPU", v->dom->id, v->id);

	sched_set_affinity(&v->run, hard, soft, time_now());
	return affinity_out(v, a);
}
