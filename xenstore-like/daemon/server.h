/* SPDX-License-Identifier: MIT */
/*
 * The daemon's state. Only the loop ever waits: connections that have something to do are in a
 * queue, and each is served in its turn.
 *
 * The files of the daemon in reading order. Each calls only those before it:
 *
 *   log             messages for the administrator
 *   record          bytes of the state's files
 *   watch, watch_event, watch_fire
 *                   watches, the events that wait for their watchers, which change fires which
 *   server          what all connections share: the tree, the watches, the queue
 *   conn            one connection: its place in the queue, its transactions
 *   floor.h, xen    what the hypervisor does for the daemon
 *   journal         what has changed, in a file before anybody can see it
 *   domain          connections that are rings: introduction, release, death
 *   request         one request while it is answered: its payload, its reply
 *   request_tree, request_conn, request_domain
 *                   the operations, one function each
 *   answer          the table of operations, and how one request is answered
 *   serve           a connection's turn: bytes in, requests answered, bytes out
 *   socket_client   connections that are sockets
 *   state_save, state_load, state_replay, state
 *                   snapshots and journals, so that guests do not notice a restart
 *   loop            waits for sockets, event channels and signals
 *   options, main   the command line, start and end
 */
#ifndef XENSTORE_LIKE_SERVER_H
#define XENSTORE_LIKE_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include <xenstore-like/txn/db.h>
#include "journal.h"
#include "watch.h"

struct conn;
struct domain;
struct floor;
struct forget;

/* Connections that have something to do (conn.c). */
struct conn_queue {
	struct conn *first, *last;
	unsigned int count;
};

struct server {
	struct db db; /* first: the journal casts it back */
	struct journal journal;
	struct watch_table watches;
	struct conn_queue privileged; /* domain 0's, served first */
	struct conn_queue guests;
	struct changes news;    /* made by connections that have ended since */
	struct forget *forgets; /* dead domains that are still named somewhere (domain.c) */
	struct domain *domains; /* all introduced ones (domain.c) */
	const struct floor *floor;
	unsigned int guest_txns; /* open ones of guests */
	uint64_t aged_at;        /* the second, and the state of db.displaced, in which */
	uint64_t aged_displaced; /* their age was last looked at */
	uint64_t request_count;
	uint64_t event_count;
	bool loading;              /* from files: nothing is mapped, bound or told */
	uint64_t (*seconds)(void); /* a clock; tests have their own */
};

/* An empty store. 0 or -ENOMEM. */
__must_check int server_init(struct server *server, const struct floor *floor);

/* All connections must have ended. */
void server_free(struct server *server);

/* Fires the watches for the changes, one after the other, and frees them, until the work of a slice
 * is done (limits.h). True when all were told. */
bool server_announce(struct server *server, struct changes *changes);

/* Fires the watches on a special name. */
void server_announce_special(struct server *server, enum special special);

#endif
