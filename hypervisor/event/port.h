/* SPDX-License-Identifier: MIT */
/*
 * What one event port may become, and who may do it: the pure core of event channels. No locks, no
 * hardware, no lookup of domains. A domain is an address here, only compared and handed back. The
 * caller holds the lock(s) of the port(s) it passes.
 *
 * free -> unbound | virq | ipi | pirq by binding all of these -> free by closing free + a peer's
 * unbound -> both interdomain the peer of a closed interdomain port -> unbound
 */
#ifndef EVENT_PORT_H
#define EVENT_PORT_H

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
	PORT_IPI
};

struct port {
	u8 state;            /* enum port_state; read without the lock by event_set_pending */
	u16 vcpu;            /* who hears of it */
	domid_t remote;      /* unbound: who may connect; interdomain: the peer's id */
	u32 number;          /* interdomain: the peer's port; pirq, virq: its number */
	struct domain *peer; /* interdomain */
};

/* How a virq is bound. Numbers without a name in the ABI are global, as new ones always were. */
bool virq_is_global(u32 virq);

/* Each answers 0, or -errno with a reason and changes nothing then. */
int port_bind_unbound(struct port *p, domid_t remote);
int port_bind_virq(struct port *p, u32 virq, u32 vcpu, u32 vcpus, u32 bound_to);
int port_bind_ipi(struct port *p, u32 vcpu, u32 vcpus);
int port_bind_pirq(struct port *p, u32 pirq);

struct port_end {
	struct domain *dom;
	domid_t id;
	u32 number;
	struct port *port;
};
/* Joins the free port of @local with that of @remote, which is to wait for local->id. */
int port_connect(const struct port_end *local, const struct port_end *remote);

/* May the owner close it? 0 or -EINVAL. */
int port_may_close(const struct port *p);
/* @p becomes free; @peer, the other end if it has one, waits for @closer again. */
void port_close(struct port *p, struct port *peer, domid_t closer);

/* Moves the port to another vcpu. */
int port_set_vcpu(struct port *p, u32 vcpu, u32 vcpus);
/* Fills what EVTCHNOP_status tells of @p. */
void port_status(const struct port *p, struct evtchn_status *out);

#endif
