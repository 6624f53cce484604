/* SPDX-License-Identifier: MIT */
/* What is known of event ports in two places is the same in both: ends of a pair, virqs, hints. */
#include "machine.h"

#include <event/table.h>

/* Both ends of a pair name each other. */
static void pair_check(const struct domain *d, u32 n, const struct port *p)
{
	const struct port *peer;

	must(world_domain(p->remote) == p->peer && p->peer->events,
	     "port %u of d%u is joined with d%u, or not", n, d->id, p->remote);

	peer = table_port(p->peer->events, p->number);
	must(peer && peer->state == PORT_INTERDOMAIN, "port %u of d%u has lost its other end", n,
	     d->id);
	must(peer->peer == d && peer->number == n, "port %u of d%u: its other end has another", n,
	     d->id);
}

/* Somebody's virq raises it. */
static void virq_check(const struct domain *d, u32 n, const struct port *p)
{
	u32 raises = 0;

	for (u32 i = 0; i < d->max_vcpus; i++)
		raises += d->vcpu[i]->events.virq_port[p->number] == n;
	must(raises == 1, "port %u of d%u is raised by virq %u of %u vcpus", n, d->id, p->number,
	     raises);
}

static void port_check(const struct domain *d, u32 n)
{
	const struct event_table *t = d->events;
	const struct port *p = table_port(t, n);

	must(p->state != PORT_FREE || n >= t->hint, "port %u of d%u is free, and the hint is %u", n,
	     d->id, t->hint);
	must((p->peer != NULL) == (p->state == PORT_INTERDOMAIN), "port %u of d%u: state %u", n,
	     d->id, p->state);
	if (!port_in_use(p->state))
		return;

	must(!t->closed || n >= t->swept, "port %u of d%u is in use, and swept", n, d->id);
	must(p->vcpu < d->max_vcpus, "port %u of d%u is vcpu %u's", n, d->id, p->vcpu);
	if (p->state == PORT_INTERDOMAIN)
		pair_check(d, n, p);
	if (p->state == PORT_VIRQ)
		virq_check(d, n, p);
}

/* The port that each virq of @v raises is bound to it. */
static void virqs_check(const struct vcpu *v)
{
	for (u32 i = 0; i < NR_VIRQS; i++) {
		u32 n = v->events.virq_port[i];
		const struct port *p = table_port(v->dom->events, n);

		must(!n || (p && p->state == PORT_VIRQ && p->number == i),
		     "virq %u of d%uv%u raises port %u, which is bound otherwise", i, v->dom->id,
		     v->id, n);
	}
}

void events_check(const struct domain *d)
{
	if (!d->events)
		return;

	for (u32 n = 1; n < table_ports(d->events); n++)
		port_check(d, n);
	for (u32 i = 0; i < d->max_vcpus; i++)
		virqs_check(d->vcpu[i]);
}
