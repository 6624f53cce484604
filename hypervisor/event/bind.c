/* SPDX-License-Identifier: MIT */
/*
 * Making ports: unbound, interdomain, virq, ipi, pirq. Each finds a free port and asks port.c to
 * bind it, under the lock(s). Whether the caller may act for another domain is decided here too.
 */
#include <event/table.h>

#include <lib/fail.h>
#include <x86/cpu.h>

static domid_t id_resolve(domid_t id, const struct domain *self)
{
	return id == DOMID_SELF ? self->id : id;
}

int event_alloc_unbound(struct domain *d, domid_t remote)
{
	struct event_table *t = d->events;
	struct port *p;
	u32 n;
	int err;

	spin_lock(&t->lock);
	err = table_find_free(d, &p, &n);
	if (!err)
		err = port_bind_unbound(p, remote);
	spin_unlock(&t->lock);
	return err ? err : (int)n;
}

int event_op_alloc_unbound(struct domain *self, void *arg)
{
	struct evtchn_alloc_unbound *a = arg;
	domid_t remote = id_resolve(a->remote_dom, self);
	struct domain *d;
	int n;

	if (id_resolve(a->dom, self) != self->id && !self->privileged)
		return fail(-EPERM, "only dom0 makes ports for others (domain %u)", a->dom);
	d = domain_get(id_resolve(a->dom, self));
	if (!d)
		return fail(-ESRCH, "no domain %u", a->dom);
	n = event_alloc_unbound(d, remote);
	domain_put(d);
	if (n < 0)
		return n;
	a->port = n;
	return 0;
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

int event_op_bind_interdomain(struct domain *self, void *arg)
{
	struct evtchn_bind_interdomain *a = arg;
	struct domain *r = domain_get(id_resolve(a->remote_dom, self));
	int err;

	if (!r)
		return fail(-ESRCH, "no domain %u", a->remote_dom);
	if (!r->events) { /* being built or freed */
		domain_put(r);
		return fail(-ESRCH, "domain %u has no ports", a->remote_dom);
	}
	table_lock_two(self->events, r->events);
	err = interdomain_join(self, r, a->remote_port, &a->local_port);
	table_unlock_two(self->events, r->events);
	domain_put(r);
	/* Events sent to nobody before we came are lost: pretend that there was one. */
	if (!err)
		event_set_pending(self, a->local_port);
	return err;
}

int event_op_bind_virq(struct domain *self, void *arg)
{
	struct evtchn_bind_virq *a = arg;
	u32 vcpus = domain_vcpu_count(self), bound = 0, n;
	struct event_table *t = self->events;
	struct port *p;
	int err;

	spin_lock(&t->lock);
	err = table_find_free(self, &p, &n);
	if (!err) {
		if (a->vcpu < vcpus && a->virq < NR_VIRQS)
			bound = self->vcpu[a->vcpu]->virq_port[a->virq];
		err = port_bind_virq(p, a->virq, a->vcpu, vcpus, bound);
	}
	if (!err)
		WRITE_ONCE(self->vcpu[a->vcpu]->virq_port[a->virq], n);
	spin_unlock(&t->lock);
	a->port = n;
	return err;
}

int event_op_bind_ipi(struct domain *self, void *arg)
{
	struct evtchn_bind_ipi *a = arg;
	struct event_table *t = self->events;
	struct port *p;
	u32 n;
	int err;

	spin_lock(&t->lock);
	err = table_find_free(self, &p, &n);
	if (!err)
		err = port_bind_ipi(p, a->vcpu, domain_vcpu_count(self));
	spin_unlock(&t->lock);
	a->port = n;
	return err;
}

int event_op_bind_pirq(struct domain *self, void *arg)
{
	struct evtchn_bind_pirq *a = arg;
	struct event_table *t = self->events;
	struct port *p;
	u32 n;
	int err;

	if (!event_pirq_hooks)
		return fail(-EINVAL, "the domain has no physical irq %u", a->pirq);
	spin_lock(&t->lock);
	err = table_find_free(self, &p, &n);
	if (!err)
		err = port_bind_pirq(p, a->pirq);
	if (!err) {
		/* The port is ready before the irq may come. */
		err = event_pirq_hooks->bind(self, a->pirq, n, a->flags & BIND_PIRQ__WILL_SHARE);
		if (err)
			port_close(p, NULL, self->id);
	}
	spin_unlock(&t->lock);
	a->port = n;
	return err;
}
