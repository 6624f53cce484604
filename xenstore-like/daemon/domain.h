/* SPDX-License-Identifier: MIT */
/*
 * The domains that have a ring with the daemon: introduced by the toolstack, released by it or by
 * their death. What needs a hypervisor (mapping the page, event channels, asking after a domain)
 * is behind struct floor, so that tests run without one.
 */
#ifndef XENSTORE_LIKE_DOMAIN_H
#define XENSTORE_LIKE_DOMAIN_H

#include "server.h"
#include <xenstore-like/wire/xsring.h>

struct domain_life {
	bool shutdown;
	bool dying;
};

/* Each call: 0 (bind: the local port) or a negative errno. how: the floor's own note of how a page
 * was mapped. */
struct floor {
	int (*map)(uint32_t domid, uint64_t mfn, struct xenstore_domain_interface **page, int *how);
	void (*unmap)(struct xenstore_domain_interface *page, int how);
	int (*bind)(uint32_t domid, uint32_t remote_port);
	void (*unbind)(uint32_t port);
	void (*notify)(uint32_t port);
	/* -ESRCH when there is no such domain. */
	int (*life)(uint32_t domid, struct domain_life *life);
};

/* There are no domains but the own one. */
extern const struct floor no_floor;

struct domain {
	struct conn conn; /* first: transports get back from it */
	struct domain *next;
	uint32_t domid;
	uint64_t mfn;
	uint32_t remote_port;
	uint32_t port;
	int how;
	bool shutdown; /* seen, and told */
	bool stopped;  /* broke the protocol: its ring is not read any more */
	struct xenstore_domain_interface *page;
};

struct domain *domain_find(struct server *server, uint32_t domid);
struct domain *domain_by_port(struct server *server, uint32_t port);

/* Maps the page, binds the port, begins to serve. *fresh: it was not known before. For a known
 * domain with the same page and port nothing changes. */
int domain_introduce(struct server *server, uint32_t domid, uint64_t mfn, uint32_t port,
		     bool *fresh);
/* The connection ends; the domain's rights are forgotten. -ENOENT. */
int domain_release(struct server *server, uint32_t domid);
/* Looks which domains have shut down or died since, and tells the watchers of @releaseDomain. */
void domain_check_all(struct server *server);
/* Serves a turn of the domain's ring and signals it when there is news. */
void domain_serve(struct domain *domain);
/* Ends all connections and frees everything, but says nothing to anybody: the daemon stops. */
void domain_drop_all(struct server *server);

/* A connection's domain, or NULL for a socket's. */
struct domain *conn_domain(struct conn *conn);

#endif
