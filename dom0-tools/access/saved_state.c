/* SPDX-License-Identifier: MIT */
/* The calls by which a domain is saved and restored; states go through a buffer of the handle. */
#include "saved_state.h"

#include <errno.h>
#include <string.h>
#include "control_call.h"

int page_types(struct privcmd *p, domid_t domid, xen_pfn_t *frames, size_t count,
	       struct hospes_error *err)
{
	struct xen_domctl *op = domctl_begin(p, XEN_DOMCTL_getpageframeinfo3, domid);

	op->u.getpageframeinfo3.num = count;
	op->u.getpageframeinfo3.array.p = frames;
	return domctl_issue(p, op, "read the types of pages of", err);
}

int domctl_resume(struct privcmd *p, domid_t domid, struct hospes_error *err)
{
	return domctl_issue(p, domctl_begin(p, XEN_DOMCTL_resumedomain, domid), "resume", err);
}

int tsc_get(struct privcmd *p, domid_t domid, struct xen_domctl_tsc_info *tsc,
	    struct hospes_error *err)
{
	struct xen_domctl *op = domctl_begin(p, XEN_DOMCTL_gettscinfo, domid);
	int rc = domctl_issue(p, op, "read the time of", err);

	if (rc == 0)
		*tsc = op->u.tsc_info;
	return rc;
}

int tsc_set(struct privcmd *p, domid_t domid, const struct xen_domctl_tsc_info *tsc,
	    struct hospes_error *err)
{
	struct xen_domctl *op = domctl_begin(p, XEN_DOMCTL_settscinfo, domid);

	op->u.tsc_info = *tsc;
	return domctl_issue(p, op, "set the time of", err);
}

/* ---- states of vcpus */

/* The state is the argument itself. */
static int extended_get(struct privcmd *p, struct xen_domctl *op, uint32_t vcpu, void *to,
			size_t *size, struct hospes_error *err)
{
	int rc;

	op->u.ext_vcpucontext.vcpu = vcpu;
	rc = domctl_issue(p, op, "read the callbacks of", err);
	if (rc < 0)
		return rc;

	*size = sizeof(op->u.ext_vcpucontext);
	memcpy(to, &op->u.ext_vcpucontext, *size);
	return 0;
}

static int xsave_get(struct privcmd *p, struct xen_domctl *op, uint32_t vcpu, void *buffer,
		     size_t *size, struct hospes_error *err)
{
	int rc;

	op->u.vcpuextstate.vcpu = vcpu;
	op->u.vcpuextstate.size = VCPU_STATE_MAX;
	op->u.vcpuextstate.buffer.p = buffer;
	rc = domctl_issue(p, op, "read the extended state of", err);
	if (rc == 0)
		*size = op->u.vcpuextstate.size;
	return rc;
}

static int msrs_get(struct privcmd *p, struct xen_domctl *op, uint32_t vcpu, void *buffer,
		    size_t *size, struct hospes_error *err)
{
	int rc;

	op->u.vcpu_msrs.vcpu = vcpu;
	op->u.vcpu_msrs.msr_count = VCPU_STATE_MAX / sizeof(struct xen_domctl_vcpu_msr);
	op->u.vcpu_msrs.msrs.p = buffer;
	rc = domctl_issue(p, op, "read the MSRs of", err);
	if (rc == 0)
		*size = op->u.vcpu_msrs.msr_count * sizeof(struct xen_domctl_vcpu_msr);
	return rc;
}

int vcpu_state_get(struct privcmd *p, domid_t domid, uint32_t vcpu, enum vcpu_state_kind kind,
		   void *to, size_t *size, struct hospes_error *err)
{
	static const uint32_t calls[] = {
		[VCPU_STATE_EXTENDED] = XEN_DOMCTL_get_ext_vcpucontext,
		[VCPU_STATE_XSAVE] = XEN_DOMCTL_getvcpuextstate,
		[VCPU_STATE_MSRS] = XEN_DOMCTL_get_vcpu_msrs,
	};
	struct xen_domctl *op = domctl_begin(p, calls[kind], domid);
	void *buffer;
	int rc;

	if (kind == VCPU_STATE_EXTENDED)
		return extended_get(p, op, vcpu, to, size, err);

	buffer = privcmd_buffer(p, VCPU_STATE_MAX);
	if (buffer == NULL)
		return error_set(err, -ENOMEM, "no memory for a hypercall argument");

	if (kind == VCPU_STATE_XSAVE)
		rc = xsave_get(p, op, vcpu, buffer, size, err);
	else
		rc = msrs_get(p, op, vcpu, buffer, size, err);
	if (rc == 0 && *size > VCPU_STATE_MAX)
		rc = error_set(err, -EPROTO, "the hypervisor gave %zu bytes of a vcpu's state",
			       *size);
	if (rc == 0)
		memcpy(to, buffer, *size);

	privcmd_buffer_free(p, buffer, VCPU_STATE_MAX);
	return rc;
}

static int extended_set(struct privcmd *p, domid_t domid, uint32_t vcpu, const void *from,
			size_t size, struct hospes_error *err)
{
	struct xen_domctl *op = domctl_begin(p, XEN_DOMCTL_set_ext_vcpucontext, domid);
	struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;

	/* What a later version tells more stands behind. */
	memcpy(e, from, size < sizeof(*e) ? size : sizeof(*e));
	e->vcpu = vcpu;
	e->size = sizeof(*e);
	return domctl_issue(p, op, "set the callbacks of", err);
}

int vcpu_state_set(struct privcmd *p, domid_t domid, uint32_t vcpu, enum vcpu_state_kind kind,
		   const void *from, size_t size, struct hospes_error *err)
{
	struct xen_domctl *op;
	void *buffer;
	int rc;

	if (kind == VCPU_STATE_EXTENDED)
		return extended_set(p, domid, vcpu, from, size, err);

	buffer = privcmd_buffer(p, size);
	if (buffer == NULL)
		return error_set(err, -ENOMEM, "no memory for a hypercall argument");

	memcpy(buffer, from, size);
	if (kind == VCPU_STATE_XSAVE) {
		op = domctl_begin(p, XEN_DOMCTL_setvcpuextstate, domid);
		op->u.vcpuextstate.vcpu = vcpu;
		op->u.vcpuextstate.size = size;
		op->u.vcpuextstate.buffer.p = buffer;
		rc = domctl_issue(p, op, "set the extended state of", err);
	} else {
		op = domctl_begin(p, XEN_DOMCTL_set_vcpu_msrs, domid);
		op->u.vcpu_msrs.vcpu = vcpu;
		op->u.vcpu_msrs.msr_count = (uint32_t)(size / sizeof(struct xen_domctl_vcpu_msr));
		op->u.vcpu_msrs.msrs.p = buffer;
		rc = domctl_issue(p, op, "set the MSRs of", err);
	}

	privcmd_buffer_free(p, buffer, size);
	return rc;
}
