/* SPDX-License-Identifier: MIT */
/*
 * Clients in the daemon's own domain, over its Unix socket. All of them are privileged: only root
 * may connect.
 */
#ifndef XENSTORE_LIKE_SOCKET_CLIENT_H
#define XENSTORE_LIKE_SOCKET_CLIENT_H

#include "server.h"
#include <xenstore-like/wire/sock.h>

struct socket_client {
	struct conn conn; /* first: the transport gets back from it */
	struct socket_client *next;
	struct sock sock;
};

/* Accepts one client into the list, and queues it for its first turn. NULL when there is none (any
 * more), or when it was turned away because too many are connected. */
struct socket_client *socket_client_accept(struct server *server, int listener,
					   struct socket_client **list);

/* Serves a turn; the client is gone and freed when this is false. */
bool socket_client_serve(struct socket_client *client, struct socket_client **list);

/* Ends all connections in the list. */
void socket_client_drop_all(struct socket_client **list);

#endif
