/* SPDX-License-Identifier: MIT */
/*
 * Clients in the daemon's own domain, over a Unix socket. All of them are privileged: only root
 * may connect.
 */
#ifndef XENSTORE_LIKE_SOCK_H
#define XENSTORE_LIKE_SOCK_H

#include <xenstore-like/daemon/server.h>

struct sock {
	struct conn conn; /* first: transports get back from it */
	struct sock *next;
	int fd;
	size_t ahead_at, ahead_end; /* bytes that came along with others */
	char ahead[4096];
};

/* A listening socket, or a negative errno. Refuses to take over one that a daemon answers on. */
int sock_listen(const char *path);
/* Accepts one client into the list; NULL when there is none (any more). */
struct sock *sock_accept(struct server *server, int listener, struct sock **list);
/* Serves a turn; the client is gone and freed when this is false. */
bool sock_serve(struct sock *sock, struct sock **list);
void sock_drop_all(struct sock **list);

#endif
