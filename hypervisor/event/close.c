/* SPDX-License-Identifier: MIT */
/*
 * Closing a port. The hard case is an interdomain one: both domains' locks are needed in address
 * order, while the peer may be closing its end, or dying, at the same time.
 */
#include <event/table.h>

#include <lib/bitmap.h>
#include <lib/fail.h>
#include <x86/budget.h>
#include <x86/hooks.h>

#define CLOSE_LOOKS 60 /* of the budget, for a port that was in use */

/*
 * The virq that port @n was bound to may be bound again. A global one is recorded at vcpu 0,
 * wherever it is heard of since.
 */
static void virq_unbind(struct domain *d, u32 n, u32 virq)
{
	for (u32 i = 0; i < d->max_vcpus; i++) {
		u16 *bound_to = &d->vcpu[i]->events.virq_port[virq];

		if (*bound_to == n)
			WRITE_ONCE(*bound_to, 0);
	}
}

/* The other end of an interdomain port, which points back. Both locks are held. */
static struct port *peer_port(const struct domain *d, u32 n, const struct port *p)
{
	struct event_table *t = p->peer->events;
	struct port *peer;

	assert(spin_held(&t->lock));
	peer = table_port(t, p->number);
	assert(peer && peer->state == PORT_INTERDOMAIN);
	assert(peer->peer == d && peer->number == n);

	return peer;
}

/* Locks held: @d's, and the peer's if the port is interdomain. */
static void close_locked(struct domain *d, u32 n, struct port *p)
{
	struct port *peer = NULL;

	assert(spin_held(&d->events->lock));

	switch (p->state) {
	case PORT_INTERDOMAIN:
		peer = peer_port(d, n, p);
		break;
	case PORT_PIRQ:
		hook_pirq_unbind(d, p->number);
		break;
	case PORT_VIRQ:
		virq_unbind(d, n, p->number);
		break;
	}

	port_close(p, peer, d->id);

	/* The next user of this number shall not see an old event. */
	atomic_bit_clear(d->shared->evtchn_pending, n);
	d->events->hint = MIN(d->events->hint, n);
}

/*
 * Takes @d's lock, and the peer's if the port is interdomain. Returns the peer with a reference,
 * which outlives the locks, or NULL. A peer's struct lives while we hold our lock and see the pair
 * joined (event/table.h), so it can be referenced there.
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

		/* While no lock was held it was closed, or joined with somebody else. */
		table_unlock_two(t, peer->events);
		domain_put(peer);
	}
}

static void close_unlock(struct domain *d, struct domain *peer)
{
	if (!peer) {
		spin_unlock(&d->events->lock);
		return;
	}

	table_unlock_two(d->events, peer->events);
	domain_put(peer);
}

void event_close_any(struct domain *d, u32 n)
{
	budget_charge(PORT_LOOKS);
	if (!port_in_use(READ_ONCE(table_port(d->events, n)->state)))
		return;

	budget_charge(CLOSE_LOOKS);
	ignore(event_close(d, n));
}

int event_close(struct domain *d, u32 n)
{
	struct port *p = table_port(d->events, n);
	struct domain *peer;
	int rc;

	if (!p)
		return fail(-EINVAL, "no port %u", n);

	peer = close_lock(d, p);

	rc = port_may_close(p);
	if (!rc)
		close_locked(d, n, p);

	close_unlock(d, peer);
	return rc;
}
