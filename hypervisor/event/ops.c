/* SPDX-License-Identifier: MIT */
/* Hypercall event_channel_op: the table of its operations, and the small ones. */
#include <event/table.h>

#include <lib/fail.h>
#include <lib/string.h>
#include <x86/budget.h>
#include <x86/hooks.h>

long op_event_close(struct domain *self, struct evtchn_close *a)
{
	return event_close(self, a->port);
}

long op_event_status(struct domain *d, struct evtchn_status *a)
{
	struct port *p = table_port(d->events, a->port);

	/* Tools ask until this answer ends the list: no word in the log. */
	if (!p)
		return -EINVAL;

	memset(&a->u, 0, sizeof(a->u));

	spin_lock(&d->events->lock);
	port_status(p, a);
	spin_unlock(&d->events->lock);

	return 0;
}

long op_event_bind_vcpu(struct domain *self, struct evtchn_bind_vcpu *a)
{
	struct port *p = table_port(self->events, a->port);
	int rc;

	if (!p)
		return fail(-EINVAL, "no port %u", a->port);

	spin_lock(&self->events->lock);

	rc = port_set_vcpu(p, a->vcpu, self->max_vcpus);
	if (!rc && p->state == PORT_PIRQ)
		hook_pirq_move(self, p->number, a->vcpu);

	spin_unlock(&self->events->lock);
	return rc;
}

/* Interrupted it begins anew, and finds those free that it closed before. */
long op_event_reset(struct domain *d, struct evtchn_reset *a)
{
	for (u32 n = 1; n < table_ports(d->events); n++) {
		if (budget_preempt())
			return -ERESTART;

		event_close_any(d, n);
	}

	return 0;
}

#define OP_event_channel_op(nr, name, arg, who, how, ...) OP_ADAPTER(op_event_##name, arg, how)
#include <pvabi/hypercalls.def>

static const struct op ops[] = {
#define OP_event_channel_op(nr, name, arg, who, how, ...) \
	[nr] = OP_ROW(op_event_##name, arg, who, how),
#include <pvabi/hypercalls.def>
};

long hc_event_channel_op(struct hypercall *hc)
{
	u32 cmd = (u32)hc->arg[0];

	return ops_run(OP_FIND(ops, cmd), cmd, "event channel", current(), HC_PTR(hc, 1, void), hc);
}

/* The old form: the command stands before the argument, in the guest's memory. */
long hc_event_channel_op_compat(struct hypercall *hc)
{
	struct hypercall new = { .nr = __HYPERVISOR_event_channel_op };
	u32 cmd;

	if (guest_copy_in(&cmd, HC_PTR(hc, 0, void), sizeof(cmd)))
		return fail(-EFAULT, "the argument of an old event channel operation");

	new.arg[0] = cmd;
	new.arg[1] = hc->arg[0] + sizeof(cmd);
	return hc_event_channel_op(&new);
}
