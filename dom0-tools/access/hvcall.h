/* SPDX-License-Identifier: MIT */
/*
 * The remaining hypercalls that tools issue: event channels and grant tables of other domains, and
 * Hospes' own additions.
 */
#ifndef HOSPES_ACCESS_HVCALL_H
#define HOSPES_ACCESS_HVCALL_H

#include <pvabi/event_channel.h>
#include <pvabi/grant_table.h>
#include <pvabi/hospes.h>
#include <dom0-tools/base/must_check.h>
#include "privcmd.h"

/* A port in @domid that only @remote may bind. Returns the port or -errno. */
__must_check int event_alloc_unbound(struct privcmd *p, domid_t domid, domid_t remote,
				     struct hospes_error *err);

/* Makes a grant table of one frame for @domid and gives that frame's machine number. */
__must_check int grant_table_setup(struct privcmd *p, domid_t domid, xen_pfn_t *frame,
				   struct hospes_error *err);

/*
 * Reads the hypervisor's log of requests that it refused to @domid, from *@offset on, which is
 * advanced. Returns the number of bytes; -ENOSYS where the hypervisor keeps no such log.
 */
__must_check int domain_log_read(struct privcmd *p, domid_t domid, char *buffer, uint32_t size,
				 uint64_t *offset, struct hospes_error *err);

/*
 * One of the longest times that a CPU kept interrupts off in the hypervisor, or held a lock: @s
 * names the CPU and the index, from 0 on. 0; -ENOENT without a message: there are no more; or
 * another -errno.
 */
__must_check int stretch_read(struct privcmd *p, struct hospes_stretch *s,
			      struct hospes_error *err);
/* Has the hypervisor forget them. */
__must_check int stretches_forget(struct privcmd *p, struct hospes_error *err);

/* What a vcpu cost in the hypervisor since it was made: @c names the domain and the vcpu. */
__must_check int costs_read(struct privcmd *p, struct hospes_perf *c, struct hospes_error *err);

#endif
