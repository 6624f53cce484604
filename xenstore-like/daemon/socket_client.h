/* SPDX-License-Identifier: MIT */
/*
 * Clients in the daemon's own domain, over its Unix socket. All of them are privileged: only root
 * may connect.
 */
#ifndef XENSTORE_LIKE_SOCKET_CLIENT_H
#define XENSTORE_LIKE_SOCKET_CLIENT_H

#include <xenstore-like/wire/sock.h>
#include "conn.h"

struct socket_client {
	struct conn conn; /* first: the transport casts it back */
	struct socket_client *next;
	struct sock sock;
};

/* Accepts one client into the list, as its first, and queues it for its first turn. -EAGAIN: none
 * waits; -EUSERS: it was turned away, because too many are connected; -EMFILE, -ENFILE: those that
 * wait go on waiting, for there is no descriptor for one. */
__must_check int socket_client_accept(struct server *server, int listener,
				      struct socket_client **list);

/* The client that the connection belongs to; it must not be a domain's. */
struct socket_client *conn_socket_client(struct conn *conn);

/* Serves a turn, and queues the client again when there is more to do. Ends and frees a client
 * whose stream is at its end. */
void socket_client_serve(struct socket_client *client, struct socket_client **list);

/* Closes the connection, and frees the client. */
void socket_client_end(struct socket_client *client, struct socket_client **list);

/* Ends all in the list. */
void socket_client_end_all(struct socket_client **list);

#endif
