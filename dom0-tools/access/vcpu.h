/* SPDX-License-Identifier: MIT */
/*
 * Typed control calls about virtual CPUs and what the scheduler gives them (domctl and sysctl,
 * interface version 0x15). Each returns 0 or -errno and says in @err (may be NULL) what failed.
 */
#ifndef HOSPES_ACCESS_VCPU_H
#define HOSPES_ACCESS_VCPU_H

#include <pvabi/domctl.h>
#include <pvabi/sysctl.h>
#include <dom0-tools/base/must_check.h>
#include "cpu_map.h"
#include "privcmd.h"

/* -ESRCH: the domain has no such virtual CPU. */
__must_check int vcpu_info(struct privcmd *p, domid_t domid, uint32_t vcpu,
			   struct xen_domctl_getvcpuinfo *info, struct hospes_error *err);

/* Where a virtual CPU may run (hard) and where it runs when it can (soft). */
__must_check int vcpu_get_affinity(struct privcmd *p, domid_t domid, uint32_t vcpu,
				   struct cpu_map *hard, struct cpu_map *soft,
				   struct hospes_error *err);

/* NULL leaves that set as it is. @force ends a pinning that the guest asked for itself. */
__must_check int vcpu_set_affinity(struct privcmd *p, domid_t domid, uint32_t vcpu,
				   const struct cpu_map *hard, const struct cpu_map *soft,
				   bool force, struct hospes_error *err);

/* What a domain gets: its share beside others', and a bound. */
struct sched_params {
	uint16_t weight; /* 256 is what every domain has at first */
	uint16_t cap;    /* percent of one physical CPU; 0: none */
};

/* For schedulers with weights (credit, credit2); -EOPNOTSUPP with another. */
__must_check int sched_get(struct privcmd *p, domid_t domid, struct sched_params *params,
			   struct hospes_error *err);
__must_check int sched_set(struct privcmd *p, domid_t domid, const struct sched_params *params,
			   struct hospes_error *err);

#endif
