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

/* The state as a word, for messages. */
const char *port_state_name(enum port_state state);

/* Somebody bound it: it is neither free nor reserved. */
static inline bool port_in_use(enum port_state state)
{
	return state != PORT_FREE && state != PORT_RESERVED;
}

/*
 * Whether a virq is bound once for the domain (at vcpu 0), or once for each vcpu. Numbers without
 * a name in the ABI are global, as all new ones have been.
 */
bool virq_is_global(u32 virq);

/*
 * These take the free port @p. Each returns 0, or an error with a reason, and then @p is as it was:
 * -EEXIST if @p is not free, -ENOENT if @vcpu is not below @vcpus, the domain's number of vcpus.
 */
int __must_check port_bind_unbound(struct port *p, domid_t remote);
int __must_check port_bind_ipi(struct port *p, u32 vcpu, u32 vcpus);
int __must_check port_bind_pirq(struct port *p, u32 pirq);
/* @bound_to is the port that this virq has at @vcpu, or 0. Also -EINVAL: no such virq there. */
int __must_check port_bind_virq(struct port *p, u32 virq, u32 vcpu, u32 vcpus, u32 bound_to);

/*
 * Joins the free port of @local with that of @remote, which must be unbound and wait for local->id.
 * 0, or -EEXIST or -EINVAL and nothing has changed.
 */
int __must_check port_connect(const struct port_end *local, const struct port_end *remote);

/* May the owner close it? 0, or -EINVAL for a free or reserved port. */
int __must_check port_may_close(const struct port *p);
/* @p becomes free; @peer, its other end or NULL, is unbound again and waits for @closer. */
void port_close(struct port *p, struct port *peer, domid_t closer);

/*
 * Another vcpu is to hear of @p. 0, -ENOENT if @vcpu is not below @vcpus, or -EINVAL for a port
 * that belongs to its vcpu (ipi, per-vcpu virq) or to nobody.
 */
int __must_check port_set_vcpu(struct port *p, u32 vcpu, u32 vcpus);

/* Fills status, vcpu and the union of what EVTCHNOP_status tells of @p. */
void port_status(const struct port *p, struct evtchn_status *out);

#endif
