/* SPDX-License-Identifier: MIT */
/*
 * The table of operations, and how one request is answered (see answer.h): find the operation and
 * its transaction, check that the asker may, run it, put the answer in place, and fire the watches.
 */
#include "answer.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include "domain.h"
#include "request.h"

enum {
	ANYBODY = 0,
	PRIVILEGED = 1, /* domain 0's connections only */
	JOURNALED = 2,  /* changes what outlives the daemon, besides nodes: the request is noted */
	NO_TXN = 4, /* has nothing to do with transactions: which one it names does not matter */
};

/* Changes of nodes are noted step by step (struct db's note), the end of a domain by
 * domain_forget(). */
static const struct operation {
	request_fn *fn;
	unsigned int flags;
} operations[XS_TYPE_COUNT] = {
	[XS_CONTROL] = { request_control, PRIVILEGED },
	[XS_DIRECTORY] = { request_directory, ANYBODY },
	[XS_READ] = { request_read, ANYBODY },
	[XS_GET_PERMS] = { request_get_perms, ANYBODY },
	[XS_WATCH] = { request_watch, JOURNALED | NO_TXN },
	[XS_UNWATCH] = { request_unwatch, JOURNALED | NO_TXN },
	[XS_TRANSACTION_START] = { request_transaction_start, JOURNALED },
	[XS_TRANSACTION_END] = { request_transaction_end, JOURNALED },
	[XS_INTRODUCE] = { request_introduce, PRIVILEGED | JOURNALED },
	[XS_RELEASE] = { request_release, PRIVILEGED },
	[XS_GET_DOMAIN_PATH] = { request_get_domain_path, ANYBODY },
	[XS_WRITE] = { request_write, ANYBODY },
	[XS_MKDIR] = { request_mkdir, ANYBODY },
	[XS_RM] = { request_rm, ANYBODY },
	[XS_SET_PERMS] = { request_set_perms, ANYBODY },
	[XS_IS_DOMAIN_INTRODUCED] = { request_is_domain_introduced, ANYBODY },
	[XS_RESUME] = { request_resume, PRIVILEGED | JOURNALED },
	[XS_SET_TARGET] = { request_set_target, PRIVILEGED | JOURNALED },
	[XS_RESET_WATCHES] = { request_reset_watches, JOURNALED },
	[XS_DIRECTORY_PART] = { request_directory_part, ANYBODY },
};

/* NULL when there is no such operation. */
static const struct operation *operation_find(uint32_t type)
{
	if (type >= XS_TYPE_COUNT || !operations[type].fn)
		return NULL;
	return &operations[type];
}

/* Notes a request that has changed something. A transaction's end does so even when it fails. */
static void request_note(struct request *rq, const struct xsd_sockmsg *hdr, int rc)
{
	bool of_domain = conn_domain(rq->conn);
	bool of_conn = hdr->type != XS_INTRODUCE && hdr->type != XS_RESUME &&
		       hdr->type != XS_SET_TARGET;

	if (rc && (hdr->type != XS_TRANSACTION_END || rq->view.txn))
		return;

	/* The watches and transactions of a socket end with the daemon. */
	if (of_domain || !of_conn)
		journal_request(rq->conn, hdr->type, hdr->tx_id, rq->payload, rq->len);
}

static int request_run(struct request *rq, const struct xsd_sockmsg *hdr)
{
	const struct operation *op = operation_find(hdr->type);
	int rc;

	if (!op)
		return -ENOSYS;

	if ((op->flags & PRIVILEGED) && !who_is_privileged(rq->view.who))
		return -EACCES;

	if (hdr->tx_id && !(op->flags & NO_TXN)) {
		rq->view.txn = conn_find_txn(rq->conn, hdr->tx_id);
		if (!rq->view.txn)
			return -ENOENT;
	}

	rc = op->fn(rq);
	if (op->flags & JOURNALED)
		request_note(rq, hdr, rc);
	if (rc == -ENOSPC && rq->view.quota)
		return request_quota(rq, rq->view.quota);
	return rc;
}

static struct request request_of(struct conn *conn, char *reply)
{
	struct server *server = conn->server;

	return (struct request){
		.conn = conn,
		.server = server,
		.view = {
			.db = &server->db,
			.who = conn->watcher.who,
			.held = conn_bytes(conn),
		},
		.payload = conn->in.payload,
		.len = conn->in.hdr.len,
		.reply = reply,
		.special = SPECIAL_NONE,
	};
}

void request_answer(struct conn *conn)
{
	const struct xsd_sockmsg *hdr = &conn->in.hdr;
	struct server *server = conn->server;
	struct request rq = request_of(conn, wire_out_payload(&conn->out));
	uint64_t displaced = server->db.displaced;
	uint32_t type = hdr->type;
	int rc;

	assert(wire_out_is_empty(&conn->out));
	changes_init(&rq.changes);
	rq.view.changes = &rq.changes;

	rc = request_run(&rq, hdr);
	if (rc < 0) {
		type = XS_ERROR;
		/* This cannot fail: the name of an error is short. */
		ignore(reply_text(&rq, wire_error_name(-rc)));
	}
	wire_out_begin(&conn->out, type, hdr->req_id, hdr->tx_id, rq.reply_len);

	conn_displace(conn, server->db.displaced - displaced);

	/* The connection's next turns tell them; it has no other request served before. */
	changes_move(&conn->news, &rq.changes);
	if (rq.special != SPECIAL_NONE)
		server_announce_special(server, rq.special);
}

bool request_replay(struct conn *conn)
{
	static char reply[XENSTORE_PAYLOAD_MAX];
	const struct operation *op = operation_find(conn->in.hdr.type);
	struct request rq = request_of(conn, reply);

	if (!op || !(op->flags & JOURNALED))
		return false;

	changes_init(&rq.changes);
	rq.view.changes = &rq.changes;

	/* What its transaction did is noted step by step: here it only ends. */
	if (conn->in.hdr.type == XS_TRANSACTION_END)
		memcpy(conn->in.payload, "F", sizeof("F"));

	/* The answer was given long ago. */
	ignore(request_run(&rq, &conn->in.hdr));
	changes_drop(&rq.changes);
	wire_in_reset(&conn->in);
	return true;
}
