/* SPDX-License-Identifier: MIT */
/*
 * Making ports: unbound, interdomain, virq, ipi, pirq. Each finds a free port and asks port.c to
 * bind it, under the lock(s). Whether the caller may act for another domain is decided here too.
 */
#include <event/table.h>

#include <lib/fail.h>
#include <x86/cpu.h>
#include <x86/hooks.h>

/* What becomes of a free port @n of @d, whose lock is held. 0 or -errno with a reason. */
typedef int bind_fn(struct domain *d, struct port *p, u32 n, const void *arg);

static int port_make(struct domain *d, bind_fn *bind, const void *arg, u32 *n)
{
	struct event_table *t = d->events;
	struct port *p;
	int err;

	spin_lock(&t->lock);
	err = table_find_free(d, &p, n);
	if (!err)
		err = bind(d, p, *n, arg);
	spin_unlock(&t->lock);
	return err;
}

static int unbound_bind(struct domain *d, struct port *p, u32 n, const void *arg)
{
	return port_bind_unbound(p, *(const domid_t *)arg);
}

long event_op_alloc_unbound(struct domain *d, void *arg)
{
	struct evtchn_alloc_unbound *a = arg;
	domid_t remote = a->remote_dom == DOMID_SELF ? current()->dom->id : a->remote_dom;

	return port_make(d, unbound_bind, &remote, &a->port);
}

/* Both locks are held. */
static int interdomain_join(struct domain *d, struct domain *r, u32 remote_port, u32 *n)
{
	struct port_end local = { d, d->id, 0, NULL }, remote = { r, r->id, remote_port, NULL };
	int err;

	remote.port = table_port(r->events, remote_port);
	if (!remote.port)
		return fail(-EINVAL, "domain %u has no port %u", r->id, remote_port);
	err = table_find_free(d, &local.port, &local.number);
	if (!err)
		err = port_connect(&local, &remote);
	*n = local.number;
	return err;
}

long event_op_bind_interdomain(struct domain *self, void *arg)
{
	struct evtchn_bind_interdomain *a = arg;
	struct domain *r = domain_get(a->remote_dom);
	int err;

	if (!r)
		return fail(-ESRCH, "no domain %u", a->remote_dom);
	table_lock_two(self->events, r->events);
	err = interdomain_join(self, r, a->remote_port, &a->local_port);
	table_unlock_two(self->events, r->events);
	domain_put(r);
	/* Events sent to nobody before we came are lost: pretend that there was one. */
	if (!err)
		event_set_pending(self, a->local_port);
	return err;
}

static int virq_bind(struct domain *d, struct port *p, u32 n, const void *arg)
{
	const struct evtchn_bind_virq *a = arg;
	u16 *bound = NULL;
	int err;

	if (a->vcpu < d->max_vcpus && a->virq < NR_VIRQS)
		bound = &d->vcpu[a->vcpu]->virq_port[a->virq];
	err = port_bind_virq(p, a->virq, a->vcpu, d->max_vcpus, bound ? *bound : 0);
	if (!err)
		WRITE_ONCE(*bound, n);
	return err;
}

long event_op_bind_virq(struct domain *self, void *arg)
{
	return port_make(self, virq_bind, arg, &((struct evtchn_bind_virq *)arg)->port);
}

static int ipi_bind(struct domain *d, struct port *p, u32 n, const void *arg)
{
	return port_bind_ipi(p, ((const struct evtchn_bind_ipi *)arg)->vcpu, d->max_vcpus);
}

long event_op_bind_ipi(struct domain *self, void *arg)
{
	return port_make(self, ipi_bind, arg, &((struct evtchn_bind_ipi *)arg)->port);
}

/* The port is ready before the irq may come. */
static int pirq_bind(struct domain *d, struct port *p, u32 n, const void *arg)
{
	const struct evtchn_bind_pirq *a = arg;
	int err = port_bind_pirq(p, a->pirq);

	if (err)
		return err;
	err = hook_pirq_bind(d, a->pirq, n);
	if (err)
		port_close(p, NULL, d->id);
	return err;
}

long event_op_bind_pirq(struct domain *self, void *arg)
{
	return port_make(self, pirq_bind, arg, &((struct evtchn_bind_pirq *)arg)->port);
}
