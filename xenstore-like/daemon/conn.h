/* SPDX-License-Identifier: MIT */
/*
 * A connection: a byte stream in both directions with an identity, its watches and transactions,
 * and a place in the server's queue. Only its transport knows whether the stream is a socket or a
 * domain's ring. The connection is embedded in its owner's struct.
 */
#ifndef XENSTORE_LIKE_CONN_H
#define XENSTORE_LIKE_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include <xenstore-like/txn/txn.h>
#include <xenstore-like/wire/wire.h>
#include "log.h"
#include "server.h"

/* read, write: bytes moved, 0 for none at present, negative when the stream is at its end. note:
 * puts into the journal how far the stream was read and what is to be sent; NULL where the
 * connection does not outlive the daemon. */
struct transport {
	int (*read)(struct conn *conn, void *to, size_t len);
	int (*write)(struct conn *conn, const void *from, size_t len);
	void (*note)(struct conn *conn);
	bool is_ring; /* the connection is a domain's */
};

#define CONN_LABEL_SPACE 32

struct conn {
	struct watcher watcher; /* first: wake_watcher() casts it back */
	struct server *server;
	const struct transport *transport;
	struct conn *next_ready, *prev_ready;
	bool ready;                   /* is in the queue */
	bool event_turn;              /* an event goes before the next request */
	bool moved;                   /* bytes were moved since the owner last looked */
	int error;                    /* why the stream is at its end */
	char label[CONN_LABEL_SPACE]; /* for the log */
	unsigned int refusals;        /* quotas met */
	struct log_limit log;         /* of the lines that its peer can cause */
	struct changes news;          /* made by it, whose watches are not fired yet */
	struct txn *txns;
	unsigned int txn_count;
	uint32_t last_txn; /* the number given out last */
	size_t displaced;  /* bytes that it put out of the present version while it had any open */
	struct wire_in in;
	struct wire_out out;
};

/* A new connection, labelled "d7" after its domain; not yet in the queue. */
void conn_init(struct conn *conn, struct server *server, const struct transport *transport,
	       struct who who);

/* Drops watches, transactions and partial messages: the connection is as new. */
void conn_reset(struct conn *conn);

/* Resets it and takes it out of the queue. Its owner may free it then. */
void conn_end(struct conn *conn);

/* Puts the connection at the end of its queue, unless it is in it already. */
void conn_wake(struct conn *conn);

/* Takes the first connection out of the queue; NULL when the queue is empty. */
struct conn *conn_next(struct conn_queue *queue);

/* The transaction of that number, or NULL. */
struct txn *conn_find_txn(const struct conn *conn, uint32_t id);

/* A number that no open transaction of the connection has; never 0. */
uint32_t conn_fresh_txn_id(const struct conn *conn);

/* Opens a transaction of that number on the present tree. NULL when out of memory. */
struct txn *conn_open_txn(struct conn *conn, uint32_t id);

/* Frees the transaction, or all of them. */
void conn_close_txn(struct conn *conn, struct txn *txn);
void conn_close_txns(struct conn *conn);

/* Dooms the transactions of an unprivileged connection that are too old: by the clock, or because
 * they may keep too much alive that is not in the present tree any more. */
void conn_age(struct conn *conn);

/* Bytes of memory that the connection is charged with, besides nodes. */
size_t conn_bytes(const struct conn *conn);

/* Notes that a request of the connection has put so many bytes out of the present version, which
 * its own open transactions may keep alive. Dooms them all when that is too much. */
void conn_displace(struct conn *conn, size_t bytes);

/* A line in the log that the connection's peer has caused. */
#define conn_log(conn, ...) log_limited(&(conn)->log, (conn)->server->seconds(), __VA_ARGS__)

#endif
