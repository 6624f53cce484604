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

/* There are no domains but the own one. */
extern const struct floor no_floor;

struct domain {
	struct conn conn; /* first: the transport gets back from it */
	struct domain *next;
	uint32_t domid;
	uint64_t mfn; /* of the shared page */
	uint32_t remote_port;
	uint32_t port; /* ours; 0: none is bound */
	int how;       /* the page was mapped (struct floor) */
	bool shutdown; /* seen, and told */
	bool stopped;  /* broke the protocol: its ring is not read any more */
	struct xenstore_domain_interface *page;
};

/* The introduced domain of that number, or with that local port; NULL when there is none. */
struct domain *domain_find(const struct server *server, uint32_t domid);
struct domain *domain_by_port(const struct server *server, uint32_t port);

/* A connection's domain, or NULL for a socket's. */
struct domain *conn_domain(struct conn *conn);

/* Maps the page mfn, binds the domain's event channel port, and queues the domain for its first
 * turn. A known domain moves to the page and the port; if they are the same, nothing changes.
 * -ENOENT when it does not live, -ENOMEM, or what the floor says. */
__must_check int domain_introduce(struct server *server, uint32_t domid, uint64_t mfn,
				  uint32_t port);

/* The connection ends, and the domain's rights are forgotten. 0 or -ENOENT. */
__must_check int domain_release(struct server *server, uint32_t domid);

/* Looks which domains have shut down or died since, and tells the watches of SPECIAL_RELEASE. */
void domain_check_all(struct server *server);

/* Ends all connections and frees everything, but tells nobody: the daemon stops. */
void domain_drop_all(struct server *server);

#endif
