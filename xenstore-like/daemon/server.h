/* SPDX-License-Identifier: MIT */
/*
 * The daemon's state and its connections. A connection is a byte stream in both directions with an
 * identity; whether it is a socket or a domain's ring is known to its transport alone. Nothing here
 * waits: connections that have something to do stand in a queue and are served in turn.
 */
#ifndef XENSTORE_LIKE_SERVER_H
#define XENSTORE_LIKE_SERVER_H

#include <stdbool.h>
#include <xenstore-like/txn/view.h>
#include "watch.h"
#include <xenstore-like/wire/wire.h>

struct server;
struct conn;
struct floor;
struct domain;

/* read, write: bytes moved, 0 for none at present, negative when the stream is at its end. */
struct transport {
	int (*read)(struct conn *conn, void *to, size_t len);
	int (*write)(struct conn *conn, const void *from, size_t len);
};

enum conn_state {
	CONN_IDLE,    /* nothing to read, nothing to send */
	CONN_BLOCKED, /* the peer has to read first */
	CONN_MORE,    /* its turn is over, there is more to do */
	CONN_DEAD,    /* conn->error says why; its owner ends it */
};

struct conn {
	struct watcher watcher; /* first: wake() gets back from it */
	struct server *server;
	const struct transport *transport;
	struct conn *next_ready;
	bool ready;      /* stands in the queue */
	bool event_turn; /* an event goes before the next request */
	bool moved;      /* bytes were moved since the owner last looked */
	int error;
	char label[32];        /* for the log */
	unsigned int refusals; /* quotas met, for logging fewer and fewer of them */
	struct txn *txns;
	unsigned int txn_count;
	uint32_t last_txn;
	struct wire_in in;
	struct wire_out out;
};

struct server {
	struct db db;
	struct watch_table watches;
	struct conn *first_ready, **last_ready;
	struct domain *domains;
	const struct floor *floor;
	uint64_t request_count;
	uint64_t event_count;
	bool touched;              /* something worth saving has changed */
	uint64_t (*seconds)(void); /* a clock, which tests can turn */
};

int server_init(struct server *server, const struct floor *floor);
void server_free(struct server *server);

void conn_init(struct conn *conn, struct server *server, const struct transport *transport,
	       struct who who);
/* Drops watches, transactions and half messages: the connection is as new. */
void conn_reset(struct conn *conn);
/* Same, and out of the queue. */
void conn_end(struct conn *conn);

/* Puts the connection in the queue. */
void conn_wake(struct conn *conn);
/* The next in the queue, or NULL. */
struct conn *server_next(struct server *server);
/* Serves one turn. */
enum conn_state conn_serve(struct conn *conn);

/* Tells the watches of changes, and frees them. */
void server_announce(struct server *server, struct changes *changes);

/* Answers the request in conn->in: an answer is in conn->out then. (request.c) */
void request_answer(struct conn *conn);

/* Dooms transactions that have been open for too long. */
void conn_age(struct conn *conn);

/* One line to the log. */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Where lines go; NULL: nowhere (tests). */
extern void (*log_output)(const char *line);

#endif
