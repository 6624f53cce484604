/* SPDX-License-Identifier: MIT */
/*
 * Reading a snapshot (see state.h) into a server that is loading.
 */
#include "state.h"

#include <errno.h>
#include <string.h>
#include <pvabi/xen.h>
#include "domain.h"
#include "limits.h"

/* The most events that can wait: beyond EVENTS_PENDING_MAX each watch has one more. */
#define EVENTS_SAVED_MAX (EVENTS_PENDING_MAX + WATCHES_PRIVILEGED_MAX)

/* ---- the tree */

/* The root is there in a fresh server already; all others are new. */
static int node_restore(struct server *server, const char *path, const char *value, size_t len,
			struct perms *perms)
{
	struct db *db = &server->db;
	struct charges charges = { 0 };
	struct edit e = { .root = &db->root, .charges = &charges, .gen = db->gen };
	int rc;

	if (node_find(db->root, path))
		rc = edit_value(&e, path, value, len);
	else
		rc = edit_create(&e, path, value, len, DOMID_NONE);

	if (!rc)
		rc = edit_perms(&e, path, perms);

	db_settle(db, &e);
	return rc;
}

static void load_node(struct reader *r, struct server *server)
{
	char path[PATH_SPACE];
	const char *value;
	struct perms *perms;
	size_t len;

	get_path(r, path);
	value = get_bytes(r, XENSTORE_PAYLOAD_MAX, &len);
	perms = get_perms(r);
	if (!perms || path_is_special(path)) {
		r->broken = true;
		perms_put(perms);
		return;
	}

	if (node_restore(server, path, value, len, perms))
		r->broken = true;
	perms_put(perms);
}

static void load_special(struct reader *r, struct server *server)
{
	unsigned int special = get_up_to(r, SPECIAL_COUNT - 1);
	struct perms *perms = get_perms(r);

	if (perms)
		db_set_special(&server->db, special, perms);
	else
		r->broken = true;
	perms_put(perms);
}

/* ---- domains */

static void load_watch(struct reader *r, struct server *server, struct conn *conn)
{
	char path[PATH_SPACE], token[WATCH_TOKEN_MAX + 1];
	size_t strip;

	get_path(r, path);
	get_string(r, token, sizeof(token));
	strip = get_up_to(r, strlen(path));
	if (r->broken)
		return;

	/* Its first event tells the watcher to look at what it may have missed. A duplicate, or one
	 * for which there is no memory, is left out. */
	ignore(watch_add(&server->watches, &conn->watcher, path, token, strip));
}

static void load_event(struct reader *r, struct conn *conn)
{
	char path[PATH_SPACE], token[WATCH_TOKEN_MAX + 1], event[PATH_SPACE];
	struct watch *watch;

	get_path(r, path);
	get_string(r, token, sizeof(token));
	get_path(r, event);
	if (r->broken)
		return;

	/* The watch strips so many bytes off each event. */
	watch = watch_find(&conn->watcher, path, token);
	if (!watch || strlen(event) <= watch->strip)
		return;

	/* When out of memory, the event is lost, but the watch's first event is still there. */
	ignore(watch_queue(watch, event));
}

static void load_watches(struct reader *r, struct server *server, struct conn *conn)
{
	uint64_t count = get_up_to(r, WATCHES_PRIVILEGED_MAX);

	while (count-- && !r->broken)
		load_watch(r, server, conn);

	count = get_up_to(r, EVENTS_SAVED_MAX);
	while (count-- && !r->broken)
		load_event(r, conn);
}

/* Is it really only a part of a message? Reading on from a whole one would run past its end. */
static bool is_partial(const struct xsd_sockmsg *hdr, size_t hdr_len, size_t payload_len)
{
	if (hdr_len < sizeof(*hdr))
		return payload_len == 0;

	return hdr->len <= XENSTORE_PAYLOAD_MAX && payload_len < hdr->len;
}

void get_stream(struct reader *r, struct domain *d)
{
	struct wire_in in = { 0 };
	struct wire_out out = { 0 };
	struct xsring ring;
	size_t hdr_len, payload_len;
	const char *bytes;

	ring.req_cons = get_up_to(r, UINT32_MAX);
	ring.rsp_prod = get_up_to(r, UINT32_MAX);

	bytes = get_bytes(r, sizeof(in.hdr), &hdr_len);
	memcpy(&in.hdr, bytes, hdr_len);

	bytes = get_bytes(r, XENSTORE_PAYLOAD_MAX, &payload_len);
	memcpy(in.payload, bytes, payload_len);
	in.have = hdr_len + payload_len;

	bytes = get_bytes(r, sizeof(out.bytes), &out.len);
	memcpy(out.bytes, bytes, out.len);

	if (!is_partial(&in.hdr, hdr_len, payload_len))
		r->broken = true;
	if (r->broken || !d)
		return;

	d->ring = ring;
	d->restored = true;
	d->conn.in = in;
	d->conn.out = out;
}

/* What a transaction had seen is not saved: it comes back doomed. */
static void load_txn(struct reader *r, struct conn *conn)
{
	uint32_t id = get_up_to(r, UINT32_MAX);
	struct txn *txn;

	if (r->broken || conn_find_txn(conn, id))
		return;

	/* When out of memory, it is unknown, and its owner will be told so. */
	txn = conn_open_txn(conn, id);
	if (txn)
		txn->doomed = true;
}

static void load_txns(struct reader *r, struct conn *conn)
{
	uint64_t count;

	conn->last_txn = get_up_to(r, UINT32_MAX);
	count = get_up_to(r, UINT32_MAX);
	while (count-- && !r->broken)
		load_txn(r, conn);
}

/* Introduces the domain as it was. NULL when broken or out of memory. */
static struct domain *load_place(struct reader *r, struct server *server, uint32_t domid)
{
	uint64_t mfn = get_number(r);
	uint32_t port = get_up_to(r, UINT32_MAX);
	bool shutdown = get_up_to(r, true);
	bool stopped = get_up_to(r, true);
	uint32_t target = get_up_to(r, UINT32_MAX);
	struct domain *d;

	if (r->broken || domain_introduce(server, domid, mfn, port))
		return NULL;

	d = domain_find(server, domid);
	d->shutdown = shutdown;
	d->stopped = stopped;
	d->conn.watcher.who.target = target;
	return d;
}

static void load_domain(struct reader *r, struct server *server)
{
	uint32_t domid = get_up_to(r, DOMID_FIRST_RESERVED - 1);
	struct domain *d = NULL;

	/* No domain may come twice. */
	if (!r->broken && !domain_find(server, domid))
		d = load_place(r, server, domid);

	if (!d) {
		r->broken = true;
		return;
	}

	get_stream(r, d);
	load_txns(r, &d->conn);
	load_watches(r, server, &d->conn);
}

int snapshot_read(struct server *server, const char *bytes, size_t len)
{
	struct reader r = { bytes, bytes + len, false };

	server->db.gen = get_number(&r);
	while (!r.broken) {
		switch (get_number(&r)) {
		case STATE_NODE:
			load_node(&r, server);
			break;
		case STATE_SPECIAL:
			load_special(&r, server);
			break;
		case STATE_DOMAIN:
			load_domain(&r, server);
			break;
		case STATE_END:
			return r.at == r.end && !r.broken ? 0 : -EBADMSG;
		default:
			return -EBADMSG;
		}
	}
	return -EBADMSG;
}
