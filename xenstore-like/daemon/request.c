/* SPDX-License-Identifier: MIT */
/*
 * The table of operations and how one request is answered (see request.h): find the operation and
 * its transaction, check who may, run it, send the answer, and then tell the watches.
 */
#include "request.h"

#include <errno.h>
#include <string.h>
#include <xenstore-like/tree/path.h>

enum {
	ANYBODY = 0,
	PRIVILEGED = 1, /* domain 0's connections only */
	STATEFUL = 2,   /* changes what belongs to a saved state */
};

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

int request_strings(struct request *rq, char **strings, int count)
{
	int got = wire_split(rq->payload, rq->len, strings, count, NULL);

	return got == count ? 0 : -EINVAL;
}

int request_path(struct request *rq, char path[PATH_SPACE])
{
	char *name;

	if (request_strings(rq, &name, 1))
		return -EINVAL;
	return path_canonical(path, name, rq->view.who.domid);
}

int reply_bytes(struct request *rq, const void *bytes, size_t len)
{
	if (len > XENSTORE_PAYLOAD_MAX)
		return -E2BIG;
	if (len)
		memcpy(rq->reply, bytes, len);
	rq->reply_len = len;
	return 0;
}

int reply_text(struct request *rq, const char *text)
{
	return reply_bytes(rq, text, strlen(text) + 1);
}

int request_quota(struct request *rq, const char *quota)
{
	unsigned int n = ++rq->conn->refusals;

	if ((n & (n - 1)) == 0)
		log_line("%s met its quota of %s (refusal %u)", rq->conn->label, quota, n);
	return -ENOSPC;
}

static struct txn *txn_find(struct conn *conn, uint32_t id)
{
	struct txn *txn = conn->txns;

	while (txn && txn->id != id)
		txn = txn->next;
	return txn;
}

static int request_run(struct request *rq, const struct xsd_sockmsg *hdr)
{
	const struct operation *op;
	int rc;

	if (hdr->type >= XS_TYPE_COUNT || !operations[hdr->type].fn)
		return -ENOSYS;
	op = &operations[hdr->type];
	if ((op->flags & PRIVILEGED) && !who_is_privileged(rq->view.who))
		return -EACCES;
	if (hdr->tx_id) {
		rq->view.txn = txn_find(rq->conn, hdr->tx_id);
		if (!rq->view.txn)
			return -ENOENT;
	}
	if (op->flags & STATEFUL)
		rq->server->touched = true;
	rc = op->fn(rq);
	if (rc == -ENOSPC && rq->view.quota)
		request_quota(rq, rq->view.quota);
	return rc;
}

void request_answer(struct conn *conn)
{
	const struct xsd_sockmsg *hdr = &conn->in.hdr;
	struct request rq = {
		.conn = conn,
		.server = conn->server,
		.payload = conn->in.payload,
		.len = hdr->len,
		.reply = wire_out_payload(&conn->out),
		.special = -1,
	};
	uint32_t type = hdr->type;
	int rc;

	changes_init(&rq.changes);
	rq.view = (struct view){ &conn->server->db, conn->watcher.who, NULL, &rq.changes, NULL };
	rc = request_run(&rq, hdr);
	if (rc < 0) {
		type = XS_ERROR;
		reply_text(&rq, wire_error_name(-rc));
	}
	wire_out_begin(&conn->out, type, hdr->req_id, hdr->tx_id, rq.reply_len);
	server_announce(conn->server, &rq.changes);
	if (rq.special >= 0)
		watch_fire_special(&conn->server->watches, &conn->server->db, rq.special);
}
