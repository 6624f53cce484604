/* SPDX-License-Identifier: MIT */
/*
 * Domains with a ring (see domain.h): introduction, release, death.
 */
#include "domain.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore-like/txn/forget.h>
#include "limits.h"
#include "log.h"

_Static_assert(offsetof(struct domain, conn) == 0, "the transport casts the connection back");

static struct domain *domain_of(struct conn *conn)
{
	return (struct domain *)conn;
}

static int ring_read(struct conn *conn, void *to, size_t len)
{
	struct domain *d = domain_of(conn);

	return xsring_read(&d->ring, d->page, to, len);
}

static int ring_write(struct conn *conn, const void *from, size_t len)
{
	struct domain *d = domain_of(conn);

	return xsring_write(&d->ring, d->page, from, len);
}

static void ring_note(struct conn *conn)
{
	struct domain *d = domain_of(conn);

	journal_stream(d);
	d->noted = d->ring.req_cons;
}

static const struct transport ring_transport = { ring_read, ring_write, ring_note, true };

static int no_life(uint32_t domid, struct domain_life *life)
{
	(void)domid;
	(void)life;
	return -ESRCH;
}

/* No domain lives, so nothing is ever mapped or bound. */
const struct floor no_floor = { .life = no_life };

struct domain *conn_domain(struct conn *conn)
{
	return conn->transport->is_ring ? domain_of(conn) : NULL;
}

struct domain *domain_find(const struct server *server, uint32_t domid)
{
	struct domain *d = server->domains;

	while (d && d->domid != domid)
		d = d->next;
	return d;
}

struct domain *domain_by_port(const struct server *server, uint32_t port)
{
	struct domain *d = server->domains;

	while (d && d->port != port)
		d = d->next;
	return d;
}

/* ---- the page and the port */

/* Maps page mfn in place of the one that the domain has, if any. */
static int page_map(const struct server *server, struct domain *d, uint64_t mfn)
{
	const struct floor *floor = server->floor;
	struct xenstore_domain_interface *page;
	int how, rc;

	if (server->loading) {
		d->mfn = mfn;
		return 0;
	}

	rc = floor->map(d->domid, mfn, &page, &how);
	if (rc) {
		log_line("d%u: its store page (frame %#" PRIx64 ") cannot be mapped: %s", d->domid,
			 mfn, strerror(-rc));
		return rc;
	}

	if (d->page)
		floor->unmap(d->page, d->how);

	d->page = page;
	d->how = how;
	d->mfn = mfn;
	xsring_announce(page);
	if (!d->restored)
		xsring_begin(&d->ring, page);
	d->noted = d->ring.req_cons;
	return 0;
}

/* Binds remote_port in place of the one that is bound, if any. */
static int port_bind(const struct server *server, struct domain *d, uint32_t remote_port)
{
	const struct floor *floor = server->floor;
	int rc;

	if (server->loading) {
		d->remote_port = remote_port;
		return 0;
	}

	rc = floor->bind(d->domid, remote_port);
	if (rc < 0) {
		log_line("d%u: its store event channel %u cannot be bound: %s", d->domid,
			 remote_port, strerror(-rc));
		return rc;
	}

	if (d->port)
		floor->unbind(d->port);

	d->port = rc;
	d->remote_port = remote_port;
	return 0;
}

static void domain_free(const struct floor *floor, struct domain *d)
{
	if (d->port)
		floor->unbind(d->port);
	if (d->page)
		floor->unmap(d->page, d->how);
	free(d);
}

/* ---- introduction */

/* A domain that is known already is introduced again: after a resume it may have another page or
 * port. */
static int domain_move(struct server *server, struct domain *d, uint64_t mfn, uint32_t port)
{
	int rc;

	if (d->mfn == mfn && d->remote_port == port)
		return 0;

	if (d->remote_port != port) {
		rc = port_bind(server, d, port);
		if (rc)
			return rc;
	}

	if (d->mfn != mfn) {
		rc = page_map(server, d, mfn);
		if (rc)
			return rc;
	}

	conn_reset(&d->conn);
	d->stopped = false;
	return 0;
}

/* 0 when the domain lives; -ENOENT when it does not, or is on its way out. */
static int life_check(const struct floor *floor, uint32_t domid)
{
	struct domain_life life;
	int rc;

	rc = floor->life(domid, &life);
	if (rc == -ESRCH)
		return -ENOENT;
	if (rc)
		return rc;

	return life.dying ? -ENOENT : 0;
}

/* A domain with its page and port, not yet known to the server. */
static int domain_new(const struct server *server, uint32_t domid, uint64_t mfn, uint32_t port,
		      struct domain **out)
{
	struct domain *d = calloc(1, sizeof(*d));
	int rc;

	if (!d)
		return -ENOMEM;

	d->domid = domid;
	rc = page_map(server, d, mfn);
	if (!rc)
		rc = port_bind(server, d, port);
	if (rc) {
		domain_free(server->floor, d);
		return rc;
	}

	*out = d;
	return 0;
}

int domain_introduce(struct server *server, uint32_t domid, uint64_t mfn, uint32_t port)
{
	const struct who who = { domid, DOMID_NONE };
	struct domain *d;
	int rc;

	d = domain_find(server, domid);
	if (d)
		return domain_move(server, d, mfn, port);

	/* Its number may be that of one that is not wholly forgotten. */
	domains_forget_all(server);

	if (!server->loading) {
		rc = life_check(server->floor, domid);
		if (rc)
			return rc;
	}

	rc = domain_new(server, domid, mfn, port, &d);
	if (rc)
		return rc;

	conn_init(&d->conn, server, &ring_transport, who);
	d->next = server->domains;
	server->domains = d;

	/* Requests may be waiting in the ring already. */
	conn_wake(&d->conn);
	return 0;
}

/* ---- going on after a restart */

/* The other side may have changed what we had shown it; that disturbs only its own stream. */
static void stream_resume(struct domain *d)
{
	struct xenstore_domain_interface *page = d->page;
	struct wire_out *out = &d->conn.out;
	struct xsring seen;

	if (!d->restored)
		return;

	/* The daemon before us may have been killed when it had sent a part of the message, but
	 * none that it had not noted. */
	xsring_begin(&seen, page);
	out->done = seen.rsp_prod - d->ring.rsp_prod;
	d->ring.rsp_prod = seen.rsp_prod;
	if (out->done > out->len)
		d->conn.error = -EIO;

	xsring_consume(&d->ring, page);
	d->restored = false;
}

/* A page and a port for a domain that was loaded. 0, or -ENOENT and others when it has gone. */
static int domain_attach(struct server *server, struct domain *d)
{
	uint64_t mfn = d->mfn;
	uint32_t port = d->remote_port;
	int rc = 0;

	if (d->domid != 0)
		rc = life_check(server->floor, d->domid);
	if (!rc)
		rc = page_map(server, d, mfn);
	if (!rc)
		rc = port_bind(server, d, port);
	if (rc)
		return rc;

	stream_resume(d);
	d->conn.moved = true;
	conn_wake(&d->conn);
	return 0;
}

void domain_attach_all(struct server *server)
{
	struct domain *d, *next;

	for (d = server->domains; d; d = next) {
		next = d->next;
		if (!domain_attach(server, d))
			continue;

		log_line("d%u went away while there was no store daemon", d->domid);
		domain_forget(server, d->domid);
	}
}

void domain_stop(struct domain *d)
{
	d->stopped = true;
	conn_reset(&d->conn);
	journal_domain(d->conn.server, d->domid, DOMAIN_STOPPED);
}

void domain_reconnect(struct domain *d)
{
	conn_reset(&d->conn);
	d->stopped = false;
	memset(&d->ring, 0, sizeof(d->ring));
	d->noted = 0;
	journal_domain(d->conn.server, d->domid, DOMAIN_RECONNECTED);
}

/* ---- release and death */

static void domain_end(struct server *server, struct domain *d)
{
	struct domain **at = &server->domains;

	while (*at != d) {
		assert(*at);
		at = &(*at)->next;
	}
	*at = d->next;

	conn_end(&d->conn);
	domain_free(server->floor, d);
}

/* A domain that acted for the one that is gone acts for nobody: the number may be used again. */
static void targets_forget(struct server *server, uint32_t domid)
{
	for (struct domain *d = server->domains; d; d = d->next)
		if (d->conn.watcher.who.target == domid)
			d->conn.watcher.who.target = DOMID_NONE;
}

static void forget_end(struct server *server, struct forget *f, int rc)
{
	struct forget **at = &server->forgets;

	if (rc)
		log_line("d%u is gone, but permissions may still name it: %s", f->domid,
			 strerror(-rc));

	while (*at && *at != f)
		at = &(*at)->next;
	if (*at)
		*at = f->next;
	free(f);
}

void domains_forget_more(struct server *server)
{
	struct forget *f = server->forgets;
	int rc;

	if (!f)
		return;

	rc = forget_go_on(f, &server->db, WORK_SLICE);
	if (rc <= 0)
		forget_end(server, f, rc);
}

void domains_forget_all(struct server *server)
{
	while (server->forgets)
		forget_end(server, server->forgets, forget_all(server->forgets, &server->db));
}

void domain_forget(struct server *server, uint32_t domid)
{
	struct domain *d = domain_find(server, domid);
	struct forget *f = malloc(sizeof(*f));
	int rc;

	journal_domain(server, domid, DOMAIN_GONE);
	if (d)
		domain_end(server, d);
	targets_forget(server, domid);

	if (!f) {
		log_line("d%u is gone, but permissions may still name it: no memory", domid);
		return;
	}

	/* Most trees are small enough for one slice. A journal is read to its end before anything
	 * else happens. */
	forget_begin(f, &server->db, domid);
	if (server->loading)
		rc = forget_all(f, &server->db);
	else
		rc = forget_go_on(f, &server->db, WORK_SLICE);
	if (rc <= 0) {
		forget_end(server, f, rc);
		return;
	}

	f->next = server->forgets;
	server->forgets = f;
}

int domain_release(struct server *server, uint32_t domid)
{
	struct domain *d = domain_find(server, domid);

	if (!d)
		return -ENOENT;

	domain_forget(server, domid);
	return 0;
}

/* Checks on one domain, which may be freed by it. True when it has shut down or died. */
static bool domain_check(struct server *server, struct domain *d)
{
	struct domain_life life = { 0 };
	int rc;

	/* Our own domain lives as long as the daemon. */
	if (d->domid == 0)
		return false;

	rc = server->floor->life(d->domid, &life);
	if (rc == -ESRCH) {
		domain_forget(server, d->domid);
		return true;
	}

	/* The hypervisor did not say: ask again next time. */
	if (rc)
		return false;

	if (life.dying) {
		domain_forget(server, d->domid);
		return true;
	}

	if (!life.shutdown || d->shutdown)
		return false;

	d->shutdown = true;
	journal_domain(server, d->domid, DOMAIN_SHUTDOWN);
	return true;
}

void domain_check_all(struct server *server)
{
	struct domain *d, *next;
	bool news = false;

	for (d = server->domains; d; d = next) {
		next = d->next;
		if (domain_check(server, d))
			news = true;
	}

	if (news)
		server_announce_special(server, SPECIAL_RELEASE);
}

void domains_age(struct server *server)
{
	uint64_t now = server->seconds();
	uint64_t displaced = server->db.displaced;

	if (!server->guest_txns)
		return;

	if (server->aged_at == now && displaced - server->aged_displaced < VERSIONS_LOOK_BYTES)
		return;

	server->aged_at = now;
	server->aged_displaced = displaced;
	for (struct domain *d = server->domains; d; d = d->next)
		conn_age(&d->conn);
}

void domain_drop_all(struct server *server)
{
	while (server->forgets)
		forget_end(server, server->forgets, 0);

	while (server->domains)
		domain_end(server, server->domains);
}
