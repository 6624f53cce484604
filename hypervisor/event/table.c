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

/* Ports closed by one call of event_teardown: some 100 microseconds. */
#define SWEEP_BATCH 512

static int table_grow(struct event_table *t)
{
	struct port *chunk;

	if (t->chunks == PORT_CHUNKS)
		return fail(-ENOSPC, "all %u ports are in use", EVENT_PORTS);
	chunk = heap_alloc(PORTS_PER_CHUNK * sizeof(*chunk));
	if (!chunk)
		return fail(-ENOMEM, "no memory for more ports");
	t->chunk[t->chunks] = chunk;
	__atomic_store_n(&t->chunks, t->chunks + 1, __ATOMIC_RELEASE);
	return 0;
}

int event_init(struct domain *d)
{
	struct event_table *t = heap_alloc(sizeof(*t));
	int err;

	if (!t)
		return fail(-ENOMEM, "no memory for the event table");
	spin_init(&t->lock, LOCK_EVENT);
	err = table_grow(t);
	if (err) {
		heap_free(t);
		return err;
	}
	t->chunk[0][0].state = PORT_RESERVED; /* port 0 means "none" all over the ABI */
	t->hint = 1;
	d->events = t;
	return 0;
}

struct port *table_port(const struct event_table *t, u32 n)
{
	u32 chunks = __atomic_load_n(&t->chunks, __ATOMIC_ACQUIRE);

	if (n >= chunks * PORTS_PER_CHUNK)
		return NULL;
	return &t->chunk[n / PORTS_PER_CHUNK][n % PORTS_PER_CHUNK];
}

int table_find_free(struct domain *d, struct port **out, u32 *n)
{
	struct event_table *t = d->events;
	u32 limit = d->max_evtchn_port ? d->max_evtchn_port : EVENT_PORTS - 1; /* 0: not limited */
	int err;

	if (t->closed)
		return fail(-ESRCH, "domain %u is dying", d->id);
	for (u32 i = t->hint;; i++) {
		if (i > limit)
			return fail(-ENOSPC, "domain %u may have ports up to %u", d->id, limit);
		if (i == t->chunks * PORTS_PER_CHUNK) {
			err = table_grow(t);
			if (err)
				return err;
		}
		*out = table_port(t, i);
		if ((*out)->state == PORT_FREE) {
			/* stays free if the caller refuses: a hint, not a claim */
			*n = t->hint = i;
			return 0;
		}
	}
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
	u32 batch = SWEEP_BATCH;

	if (!t)
		return 0;
	spin_lock(&t->lock);
	t->closed = true;
	spin_unlock(&t->lock);
	/* No port is bound any more from here on; a peer's close can only make ours unbound. */
	while (t->swept < t->chunks * PORTS_PER_CHUNK) {
		if (!batch--)
			return -ERESTART;
		if (table_port(t, t->swept)->state > PORT_RESERVED)
			event_close(d, t->swept);
		t->swept++;
	}
	return 0;
}

void event_free(struct domain *d)
{
	struct event_table *t = d->events;

	if (!t)
		return;
	for (u32 i = 0; i < t->chunks; i++)
		heap_free(t->chunk[i]);
	d->events = NULL;
	heap_free(t);
}

void event_dump(struct domain *d)
{
	static const char *const name[] = { "free", "reserved", "unbound", "interdomain",
					    "pirq", "virq",     "ipi" };
	struct event_table *t = d->events;

	spin_lock(&t->lock);
	for (u32 i = 1; i < t->chunks * PORTS_PER_CHUNK; i++) {
		const struct port *p = table_port(t, i);

		if (p->state == PORT_FREE)
			continue;
		log_info("d%u port %4u %-11s vcpu %u, domain %u, number %u%s%s", d->id, i,
			 name[p->state], p->vcpu, p->remote, p->number,
			 bit_test(d->shared->evtchn_pending, i) ? ", pending" : "",
			 bit_test(d->shared->evtchn_mask, i) ? ", masked" : "");
	}
	spin_unlock(&t->lock);
}
