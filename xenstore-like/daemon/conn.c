/* SPDX-License-Identifier: MIT */
/*
 * Connections (see conn.h): beginning and end, the queue of those that have something to do, and
 * their open transactions.
 */
#include "conn.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "limits.h"
#include "log.h"

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
	snprintf(conn->label, sizeof(conn->label), "d%u", who.domid);
}

void conn_reset(struct conn *conn)
{
	watcher_reset(&conn->server->watches, &conn->watcher);

	while (conn->txns)
		conn_close_txn(conn, conn->txns);
	assert(conn->txn_count == 0);

	conn->error = 0;
	conn->event_turn = false;
	wire_in_reset(&conn->in);
	wire_out_reset(&conn->out);
}

/* Takes the connection out of the middle of the queue. */
static void queue_leave(struct conn *conn)
{
	struct server *server = conn->server;
	struct conn **at = &server->first_ready;

	while (*at != conn) {
		assert(*at);
		at = &(*at)->next_ready;
	}

	*at = conn->next_ready;
	if (server->last_ready == &conn->next_ready)
		server->last_ready = at;
	conn->ready = false;
}

void conn_end(struct conn *conn)
{
	conn_reset(conn);

	if (conn->ready)
		queue_leave(conn);
}

void conn_wake(struct conn *conn)
{
	struct server *server = conn->server;

	if (conn->ready)
		return;

	conn->ready = true;
	conn->next_ready = NULL;
	*server->last_ready = conn;
	server->last_ready = &conn->next_ready;
}

struct conn *conn_next(struct server *server)
{
	struct conn *conn = server->first_ready;

	if (!conn)
		return NULL;

	assert(conn->ready);
	server->first_ready = conn->next_ready;
	if (!server->first_ready)
		server->last_ready = &server->first_ready;

	conn->ready = false;
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

	txn->next = conn->txns;
	conn->txns = txn;
	conn->txn_count++;
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
	txn_free(txn);
}

void conn_age(struct conn *conn)
{
	struct server *server = conn->server;
	uint64_t now = server->seconds();

	if (who_is_privileged(conn->watcher.who))
		return;

	for (struct txn *txn = conn->txns; txn; txn = txn->next) {
		if (txn->doomed || now - txn->began < TXN_AGE_MAX_SECONDS)
			continue;

		log_line("%s: transaction %u is open for %u seconds and will have to start again",
			 conn->label, txn->id, TXN_AGE_MAX_SECONDS);
		txn_doom(txn, server->db.root);
	}
}
