/* SPDX-License-Identifier: MIT */
/*
 * Turns (see serve.h): send what is left, then an event or the next answer, and again.
 */
#include "serve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore-like/tree/work.h>
#include "answer.h"
#include "limits.h"

static void conn_note(struct conn *conn)
{
	if (conn->transport->note)
		conn->transport->note(conn);
}

/* True when nothing is left to send. */
static bool out_flush(struct conn *conn)
{
	struct wire_out *out = &conn->out;

	/* What it says must outlive us. */
	if (out->done < out->len)
		journal_commit(conn->server);

	while (out->done < out->len) {
		size_t left = out->len - out->done;
		int n = conn->transport->write(conn, out->bytes + out->done, left);

		if (n < 0)
			conn->error = n;
		if (n <= 0)
			return false;

		conn->moved = true;
		out->done += n;
	}

	wire_out_reset(out);
	return true;
}

/* 1: a whole request is there; 0: not yet; negative: the stream is at its end. */
static int in_fill(struct conn *conn)
{
	int rc;

	do {
		size_t len;
		void *at = wire_want(&conn->in, &len);

		rc = conn->transport->read(conn, at, len);
		if (rc == 0)
			return 0;
		if (rc < 0)
			break;

		conn->moved = true;
		rc = wire_got(&conn->in, rc);
	} while (rc == 0);

	if (rc < 0)
		conn->error = rc;
	return rc;
}

/* Makes the oldest event the message to be sent. False when none waits. */
static bool event_send(struct conn *conn)
{
	struct watch_event *event = watcher_next_event(&conn->watcher);
	char *payload = wire_out_payload(&conn->out);
	const char *path, *token;
	size_t path_len, token_len;

	if (!event)
		return false;

	path = event->path + event->watch->strip;
	path_len = strlen(path) + 1;
	token = event->watch->token;
	token_len = strlen(token) + 1;

	/* Both fit: the token was bounded when the watch was made. */
	memcpy(payload, path, path_len);
	memcpy(payload + path_len, token, token_len);
	wire_out_begin(&conn->out, XS_WATCH_EVENT, 0, 0, path_len + token_len);

	free(event);
	conn->server->event_count++;
	conn_note(conn);
	return true;
}

/* Once the peer has caught up, logs that it was so late that some events were folded. */
static void folded_tell(struct conn *conn)
{
	struct watcher *watcher = &conn->watcher;

	if (!watcher->folded || watcher->event_count)
		return;

	conn_log(conn, "%s read its watch events late: so many waited that some were folded",
		 conn->label);
	watcher->folded = false;
}

/* Sends an event. False when none waits. */
static bool event_next(struct conn *conn)
{
	if (!event_send(conn))
		return false;

	folded_tell(conn);
	return true;
}

enum conn_state conn_serve(struct conn *conn)
{
	const uint64_t end = work_done + WORK_SLICE;
	unsigned int served = 0;

	while (served < REQUESTS_PER_TURN) {
		int rc;

		/* First what its last request did to others: so it pays for that itself, and cannot
		 * keep it back by not reading. */
		if (!server_announce(conn->server, &conn->news))
			return CONN_MORE;

		if (!out_flush(conn))
			return conn->error ? CONN_DEAD : CONN_BLOCKED;

		if (work_done >= end)
			return CONN_MORE;

		/* One event after each request, so that an endless series of requests cannot
		 * keep events back. */
		if (conn->event_turn) {
			conn->event_turn = false;
			if (event_next(conn))
				continue;
		}

		rc = in_fill(conn);
		if (rc < 0)
			return CONN_DEAD;

		/* No request waits: send the events. */
		if (rc == 0) {
			if (event_next(conn))
				continue;
			return CONN_IDLE;
		}

		request_answer(conn);
		conn->server->request_count++;
		wire_in_reset(&conn->in);
		conn_note(conn);
		conn->event_turn = true;
		served++;
	}
	return CONN_MORE;
}

/* ---- a domain's ring */

/* What an error of the stream is called in the page, and in the log. */
struct stop_reason {
	unsigned int word; /* XENSTORE_ERROR_ */
	const char *text;
};

static struct stop_reason stop_reason_of(int error)
{
	if (error == -EPROTO)
		return (struct stop_reason){ XENSTORE_ERROR_PROTO, "a message too long" };
	if (error == -EIO)
		return (struct stop_reason){ XENSTORE_ERROR_RINGIDX, "impossible ring indexes" };
	return (struct stop_reason){ XENSTORE_ERROR_COMM, strerror(-error) };
}

/* The domain broke the protocol: ignore its ring until it reconnects. */
static void stream_stop(struct domain *d)
{
	struct stop_reason reason = stop_reason_of(d->conn.error);

	conn_log(&d->conn, "%s broke the store protocol (%s): not served until it reconnects",
		 d->conn.label, reason.text);

	domain_stop(d);
	journal_commit(d->conn.server);

	xsring_fail(d->page, reason.word);
	d->conn.moved = true;
}

/* First noted, then done: should we be killed in between, the domain still asks. */
static void stream_reconnect(struct domain *d)
{
	domain_reconnect(d);
	journal_commit(d->conn.server);

	xsring_reconnect(&d->ring, d->page);
	d->conn.moved = true;
}

/* Shows the domain how far its ring was read, once that is noted, with the part of a request that
 * was taken out of the ring. */
static void stream_consume(struct domain *d)
{
	struct conn *conn = &d->conn;

	if (d->noted != d->ring.req_cons)
		conn_note(conn);
	journal_commit(conn->server);

	if (xsring_consume(&d->ring, d->page))
		conn->moved = true;
}

static enum conn_state ring_serve(struct domain *d)
{
	enum conn_state state;

	if (d->conn.error)
		return CONN_DEAD;

	state = conn_serve(&d->conn);
	if (state == CONN_DEAD)
		return state;

	stream_consume(d);

	/* It sends no event for what it adds while it sees us behind: look once more. */
	if (state == CONN_IDLE && xsring_has_requests(&d->ring, d->page))
		return CONN_MORE;
	return state;
}

void domain_serve(struct domain *d)
{
	struct conn *conn = &d->conn;
	enum conn_state state = CONN_IDLE;

	if (xsring_wants_reconnect(d->page))
		stream_reconnect(d);

	if (!d->stopped)
		state = ring_serve(d);

	if (state == CONN_MORE)
		conn_wake(conn);
	else if (state == CONN_DEAD)
		stream_stop(d);

	if (conn->moved)
		conn->server->floor->notify(d->port);
	conn->moved = false;
}

/* ---- rounds */

static void queue_serve(struct conn_queue *queue, void (*turn)(struct conn *conn, void *context),
			void *context)
{
	const uint64_t end = work_done + WORK_SLICE;
	unsigned int turns = queue->count;

	while (turns-- && work_done < end) {
		struct conn *conn = conn_next(queue);

		/* One that was counted may have ended since. */
		if (!conn)
			return;

		turn(conn, context);
	}
}

void server_round(struct server *server, void (*turn)(struct conn *conn, void *context),
		  void *context)
{
	queue_serve(&server->privileged, turn, context);
	queue_serve(&server->guests, turn, context);

	/* A slice a round is enough: who made these is gone, and can make no more. */
	server_announce(server, &server->news);
	domains_forget_more(server);
}
