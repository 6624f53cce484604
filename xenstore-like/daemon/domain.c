/* SPDX-License-Identifier: MIT */
/*
 * Domains with a ring (see domain.h): introduction, service, release, death.
 */
#include "domain.h"

#include <errno.h>
#include <stdlib.h>

static int ring_read(struct conn *conn, void *to, size_t len)
{
	return xsring_read(((struct domain *)conn)->page, to, len);
}

static int ring_write(struct conn *conn, const void *from, size_t len)
{
	return xsring_write(((struct domain *)conn)->page, from, len);
}

static const struct transport ring_transport = { ring_read, ring_write };

static int no_life(uint32_t domid, struct domain_life *life)
{
	(void)domid;
	(void)life;
	return -ESRCH;
}

/* With nobody alive, nothing is ever mapped or bound. */
const struct floor no_floor = { .life = no_life };

struct domain *conn_domain(struct conn *conn)
{
	return conn->transport == &ring_transport ? (struct domain *)conn : NULL;
}

struct domain *domain_find(struct server *server, uint32_t domid)
{
	struct domain *d = server->domains;

	while (d && d->domid != domid)
		d = d->next;
	return d;
}

struct domain *domain_by_port(struct server *server, uint32_t port)
{
	struct domain *d = server->domains;

	while (d && d->port != port)
		d = d->next;
	return d;
}

static int page_map(const struct floor *floor, struct domain *d, uint64_t mfn)
{
	struct xenstore_domain_interface *page;
	int how, rc = floor->map(d->domid, mfn, &page, &how);

	if (rc) {
		log_line("domain %u: its store page (frame %#llx) cannot be mapped: error %d",
			 d->domid, (unsigned long long)mfn, -rc);
		return rc;
	}
	if (d->page)
		floor->unmap(d->page, d->how);
	d->page = page;
	d->how = how;
	d->mfn = mfn;
	xsring_announce(page);
	return 0;
}

static int port_bind(const struct floor *floor, struct domain *d, uint32_t remote_port)
{
	int rc = floor->bind(d->domid, remote_port);

	if (rc < 0) {
		log_line("domain %u: its store event channel %u cannot be bound: error %d",
			 d->domid, remote_port, -rc);
		return rc;
	}
	if (d->port)
		floor->unbind(d->port);
	d->port = rc;
	d->remote_port = remote_port;
	return 0;
}

static void domain_detach(const struct floor *floor, struct domain *d)
{
	if (d->port)
		floor->unbind(d->port);
	if (d->page)
		floor->unmap(d->page, d->how);
}

/* A known domain is introduced again: it may have another page or port after a resume. */
static int domain_move(struct server *server, struct domain *d, uint64_t mfn, uint32_t port)
{
	int rc = 0;

	if (d->mfn == mfn && d->remote_port == port)
		return 0;
	if (d->remote_port != port)
		rc = port_bind(server->floor, d, port);
	if (!rc && d->mfn != mfn)
		rc = page_map(server->floor, d, mfn);
	if (rc)
		return rc;
	conn_reset(&d->conn);
	d->stopped = false;
	server->touched = true;
	return 0;
}

int domain_introduce(struct server *server, uint32_t domid, uint64_t mfn, uint32_t port,
		     bool *fresh)
{
	struct domain *d = domain_find(server, domid);
	struct domain_life life;
	int rc;

	*fresh = false;
	if (d)
		return domain_move(server, d, mfn, port);
	rc = server->floor->life(domid, &life);
	if (rc || life.dying)
		return rc == -ESRCH || !rc ? -ENOENT : rc;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->domid = domid;
	rc = page_map(server->floor, d, mfn);
	if (!rc)
		rc = port_bind(server->floor, d, port);
	if (rc) {
		domain_detach(server->floor, d);
		free(d);
		return rc;
	}
	conn_init(&d->conn, server, &ring_transport, (struct who){ domid, DOMID_NONE });
	d->next = server->domains;
	server->domains = d;
	server->touched = true;
	*fresh = true;
	conn_wake(&d->conn);
	return 0;
}

static void domain_end(struct server *server, struct domain *d)
{
	struct domain **at = &server->domains;

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	conn_end(&d->conn);
	domain_detach(server->floor, d);
	free(d);
	server->touched = true;
}

/* Who acted for a domain that is gone acts for nobody: its number may be given out again. */
static void targets_forget(struct server *server, uint32_t domid)
{
	for (struct domain *d = server->domains; d; d = d->next)
		if (d->conn.watcher.who.target == domid)
			d->conn.watcher.who.target = DOMID_NONE;
}

int domain_release(struct server *server, uint32_t domid)
{
	struct domain *d = domain_find(server, domid);

	if (!d)
		return -ENOENT;
	domain_end(server, d);
	targets_forget(server, domid);
	if (db_forget_domain(&server->db, domid))
		log_line("domain %u is gone, but out of memory: it may still be named in "
			 "permissions",
			 domid);
	return 0;
}

void domain_check_all(struct server *server)
{
	struct domain *d, *next;
	bool news = false;

	for (d = server->domains; d; d = next) {
		struct domain_life life = { 0 };
		int rc = d->domid ? server->floor->life(d->domid, &life) : 0;

		next = d->next;
		if (rc && rc != -ESRCH)
			continue;
		if (rc || life.dying) {
			domain_release(server, d->domid);
			news = true;
		} else if (life.shutdown && !d->shutdown) {
			d->shutdown = true;
			server->touched = true;
			news = true;
		}
	}
	if (news)
		watch_fire_special(&server->watches, &server->db, SPECIAL_RELEASE);
}

static void domain_stop(struct domain *d)
{
	unsigned int why = d->conn.error == -EPROTO ? XENSTORE_ERROR_PROTO
			   : d->conn.error == -EIO  ? XENSTORE_ERROR_RINGIDX
						    : XENSTORE_ERROR_COMM;

	log_line("domain %u broke the store protocol (%s); not served until it reconnects",
		 d->domid,
		 why == XENSTORE_ERROR_PROTO ? "a message too long" : "impossible ring indexes");
	d->stopped = true;
	conn_reset(&d->conn);
	d->conn.server->touched = true;
	xsring_fail(d->page, why);
}

void domain_serve(struct domain *d)
{
	struct conn *conn = &d->conn;
	const struct floor *floor = conn->server->floor;

	if (xsring_wants_reconnect(d->page)) {
		conn_reset(conn);
		conn->server->touched = true;
		xsring_reconnect(d->page);
		d->stopped = false;
		conn->moved = true;
	}
	if (!d->stopped) {
		switch (conn_serve(conn)) {
		case CONN_MORE:
			conn_wake(conn);
			break;
		case CONN_DEAD:
			domain_stop(d);
			conn->moved = true;
			break;
		case CONN_IDLE:
		case CONN_BLOCKED:
			break;
		}
	}
	if (conn->moved)
		floor->notify(d->port);
	conn->moved = false;
}

void domain_drop_all(struct server *server)
{
	while (server->domains)
		domain_end(server, server->domains);
}
