/* SPDX-License-Identifier: MIT */
/*
 * The operations on what a connection has, watches and transactions; and control, by which the
 * administrator asks the daemon about itself.
 */
#include "request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <pvabi/xen.h>
#include <xenstore-like/tree/node.h>
#include <xenstore-like/txn/quota.h>
#include "domain.h"
#include "limits.h"

/* ---- watches */

/* What identifies a watch. strip: as in struct watch. */
struct watch_name {
	char path[PATH_SPACE];
	char *token;
	size_t strip;
};

static int watch_name_of(struct request *rq, struct watch_name *name)
{
	uint32_t domid = rq->view.who.domid;
	char *strings[2];
	bool relative;
	int rc;

	rc = request_strings(rq, strings, 2);
	if (rc)
		return rc;

	if (strlen(strings[1]) > WATCH_TOKEN_MAX)
		return -EINVAL;

	rc = path_canonical(name->path, strings[0], domid);
	if (rc)
		return rc;

	relative = strings[0][0] != '/' && !path_is_special(name->path);
	name->strip = relative ? path_home_length(domid) : 0;
	name->token = strings[1];
	return 0;
}

int request_watch(struct request *rq)
{
	struct watcher *watcher = &rq->conn->watcher;
	bool privileged = who_is_privileged(rq->view.who);
	unsigned int max = quota_of(QUOTA_WATCHES);
	struct watch_name name;
	int rc;

	if (privileged)
		max = WATCHES_PRIVILEGED_MAX;

	rc = watch_name_of(rq, &name);
	if (rc)
		return rc;

	if (watcher->watch_count >= max)
		return request_quota(rq, quota_text(QUOTA_WATCHES));

	if (!privileged && path_depth(name.path) > quota_of(QUOTA_DEPTH))
		return request_quota(rq, quota_text(QUOTA_DEPTH));

	rc = view_room(&rq->view, watch_cost(name.path, name.token));
	if (rc)
		return rc;

	rc = watch_add(&rq->server->watches, watcher, name.path, name.token, name.strip);
	if (rc)
		return rc;

	return reply_ok(rq);
}

int request_unwatch(struct request *rq)
{
	struct watch_name name;
	int rc;

	rc = watch_name_of(rq, &name);
	if (rc)
		return rc;

	rc = watch_remove(&rq->conn->watcher, name.path, name.token);
	if (rc)
		return rc;

	return reply_ok(rq);
}

int request_reset_watches(struct request *rq)
{
	/* A client that begins anew has forgotten its transactions too. */
	watcher_reset(&rq->conn->watcher);
	rq->view.txn = NULL;
	conn_close_txns(rq->conn);
	return reply_ok(rq);
}

/* ---- transactions */

int request_transaction_start(struct request *rq)
{
	struct conn *conn = rq->conn;
	struct txn *txn;

	/* Transactions do not nest. */
	if (rq->view.txn)
		return -EBUSY;

	if (conn->txn_count >= quota_of(QUOTA_TXNS) && !who_is_privileged(rq->view.who))
		return request_quota(rq, quota_text(QUOTA_TXNS));

	txn = conn_open_txn(conn, conn_fresh_txn_id(conn));
	if (!txn)
		return -ENOMEM;

	conn->last_txn = txn->id;
	return reply_printf(rq, "%u", txn->id);
}

/* The payload says whether to commit: "T" or "F". */
static int commit_wanted(struct request *rq, bool *commit)
{
	char *word;
	int rc;

	rc = request_strings(rq, &word, 1);
	if (rc)
		return rc;

	*commit = strcmp(word, "T") == 0;
	if (!*commit && strcmp(word, "F") != 0)
		return -EINVAL;
	return 0;
}

int request_transaction_end(struct request *rq)
{
	struct txn *txn = rq->view.txn;
	bool commit;
	int rc;

	if (!txn)
		return -ENOENT;

	rc = commit_wanted(rq, &commit);
	if (rc)
		return rc;

	/* It ends even if it cannot be committed. */
	if (commit)
		rc = view_commit(&rq->view);
	rq->view.txn = NULL;
	conn_close_txn(rq->conn, txn);
	if (rc)
		return rc;

	return reply_ok(rq);
}

/* ---- control */

static int control_help(struct request *rq)
{
	return reply_text(rq, "help: this list\n"
			      "quota: limits of unprivileged domains\n"
			      "stats: counts since the start\n"
			      "check: count all nodes again\n"
			      "each PATH NAME [AFTER]: the values of NAME below PATH's children\n");
}

static int control_quota(struct request *rq)
{
	size_t at = 0;

	for (enum quota quota = 0; quota < QUOTA_COUNT; quota++)
		at += snprintf(rq->reply + at, XENSTORE_PAYLOAD_MAX - at, "%s %u\n",
			       quota_name(quota), quota_of(quota));

	rq->reply_len = at + 1;
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
	const struct server *server = rq->server;
	unsigned int domains = 0;

	for (const struct domain *d = server->domains; d; d = d->next)
		domains++;

	return reply_printf(rq,
			    "requests %" PRIu64 "\n"
			    "events %" PRIu64 "\n"
			    "nodes %u\n"
			    "domains %u\n",
			    server->request_count, server->event_count, owned_total(&server->db),
			    domains);
}

static uint64_t bytes_total(const struct db *db)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < DOMID_FIRST_RESERVED; i++)
		total += db->bytes[i];
	return total;
}

/* Counts the node and all below it. */
static void nodes_count(const struct node *node, uint32_t *nodes, uint64_t *bytes)
{
	(*nodes)++;
	*bytes += node_cost(node);

	for (unsigned int i = 0; i < node->kid_count; i++)
		nodes_count(node->kids[i], nodes, bytes);
}

static int control_check(struct request *rq)
{
	const struct db *db = &rq->server->db;
	uint32_t nodes = 0, owned = owned_total(db);
	uint64_t bytes = 0, charged = bytes_total(db);

	nodes_count(db->root, &nodes, &bytes);
	if (bytes != charged)
		return reply_printf(rq, "wrong: %" PRIu64 " bytes, %" PRIu64 " accounted\n", bytes,
				    charged);

	return reply_printf(rq, "%s: %u nodes, %u accounted\n", nodes == owned ? "right" : "wrong",
			    nodes, owned);
}

/* What does not belong in a line of text. */
static char plain(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f ? '?' : c;
}

/* Adds a line of the child's name and a value, which is cut where it is too long. False: there is
 * no room for it. */
static bool each_line(struct request *rq, const struct node *kid, const struct node *value)
{
	size_t name_len = strlen(kid->name), len = value->value_len;
	char *at = rq->reply + rq->reply_len;

	if (len > EACH_VALUE_MAX)
		len = EACH_VALUE_MAX;
	/* A blank, the line's end, and the NUL behind the last line. */
	if (rq->reply_len + name_len + len + 3 > XENSTORE_PAYLOAD_MAX)
		return false;

	memcpy(at, kid->name, name_len);
	at += name_len;
	*at++ = ' ';
	for (size_t i = 0; i < len; i++)
		*at++ = plain(value->value[i]);
	*at++ = '\n';

	rq->reply_len = at - rq->reply;
	return true;
}

/* PATH NAME [AFTER]: for each child of PATH that has a child NAME its value, in the order of the
 * children's names, from behind AFTER on, as many as the answer holds. */
static int control_each(struct request *rq)
{
	const struct node *node, *value;
	unsigned int i = 0;
	char *words[4];
	int n = wire_split(rq->payload, rq->len, words, 4, NULL);

	if (n < 3)
		return -EINVAL;

	node = node_find(rq->server->db.root, words[1]);
	if (!node)
		return -ENOENT;

	if (n == 4)
		i = node_kid_after(node, words[3]);

	rq->reply_len = 0;
	for (; i < node->kid_count; i++) {
		value = node_kid(node->kids[i], words[2], strlen(words[2]));
		if (value && !each_line(rq, node->kids[i], value))
			break;
	}

	rq->reply[rq->reply_len++] = '\0';
	return 0;
}

int request_control(struct request *rq)
{
	static const struct {
		const char *word;
		request_fn *fn;
	} words[] = {
		{ "help", control_help },   { "quota", control_quota }, { "stats", control_stats },
		{ "check", control_check }, { "each", control_each },
	};
	char *word;
	size_t rest;

	if (wire_split(rq->payload, rq->len, &word, 1, &rest) != 1)
		return -EINVAL;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].fn(rq);
	return -EINVAL;
}
