/* SPDX-License-Identifier: MIT */
/*
 * Closing a port. The hard case is an interdomain one: both domains' locks are needed in address
 * order, while the peer may be closing its end, or dying, at the same time.
 */
#include <event/table.h>

#include <lib/bitmap.h>
#include <lib/fail.h>
#include <x86/cpu.h>
#include <x86/hooks.h>

/* What else a port of this kind holds is given back. Lock held. */
static void port_release(struct domain *d, u32 n, const struct port *p)
{
	if (p->state == PORT_PIRQ)
		hook_pirq_unbind(d, p->number);
	if (p->state != PORT_VIRQ)
		return;
	/* The vcpu it was bound at; a global one may be heard of elsewhere since. */
	for (u32 i = 0; i < d->max_vcpus; i++)
		if (d->vcpu[i]->virq_port[p->number] == n)
			WRITE_ONCE(d->vcpu[i]->virq_port[p->number], 0);
}

/* Locks held: @d's, and the peer's if it is interdomain. */
static void close_locked(struct domain *d, u32 n, struct port *p)
{
	struct port *peer = NULL;

	if (p->state == PORT_INTERDOMAIN) {
		peer = table_port(p->peer->events, p->number);
		assert(spin_held(&p->peer->events->lock));
		assert(peer && peer->state == PORT_INTERDOMAIN);
		assert(peer->peer == d && peer->number == n);
	}
	port_release(d, n, p);
	port_close(p, peer, d->id);
	/* so that its next user does not see an old event */
	atomic_bit_clear(d->shared->evtchn_pending, n);
	d->events->hint = MIN(d->events->hint, n);
}

/*
 * Takes @d's lock, and the peer's if the port is interdomain; returns the peer with a reference,
 * which outlives the locks. A peer's struct lives while we hold our lock and see the pair joined
 * (event/table.h), so it can be referenced there.
 */
static struct domain *close_lock(struct domain *d, const struct port *p)
{
	struct event_table *t = d->events;
	struct domain *peer;

	for (;;) {
		spin_lock(&t->lock);
		if (p->state != PORT_INTERDOMAIN)
			return NULL;
		peer = domain_ref(p->peer);
		spin_unlock(&t->lock);
		table_lock_two(t, peer->events);
		if (p->state == PORT_INTERDOMAIN && p->peer == peer)
			return peer;
		/* closed meanwhile, or joined with another */
		table_unlock_two(t, peer->events);
		domain_put(peer);
	}
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
	table_unlock_two(d->events, peer ? peer->events : d->events);
	if (peer)
		domain_put(peer);
	return err;
}
