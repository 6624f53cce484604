/* SPDX-License-Identifier: MIT */
/*
 * Connections (see conn.h): beginning and end, the queue of those that have something to do, and
 * their open transactions.
 */
#include "conn.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <xenstore-like/txn/quota.h>

_Static_assert(offsetof(struct conn, watcher) == 0, "wake_watcher() casts the watcher back");

static void wake_watcher(struct watcher *watcher)
{
	conn_wake((struct conn *)watcher);
}

void conn_init(struct conn *conn, struct server *server, const struct transport *transport,
	       struct who who)
{
	assert(transport->read && transport->write);

	memset(conn, 0, sizeof(*conn));
	watcher_init(&conn->watcher, who);
	conn->watcher.wake = wake_watcher;
	conn->server = server;
	conn->transport = transport;
	changes_init(&conn->news);
	snprintf(conn->label, sizeof(conn->label), "d%u", who.domid);
}

void conn_reset(struct conn *conn)
{
	watcher_reset(&conn->watcher);
	conn_close_txns(conn);
	assert(conn->txn_count == 0);

	conn->error = 0;
	conn->event_turn = false;
	wire_in_reset(&conn->in);
	wire_out_reset(&conn->out);
}

/* Domain 0 has a queue of its own, so that it never waits for a queue of guests. */
static struct conn_queue *queue_of(const struct conn *conn)
{
	struct server *server = conn->server;

	return who_is_privileged(conn->watcher.who) ? &server->privileged : &server->guests;
}

/* Takes the connection out of the middle of its queue. */
static void queue_leave(struct conn *conn)
{
	struct conn_queue *queue = queue_of(conn);

	if (conn->prev_ready)
		conn->prev_ready->next_ready = conn->next_ready;
	else
		queue->first = conn->next_ready;

	if (conn->next_ready)
		conn->next_ready->prev_ready = conn->prev_ready;
	else
		queue->last = conn->prev_ready;

	conn->ready = false;
	queue->count--;
}

void conn_end(struct conn *conn)
{
	conn_reset(conn);

	/* What it has changed is still to be told. */
	changes_move(&conn->server->news, &conn->news);

	if (conn->ready)
		queue_leave(conn);
}

void conn_wake(struct conn *conn)
{
	struct conn_queue *queue = queue_of(conn);

	if (conn->ready)
		return;

	conn->ready = true;
	conn->next_ready = NULL;
	conn->prev_ready = queue->last;
	if (queue->last)
		queue->last->next_ready = conn;
	else
		queue->first = conn;

	queue->last = conn;
	queue->count++;
}

struct conn *conn_next(struct conn_queue *queue)
{
	struct conn *conn = queue->first;

	if (!conn)
		return NULL;

	assert(conn->ready);
	queue_leave(conn);
	return conn;
}

struct txn *conn_find_txn(const struct conn *conn, uint32_t id)
{
	struct txn *txn = conn->txns;

	while (txn && txn->id != id)
		txn = txn->next;
	return txn;
}

uint32_t conn_fresh_txn_id(const struct conn *conn)
{
	uint32_t id = conn->last_txn;

	do {
		id++;
		/* On the wire 0 means "no transaction". */
		if (id == 0)
			id = 1;
	} while (conn_find_txn(conn, id));

	return id;
}

struct txn *conn_open_txn(struct conn *conn, uint32_t id)
{
	struct server *server = conn->server;
	struct txn *txn = txn_new(id, server->db.root, server->seconds());

	if (!txn)
		return NULL;

	txn->displaced = server->db.displaced;
	txn->next = conn->txns;
	conn->txns = txn;
	conn->txn_count++;
	if (!who_is_privileged(conn->watcher.who))
		server->guest_txns++;
	return txn;
}

void conn_close_txn(struct conn *conn, struct txn *txn)
{
	struct txn **at = &conn->txns;

	while (*at != txn) {
		assert(*at);
		at = &(*at)->next;
	}

	*at = txn->next;
	conn->txn_count--;
	if (!conn->txns)
		conn->displaced = 0;
	if (!who_is_privileged(conn->watcher.who))
		conn->server->guest_txns--;
	txn_free(txn);
}

void conn_close_txns(struct conn *conn)
{
	while (conn->txns)
		conn_close_txn(conn, conn->txns);
}

size_t conn_bytes(const struct conn *conn)
{
	size_t bytes = conn->watcher.watch_bytes;

	for (const struct txn *txn = conn->txns; txn; txn = txn->next)
		bytes += sizeof(*txn) + txn->bytes;
	return bytes;
}

static void txn_give_up(struct conn *conn, struct txn *txn, const char *why)
{
	conn_log(conn, "%s: transaction %u %s and will have to start again", conn->label, txn->id,
		 why);
	txn_doom(txn, conn->server->db.root);
}

void conn_displace(struct conn *conn, size_t bytes)
{
	if (who_is_privileged(conn->watcher.who) || !conn->txns)
		return;

	conn->displaced += bytes;
	if (conn->displaced <= quota_of(QUOTA_BYTES))
		return;

	for (struct txn *txn = conn->txns; txn; txn = txn->next)
		if (!txn->doomed)
			txn_give_up(conn, txn, "keeps too much of what was changed since");
	conn->displaced = 0;
}

void conn_age(struct conn *conn)
{
	struct server *server = conn->server;
	uint64_t now = server->seconds();

	if (who_is_privileged(conn->watcher.who))
		return;

	for (struct txn *txn = conn->txns; txn; txn = txn->next) {
		if (txn->doomed)
			continue;

		if (now - txn->began >= quota_of(QUOTA_TXN_SECONDS))
			txn_give_up(conn, txn, "is open for too long");
		else if (server->db.displaced - txn->displaced > VERSIONS_BYTES_MAX)
			txn_give_up(conn, txn, "is older than too many changes");
	}
}
