/* SPDX-License-Identifier: MIT */
/*
 * What one event port may become, and who may do it: the pure core of event channels. No locks, no
 * hardware, no lookup of domains. A domain is an address here, only compared and handed back. The
 * caller holds the lock of every port it passes. Inside event/ only.
 *
 *                 bind_virq      +-------------+
 *            +-----------------> |    virq     | --+
 *            |    bind_ipi       +-------------+   |
 *            +-----------------> |     ipi     | --+
 *            |    bind_pirq      +-------------+   |
 *            +-----------------> |    pirq     | --+
 *            |                   +-------------+   |
 *        +------+                                  |  close
 *        | free | <--------------------------------+
 *        +------+                                  |
 *            |  bind_interdomain +-------------+   |
 *            +-----------------> | interdomain | --+
 *            |                   +-------------+   |
 *            |                     ^         |     |
 *            |   bind_interdomain  |         |  close
 *            |   by the peer       |         |  by the peer
 *            |                     |         v     |
 *            |   alloc_unbound   +-------------+   |
 *            +-----------------> |   unbound   | --+
 *                                +-------------+
 *        +----------+
 *        | reserved |   port 0, which means "none" in the ABI: never anything else
 *        +----------+
 *
 * bind_vcpu changes who hears of a port and leaves its state alone.
 */
#ifndef EVENT_PORT_H
#define EVENT_PORT_H

#include <lib/errno.h>
#include <lib/types.h>
#include <pvabi/event_channel.h>

struct domain;

enum port_state {
	PORT_FREE,
	PORT_RESERVED,
	PORT_UNBOUND,
	PORT_INTERDOMAIN,
	PORT_PIRQ,
	PORT_VIRQ,
	PORT_IPI,
	PORT_STATES /* how many there are */
};

struct port {
	u8 state;            /* enum port_state; read without the lock by event_set_pending */
	u16 vcpu;            /* who hears of it; read without the lock too */
	domid_t remote;      /* unbound: who may connect; interdomain: the peer's id */
	u32 number;          /* interdomain: the peer's port; pirq, virq: its number */
	struct domain *peer; /* interdomain */
};

/* One end of a pair that is to be joined. */
struct port_end {
	struct domain *dom;
	domid_t id;
	u32 number;
	struct port *port;
};

/*
 * The contracts below, which tests/prove/run proves, speak of
 *
 *   sound    what is true of each port between two calls
 *   bound    a port in a state, heard of by a vcpu, with its number; it has no other end
 *   joined   one side of a pair
 */
/*@
  predicate sound(struct port *p) =
    \valid(p) && PORT_FREE <= p->state < PORT_STATES &&
    (p->peer != \null <==> p->state == PORT_INTERDOMAIN) &&
    (p->state == PORT_VIRQ ==> p->number < NR_VIRQS);

  predicate bound(struct port *p, integer state, integer vcpu, integer number) =
    p->state == state && p->vcpu == vcpu && p->number == number && p->peer == \null;

  predicate joined(struct port *p, struct port_end *other) =
    p->state == PORT_INTERDOMAIN && p->peer == other->dom && p->remote == other->id &&
    p->number == other->number;

  predicate in_use(integer state) = state != PORT_FREE && state != PORT_RESERVED;

  predicate virq_global(integer virq) =
    virq != VIRQ_TIMER && virq != VIRQ_DEBUG && virq != VIRQ_XENOPROF && virq != VIRQ_XENPMU;

  // A domain's number of vcpus; each has a number that fits in a port.
  predicate vcpus_known(integer vcpus) = vcpus <= 64;
*/

/* The state as a word, for messages. */
const char *port_state_name(enum port_state state);

/* Somebody bound it: it is neither free nor reserved. */
//@ assigns \nothing; ensures \result <==> in_use(state);
static inline bool port_in_use(enum port_state state)
{
	return state != PORT_FREE && state != PORT_RESERVED;
}

/*
 * Whether a virq is bound once for the domain (at vcpu 0), or once for each vcpu. Numbers without
 * a name in the ABI are global, as all new ones have been.
 */
//@ assigns \nothing; ensures \result <==> virq_global(virq);
bool virq_is_global(u32 virq);

/*
 * These take the free port @p. Each returns 0, or an error with a reason, and then @p is as it was:
 * -EEXIST if @p is not free, -ENOENT if @vcpu is not below @vcpus, the domain's number of vcpus.
 */
/*@
  requires sound(p);
  assigns *p;
  ensures sound(p);
  ensures \result == 0 <==> \old(p->state) == PORT_FREE;
  ensures \result == 0 ==> bound(p, PORT_UNBOUND, 0, 0) && p->remote == remote;
  ensures \result != 0 ==> \result == -EEXIST && *p == \old(*p);
*/
int __must_check port_bind_unbound(struct port *p, domid_t remote);
/*@
  requires sound(p) && vcpus_known(vcpus);
  assigns *p;
  ensures sound(p);
  ensures \result == 0 <==> \old(p->state) == PORT_FREE && vcpu < vcpus;
  ensures \result == 0 ==> bound(p, PORT_IPI, vcpu, 0);
  ensures \result != 0 ==> *p == \old(*p);
  ensures \result == -ENOENT <==> vcpu >= vcpus;
*/
int __must_check port_bind_ipi(struct port *p, u32 vcpu, u32 vcpus);
/*@
  requires sound(p);
  assigns *p;
  ensures sound(p);
  ensures \result == 0 <==> \old(p->state) == PORT_FREE;
  ensures \result == 0 ==> bound(p, PORT_PIRQ, 0, pirq);
  ensures \result != 0 ==> \result == -EEXIST && *p == \old(*p);
*/
int __must_check port_bind_pirq(struct port *p, u32 pirq);
/* @bound_to is the port that this virq has at @vcpu, or 0. Also -EINVAL: no such virq there. */
/*@
  requires sound(p) && vcpus_known(vcpus);
  assigns *p;
  ensures sound(p);
  ensures \result == 0 <==> \old(p->state) == PORT_FREE && bound_to == 0 && vcpu < vcpus &&
    virq < NR_VIRQS && (virq_global(virq) ==> vcpu == 0);
  ensures \result == 0 ==> bound(p, PORT_VIRQ, vcpu, virq);
  ensures \result != 0 ==> *p == \old(*p);
*/
int __must_check port_bind_virq(struct port *p, u32 virq, u32 vcpu, u32 vcpus, u32 bound_to);

/*
 * Joins the free port of @local with that of @remote, which must be unbound and wait for local->id.
 * 0, or -EEXIST or -EINVAL and nothing has changed.
 */
/*@
  requires \valid_read(local) && \valid_read(remote) && sound(local->port) && sound(remote->port);
  requires local->dom != \null && remote->dom != \null;
  requires \separated(local, remote->port) && \separated(remote, local->port);
  requires \separated(local, local->port) && \separated(remote, remote->port);
  requires local->port == remote->port || \separated(local->port, remote->port);
  assigns *local->port, *remote->port;
  ensures sound(local->port) && sound(remote->port);
  ensures \result == 0 <==> \old(local->port->state) == PORT_FREE &&
    \old(remote->port->state) == PORT_UNBOUND && \old(remote->port->remote) == local->id;
  ensures \result == 0 ==> joined(local->port, remote) && joined(remote->port, local) &&
    local->port->vcpu == 0 && remote->port->vcpu == \old(remote->port->vcpu);
  ensures \result != 0 ==>
    *local->port == \old(*local->port) && *remote->port == \old(*remote->port);
*/
int __must_check port_connect(const struct port_end *local, const struct port_end *remote);

/* May the owner close it? 0, or -EINVAL for a free or reserved port. */
/*@
  requires sound(p);
  assigns \nothing;
  ensures \result == 0 <==> in_use(p->state);
*/
int __must_check port_may_close(const struct port *p);
/* @p becomes free; @peer, its other end or NULL, is unbound again and waits for @closer. */
/*@
  requires sound(p) && in_use(p->state);
  requires p->state == PORT_INTERDOMAIN <==> peer != \null;
  requires peer != \null ==>
    sound(peer) && peer->state == PORT_INTERDOMAIN && \separated(p, peer);
  assigns *p, *peer;
  ensures sound(p) && bound(p, PORT_FREE, 0, 0);
  ensures peer != \null ==> sound(peer) &&
    bound(peer, PORT_UNBOUND, \old(peer->vcpu), 0) && peer->remote == closer;
*/
void port_close(struct port *p, struct port *peer, domid_t closer);

/*
 * Another vcpu is to hear of @p. 0, -ENOENT if @vcpu is not below @vcpus, or -EINVAL for a port
 * that belongs to its vcpu (ipi, per-vcpu virq) or to nobody.
 */
/*@
  requires sound(p) && vcpus_known(vcpus);
  assigns p->vcpu;
  ensures sound(p);
  ensures \result == 0 <==> vcpu < vcpus && in_use(p->state) && p->state != PORT_IPI &&
    (p->state == PORT_VIRQ ==> virq_global(p->number));
  ensures \result == 0 ==> p->vcpu == vcpu;
  ensures \result != 0 ==> p->vcpu == \old(p->vcpu);
*/
int __must_check port_set_vcpu(struct port *p, u32 vcpu, u32 vcpus);

/* Fills status, vcpu and the union of what EVTCHNOP_status tells of @p. */
/*@
  requires sound(p) && \valid(out) && \separated(p, out);
  assigns *out;
  ensures out->vcpu == p->vcpu;
  ensures out->status == EVTCHNSTAT_closed <==> !in_use(p->state);
*/
void port_status(const struct port *p, struct evtchn_status *out);

#endif
