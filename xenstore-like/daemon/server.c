/* SPDX-License-Identifier: MIT */
/*
 * Serving connections in turn (see server.h). A connection gets no further request served before
 * its last answer is out, so a peer that does not read stops itself, and nobody else.
 */
#include "server.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "limits.h"

void (*log_output)(const char *line);

void log_line(const char *fmt, ...)
{
	char line[512];
	va_list args;

	if (!log_output)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	log_output(line);
}

static uint64_t seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

int server_init(struct server *server, const struct floor *floor)
{
	memset(server, 0, sizeof(*server));
	server->last_ready = &server->first_ready;
	server->floor = floor;
	server->seconds = seconds_now;
	return db_init(&server->db);
}

void server_free(struct server *server)
{
	strmap_pop(&server->watches.by_path);
	db_free(&server->db);
}

static void wake_watcher(struct watcher *watcher)
{
	conn_wake((struct conn *)watcher);
}

void conn_init(struct conn *conn, struct server *server, const struct transport *transport,
	       struct who who)
{
	memset(conn, 0, sizeof(*conn));
	watcher_init(&conn->watcher, who);
	conn->watcher.wake = wake_watcher;
	conn->server = server;
	conn->transport = transport;
	snprintf(conn->label, sizeof(conn->label), "domain %u", who.domid);
}

void conn_reset(struct conn *conn)
{
	struct txn *txn;

	watcher_reset(&conn->server->watches, &conn->watcher);
	while ((txn = conn->txns)) {
		conn->txns = txn->next;
		txn_free(txn);
	}
	conn->txn_count = 0;
	conn->error = 0;
	conn->event_turn = false;
	wire_in_reset(&conn->in);
	conn->out.len = 0;
}

void conn_end(struct conn *conn)
{
	struct server *server = conn->server;
	struct conn **at = &server->first_ready;

	conn_reset(conn);
	while (*at && *at != conn)
		at = &(*at)->next_ready;
	if (!*at)
		return;
	*at = conn->next_ready;
	if (server->last_ready == &conn->next_ready)
		server->last_ready = at;
	conn->ready = false;
}

void conn_wake(struct conn *conn)
{
	if (conn->ready)
		return;
	conn->ready = true;
	conn->next_ready = NULL;
	*conn->server->last_ready = conn;
	conn->server->last_ready = &conn->next_ready;
}

struct conn *server_next(struct server *server)
{
	struct conn *conn = server->first_ready;

	if (!conn)
		return NULL;
	server->first_ready = conn->next_ready;
	if (!server->first_ready)
		server->last_ready = &server->first_ready;
	conn->ready = false;
	return conn;
}

/* True when nothing is left to send. */
static bool out_flush(struct conn *conn)
{
	struct wire_out *out = &conn->out;

	while (out->done < out->len) {
		int n = conn->transport->write(conn, out->bytes + out->done, out->len - out->done);

		if (n < 0)
			conn->error = n;
		if (n <= 0)
			return false;
		conn->moved = true;
		out->done += n;
	}
	out->len = out->done = 0;
	return true;
}

/* 1: a whole request is there; 0: not yet. */
static int in_fill(struct conn *conn)
{
	int n, rc;

	do {
		size_t len;
		void *at = wire_want(&conn->in, &len);

		n = conn->transport->read(conn, at, len);
		if (n < 0)
			conn->error = n;
		if (n <= 0)
			return n;
		conn->moved = true;
		rc = wire_got(&conn->in, n);
		if (rc < 0)
			conn->error = rc;
	} while (!rc);
	return rc;
}

static bool event_send(struct conn *conn)
{
	struct watch_event *event = watcher_next_event(&conn->watcher);
	const char *path;
	size_t path_len, token_len;
	char *payload = wire_out_payload(&conn->out);

	if (!event)
		return false;
	path = event->path + event->watch->strip;
	path_len = strlen(path) + 1;
	token_len = strlen(event->watch->token) + 1;
	/* Bounded when the watch was made. */
	memcpy(payload, path, path_len);
	memcpy(payload + path_len, event->watch->token, token_len);
	wire_out_begin(&conn->out, XS_WATCH_EVENT, 0, 0, path_len + token_len);
	free(event);
	conn->server->event_count++;
	if (conn->watcher.folded && !conn->watcher.event_count) {
		log_line("%s read its watch events late: more than %u waited, some were folded",
			 conn->label, EVENTS_PENDING_MAX);
		conn->watcher.folded = false;
	}
	return true;
}

enum conn_state conn_serve(struct conn *conn)
{
	unsigned int served = 0;

	while (served < REQUESTS_PER_TURN) {
		int rc;

		if (!out_flush(conn))
			return conn->error ? CONN_DEAD : CONN_BLOCKED;
		if (conn->event_turn) {
			conn->event_turn = false;
			if (event_send(conn))
				continue;
		}
		rc = in_fill(conn);
		if (rc < 0)
			return CONN_DEAD;
		if (rc == 0) {
			if (event_send(conn))
				continue;
			return CONN_IDLE;
		}
		request_answer(conn);
		conn->server->request_count++;
		wire_in_reset(&conn->in);
		conn->event_turn = true;
		served++;
	}
	return CONN_MORE;
}

void server_announce(struct server *server, struct changes *changes)
{
	struct change *change;

	while ((change = changes_pop(changes))) {
		watch_fire(&server->watches, &server->db, change);
		change_free(change);
		server->touched = true;
	}
}

void conn_age(struct conn *conn)
{
	uint64_t now = conn->server->seconds();

	if (who_is_privileged(conn->watcher.who))
		return;
	for (struct txn *txn = conn->txns; txn; txn = txn->next) {
		if (txn->doomed || now - txn->began < TXN_AGE_MAX_SECONDS)
			continue;
		log_line("%s: transaction %u open for %u seconds, will have to start again",
			 conn->label, txn->id, TXN_AGE_MAX_SECONDS);
		txn_doom(txn, conn->server->db.root);
	}
}
