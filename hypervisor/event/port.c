/* SPDX-License-Identifier: MIT */
/*
 * The port state machine (event/port.h). Pure: runs unmodified under the host's tests. Finding
 * ports, locking two domains, physical irqs and telling a vcpu are left to the other files of the
 * room.
 */
#include <event/port.h>

#include <lib/fail.h>

bool virq_is_global(u32 virq)
{
	return virq != VIRQ_TIMER && virq != VIRQ_DEBUG && virq != VIRQ_XENOPROF &&
	       virq != VIRQ_XENPMU;
}

static void port_become(struct port *p, enum port_state state, u32 vcpu, u32 number)
{
	p->remote = DOMID_INVALID;
	p->peer = NULL;
	p->number = number;
	WRITE_ONCE(p->vcpu, vcpu);
	__atomic_store_n(&p->state, state, __ATOMIC_RELEASE);
}

/* Takes the free port. 0 or -EEXIST. */
static int port_take(struct port *p, enum port_state state, u32 vcpu, u32 number)
{
	if (p->state != PORT_FREE)
		return fail(-EEXIST, "port is in state %u already", p->state);
	port_become(p, state, vcpu, number);
	return 0;
}

static int vcpu_check(u32 vcpu, u32 vcpus)
{
	return vcpu < vcpus ? 0 : fail(-ENOENT, "no vcpu %u: the domain has %u", vcpu, vcpus);
}

int port_bind_unbound(struct port *p, domid_t remote)
{
	int err = port_take(p, PORT_UNBOUND, 0, 0);

	if (!err)
		p->remote = remote;
	return err;
}

int port_bind_virq(struct port *p, u32 virq, u32 vcpu, u32 vcpus, u32 bound_to)
{
	int err;

	if (virq >= NR_VIRQS)
		return fail(-EINVAL, "no virq %u", virq);
	if (virq_is_global(virq) && vcpu)
		return fail(-EINVAL, "virq %u is global: bind it at vcpu 0, not %u", virq, vcpu);
	err = vcpu_check(vcpu, vcpus);
	if (err)
		return err;
	if (bound_to)
		return fail(-EEXIST, "virq %u of vcpu %u has port %u", virq, vcpu, bound_to);
	return port_take(p, PORT_VIRQ, vcpu, virq);
}

int port_bind_ipi(struct port *p, u32 vcpu, u32 vcpus)
{
	int err = vcpu_check(vcpu, vcpus);

	return err ? err : port_take(p, PORT_IPI, vcpu, 0);
}

int port_bind_pirq(struct port *p, u32 pirq)
{
	return port_take(p, PORT_PIRQ, 0, pirq);
}

static void port_join(struct port *p, const struct port_end *other)
{
	u32 vcpu = p->state == PORT_UNBOUND ? p->vcpu : 0;

	p->peer = other->dom;
	p->remote = other->id;
	p->number = other->number;
	WRITE_ONCE(p->vcpu, vcpu);
	__atomic_store_n(&p->state, PORT_INTERDOMAIN, __ATOMIC_RELEASE);
}

int port_connect(const struct port_end *local, const struct port_end *remote)
{
	struct port *r = remote->port;

	if (local->port->state != PORT_FREE)
		return fail(-EEXIST, "port is in state %u already", local->port->state);
	if (r->state != PORT_UNBOUND)
		return fail(-EINVAL, "port %u of domain %u is not unbound (state %u)",
			    remote->number, remote->id, r->state);
	if (r->remote != local->id)
		return fail(-EINVAL, "port %u of domain %u waits for domain %u, not %u",
			    remote->number, remote->id, r->remote, local->id);
	if (r == local->port)
		return fail(-EINVAL, "port %u can not be its own peer", local->number);
	port_join(local->port, remote);
	port_join(r, local);
	return 0;
}

int port_may_close(const struct port *p)
{
	if (p->state == PORT_FREE || p->state == PORT_RESERVED)
		return fail(-EINVAL, "port is %s", p->state == PORT_FREE ? "free" : "reserved");
	return 0;
}

void port_close(struct port *p, struct port *peer, domid_t closer)
{
	if (peer) {
		u32 vcpu = peer->vcpu;

		port_become(peer, PORT_UNBOUND, vcpu, 0);
		peer->remote = closer;
	}
	port_become(p, PORT_FREE, 0, 0);
}

int port_set_vcpu(struct port *p, u32 vcpu, u32 vcpus)
{
	int err = vcpu_check(vcpu, vcpus);

	if (err)
		return err;
	if (p->state == PORT_VIRQ && !virq_is_global(p->number))
		return fail(-EINVAL, "virq %u belongs to its vcpu", p->number);
	if (p->state <= PORT_RESERVED || p->state == PORT_IPI)
		return fail(-EINVAL, "a port in state %u has no vcpu to choose", p->state);
	WRITE_ONCE(p->vcpu, vcpu);
	return 0;
}

void port_status(const struct port *p, struct evtchn_status *out)
{
	static const u8 name[] = {
		[PORT_FREE] = EVTCHNSTAT_closed,     [PORT_RESERVED] = EVTCHNSTAT_closed,
		[PORT_UNBOUND] = EVTCHNSTAT_unbound, [PORT_INTERDOMAIN] = EVTCHNSTAT_interdomain,
		[PORT_PIRQ] = EVTCHNSTAT_pirq,       [PORT_VIRQ] = EVTCHNSTAT_virq,
		[PORT_IPI] = EVTCHNSTAT_ipi,
	};

	out->status = name[p->state];
	out->vcpu = p->vcpu;
	switch (p->state) {
	case PORT_UNBOUND:
		out->u.unbound.dom = p->remote;
		break;
	case PORT_INTERDOMAIN:
		out->u.interdomain.dom = p->remote;
		out->u.interdomain.port = p->number;
		break;
	case PORT_PIRQ:
		out->u.pirq = p->number;
		break;
	case PORT_VIRQ:
		out->u.virq = p->number;
		break;
	}
}
