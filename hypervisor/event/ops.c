/* SPDX-License-Identifier: MIT */
/*
 * The hypercall event_channel_op: one table of operations with the size of their argument, copied
 * in once and, if it holds results, copied out. Also the small operations: close, status,
 * bind_vcpu, reset, priority.
 */
#include <event/table.h>

#include <lib/fail.h>
#include <lib/string.h>
#include <x86/cpu.h>

static int op_close(struct domain *self, void *arg)
{
	return event_close(self, ((struct evtchn_close *)arg)->port);
}

/* The domain that @id names for an operation on another: self, or any for dom0. Referenced. */
static int target_get(struct domain *self, domid_t id, struct domain **out)
{
	if (id != DOMID_SELF && id != self->id && !self->privileged)
		return fail(-EPERM, "domain %u is not the caller's", id);
	*out = domain_get(id == DOMID_SELF ? self->id : id);
	if (*out && !(*out)->events) {
		domain_put(*out);
		*out = NULL;
	}
	return *out ? 0 : fail(-ESRCH, "no domain %u", id);
}

static int op_status(struct domain *self, void *arg)
{
	struct evtchn_status *a = arg;
	struct domain *d;
	struct port *p;
	int err = target_get(self, a->dom, &d);

	if (err)
		return err;
	memset(&a->u, 0, sizeof(a->u));
	p = table_port(d->events, a->port);
	if (p) {
		spin_lock(&d->events->lock);
		port_status(p, a);
		spin_unlock(&d->events->lock);
	}
	domain_put(d);
	return p ? 0 : -EINVAL; /* no words: tools ask until the last port */
}

static int op_bind_vcpu(struct domain *self, void *arg)
{
	const struct evtchn_bind_vcpu *a = arg;
	struct port *p = table_port(self->events, a->port);
	int err;

	if (!p)
		return fail(-EINVAL, "no port %u", a->port);
	spin_lock(&self->events->lock);
	err = port_set_vcpu(p, a->vcpu, domain_vcpu_count(self));
	spin_unlock(&self->events->lock);
	return err;
}

static int op_reset(struct domain *self, void *arg)
{
	struct domain *d;
	int err = target_get(self, ((struct evtchn_reset *)arg)->dom, &d);

	if (err)
		return err;
	for (u32 n = 1; n < d->events->chunks * PORTS_PER_CHUNK; n++)
		if (READ_ONCE(table_port(d->events, n)->state) > PORT_RESERVED)
			event_close(d, n);
	domain_put(d);
	return 0;
}

static int op_set_priority(struct domain *self, void *arg)
{
	const struct evtchn_set_priority *a = arg;

	return table_port(self->events, a->port) ? -ENOSYS : fail(-EINVAL, "no port %u", a->port);
}

static const struct event_op {
	int (*run)(struct domain *self, void *arg);
	u8 size;
	bool answers;
} event_ops[] = {
#define OP(name, fn, answers) [EVTCHNOP_##name] = { fn, sizeof(struct evtchn_##name), answers }
	OP(bind_interdomain, event_op_bind_interdomain, true),
	OP(bind_virq, event_op_bind_virq, true),
	OP(bind_pirq, event_op_bind_pirq, true),
	OP(close, op_close, false),
	OP(send, event_op_send, false),
	OP(status, op_status, true),
	OP(alloc_unbound, event_op_alloc_unbound, true),
	OP(bind_ipi, event_op_bind_ipi, true),
	OP(bind_vcpu, op_bind_vcpu, false),
	OP(unmask, event_op_unmask, false),
	OP(reset, op_reset, false),
	OP(set_priority, op_set_priority, false),
#undef OP
	/* init_control and expand_array: guests fall back to two levels at -ENOSYS. */
};

long hc_event_channel_op(struct hypercall *hc)
{
	u32 cmd = hc->arg[0];
	const struct event_op *op = cmd < ARRAY_SIZE(event_ops) ? &event_ops[cmd] : NULL;
	union {
		struct evtchn_status status;
		u8 bytes[32];
	} arg;
	int err;

	if (!op || !op->run)
		return -ENOSYS;
	if (guest_copy_in(&arg, HC_PTR(hc, 1, void), op->size))
		return fail(-EFAULT, "argument of operation %u", cmd);
	err = op->run(current()->dom, &arg);
	if (!err && op->answers && guest_copy_out(HC_PTR(hc, 1, void), &arg, op->size))
		return fail(-EFAULT, "argument of operation %u", cmd);
	return err;
}
