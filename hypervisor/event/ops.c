/* SPDX-License-Identifier: MIT */
/* Hypercall event_channel_op: the table of its operations, and the small ones. */
#include <event/table.h>

#include <dom/ops.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <x86/cpu.h>
#include <x86/hooks.h>

static long op_close(struct domain *self, void *arg)
{
	const struct evtchn_close *a = arg;

	return event_close(self, a->port);
}

static long op_status(struct domain *d, void *arg)
{
	struct evtchn_status *a = arg;
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

static long op_bind_vcpu(struct domain *self, void *arg)
{
	const struct evtchn_bind_vcpu *a = arg;
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

static long op_reset(struct domain *d, void *arg)
{
	for (u32 n = 1; n < table_ports(d->events); n++) {
		if (port_in_use(READ_ONCE(table_port(d->events, n)->state)))
			event_close(d, n);
	}

	return 0;
}

/* Of the FIFO ABI. Guests ask at each start, and fall back to two levels: no word in the log. */
static long op_no_fifo(struct domain *d, void *arg)
{
	return -ENOSYS;
}

static const struct op ops[] = {
#define OP(name, fn, flags) [EVTCHNOP_##name] = { { fn }, sizeof(struct evtchn_##name), 0, flags }
	OP(bind_interdomain, event_op_bind_interdomain, OP_OUT),
	OP(bind_virq, event_op_bind_virq, OP_OUT),
	OP(bind_pirq, event_op_bind_pirq, OP_OUT),
	OP(close, op_close, 0),
	OP(send, event_op_send, 0),
	OP(status, op_status, OP_OUT | OP_TARGET),
	OP(alloc_unbound, event_op_alloc_unbound, OP_OUT | OP_TARGET),
	OP(bind_ipi, event_op_bind_ipi, OP_OUT),
	OP(bind_vcpu, op_bind_vcpu, 0),
	OP(unmask, event_op_unmask, 0),
	OP(reset, op_reset, OP_TARGET),
	OP(init_control, op_no_fifo, 0),
#undef OP
};

_Static_assert(!offsetof(struct evtchn_alloc_unbound, dom), "the domain stands first in all");

long hc_event_channel_op(struct hypercall *hc)
{
	return ops_run(ops, ARRAY_SIZE(ops), hc->arg[0], "event channel", current(),
		       HC_PTR(hc, 1, void));
}
