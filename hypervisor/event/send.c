/* SPDX-License-Identifier: MIT */
/*
 * Raising events: from a guest's send, from virqs and physical irqs, and on unmask.
 * event_set_pending takes no lock, so it may be called anywhere. If the port is closed at that very
 * moment, the domain sees one event too many on a port of its own, which the ABI allows at any
 * time.
 *
 * Who is woken runs at once, if that is due to it, with one exception: another domain's send wakes
 * with patience. Who fills a ring goes on for a moment, so that the other end finds more in it than
 * one request. Should it sleep, the other end runs at once.
 */
#include <event/bits.h>
#include <event/table.h>

#include <lib/fail.h>
#include <lib/index.h>
#include <lib/string.h>
#include <x86/cpu.h>
#include <x86/hooks.h>

/* A vcpu's poll_ports has a bit for each port, modulo this. */
#define POLL_BITS (64 * ARRAY_SIZE(((struct vcpu *)0)->events.poll_ports))

static void notify(struct vcpu *v, bool patient)
{
	vcpu_wake(v, patient);

	if (READ_ONCE(v->run.running) && READ_ONCE(v->run.cpu) != cpu_id())
		hook_kick(READ_ONCE(v->run.cpu));
}

void vcpu_notify(struct vcpu *v)
{
	notify(v, false);
}

/* Two ports may share a bit: a vcpu may be woken in vain, but is never left asleep. */
static void pollers_wake(struct domain *d, u32 port)
{
	for (u32 i = 0; i < d->max_vcpus; i++) {
		struct vcpu *v = d->vcpu[i];

		if (READ_ONCE(v->events.polling) &&
		    bit_test(v->events.poll_ports, port % POLL_BITS))
			vcpu_wake(v, false);
	}
}

void event_poll_begin(struct vcpu *v, const u32 *ports, u32 n)
{
	memset(v->events.poll_ports, 0, sizeof(v->events.poll_ports));
	for (u32 i = 0; i < n; i++)
		bit_set(v->events.poll_ports, ports[i] % POLL_BITS);

	/* Who raises a port later sees us polling; event_any_pending sees what came before. */
	__atomic_store_n(&v->events.polling, true, __ATOMIC_SEQ_CST);
}

bool event_any_pending(struct domain *d, const u32 *ports, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		if (ports[i] >= EVENT_PORTS)
			continue;

		if (bit_test(d->shared->evtchn_pending, index_nospec(ports[i], EVENT_PORTS)))
			return true;
	}

	return false;
}

/* The vcpu that hears of @p learns of port @n. */
static void port_tell(struct domain *d, const struct port *p, u32 n, bool patient)
{
	struct vcpu *v = d->vcpu[READ_ONCE(p->vcpu)];
	struct vcpu_info *info = READ_ONCE(v->info);

	/* Beyond those in shared_info a vcpu has no info until it registers one. */
	if (!info)
		return;

	if (bits_tell(info, n))
		notify(v, patient);
}

static void set_pending(struct domain *d, u32 n, bool patient)
{
	struct shared_info *s = d->shared;
	struct port *p = table_port(d->events, n);
	enum raised raised;

	if (!p || !port_in_use(__atomic_load_n(&p->state, __ATOMIC_ACQUIRE)))
		return;

	n = index_nospec(n, EVENT_PORTS);
	raised = bits_raise(s->evtchn_pending, s->evtchn_mask, n);
	if (raised == RAISED_NOTHING)
		return;

	if (raised == RAISED_TELL)
		port_tell(d, p, n, patient);

	pollers_wake(d, n);
}

void event_set_pending(struct domain *d, u32 n)
{
	set_pending(d, n, false);
}

/* The lock is held. */
static int port_send(struct domain *d, u32 n, const struct port *p)
{
	switch (p->state) {
	case PORT_INTERDOMAIN:
		/* Our lock alone keeps the pair joined: event/table.h. */
		set_pending(p->peer, p->number, p->peer != d);
		return 0;
	case PORT_IPI:
		event_set_pending(d, n);
		return 0;
	case PORT_UNBOUND:
		/* To nobody: dropped without an error, as the peer may come back. */
		return 0;
	default:
		return fail(-EINVAL, "port %u is %s: it is not sent to", n,
			    port_state_name(p->state));
	}
}

long op_event_send(struct domain *self, struct evtchn_send *a)
{
	struct port *p = table_port(self->events, a->port);
	int rc;

	if (!p)
		return fail(-EINVAL, "no port %u", a->port);

	spin_lock(&self->events->lock);
	rc = port_send(self, a->port, p);
	spin_unlock(&self->events->lock);

	return rc;
}

long op_event_unmask(struct domain *self, struct evtchn_unmask *a)
{
	struct port *p = table_port(self->events, a->port);
	struct shared_info *s = self->shared;
	u32 n;

	if (!p)
		return fail(-EINVAL, "no port %u", a->port);

	n = index_nospec(a->port, EVENT_PORTS);
	if (bits_unmask(s->evtchn_pending, s->evtchn_mask, n))
		port_tell(self, p, n, false);

	return 0;
}

void event_virq(struct vcpu *v, u32 virq)
{
	u32 n;

	assert(virq < NR_VIRQS);
	n = READ_ONCE(v->events.virq_port[virq]);
	if (n)
		event_set_pending(v->dom, n);
}

void event_virq_global(struct domain *d, u32 virq)
{
	assert(virq_is_global(virq));
	event_virq(d->vcpu[0], virq);
}

void event_vcpu_info_moved(struct vcpu *v)
{
	bits_tell_all(v->info);
	vcpu_notify(v);
}
