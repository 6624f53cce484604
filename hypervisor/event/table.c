/* SPDX-License-Identifier: MIT */
/*
 * A domain's table of ports: made, grown in chunks, swept when the domain dies, freed. What a port
 * may become is port.c's.
 */
#include <event/table.h>

#include <console/console.h>
#include <frame/alloc.h>
#include <lib/bitmap.h>
#include <lib/fail.h>
#include <lib/index.h>
#include <x86/budget.h>

static int table_grow(struct event_table *t)
{
	struct port *chunk;

	if (t->chunks == PORT_CHUNKS)
		return fail(-ENOSPC, "all %u ports are in use", EVENT_PORTS);

	chunk = heap_alloc(PORTS_PER_CHUNK * sizeof(*chunk));
	if (!chunk)
		return fail(-ENOMEM, "no memory for more ports");

	/* Zeroed, so all are free. Who reads chunks without the lock then finds the chunk there. */
	t->chunk[t->chunks] = chunk;
	__atomic_store_n(&t->chunks, t->chunks + 1, __ATOMIC_RELEASE);
	return 0;
}

int event_init(struct domain *d)
{
	struct event_table *t = heap_alloc(sizeof(*t));
	int rc;

	if (!t)
		return fail(-ENOMEM, "no memory for the event table");

	spin_init(&t->lock, LOCK_EVENT);
	rc = table_grow(t);
	if (rc) {
		heap_free(t);
		return rc;
	}

	t->chunk[0][0].state = PORT_RESERVED;
	t->hint = 1;
	d->events = t;
	return 0;
}

struct port *table_port(const struct event_table *t, u32 n)
{
	if (n >= table_ports(t))
		return NULL;

	n = index_nospec(n, table_ports(t));
	return &t->chunk[n / PORTS_PER_CHUNK][n % PORTS_PER_CHUNK];
}

int table_find_free(struct domain *d, struct port **out, u32 *n)
{
	struct event_table *t = d->events;
	u32 limit = d->event_limits.highest ?: EVENT_PORTS - 1; /* the toolstack may set one */

	assert(spin_held(&t->lock));
	if (t->closed)
		return fail(-ESRCH, "d%u is dying", d->id);

	for (u32 i = t->hint; i <= limit; i++) {
		struct port *p;

		budget_charge(PORT_LOOKS);
		if (i == table_ports(t)) {
			int rc = table_grow(t);

			if (rc)
				return rc;
		}

		p = table_port(t, i);
		if (p->state != PORT_FREE)
			continue;

		/* A hint, not a claim: the port stays free if the caller refuses. */
		t->hint = i;
		*out = p;
		*n = i;
		return 0;
	}

	return fail(-ENOSPC, "d%u may have ports up to %u", d->id, limit);
}

void table_lock_two(struct event_table *a, struct event_table *b)
{
	spin_lock(&MIN(a, b)->lock);
	if (a != b)
		spin_lock(&MAX(a, b)->lock);
}

void table_unlock_two(struct event_table *a, struct event_table *b)
{
	spin_unlock(&a->lock);
	if (a != b)
		spin_unlock(&b->lock);
}

int event_teardown(struct domain *d)
{
	struct event_table *t = d->events;
	u32 ports;

	if (!t)
		return 0;

	spin_lock(&t->lock);
	t->closed = true;
	spin_unlock(&t->lock);

	/*
	 * From here on no port is bound, so the table does not grow; a close by a peer can only
	 * make a port of ours unbound that is still to be swept.
	 */
	ports = table_ports(t);

	for (; t->swept < ports; t->swept++) {
		if (budget_spent())
			return -ERESTART;

		event_close_any(d, t->swept);
	}

	return 0;
}

void event_free(struct domain *d)
{
	struct event_table *t = d->events;

	if (!t)
		return;

	for (u32 n = 0; n < table_ports(t); n++)
		assert(!port_in_use(table_port(t, n)->state));

	for (u32 i = 0; i < t->chunks; i++)
		heap_free(t->chunk[i]);

	d->events = NULL;
	heap_free(t);
}

bool event_locked(const struct domain *d)
{
	return spin_held(&d->events->lock);
}

static void port_dump(const struct domain *d, u32 n, const struct port *p)
{
	const struct shared_info *s = d->shared;

	log_info("d%u port %4u %-11s vcpu %u, remote d%u, number %u%s%s", d->id, n,
		 port_state_name(p->state), p->vcpu, p->remote, p->number,
		 bit_test(s->evtchn_pending, n) ? ", pending" : "",
		 bit_test(s->evtchn_mask, n) ? ", masked" : "");
}

void event_dump(struct domain *d)
{
	struct event_table *t = d->events;

	spin_lock(&t->lock);

	for (u32 n = 1; n < table_ports(t); n++) {
		const struct port *p = table_port(t, n);

		if (p->state != PORT_FREE)
			port_dump(d, n, p);
	}

	spin_unlock(&t->lock);
}
