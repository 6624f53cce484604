/* SPDX-License-Identifier: MIT */
/*
 * The port state machine (event/port.h). Pure: runs unmodified under the host's tests. Finding
 * ports, locking two domains, physical irqs and telling a vcpu are left to the other files of the
 * room.
 */
#include <event/port.h>

#include <lib/fail.h>

//@ requires PORT_FREE <= state < PORT_STATES; assigns \nothing;
const char *port_state_name(enum port_state state)
{
	static const char *const name[PORT_STATES] = {
		[PORT_FREE] = "free",       [PORT_RESERVED] = "reserved",
		[PORT_UNBOUND] = "unbound", [PORT_INTERDOMAIN] = "interdomain",
		[PORT_PIRQ] = "pirq",       [PORT_VIRQ] = "virq",
		[PORT_IPI] = "ipi",
	};

	return name[state];
}

bool virq_is_global(u32 virq)
{
	switch (virq) {
	case VIRQ_TIMER:
	case VIRQ_DEBUG:
	case VIRQ_XENOPROF:
	case VIRQ_XENPMU:
		return false;
	default:
		return true;
	}
}

/*
 * The state is stored last: event_set_pending, which takes no lock, sees a port in use only with
 * its vcpu.
 */
/*@
  requires \valid(p) && vcpu <= 0xffff && PORT_FREE <= state < PORT_STATES;
  assigns *p;
  ensures bound(p, state, vcpu, number) && p->remote == DOMID_INVALID;
*/
static void port_become(struct port *p, enum port_state state, u32 vcpu, u32 number)
{
	p->remote = DOMID_INVALID;
	p->peer = NULL;
	p->number = number;
	WRITE_ONCE(p->vcpu, vcpu);
	__atomic_store_n(&p->state, state, __ATOMIC_RELEASE);
}

/*@
  requires \valid(p) && vcpu <= 0xffff && PORT_FREE <= state < PORT_STATES;
  requires PORT_FREE <= p->state < PORT_STATES;
  assigns *p;
  ensures \result == 0 <==> \old(p->state) == PORT_FREE;
  ensures \result == 0 ==> bound(p, state, vcpu, number);
  ensures \result != 0 ==> \result == -EEXIST && *p == \old(*p);
*/
static int port_take(struct port *p, enum port_state state, u32 vcpu, u32 number)
{
	if (p->state != PORT_FREE)
		return fail(-EEXIST, "the port is %s, not free", port_state_name(p->state));

	port_become(p, state, vcpu, number);
	return 0;
}

/*@
  assigns \nothing;
  ensures \result == (vcpu < vcpus ? 0 : -ENOENT);
*/
static int vcpu_check(u32 vcpu, u32 vcpus)
{
	if (vcpu >= vcpus)
		return fail(-ENOENT, "no vcpu %u: the domain has %u", vcpu, vcpus);

	return 0;
}

int port_bind_unbound(struct port *p, domid_t remote)
{
	int rc = port_take(p, PORT_UNBOUND, 0, 0);

	if (rc)
		return rc;

	p->remote = remote;
	return 0;
}

int port_bind_virq(struct port *p, u32 virq, u32 vcpu, u32 vcpus, u32 bound_to)
{
	int rc;

	if (virq >= NR_VIRQS)
		return fail(-EINVAL, "no virq %u", virq);

	if (virq_is_global(virq) && vcpu)
		return fail(-EINVAL, "virq %u is global: bind it at vcpu 0, not %u", virq, vcpu);

	rc = vcpu_check(vcpu, vcpus);
	if (rc)
		return rc;

	if (bound_to)
		return fail(-EEXIST, "virq %u of vcpu %u has port %u", virq, vcpu, bound_to);

	return port_take(p, PORT_VIRQ, vcpu, virq);
}

int port_bind_ipi(struct port *p, u32 vcpu, u32 vcpus)
{
	int rc = vcpu_check(vcpu, vcpus);

	if (rc)
		return rc;

	return port_take(p, PORT_IPI, vcpu, 0);
}

int port_bind_pirq(struct port *p, u32 pirq)
{
	return port_take(p, PORT_PIRQ, 0, pirq);
}

/* One side of a pair: @p is joined with @other. Who waited as unbound keeps his vcpu. */
/*@
  requires \valid(p) && \valid_read(other) && \separated(p, other);
  assigns *p;
  ensures joined(p, other);
  ensures p->vcpu == (\old(p->state) == PORT_FREE ? 0 : \old(p->vcpu));
*/
static void port_join(struct port *p, const struct port_end *other)
{
	if (p->state == PORT_FREE)
		WRITE_ONCE(p->vcpu, 0);

	p->peer = other->dom;
	p->remote = other->id;
	p->number = other->number;
	__atomic_store_n(&p->state, PORT_INTERDOMAIN, __ATOMIC_RELEASE);
}

int port_connect(const struct port_end *local, const struct port_end *remote)
{
	struct port *l = local->port;
	struct port *r = remote->port;

	if (l->state != PORT_FREE)
		return fail(-EEXIST, "the port is %s, not free", port_state_name(l->state));

	if (r->state != PORT_UNBOUND)
		return fail(-EINVAL, "port %u of d%u is %s, not unbound", remote->number,
			    remote->id, port_state_name(r->state));

	if (r->remote != local->id)
		return fail(-EINVAL, "port %u of d%u waits for d%u, not d%u", remote->number,
			    remote->id, r->remote, local->id);

	port_join(l, remote);
	port_join(r, local);
	return 0;
}

int port_may_close(const struct port *p)
{
	if (!port_in_use(p->state))
		return fail(-EINVAL, "the port is %s", port_state_name(p->state));

	return 0;
}

void port_close(struct port *p, struct port *peer, domid_t closer)
{
	if (peer) {
		port_become(peer, PORT_UNBOUND, peer->vcpu, 0);
		peer->remote = closer;
	}

	port_become(p, PORT_FREE, 0, 0);
}

int port_set_vcpu(struct port *p, u32 vcpu, u32 vcpus)
{
	int rc = vcpu_check(vcpu, vcpus);

	if (rc)
		return rc;

	if (p->state == PORT_VIRQ && !virq_is_global(p->number))
		return fail(-EINVAL, "virq %u belongs to its vcpu", p->number);

	if (!port_in_use(p->state) || p->state == PORT_IPI)
		return fail(-EINVAL, "no vcpu can be chosen for a port that is %s",
			    port_state_name(p->state));

	WRITE_ONCE(p->vcpu, vcpu);
	return 0;
}

void port_status(const struct port *p, struct evtchn_status *out)
{
	static const u8 status[PORT_STATES] = {
		[PORT_FREE] = EVTCHNSTAT_closed,     [PORT_RESERVED] = EVTCHNSTAT_closed,
		[PORT_UNBOUND] = EVTCHNSTAT_unbound, [PORT_INTERDOMAIN] = EVTCHNSTAT_interdomain,
		[PORT_PIRQ] = EVTCHNSTAT_pirq,       [PORT_VIRQ] = EVTCHNSTAT_virq,
		[PORT_IPI] = EVTCHNSTAT_ipi,
	};

	out->status = status[p->state];
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
