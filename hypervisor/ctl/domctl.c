/* SPDX-License-Identifier: MIT */
/* Hypercall domctl: finds the operation and its domain, and keeps others off it meanwhile. */
#include <ctl/domctl.h>

#define DYING OP_OWN        /* may act on a domain that dies */
#define OTHER (OP_OWN << 1) /* not on the caller's own domain */

#define ROW(name, fn, type, flags) \
	[XEN_DOMCTL_##name] = { { fn }, sizeof(struct xen_domctl_##type), 0, flags }
#define ROW_VCPU(name, fn, type, flags, member)                             \
	[XEN_DOMCTL_##name] = { { .run_vcpu = fn },                         \
				sizeof(struct xen_domctl_##type),           \
				offsetof(struct xen_domctl_##type, member), \
				OP_VCPU_AT | (flags) }

static const struct op ops[] = {
	[XEN_DOMCTL_pausedomain] = { { domctl_pause }, 0, 0, OTHER },
	[XEN_DOMCTL_unpausedomain] = { { domctl_unpause }, 0, 0, OTHER },
	[XEN_DOMCTL_resumedomain] = { { domctl_resume }, 0, 0, OTHER },
	ROW(max_mem, domctl_max_mem, max_mem, 0),
	ROW(max_vcpus, domctl_max_vcpus, max_vcpus, 0),
	ROW(scheduler_op, domctl_scheduler, scheduler_op, OP_OUT),
	ROW(hypercall_init, domctl_hypercall_page, hypercall_init, 0),
	ROW(set_address_size, domctl_set_width, address_size, 0),
	ROW(get_address_size, domctl_get_width, address_size, OP_OUT | DYING),
	ROW(settscinfo, domctl_set_tsc, tsc_info, OTHER),
	ROW(setnodeaffinity, domctl_set_nodes, nodeaffinity, 0),
	ROW(getnodeaffinity, domctl_get_nodes, nodeaffinity, OP_OUT),
	ROW(get_cpu_policy, domctl_get_policy, cpu_policy, OP_OUT),
	ROW(set_cpu_policy, domctl_set_policy, cpu_policy, OP_OUT),
	ROW_VCPU(setvcpuaffinity, domctl_set_affinity, vcpuaffinity, OP_OUT, vcpu),
	ROW_VCPU(getvcpuaffinity, domctl_get_affinity, vcpuaffinity, OP_OUT, vcpu),
	ROW_VCPU(setvcpucontext, domctl_set_context, vcpucontext, OTHER, vcpu),
	ROW_VCPU(getvcpucontext, domctl_get_context, vcpucontext, OP_OUT | DYING | OTHER, vcpu),
	ROW_VCPU(getvcpuinfo, domctl_vcpu_info, getvcpuinfo, OP_OUT | DYING, vcpu),
	ROW_VCPU(sendtrigger, domctl_send_trigger, sendtrigger, 0, vcpu),
};

_Static_assert(sizeof(((struct xen_domctl *)0)->u) <= OP_ARG_MAX, "the largest argument");

/* The domain's first vcpu, which every domain has, stands for it in the table's way. */
static long run_alone(struct domain *d, u32 cmd, void *guest)
{
	u32 flags = cmd < ARRAY_SIZE(ops) ? ops[cmd].flags : 0;
	long ret;

	if (flags & OTHER && d == current()->dom)
		return fail(-EINVAL, "domctl %u on the caller's own domain", cmd);
	if (__atomic_exchange_n(&d->control.busy, 1, __ATOMIC_ACQUIRE)) {
		preempt_window();
		return -ERESTART;
	}
	if (d->dying && !(flags & DYING))
		ret = fail(-ESRCH, "domain %u is dying", d->id);
	else
		ret = ops_run(ops, ARRAY_SIZE(ops), cmd, "domctl", d->vcpu[0], guest);
	__atomic_store_n(&d->control.busy, 0, __ATOMIC_RELEASE);
	return ret;
}

/* domain_kill keeps others off by itself: it may wait in between. */
static long run_on_domain(domid_t id, u32 cmd, void *guest)
{
	struct domain *d = domain_get(id);
	long ret;

	if (!d)
		return fail(-ESRCH, "there is no domain %u", id);
	ret = cmd == XEN_DOMCTL_destroydomain ? domctl_destroy(d) : run_alone(d, cmd, guest);
	domain_put(d);
	return ret;
}

long hc_domctl(struct hypercall *hc)
{
	struct xen_domctl *guest = HC_PTR(hc, 0, struct xen_domctl);
	domid_t id;
	u32 cmd;
	long ret = ops_control_head(guest, XEN_DOMCTL_INTERFACE_VERSION, "domctl", &cmd);

	if (ret)
		return ret;
	if (guest_copy_in(&id, &guest->domain, sizeof(id)))
		return -EFAULT;
	if (cmd == XEN_DOMCTL_createdomain)
		ret = domctl_create(id, &guest->u, &id);
	else if (cmd == XEN_DOMCTL_getdomaininfo)
		ret = domctl_info(id, &guest->u, &id);
	else
		return run_on_domain(id, cmd, &guest->u);
	return ret ? ret : guest_copy_out(&guest->domain, &id, sizeof(id));
}
