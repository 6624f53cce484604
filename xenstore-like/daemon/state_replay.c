/* SPDX-License-Identifier: MIT */
/*
 * Reading a journal (see journal.h): what it has noted is done again.
 */
#include <errno.h>
#include <string.h>
#include <pvabi/xen.h>
#include "answer.h"
#include "domain.h"
#include "state.h"

/* Requests that came through sockets are done again in the name of nobody in particular. */
static int null_read(struct conn *conn, void *to, size_t len)
{
	(void)conn;
	(void)to;
	(void)len;
	return 0;
}

static int null_write(struct conn *conn, const void *from, size_t len)
{
	(void)conn;
	(void)from;
	return len;
}

static const struct transport null_transport = { null_read, null_write, NULL, false };

static void step_again(struct reader *r, struct server *server, const struct step *step)
{
	struct db *db = &server->db;
	struct charges charges = { 0 };
	struct edit e = { .root = &db->root, .charges = &charges, .gen = db->gen + 1 };
	struct node *removed;

	db->gen++;
	if (step_make(step, &e, &removed))
		r->broken = true;
	node_put(removed);
	db_settle(db, &e);
}

/* Anything that the tree would not survive? Only what is made by step_make() may come to it. */
static bool step_is_sound(const struct step *step)
{
	if (path_is_special(step->path))
		return step->kind == STEP_PERMS && db_special(step->path) >= 0;

	if (step->kind == STEP_REMOVE)
		return strcmp(step->path, "/") != 0;
	return true;
}

static void replay_step(struct reader *r, struct server *server)
{
	enum step_kind kind = get_up_to(r, STEP_REMOVE);
	char path[PATH_SPACE];
	const char *value;
	struct perms *perms;
	struct step *step;
	uint32_t owner;
	size_t len;

	get_path(r, path);
	owner = get_up_to(r, DOMID_NONE);
	value = get_bytes(r, XENSTORE_PAYLOAD_MAX, &len);
	perms = get_perms(r);
	if ((kind == STEP_PERMS) != (perms != NULL))
		r->broken = true;
	if (owner >= DOMID_FIRST_RESERVED && owner != DOMID_NONE)
		r->broken = true;

	step = r->broken ? NULL : step_new(kind, path, value, len, perms, owner);
	if (!step || !step_is_sound(step))
		r->broken = true;
	else if (path_is_special(path))
		db_set_special(&server->db, db_special(path), perms);
	else
		step_again(r, server, step);

	if (step)
		step_free(step);
	perms_put(perms);
}

static bool request_again(struct conn *conn, uint32_t type, uint32_t tx, const char *payload,
			  size_t len)
{
	struct wire_in *in = &conn->in;

	/* The part of a later request that may be there comes again with the stream's record. */
	in->hdr = (struct xsd_sockmsg){ .type = type, .tx_id = tx, .len = len };
	memcpy(in->payload, payload, len);
	in->payload[len] = '\0';
	return request_replay(conn);
}

static void replay_request(struct reader *r, struct server *server)
{
	static struct conn nobody;
	uint32_t domid = get_up_to(r, DOMID_FIRST_RESERVED - 1);
	bool of_domain = get_up_to(r, true);
	uint32_t type = get_up_to(r, UINT32_MAX);
	uint32_t tx = get_up_to(r, UINT32_MAX);
	struct domain *d = domain_find(server, domid);
	size_t len;
	const char *payload = get_bytes(r, XENSTORE_PAYLOAD_MAX, &len);

	if (r->broken)
		return;

	if (of_domain) {
		if (!d || !request_again(&d->conn, type, tx, payload, len))
			r->broken = true;
		return;
	}

	conn_init(&nobody, server, &null_transport, (struct who){ 0, DOMID_NONE });
	if (domid != 0 || !request_again(&nobody, type, tx, payload, len))
		r->broken = true;
	conn_end(&nobody);
}

static void replay_domain(struct reader *r, struct server *server)
{
	uint32_t domid = get_up_to(r, DOMID_FIRST_RESERVED - 1);
	enum domain_event event = get_up_to(r, DOMAIN_RECONNECTED);
	struct domain *d = domain_find(server, domid);

	if (r->broken)
		return;

	/* The request that released it may have forgotten it already. */
	if (event == DOMAIN_GONE) {
		domain_forget(server, domid);
		return;
	}

	if (!d)
		r->broken = true;
	else if (event == DOMAIN_SHUTDOWN)
		d->shutdown = true;
	else if (event == DOMAIN_STOPPED)
		domain_stop(d);
	else
		domain_reconnect(d);
}

static void replay_stream(struct reader *r, struct server *server)
{
	uint32_t domid = get_up_to(r, DOMID_FIRST_RESERVED - 1);
	struct domain *d = domain_find(server, domid);

	get_stream(r, d);
	if (!d)
		r->broken = true;
}

static int group_replay(struct server *server, const char *bytes, size_t len)
{
	struct reader r = { bytes, bytes + len, false };

	while (!r.broken && r.at < r.end) {
		switch (get_number(&r)) {
		case JOURNAL_STEP:
			replay_step(&r, server);
			break;
		case JOURNAL_REQUEST:
			replay_request(&r, server);
			break;
		case JOURNAL_DOMAIN:
			replay_domain(&r, server);
			break;
		case JOURNAL_STREAM:
			replay_stream(&r, server);
			break;
		default:
			r.broken = true;
		}
	}
	return r.broken ? -EBADMSG : 0;
}

/* Does the group that begins here reach the end of the file, or beyond? Then it may be the one at
 * which the daemon was killed. */
static bool is_torn(const char *at, const char *end)
{
	struct group_header header;

	if ((size_t)(end - at) < sizeof(header))
		return true;

	memcpy(&header, at, sizeof(header));
	return header.len >= (size_t)(end - at) - sizeof(header);
}

int journal_replay(struct server *server, const char *bytes, size_t len)
{
	const char *at = bytes, *end = bytes + len;
	struct group_header header;
	int rc;

	while (at < end) {
		const char *group = at + sizeof(header);

		if ((size_t)(end - at) < sizeof(header))
			return 0;

		memcpy(&header, at, sizeof(header));
		if (header.len > (size_t)(end - group) ||
		    record_sum(RECORD_SUM_FIRST, group, header.len) != header.sum)
			return is_torn(at, end) ? 0 : -EBADMSG;

		rc = group_replay(server, group, header.len);
		if (rc)
			return rc;
		at = group + header.len;
	}
	return 0;
}
