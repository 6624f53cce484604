/* SPDX-License-Identifier: MIT */
/* Hypercall domctl: finds the operation and its domain, and keeps others off it meanwhile. */
#include <ctl/domctl.h>

#define OP_domctl(nr, name, arg, who, how, ...) OP_ADAPTER(op_domctl_##name, arg, how)
#include <pvabi/hypercalls.def>

/* The row of @cmd, or NULL. Numbers have wide gaps: a switch, not an array. */
static const struct op *op_find(u32 cmd)
{
	switch (cmd) {
#define OP_domctl(nr, name, arg, who, how, ...)                                       \
	case nr: {                                                                    \
		static const struct op row = OP_ROW(op_domctl_##name, arg, who, how); \
		return &row;                                                          \
	}
#include <pvabi/hypercalls.def>
	default:
		return NULL;
	}
}

/* The domain's first vcpu, which every domain has, stands for it in the table's way. */
static long run(const struct op *op, struct domain *d, u32 cmd, void *guest)
{
	return ops_run(op, cmd, "domctl", d->vcpu[0], guest, NULL);
}

static long run_alone(const struct op *op, struct domain *d, u32 cmd, void *guest)
{
	u32 flags = 0;
	long rc;

	if (op)
		flags = op->flags;

	if (flags & OTHER && d == current()->dom)
		return fail(-EINVAL, "domctl %u on the caller's own domain", cmd);

	/* Another CPU is at it. */
	if (__atomic_exchange_n(&d->control.busy, 1, __ATOMIC_ACQUIRE)) {
		preempt_window();
		return -ERESTART;
	}

	if (d->dying && !(flags & DYING))
		rc = fail(-ESRCH, "d%u is dying", d->id);
	else
		rc = run(op, d, cmd, guest);

	__atomic_store_n(&d->control.busy, 0, __ATOMIC_RELEASE);
	return rc;
}

static long run_on_domain(const struct op *op, domid_t id, u32 cmd, void *guest)
{
	struct domain *d = domain_get(id);
	long rc;

	if (!d)
		return fail(-ESRCH, "there is no d%u", id);

	/* domain_destroy keeps others off by itself: it may wait in between. */
	if (cmd == XEN_DOMCTL_destroydomain)
		rc = run(op, d, cmd, guest);
	else
		rc = run_alone(op, d, cmd, guest);

	domain_put(d);
	return rc;
}

long hc_domctl(struct hypercall *hc)
{
	struct xen_domctl *guest = HC_PTR(hc, 0, struct xen_domctl);
	const struct op *op;
	domid_t id;
	u32 cmd;
	long rc;

	rc = ops_control_head(__HYPERVISOR_domctl, guest, XEN_DOMCTL_INTERFACE_VERSION, "domctl",
			      &cmd);
	if (rc)
		return rc;

	if (guest_copy_in(&id, &guest->domain, sizeof(id)))
		return fail(-EFAULT, "the domain of domctl %u is not readable", cmd);

	op = op_find(cmd);
	if (!op || op->on != OP_ON_id)
		return run_on_domain(op, id, cmd, &guest->u);

	/* The domain is yet to be made, or found. */
	rc = op->run.id(&id, &guest->u);
	if (rc)
		return rc;

	return guest_answer(&guest->domain, &id, sizeof(id));
}
