/* SPDX-License-Identifier: MIT */
/*
 * Control calls about virtual CPUs and the scheduler. CPU sets lie behind the call's own structure,
 * in the same resident page.
 */
#include "vcpu.h"

#include <errno.h>
#include <string.h>
#include "control_call.h"

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
	struct xen_sysctl *op = sysctl_begin(p, XEN_SYSCTL_sched_id);
	int rc = sysctl_issue(p, op, "read the scheduler's name", err);

	if (rc < 0)
		return rc;

	*id = op->u.sched_id.sched_id;
	if (*id == XEN_SCHEDULER_CREDIT || *id == XEN_SCHEDULER_CREDIT2)
		return 0;

	return error_set(err, -EOPNOTSUPP,
			 "the hypervisor's scheduler (number %u) knows no "
			 "weights",
			 *id);
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
	if (rc == 0)
		*params = (struct sched_params){ op->u.scheduler_op.u.credit2.weight,
						 op->u.scheduler_op.u.credit2.cap };
	return rc;
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

/* credit keeps its time slice and migration delay when the rate limit is set. */
static uint32_t *ratelimit_of(struct xen_sysctl_scheduler_op *s)
{
	return s->sched_id == XEN_SCHEDULER_CREDIT ? &s->u.sched_credit.ratelimit_us
						   : &s->u.sched_credit2.ratelimit_us;
}

static int ratelimit_call(struct privcmd *p, uint32_t id, uint32_t cmd, uint32_t *us,
			  struct hospes_error *err)
{
	struct xen_sysctl *op = sysctl_begin(p, XEN_SYSCTL_scheduler_op);
	int rc;

	op->u.scheduler_op.sched_id = id;
	op->u.scheduler_op.cmd = XEN_SYSCTL_SCHEDOP_getinfo;
	rc = sysctl_issue(p, op, "read the scheduler's rate limit", err);
	if (rc == 0 && cmd == XEN_SYSCTL_SCHEDOP_putinfo) {
		op->u.scheduler_op.cmd = cmd;
		*ratelimit_of(&op->u.scheduler_op) = *us;
		rc = sysctl_issue(p, op, "set the scheduler's rate limit", err);
	}

	if (rc == 0)
		*us = *ratelimit_of(&op->u.scheduler_op);
	return rc;
}

int sched_get_ratelimit(struct privcmd *p, uint32_t *us, struct hospes_error *err)
{
	uint32_t id;
	int rc = sched_id(p, &id, err);

	if (rc < 0)
		return rc;

	return ratelimit_call(p, id, XEN_SYSCTL_SCHEDOP_getinfo, us, err);
}

int sched_set_ratelimit(struct privcmd *p, uint32_t us, struct hospes_error *err)
{
	uint32_t id;
	int rc = sched_id(p, &id, err);

	if (rc < 0)
		return rc;

	return ratelimit_call(p, id, XEN_SYSCTL_SCHEDOP_putinfo, &us, err);
}

/* The two tables of one call each; one after the other in @buffer, which holds @max of each. */
static int places_read(struct privcmd *p, void *buffer, unsigned int max, struct cpu_place *places,
		       struct hospes_error *err)
{
	struct xen_sysctl_cputopo *topology = buffer;
	struct xen_sysctl_cpuinfo *idle = (void *)(topology + max + max % 2);
	struct xen_sysctl *op = sysctl_begin(p, XEN_SYSCTL_cputopoinfo);
	unsigned int count;
	int rc;

	op->u.cputopoinfo.num_cpus = max;
	op->u.cputopoinfo.cputopo.p = topology;
	rc = sysctl_issue(p, op, "read the places of the CPUs", err);
	if (rc < 0)
		return rc;

	count = op->u.cputopoinfo.num_cpus < max ? op->u.cputopoinfo.num_cpus : max;
	op = sysctl_begin(p, XEN_SYSCTL_getcpuinfo);
	op->u.getcpuinfo.max_cpus = count;
	op->u.getcpuinfo.info.p = idle;
	rc = sysctl_issue(p, op, "read the idle time of the CPUs", err);
	if (rc < 0)
		return rc;

	for (unsigned int i = 0; i < count; i++) {
		bool told = i < op->u.getcpuinfo.nr_cpus;

		places[i] = (struct cpu_place){ topology[i].core, topology[i].socket,
						topology[i].node, told ? idle[i].idletime : 0 };
	}

	return (int)count;
}

int cpu_places(struct privcmd *p, struct cpu_place *places, unsigned int max,
	       struct hospes_error *err)
{
	size_t bytes = (max + 1) *
		       (sizeof(struct xen_sysctl_cputopo) + sizeof(struct xen_sysctl_cpuinfo));
	void *buffer = privcmd_buffer(p, bytes);
	int rc;

	if (buffer == NULL)
		return error_set(err, -ENOMEM, "no memory to read the places of the CPUs");

	rc = places_read(p, buffer, max, places, err);
	privcmd_buffer_free(p, buffer, bytes);
	return rc;
}
