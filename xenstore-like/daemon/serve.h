/* SPDX-License-Identifier: MIT */
/*
 * A connection's turn. No further request is served before the last answer is sent, so a peer that
 * does not read stops only itself.
 */
#ifndef XENSTORE_LIKE_SERVE_H
#define XENSTORE_LIKE_SERVE_H

#include <dom0-tools/base/must_check.h>
#include "domain.h"

enum conn_state {
	CONN_IDLE,    /* nothing to read, nothing to send */
	CONN_BLOCKED, /* the peer has to read first */
	CONN_MORE,    /* its turn is over, but there is more to do: queue it again */
	CONN_DEAD,    /* conn->error says why; its owner ends it */
};

/* Serves one turn: at most REQUESTS_PER_TURN requests, and events as they wait. */
__must_check enum conn_state conn_serve(struct conn *conn);

/* Serves a turn of the domain's ring, signals it when bytes were moved, and queues it again when
 * there is more to do. A ring that breaks the protocol is stopped until the domain reconnects. */
void domain_serve(struct domain *d);

/*
 * A turn for each connection that is in a queue now: domain 0's first, then guests' until the work
 * of a slice is done (limits.h). So domain 0 waits for no more than one slice and one request,
 * however many guests there are, if the caller looks for new requests between rounds. turn() may
 * end the connection, and others.
 */
void server_round(struct server *server, void (*turn)(struct conn *conn, void *context),
		  void *context);

#endif
