/* SPDX-License-Identifier: MIT */
/*
 * Raising events: from a guest's send, from virqs and physical irqs, and on unmask.
 * event_set_pending takes no lock, so it may be called anywhere: it only reads which vcpu hears of
 * the port. If the port is closed at that very moment, the domain sees one event too many on a port
 * of its own, which the ABI allows at any time.
 */
#include <event/bits.h>
#include <event/table.h>

#include <lib/bitmap.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <x86/cpu.h>
#include <x86/upcalls.h>

#define POLL_BITS (64 * ARRAY_SIZE(((struct vcpu *)0)->poll_ports))

/* @v has a new upcall: ends its sleep, or gets it out of guest mode to see it. */
static void vcpu_notify(struct vcpu *v)
{
	vcpu_wake(v);
	if (READ_ONCE(v->run.running) && READ_ONCE(v->run.cpu) != cpu_id())
		upcall_kick(READ_ONCE(v->run.cpu));
}

/*
 * poll_ports holds the polled ports modulo its size: a vcpu may be woken in vain, never left
 * asleep.
 */
static bool poll_may_want(const struct vcpu *v, u32 port)
{
	return READ_ONCE(v->polling) && bit_test(v->poll_ports, port % POLL_BITS);
}

static void pollers_wake(struct domain *d, u32 port)
{
	for (u32 i = 0; i < d->max_vcpus && i < MAX_VCPUS; i++) {
		struct vcpu *v = READ_ONCE(d->vcpu[i]);

		if (v && poll_may_want(v, port))
			vcpu_wake(v);
	}
}

void event_poll_begin(struct vcpu *v, const u32 *ports, u32 n)
{
	memset(v->poll_ports, 0, sizeof(v->poll_ports));
	for (u32 i = 0; i < n; i++)
		bit_set(v->poll_ports, ports[i] % POLL_BITS);
	/*
	 * Whoever raises a port after this sees us polling; what was raised before,
	 * event_any_pending sees.
	 */
	__atomic_store_n(&v->polling, true, __ATOMIC_SEQ_CST);
}

bool event_any_pending(struct domain *d, const u32 *ports, u32 n)
{
	struct shared_info *s = READ_ONCE(d->shared);

	for (u32 i = 0; s && i < n; i++)
		if (ports[i] < EVENT_PORTS && bit_test(s->evtchn_pending, ports[i]))
			return true;
	return false;
}

static struct vcpu *port_vcpu(struct domain *d, const struct port *p)
{
	u32 id = READ_ONCE(p->vcpu);

	return id < MAX_VCPUS ? READ_ONCE(d->vcpu[id]) : NULL;
}

static bool bits_of(struct domain *d, const struct vcpu *v, struct event_bits *b)
{
	struct shared_info *s = READ_ONCE(d->shared);

	if (!s)
		return false;
	*b = (struct event_bits){ s->evtchn_pending, s->evtchn_mask,
				  v ? READ_ONCE(v->info) : NULL };
	return true;
}

void event_set_pending(struct domain *d, u32 n)
{
	struct port *p = d->events ? table_port(d->events, n) : NULL;
	struct event_bits b;
	struct vcpu *v;
	enum raised r;

	if (!p || __atomic_load_n(&p->state, __ATOMIC_ACQUIRE) <= PORT_RESERVED)
		return;
	v = port_vcpu(d, p);
	if (!bits_of(d, v, &b))
		return;
	r = bits_raise(&b, n);
	if (r == RAISED_UPCALL)
		vcpu_notify(v);
	if (r != RAISED_NOTHING)
		pollers_wake(d, n);
}

int event_op_send(struct domain *self, void *arg)
{
	u32 n = ((struct evtchn_send *)arg)->port;
	struct port *p = table_port(self->events, n);
	int err = 0;

	if (!p)
		return fail(-EINVAL, "no port %u", n);
	spin_lock(&self->events->lock);
	if (p->state == PORT_INTERDOMAIN)
		/* our lock alone keeps the pair joined: event/table.h */
		event_set_pending(p->peer, p->number);
	else if (p->state == PORT_IPI)
		event_set_pending(self, n);
	else if (p->state != PORT_UNBOUND) /* to nobody: dropped, as the peer may come back */
		err = fail(-EINVAL, "port %u is of a kind that is not sent to (%u)", n, p->state);
	spin_unlock(&self->events->lock);
	return err;
}

int event_op_unmask(struct domain *self, void *arg)
{
	u32 n = ((struct evtchn_unmask *)arg)->port;
	struct port *p = table_port(self->events, n);
	struct event_bits b;
	struct vcpu *v;

	if (!p)
		return fail(-EINVAL, "no port %u", n);
	spin_lock(&self->events->lock);
	v = port_vcpu(self, p);
	if (bits_of(self, v, &b) && bits_unmask(&b, n))
		vcpu_notify(v);
	if (p->state == PORT_PIRQ && event_pirq_hooks->unmask)
		event_pirq_hooks->unmask(self, p->number);
	spin_unlock(&self->events->lock);
	return 0;
}

void event_virq(struct vcpu *v, u32 virq)
{
	u32 n = virq < NR_VIRQS ? READ_ONCE(v->virq_port[virq]) : 0;

	if (n)
		event_set_pending(v->dom, n);
}

void event_virq_global(struct domain *d, u32 virq)
{
	struct vcpu *v = READ_ONCE(d->vcpu[0]);

	if (v)
		event_virq(v, virq);
}

void event_vcpu_info_moved(struct vcpu *v)
{
	if (!v->info)
		return;
	bits_raise_all(v->info);
	vcpu_notify(v);
}
