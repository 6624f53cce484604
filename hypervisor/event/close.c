/* SPDX-License-Identifier: MIT */
/*
 * Closing a port. The hard case is an interdomain one: both domains' locks are needed in address
 * order, while the peer may be closing its end, or dying, at the same time.
 */
#include <event/table.h>

#include <lib/fail.h>
#include <x86/cpu.h>

/* What else a port of this kind holds is given back. Lock held. */
static void port_release(struct domain *d, u32 n, const struct port *p)
{
	switch (p->state) {
	case PORT_PIRQ:
		event_pirq_hooks->unbind(d, p->number);
		break;
	case PORT_VIRQ:
		/* The vcpu it was bound at; a global one may be heard of elsewhere since. */
		for (u32 i = 0; i < domain_vcpu_count(d); i++)
			if (d->vcpu[i]->virq_port[p->number] == n)
				WRITE_ONCE(d->vcpu[i]->virq_port[p->number], 0);
		break;
	}
}

/* Locks held: @d's, and the peer's if it is interdomain. */
static void close_locked(struct domain *d, u32 n, struct port *p)
{
	struct port *peer = NULL;

	if (p->state == PORT_INTERDOMAIN) {
		peer = table_port(p->peer->events, p->number);
		assert(spin_held(&p->peer->events->lock));
		assert(peer && peer->state == PORT_INTERDOMAIN && peer->peer == d &&
		       peer->number == n);
	}
	port_release(d, n, p);
	port_close(p, peer, d->id);
	table_forget_pending(d, n);
	d->events->hint = MIN(d->events->hint, n);
}

/*
 * Takes @d's lock, and the peer's if @n is interdomain; returns the peer with a reference, which
 * outlives the locks. A peer's struct lives while we hold our lock and see the pair joined
 * (event/table.h), so it can be referenced there.
 */
static struct domain *close_lock(struct domain *d, const struct port *p)
{
	struct event_table *t = d->events;
	struct domain *peer = NULL;

	spin_lock(&t->lock);
	while (p->state == PORT_INTERDOMAIN) {
		if (peer == p->peer)
			return peer; /* both locks are held since before this look */
		if (peer) {	     /* it was closed and joined with another meanwhile */
			table_unlock_two(t, peer->events);
			domain_put(peer);
			spin_lock(&t->lock);
			peer = NULL;
			continue;
		}
		peer = domain_ref(p->peer);
		spin_unlock(&t->lock);
		table_lock_two(t, peer->events);
	}
	return peer;
}

int event_close(struct domain *d, u32 n)
{
	struct port *p = table_port(d->events, n);
	struct domain *peer;
	int err;

	if (!p)
		return fail(-EINVAL, "no port %u", n);
	peer = close_lock(d, p);
	err = port_may_close(p);
	if (!err)
		close_locked(d, n, p);
	if (peer) {
		table_unlock_two(d->events, peer->events);
		domain_put(peer);
	} else {
		spin_unlock(&d->events->lock);
	}
	return err;
}
