/* SPDX-License-Identifier: MIT */
/* Hypercall domctl: finds the operation and its domain, keeps others off it, copies in and out. */
#include <ctl/domctl.h>
#include <x86/cpu.h>

#define OUT 1	/* the argument is given back */
#define DYING 2 /* may act on a domain that dies */
#define OTHER 4 /* not on the caller's own domain */

static const struct domctl_row {
	u16 cmd;
	u16 flags;
	domctl_fn *fn;
} rows[] = {
	{ XEN_DOMCTL_destroydomain, DYING | OTHER, domctl_destroy },
	{ XEN_DOMCTL_pausedomain, OTHER, domctl_pause },
	{ XEN_DOMCTL_unpausedomain, OTHER, domctl_unpause },
	{ XEN_DOMCTL_setvcpuaffinity, OUT, domctl_set_affinity },
	{ XEN_DOMCTL_shadow_op, OUT, domctl_shadow },
	{ XEN_DOMCTL_max_mem, 0, domctl_max_mem },
	{ XEN_DOMCTL_setvcpucontext, OTHER, domctl_set_context },
	{ XEN_DOMCTL_getvcpucontext, OUT | DYING | OTHER, domctl_get_context },
	{ XEN_DOMCTL_getvcpuinfo, OUT | DYING, domctl_vcpu_info },
	{ XEN_DOMCTL_max_vcpus, 0, domctl_max_vcpus },
	{ XEN_DOMCTL_scheduler_op, OUT, domctl_scheduler },
	{ XEN_DOMCTL_setdomainhandle, 0, domctl_set_handle },
	{ XEN_DOMCTL_setdebugging, OTHER, domctl_set_debugging },
	{ XEN_DOMCTL_irq_permission, 0, domctl_irq_permission },
	{ XEN_DOMCTL_iomem_permission, 0, domctl_iomem_permission },
	{ XEN_DOMCTL_ioport_permission, 0, domctl_ioport_permission },
	{ XEN_DOMCTL_hypercall_init, 0, domctl_hypercall_page },
	{ XEN_DOMCTL_settimeoffset, 0, domctl_time_offset },
	{ XEN_DOMCTL_getvcpuaffinity, OUT, domctl_get_affinity },
	{ XEN_DOMCTL_resumedomain, OTHER, domctl_resume },
	{ XEN_DOMCTL_sendtrigger, 0, domctl_send_trigger },
	{ XEN_DOMCTL_set_address_size, 0, domctl_set_width },
	{ XEN_DOMCTL_get_address_size, OUT | DYING, domctl_get_width },
	{ XEN_DOMCTL_set_ext_vcpucontext, OTHER, domctl_set_ext_context },
	{ XEN_DOMCTL_get_ext_vcpucontext, OUT | OTHER, domctl_get_ext_context },
	{ XEN_DOMCTL_gettscinfo, OUT, domctl_get_tsc },
	{ XEN_DOMCTL_settscinfo, OTHER, domctl_set_tsc },
	{ XEN_DOMCTL_getpageframeinfo3, OUT, domctl_frame_info },
	{ XEN_DOMCTL_setvcpuextstate, OTHER, domctl_set_ext_state },
	{ XEN_DOMCTL_getvcpuextstate, OUT | OTHER, domctl_get_ext_state },
	{ XEN_DOMCTL_setnodeaffinity, 0, domctl_set_nodes },
	{ XEN_DOMCTL_getnodeaffinity, OUT, domctl_get_nodes },
	{ XEN_DOMCTL_get_vcpu_msrs, OUT | OTHER, domctl_get_msrs },
	{ XEN_DOMCTL_set_vcpu_msrs, OUT | OTHER, domctl_set_msrs },
	{ XEN_DOMCTL_get_cpu_policy, OUT, domctl_get_policy },
	{ XEN_DOMCTL_set_cpu_policy, OUT, domctl_set_policy },
};

static const struct domctl_row *row_find(u32 cmd)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].cmd == cmd)
			return &rows[i];
	return NULL;
}

/* domain_kill keeps others off by itself: it may wait in between. */
static long run_alone(const struct domctl_row *r, struct domain *d, struct xen_domctl *op)
{
	struct dom_control *c = dom_control(d);
	long ret;

	if (r->fn == domctl_destroy)
		return domctl_destroy(d, op);
	if (__atomic_exchange_n(&c->killer, 1, __ATOMIC_ACQUIRE)) {
		preempt_window();
		return -ERESTART;
	}
	if (d->dying && !(r->flags & DYING))
		ret = fail(-ESRCH, "domain %u is dying", d->id);
	else
		ret = r->fn(d, op);
	__atomic_store_n(&c->killer, 0, __ATOMIC_RELEASE);
	return ret;
}

static long run_on_domain(const struct domctl_row *r, struct xen_domctl *op)
{
	struct domain *d;
	long ret;

	d = domain_get(op->domain);
	if (!d)
		return fail(-ESRCH, "there is no domain %u", op->domain);
	if (r->flags & OTHER && d == current()->dom)
		ret = fail(-EINVAL, "operation %u on the caller's own domain", op->cmd);
	else
		ret = run_alone(r, d, op);
	domain_put(d);
	return ret;
}

long hc_domctl(struct hypercall *hc)
{
	struct xen_domctl op, *guest = HC_PTR(hc, 0, struct xen_domctl);
	const struct domctl_row *r;
	bool out = true;
	long ret;

	if (!current()->dom->privileged)
		return fail(-EPERM, "domain control");
	if (guest_copy_in(&op, guest, sizeof(op)))
		return -EFAULT;
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION)
		return fail(-EACCES, "domctl interface version %#x, not %#x", op.interface_version,
			    XEN_DOMCTL_INTERFACE_VERSION);
	if (op.cmd == XEN_DOMCTL_createdomain) {
		ret = domctl_create(&op);
	} else if (op.cmd == XEN_DOMCTL_getdomaininfo) {
		ret = domctl_info(&op);
	} else {
		r = row_find(op.cmd);
		if (!r)
			return fail(-ENOSYS, "domctl %u", op.cmd);
		out = r->flags & OUT;
		ret = run_on_domain(r, &op);
	}
	if (!ret && out && guest_copy_out(guest, &op, sizeof(op)))
		return -EFAULT;
	return ret;
}
