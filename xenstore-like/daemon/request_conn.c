/* SPDX-License-Identifier: MIT */
/*
 * The operations on what a connection has: watches and transactions; and the daemon's own words
 * for its administrator.
 */
#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "domain.h"
#include <xenstore-like/tree/path.h>
#include <xenstore-like/txn/quota.h>
#include "limits.h"

/* With the longest path, both strings of an event must fit into a payload. */
#define TOKEN_MAX (XENSTORE_PAYLOAD_MAX - XENSTORE_ABS_PATH_MAX - 2)

static int watch_strings(struct request *rq, char path[PATH_SPACE], char **token, size_t *strip)
{
	char *strings[2];

	if (request_strings(rq, strings, 2) || strlen(strings[1]) > TOKEN_MAX ||
	    path_canonical(path, strings[0], rq->view.who.domid))
		return -EINVAL;
	*token = strings[1];
	*strip = strings[0][0] == '/' || path_is_special(path)
			 ? 0
			 : path_home_length(rq->view.who.domid);
	return 0;
}

int request_watch(struct request *rq)
{
	struct watcher *watcher = &rq->conn->watcher;
	unsigned int max = who_is_privileged(rq->view.who) ? WATCHES_PRIVILEGED_MAX
							   : QUOTA_WATCHES_MAX;
	char path[PATH_SPACE], *token;
	size_t strip;
	int rc = watch_strings(rq, path, &token, &strip);

	if (rc)
		return rc;
	if (watcher->watch_count >= max)
		return request_quota(rq, "watches");
	rc = watch_add(&rq->server->watches, watcher, path, token, strip);
	return rc ? rc : reply_text(rq, "OK");
}

int request_unwatch(struct request *rq)
{
	char path[PATH_SPACE], *token;
	size_t strip;
	int rc = watch_strings(rq, path, &token, &strip);

	if (!rc)
		rc = watch_remove(&rq->server->watches, &rq->conn->watcher, path, token);
	return rc ? rc : reply_text(rq, "OK");
}

int request_reset_watches(struct request *rq)
{
	watcher_reset(&rq->server->watches, &rq->conn->watcher);
	return reply_text(rq, "OK");
}

static uint32_t txn_fresh_id(const struct conn *conn)
{
	uint32_t id = conn->last_txn;
	const struct txn *txn;

	do {
		if (++id == 0)
			id = 1;
		for (txn = conn->txns; txn && txn->id != id; txn = txn->next)
			;
	} while (txn);
	return id;
}

int request_transaction_start(struct request *rq)
{
	struct conn *conn = rq->conn;
	struct txn *txn;
	char text[16];

	if (rq->view.txn)
		return -EBUSY;
	if (conn->txn_count >= QUOTA_TXNS_MAX && !who_is_privileged(rq->view.who))
		return request_quota(rq, "transactions");
	txn = txn_new(txn_fresh_id(conn), rq->server->db.root, rq->server->seconds());
	if (!txn)
		return -ENOMEM;
	txn->next = conn->txns;
	conn->txns = txn;
	conn->txn_count++;
	conn->last_txn = txn->id;
	snprintf(text, sizeof(text), "%u", txn->id);
	return reply_text(rq, text);
}

static void txn_unlink(struct conn *conn, struct txn *txn)
{
	struct txn **at = &conn->txns;

	while (*at != txn)
		at = &(*at)->next;
	*at = txn->next;
	conn->txn_count--;
}

int request_transaction_end(struct request *rq)
{
	struct txn *txn = rq->view.txn;
	char *word;
	int rc = 0;

	if (!txn)
		return -ENOENT;
	if (request_strings(rq, &word, 1) || (strcmp(word, "T") && strcmp(word, "F")))
		return -EINVAL;
	if (*word == 'T')
		rc = view_commit(&rq->view);
	txn_unlink(rq->conn, txn);
	txn_free(txn);
	return rc ? rc : reply_text(rq, "OK");
}

static int control_help(struct request *rq)
{
	return reply_text(rq, "help: this list\nquota: limits of unprivileged domains\n"
			      "stats: counts since the start\ncheck: count all nodes again\n");
}

static int control_quota(struct request *rq)
{
	rq->reply_len = 1 + snprintf(rq->reply, XENSTORE_PAYLOAD_MAX,
				     "nodes %u\nentry size %u\nwatches %u\ntransactions %u\n"
				     "operations in a transaction %u\npermissions of a node %u\n"
				     "seconds of a transaction %u\n",
				     QUOTA_NODES_MAX, QUOTA_ENTRY_MAX, QUOTA_WATCHES_MAX,
				     QUOTA_TXNS_MAX, QUOTA_TXN_OPS_MAX, QUOTA_PERMS_MAX,
				     TXN_AGE_MAX_SECONDS);
	return 0;
}

static uint32_t owned_total(const struct db *db)
{
	uint32_t total = 0;

	for (uint32_t i = 0; i < DOMID_FIRST_RESERVED; i++)
		total += db->owned[i];
	return total;
}

static int control_stats(struct request *rq)
{
	unsigned int domains = 0;

	for (struct domain *d = rq->server->domains; d; d = d->next)
		domains++;
	rq->reply_len = 1 + snprintf(rq->reply, XENSTORE_PAYLOAD_MAX,
				     "requests %llu\nevents %llu\nnodes %u\ndomains %u\n",
				     (unsigned long long)rq->server->request_count,
				     (unsigned long long)rq->server->event_count,
				     owned_total(&rq->server->db), domains);
	return 0;
}

static uint32_t node_total(const struct node *node)
{
	uint32_t total = 1;

	for (unsigned int i = 0; i < node->kid_count; i++)
		total += node_total(node->kids[i]);
	return total;
}

static int control_check(struct request *rq)
{
	uint32_t nodes = node_total(rq->server->db.root), owned = owned_total(&rq->server->db);

	rq->reply_len = 1 + snprintf(rq->reply, XENSTORE_PAYLOAD_MAX,
				     "%s: %u nodes, %u accounted\n",
				     nodes == owned ? "right" : "wrong", nodes, owned);
	return 0;
}

int request_control(struct request *rq)
{
	static const struct {
		const char *word;
		request_fn *fn;
	} words[] = {
		{ "help", control_help },
		{ "quota", control_quota },
		{ "stats", control_stats },
		{ "check", control_check },
	};
	char *word;
	size_t rest;

	if (wire_split(rq->payload, rq->len, &word, 1, &rest) != 1)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].fn(rq);
	return -ENOSYS;
}
