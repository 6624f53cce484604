/* SPDX-License-Identifier: MIT */
/*
 * The table of operations, and how one request is answered (see answer.h): find the operation and
 * its transaction, check that the asker may, run it, put the answer in place, and fire the watches.
 */
#include "answer.h"

#include <assert.h>
#include <errno.h>
#include "request.h"

enum {
	ANYBODY = 0,
	PRIVILEGED = 1, /* domain 0's connections only */
	STATEFUL = 2,   /* changes what belongs to a saved state */
};

/* Changes of nodes need no STATEFUL, for view_make() notes them. SET_PERMS has it for the
 * special names. */
static const struct operation {
	request_fn *fn;
	unsigned int flags;
} operations[XS_TYPE_COUNT] = {
	[XS_CONTROL] = { request_control, PRIVILEGED },
	[XS_DIRECTORY] = { request_directory, ANYBODY },
	[XS_READ] = { request_read, ANYBODY },
	[XS_GET_PERMS] = { request_get_perms, ANYBODY },
	[XS_WATCH] = { request_watch, STATEFUL },
	[XS_UNWATCH] = { request_unwatch, STATEFUL },
	[XS_TRANSACTION_START] = { request_transaction_start, STATEFUL },
	[XS_TRANSACTION_END] = { request_transaction_end, STATEFUL },
	[XS_INTRODUCE] = { request_introduce, PRIVILEGED | STATEFUL },
	[XS_RELEASE] = { request_release, PRIVILEGED | STATEFUL },
	[XS_GET_DOMAIN_PATH] = { request_get_domain_path, ANYBODY },
	[XS_WRITE] = { request_write, ANYBODY },
	[XS_MKDIR] = { request_mkdir, ANYBODY },
	[XS_RM] = { request_rm, ANYBODY },
	[XS_SET_PERMS] = { request_set_perms, STATEFUL },
	[XS_IS_DOMAIN_INTRODUCED] = { request_is_domain_introduced, ANYBODY },
	[XS_RESUME] = { request_resume, PRIVILEGED | STATEFUL },
	[XS_SET_TARGET] = { request_set_target, PRIVILEGED | STATEFUL },
	[XS_RESET_WATCHES] = { request_reset_watches, STATEFUL },
	[XS_DIRECTORY_PART] = { request_directory_part, ANYBODY },
};

/* NULL when there is no such operation. */
static const struct operation *operation_find(uint32_t type)
{
	if (type >= XS_TYPE_COUNT || !operations[type].fn)
		return NULL;
	return &operations[type];
}

static int request_run(struct request *rq, const struct xsd_sockmsg *hdr)
{
	const struct operation *op = operation_find(hdr->type);
	int rc;

	if (!op)
		return -ENOSYS;

	if ((op->flags & PRIVILEGED) && !who_is_privileged(rq->view.who))
		return -EACCES;

	if (hdr->tx_id) {
		rq->view.txn = conn_find_txn(rq->conn, hdr->tx_id);
		if (!rq->view.txn)
			return -ENOENT;
	}

	if (op->flags & STATEFUL)
		rq->server->touched = true;

	rc = op->fn(rq);
	if (rc == -ENOSPC && rq->view.quota)
		return request_quota(rq, rq->view.quota);
	return rc;
}

void request_answer(struct conn *conn)
{
	const struct xsd_sockmsg *hdr = &conn->in.hdr;
	struct server *server = conn->server;
	struct request rq = {
		.conn = conn,
		.server = server,
		.view = {
			.db = &server->db,
			.who = conn->watcher.who,
			.changes = &rq.changes,
			.held = conn_bytes(conn),
		},
		.payload = conn->in.payload,
		.len = hdr->len,
		.reply = wire_out_payload(&conn->out),
		.special = SPECIAL_NONE,
	};
	uint64_t displaced = server->db.displaced;
	uint32_t type = hdr->type;
	int rc;

	assert(wire_out_is_empty(&conn->out));
	changes_init(&rq.changes);

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
