/* SPDX-License-Identifier: MIT */
/*
 * The domains that have a ring with the daemon: introduced by the toolstack, released by it or by
 * their death.
 */
#ifndef XENSTORE_LIKE_DOMAIN_H
#define XENSTORE_LIKE_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include <xenstore-like/wire/xsring.h>
#include "conn.h"
#include "floor.h"

/* For a daemon without a hypervisor: no domain lives. */
extern const struct floor no_floor;

struct domain {
	struct conn conn; /* first: the transport casts it back */
	struct domain *next;
	uint32_t domid;
	uint64_t mfn; /* of the shared page */
	uint32_t remote_port;
	uint32_t port; /* ours; 0: none is bound */
	int how;       /* the page was mapped (struct floor) */
	bool shutdown; /* its shutdown was seen, and watches were fired */
	bool stopped;  /* broke the protocol: its ring is not read any more */
	struct xenstore_domain_interface *page;
	struct xsring ring;
	uint32_t noted; /* ring.req_cons as the journal has it */
	bool restored;  /* ring comes from the state, not from the page */
};

/* The introduced domain of that number, or with that local port; NULL when there is none. */
struct domain *domain_find(const struct server *server, uint32_t domid);
struct domain *domain_by_port(const struct server *server, uint32_t port);

/* A connection's domain, or NULL for a socket's. */
struct domain *conn_domain(struct conn *conn);

/* Maps the page mfn, binds the domain's event channel port, and queues the domain for its first
 * turn. A known domain moves to the page and the port; if they are the same, nothing changes.
 * -ENOENT when there is no such domain or it is dying, -ENOMEM, or an error of the floor. */
__must_check int domain_introduce(struct server *server, uint32_t domid, uint64_t mfn,
				  uint32_t port);

/* Ends the connection, and takes the domain out of all permissions. 0 or -ENOENT. */
__must_check int domain_release(struct server *server, uint32_t domid);

/* The domain is gone: ends its connection, fires nothing, takes it out of all permissions. It need
 * not be known any more. */
void domain_forget(struct server *server, uint32_t domid);

/* Goes on with that for a slice of work, or to its end. */
void domains_forget_more(struct server *server);
void domains_forget_all(struct server *server);

/* The domain broke the protocol: its ring is not read until domain_reconnect() or a new
 * introduction. These change nothing in the page. */
void domain_stop(struct domain *d);
void domain_reconnect(struct domain *d);

/* While server->loading is set, introduced domains have neither page nor port. At its end this
 * gives them both; those for which that fails are gone, and are forgotten. */
void domain_attach_all(struct server *server);

/* Finds the domains that have shut down or died since the last call, and fires SPECIAL_RELEASE if
 * there are any. */
void domain_check_all(struct server *server);

/* Dooms guests' transactions that are too old (conn_age()). To be called between turns, however
 * much there is to do; it looks once a second, and after each VERSIONS_LOOK_BYTES of changes. */
#define VERSIONS_LOOK_BYTES (1u << 20)
void domains_age(struct server *server);

/* Ends all connections and frees everything, without firing watches: the daemon stops. */
void domain_drop_all(struct server *server);

#endif
