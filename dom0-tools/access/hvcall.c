/* SPDX-License-Identifier: MIT */
/*
 * Event channels and grant tables of other domains, and the hypervisor's log of what it refused to
 * them. Ports of the own domain are in evtchn.c.
 */
#include "hvcall.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <pvabi/hospes.h>

int event_alloc_unbound(struct privcmd *p, domid_t domid, domid_t remote, struct hospes_error *err)
{
	struct evtchn_alloc_unbound *op = privcmd_scratch(p);
	long rc;

	op->dom = domid;
	op->remote_dom = remote;
	rc = privcmd_call(p, __HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, (uintptr_t)op,
			  0, 0, 0);
	if (rc < 0)
		return error_set(err, (int)rc,
				 "cannot make an event channel in domain %u: %s (%ld)", domid,
				 strerror((int)-rc), rc);

	return (int)op->port;
}

int grant_table_setup(struct privcmd *p, domid_t domid, xen_pfn_t *frame, struct hospes_error *err)
{
	struct gnttab_setup_table *op = privcmd_scratch(p);
	xen_pfn_t *frames = (xen_pfn_t *)(op + 1);
	long rc;

	op->dom = domid;
	op->nr_frames = 1;
	op->frame_list.p = frames;
	rc = privcmd_call(p, __HYPERVISOR_grant_table_op, GNTTABOP_setup_table, (uintptr_t)op, 1, 0,
			  0);
	if (rc == 0 && op->status != GNTST_okay)
		rc = -EINVAL;
	if (rc < 0)
		return error_set(err, (int)rc,
				 "cannot make the grant table of domain %u: %s (%ld, status %d)",
				 domid, strerror((int)-rc), rc, op->status);

	*frame = frames[0];
	return 0;
}

/* Other hypervisors use that number for something else, and fail. */
static bool hospes_has(struct privcmd *p, unsigned int op)
{
	long bits = privcmd_call(p, __HYPERVISOR_hospes, HOSPESOP_features, 0, 0, 0, 0);

	return bits > 0 && (bits >> op & 1) != 0;
}

int domain_log_read(struct privcmd *p, domid_t domid, char *buffer, uint32_t size, uint64_t *offset,
		    struct hospes_error *err)
{
	uint64_t *at = privcmd_scratch(p);
	char *copy;
	long rc;

	if (!hospes_has(p, HOSPESOP_read_log))
		return error_set(err, -ENOSYS,
				 "only Hospes keeps a log of refusals for each domain");

	copy = privcmd_buffer(p, size);
	if (copy == NULL)
		return error_set(err, -ENOMEM, "no memory to read the log of domain %u", domid);

	*at = *offset;
	rc = privcmd_call(p, __HYPERVISOR_hospes, HOSPESOP_read_log, domid, (uintptr_t)copy, size,
			  (uintptr_t)at);
	if (rc > (long)size)
		rc = -EPROTO;
	if (rc >= 0) {
		memcpy(buffer, copy, (size_t)rc);
		*offset = *at;
	}

	privcmd_buffer_free(p, copy, size);
	if (rc < 0)
		return error_set(err, (int)rc, "cannot read the log of domain %u: %s (%ld)", domid,
				 strerror((int)-rc), rc);

	return (int)rc;
}

static int stretches_kept(struct privcmd *p, struct hospes_error *err)
{
	if (hospes_has(p, HOSPESOP_stretch))
		return 0;

	return error_set(err, -ENOSYS, "only Hospes measures how long it keeps interrupts off");
}

int stretch_read(struct privcmd *p, struct hospes_stretch *s, struct hospes_error *err)
{
	struct hospes_stretch *copy = privcmd_scratch(p);
	long rc = stretches_kept(p, err);

	if (rc < 0)
		return (int)rc;

	*copy = *s;
	rc = privcmd_call(p, __HYPERVISOR_hospes, HOSPESOP_stretch, (uintptr_t)copy, 0, 0, 0);
	if (rc == 0)
		*s = *copy;
	if (rc == 0 || rc == -ENOENT)
		return (int)rc;

	return error_set(err, (int)rc, "cannot read record %u of CPU %u: %s (%ld)", s->index,
			 s->cpu, strerror((int)-rc), rc);
}

int stretches_forget(struct privcmd *p, struct hospes_error *err)
{
	long rc = stretches_kept(p, err);

	if (rc < 0)
		return (int)rc;

	rc = privcmd_call(p, __HYPERVISOR_hospes, HOSPESOP_forget_stretches, 0, 0, 0, 0);
	if (rc < 0)
		return error_set(err, (int)rc, "cannot clear the times: %s (%ld)",
				 strerror((int)-rc), rc);

	return 0;
}

int costs_read(struct privcmd *p, struct hospes_perf *c, struct hospes_error *err)
{
	struct hospes_perf *copy = privcmd_scratch(p);
	long rc;

	if (!hospes_has(p, HOSPESOP_perf))
		return error_set(err, -ENOSYS, "only Hospes counts what domains cost it");

	*copy = *c;
	rc = privcmd_call(p, __HYPERVISOR_hospes, HOSPESOP_perf, (uintptr_t)copy, 0, 0, 0);
	if (rc < 0)
		return error_set(err, (int)rc,
				 "cannot read what vcpu %u of domain %u costs: %s (%ld)", c->vcpu,
				 c->domain, strerror((int)-rc), rc);

	*c = *copy;
	return 0;
}
