/* SPDX-License-Identifier: MIT */
/*
 * Control calls about virtual CPUs and the scheduler. CPU sets lie behind the call's own structure,
 * in the same resident page.
 */
#include "vcpu.h"

#include <errno.h>
#include <string.h>
#include "control_call.h"
#include "sysctl.h"

int vcpu_info(struct privcmd *p, domid_t domid, uint32_t vcpu, struct xen_domctl_getvcpuinfo *info,
	      struct hospes_error *err)
{
	struct xen_domctl *op = domctl_begin(p, XEN_DOMCTL_getvcpuinfo, domid);
	int rc;

	op->u.getvcpuinfo.vcpu = vcpu;
	rc = domctl_issue(p, op, "read the state of a virtual CPU of", err);
	if (rc == 0)
		*info = op->u.getvcpuinfo;
	return rc;
}

/* What follows the control structure in its page. */
struct affinity_page {
	union {
		struct xen_domctl op;
		uint8_t room[1024];
	};
	struct cpu_map hard, soft;
};
_Static_assert(sizeof(struct affinity_page) <= PAGE_SIZE, "call and CPU sets share one page");
_Static_assert(sizeof(struct xen_domctl) <= 1024, "the sets begin behind the call");

static struct affinity_page *affinity_begin(struct privcmd *p, uint32_t cmd, domid_t domid,
					    uint32_t vcpu)
{
	struct affinity_page *page = (struct affinity_page *)domctl_begin(p, cmd, domid);
	struct xen_domctl_vcpuaffinity *a = &page->op.u.vcpuaffinity;

	a->vcpu = vcpu;
	a->cpumap_hard.bitmap.p = page->hard.bytes;
	a->cpumap_hard.nr_bits = CPU_MAP_CPUS;
	a->cpumap_soft.bitmap.p = page->soft.bytes;
	a->cpumap_soft.nr_bits = CPU_MAP_CPUS;

	return page;
}

int vcpu_get_affinity(struct privcmd *p, domid_t domid, uint32_t vcpu, struct cpu_map *hard,
		      struct cpu_map *soft, struct hospes_error *err)
{
	struct affinity_page *page = affinity_begin(p, XEN_DOMCTL_getvcpuaffinity, domid, vcpu);
	int rc;

	page->op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;
	rc = domctl_issue(p, &page->op, "read where a virtual CPU may run of", err);
	if (rc < 0)
		return rc;

	*hard = page->hard;
	*soft = page->soft;
	return 0;
}

int vcpu_set_affinity(struct privcmd *p, domid_t domid, uint32_t vcpu, const struct cpu_map *hard,
		      const struct cpu_map *soft, bool force, struct hospes_error *err)
{
	struct affinity_page *page = affinity_begin(p, XEN_DOMCTL_setvcpuaffinity, domid, vcpu);
	uint32_t flags = force ? XEN_VCPUAFFINITY_FORCE : 0;

	if (hard != NULL) {
		flags |= XEN_VCPUAFFINITY_HARD;
		page->hard = *hard;
	}

	if (soft != NULL) {
		flags |= XEN_VCPUAFFINITY_SOFT;
		page->soft = *soft;
	}

	page->op.u.vcpuaffinity.flags = flags;
	return domctl_issue(p, &page->op, "say where a virtual CPU may run of", err);
}

/* The number of a scheduler that knows weights; both kinds have them in the same place. */
static int sched_id(struct privcmd *p, uint32_t *id, struct hospes_error *err)
{
	int rc = sysctl_sched_id(p, id, err);

	if (rc < 0)
		return rc;
	if (*id == XEN_SCHEDULER_CREDIT || *id == XEN_SCHEDULER_CREDIT2)
		return 0;

	return error_set(err, -EOPNOTSUPP,
			 "the hypervisor's scheduler (number %u) knows no weights", *id);
}

static int sched_begin(struct privcmd *p, domid_t domid, uint32_t cmd, struct xen_domctl **op,
		       struct hospes_error *err)
{
	uint32_t id;
	int rc = sched_id(p, &id, err);

	if (rc < 0)
		return rc;

	*op = domctl_begin(p, XEN_DOMCTL_scheduler_op, domid);
	(*op)->u.scheduler_op.sched_id = id;
	(*op)->u.scheduler_op.cmd = cmd;
	return 0;
}

int sched_get(struct privcmd *p, domid_t domid, struct sched_params *params,
	      struct hospes_error *err)
{
	struct xen_domctl *op;
	int rc = sched_begin(p, domid, XEN_DOMCTL_SCHEDOP_getinfo, &op, err);

	if (rc == 0)
		rc = domctl_issue(p, op, "read the share of", err);
	if (rc < 0)
		return rc;

	params->weight = op->u.scheduler_op.u.credit2.weight;
	params->cap = op->u.scheduler_op.u.credit2.cap;
	return 0;
}

int sched_set(struct privcmd *p, domid_t domid, const struct sched_params *params,
	      struct hospes_error *err)
{
	struct xen_domctl *op;
	int rc = sched_begin(p, domid, XEN_DOMCTL_SCHEDOP_putinfo, &op, err);

	if (rc < 0)
		return rc;

	op->u.scheduler_op.u.credit2.weight = params->weight;
	op->u.scheduler_op.u.credit2.cap = params->cap;
	return domctl_issue(p, op, "set the share of", err);
}
