/* SPDX-License-Identifier: MIT */
/*
 * Making ports: unbound, interdomain, virq, ipi, pirq. Each finds a free port and asks port.c to
 * bind it, under the lock, or under both. What a port may become is port.c's.
 */
#include <event/table.h>

#include <lib/fail.h>
#include <lib/index.h>
#include <x86/cpu.h>
#include <x86/hooks.h>

/* Binds the free port @p, number @n, of @d, whose lock is held. 0, or an error with a reason. */
typedef int bind_fn(struct domain *d, struct port *p, u32 n, const void *arg);

/* Finds a free port, has @bind take it, and tells its number. */
static int port_make(struct domain *d, bind_fn *bind, const void *arg, u32 *n)
{
	struct event_table *t = d->events;
	struct port *p;
	int rc;

	spin_lock(&t->lock);

	rc = table_find_free(d, &p, n);
	if (!rc) {
		rc = bind(d, p, *n, arg);
		assert(port_in_use(p->state) == !rc);
	}

	spin_unlock(&t->lock);
	return rc;
}

static int unbound_bind(struct domain *d, struct port *p, u32 n, const void *arg)
{
	const domid_t *remote = arg;

	return port_bind_unbound(p, *remote);
}

long op_event_alloc_unbound(struct domain *d, struct evtchn_alloc_unbound *a)
{
	domid_t remote = a->remote_dom;

	/* The caller itself, also when it acts for another domain. */
	if (remote == DOMID_SELF)
		remote = current()->dom->id;

	return port_make(d, unbound_bind, &remote, &a->port);
}

/* Both locks are held. */
static int interdomain_join(struct domain *d, struct domain *r, u32 remote_port, u32 *n)
{
	struct port_end local = { .dom = d, .id = d->id };
	struct port_end remote = { .dom = r, .id = r->id, .number = remote_port };
	int rc;

	assert(spin_held(&d->events->lock) && spin_held(&r->events->lock));

	remote.port = table_port(r->events, remote_port);
	if (!remote.port)
		return fail(-EINVAL, "d%u has no port %u", r->id, remote_port);

	rc = table_find_free(d, &local.port, &local.number);
	if (rc)
		return rc;

	*n = local.number;
	return port_connect(&local, &remote);
}

long op_event_bind_interdomain(struct domain *self, struct evtchn_bind_interdomain *a)
{
	struct domain *r = domain_get(a->remote_dom);
	int rc;

	if (!r)
		return fail(-ESRCH, "there is no d%u", a->remote_dom);

	table_lock_two(self->events, r->events);
	rc = interdomain_join(self, r, a->remote_port, &a->local_port);
	table_unlock_two(self->events, r->events);
	domain_put(r);

	if (rc)
		return rc;

	/* Events that the peer sent while nobody listened are lost: pretend that there was one. */
	event_set_pending(self, a->local_port);
	return 0;
}

static int virq_bind(struct domain *d, struct port *p, u32 n, const void *arg)
{
	const struct evtchn_bind_virq *a = arg;
	struct vcpu *v = domain_vcpu(d, a->vcpu);
	u16 none = 0;
	u16 *bound_to = &none;
	int rc;

	/* port_bind_virq refuses the others. */
	if (v && a->virq < NR_VIRQS)
		bound_to = &v->events.virq_port[index_nospec(a->virq, NR_VIRQS)];

	rc = port_bind_virq(p, a->virq, a->vcpu, d->max_vcpus, *bound_to);
	if (rc)
		return rc;

	WRITE_ONCE(*bound_to, n);
	return 0;
}

long op_event_bind_virq(struct domain *self, struct evtchn_bind_virq *a)
{
	return port_make(self, virq_bind, a, &a->port);
}

static int ipi_bind(struct domain *d, struct port *p, u32 n, const void *arg)
{
	const struct evtchn_bind_ipi *a = arg;

	return port_bind_ipi(p, a->vcpu, d->max_vcpus);
}

long op_event_bind_ipi(struct domain *self, struct evtchn_bind_ipi *a)
{
	return port_make(self, ipi_bind, a, &a->port);
}

/* The port is ready before the first interrupt may come. */
static int pirq_bind(struct domain *d, struct port *p, u32 n, const void *arg)
{
	const struct evtchn_bind_pirq *a = arg;
	int rc = port_bind_pirq(p, a->pirq);

	if (rc)
		return rc;

	rc = hook_pirq_bind(d, a->pirq, n);
	if (rc)
		port_close(p, NULL, d->id);
	return rc;
}

long op_event_bind_pirq(struct domain *self, struct evtchn_bind_pirq *a)
{
	/* WILL_SHARE promises something of the line, and asks for nothing. */
	if (a->flags & ~BIND_PIRQ__WILL_SHARE)
		return fail(-EINVAL, "flags %#x to bind pirq %u", a->flags, a->pirq);

	return port_make(self, pirq_bind, a, &a->port);
}
