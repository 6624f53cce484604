/* SPDX-License-Identifier: MIT */
/*
 * Typed calls of the domain control hypercall. Each fills the argument page of the handle, issues
 * the call, and turns a refusal into a line that names the operation and the domain.
 */
#include "domctl.h"

#include <errno.h>
#include <string.h>
#include "control_call.h"

struct xen_domctl *domctl_begin(struct privcmd *p, uint32_t cmd, domid_t domid)
{
	struct xen_domctl *op = privcmd_scratch(p);

	op->cmd = cmd;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op->domain = domid;
	return op;
}

/* What people can do about a refusal of any control call. */
static const char *domctl_hint(int rc)
{
	switch (rc) {
	case -EACCES:
		return "; the hypervisor speaks another control interface version than 0x15";
	case -ESRCH:
		return "; there is no such domain";
	case -EPERM:
		return "; only the control domain may do this";
	case -ENOMEM:
		return "; the host has too little free memory";
	default:
		return "";
	}
}

int domctl_issue(struct privcmd *p, struct xen_domctl *op, const char *what,
		 struct hospes_error *err)
{
	domid_t domid = op->domain;
	int rc = (int)privcmd_call(p, __HYPERVISOR_domctl, (uintptr_t)op, 0, 0, 0, 0);

	if (rc >= 0)
		return 0;

	return error_set(err, rc, "cannot %s domain %u: %s (%d)%s", what, domid, strerror(-rc), rc,
			 domctl_hint(rc));
}

static int domctl_plain(struct privcmd *p, uint32_t cmd, domid_t domid, const char *what,
			struct hospes_error *err)
{
	return domctl_issue(p, domctl_begin(p, cmd, domid), what, err);
}

int domctl_create(struct privcmd *p, domid_t *domid, const struct xen_domctl_createdomain *config,
		  struct hospes_error *err)
{
	struct xen_domctl *op = domctl_begin(p, XEN_DOMCTL_createdomain, *domid);
	int rc;

	op->u.createdomain = *config;
	rc = domctl_issue(p, op, "create", err);
	if (rc == 0)
		*domid = op->domain;
	return rc;
}

int domctl_destroy(struct privcmd *p, domid_t domid, struct hospes_error *err)
{
	int rc;

	do {
		rc = domctl_plain(p, XEN_DOMCTL_destroydomain, domid, "destroy", err);
	} while (rc == -EAGAIN || rc == -ERESTART);
	return rc;
}

int domctl_pause(struct privcmd *p, domid_t domid, struct hospes_error *err)
{
	return domctl_plain(p, XEN_DOMCTL_pausedomain, domid, "pause", err);
}

int domctl_unpause(struct privcmd *p, domid_t domid, struct hospes_error *err)
{
	return domctl_plain(p, XEN_DOMCTL_unpausedomain, domid, "unpause", err);
}

int domctl_info(struct privcmd *p, domid_t domid, struct xen_domctl_getdomaininfo *info,
		struct hospes_error *err)
{
	struct xen_domctl *op = domctl_begin(p, XEN_DOMCTL_getdomaininfo, domid);
	int rc = domctl_issue(p, op, "read the state of", err);

	/* A hypervisor may also answer for the next domain that there is. */
	if (rc == 0 && op->u.getdomaininfo.domain != domid)
		rc = -ESRCH;
	if (rc == -ESRCH)
		return error_set(err, rc, "there is no domain %u; `hospes list` shows all", domid);
	if (rc < 0)
		return rc;

	*info = op->u.getdomaininfo;
	return 0;
}

int domctl_max_mem(struct privcmd *p, domid_t domid, uint64_t kib, struct hospes_error *err)
{
	struct xen_domctl *op = domctl_begin(p, XEN_DOMCTL_max_mem, domid);

	op->u.max_mem.max_memkb = kib;
	return domctl_issue(p, op, "limit the memory of", err);
}

int domctl_max_vcpus(struct privcmd *p, domid_t domid, uint32_t max, struct hospes_error *err)
{
	struct xen_domctl *op = domctl_begin(p, XEN_DOMCTL_max_vcpus, domid);

	op->u.max_vcpus.max = max;
	return domctl_issue(p, op, "make the virtual CPUs of", err);
}

int domctl_hypercall_page(struct privcmd *p, domid_t domid, uint64_t gmfn, struct hospes_error *err)
{
	struct xen_domctl *op = domctl_begin(p, XEN_DOMCTL_hypercall_init, domid);

	op->u.hypercall_init.gmfn = gmfn;
	return domctl_issue(p, op, "fill the hypercall page of", err);
}

int domctl_set_vcpu_context(struct privcmd *p, domid_t domid, uint32_t vcpu,
			    const struct vcpu_guest_context *context, struct hospes_error *err)
{
	struct vcpu_guest_context *copy = privcmd_buffer(p, sizeof(*copy));
	struct xen_domctl *op;
	int rc;

	if (copy == NULL)
		return error_set(err, -ENOMEM, "no memory for a hypercall argument");

	*copy = *context;
	op = domctl_begin(p, XEN_DOMCTL_setvcpucontext, domid);
	op->u.vcpucontext.vcpu = vcpu;
	op->u.vcpucontext.ctxt.p = copy;
	rc = domctl_issue(p, op, "set the first registers of", err);

	privcmd_buffer_free(p, copy, sizeof(*copy));
	return rc;
}

int domctl_get_vcpu_context(struct privcmd *p, domid_t domid, uint32_t vcpu,
			    struct vcpu_guest_context *context, struct hospes_error *err)
{
	struct vcpu_guest_context *copy = privcmd_buffer(p, sizeof(*copy));
	struct xen_domctl *op;
	int rc;

	if (copy == NULL)
		return error_set(err, -ENOMEM, "no memory for a hypercall argument");

	op = domctl_begin(p, XEN_DOMCTL_getvcpucontext, domid);
	op->u.vcpucontext.vcpu = vcpu;
	op->u.vcpucontext.ctxt.p = copy;
	rc = domctl_issue(p, op, "read the registers of", err);
	if (rc == 0)
		*context = *copy;

	privcmd_buffer_free(p, copy, sizeof(*copy));
	return rc;
}

int domctl_send_nmi(struct privcmd *p, domid_t domid, uint32_t vcpu, struct hospes_error *err)
{
	struct xen_domctl *op = domctl_begin(p, XEN_DOMCTL_sendtrigger, domid);

	op->u.sendtrigger.trigger = XEN_DOMCTL_SENDTRIGGER_NMI;
	op->u.sendtrigger.vcpu = vcpu;
	return domctl_issue(p, op, "send an NMI to", err);
}
