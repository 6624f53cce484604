/* SPDX-License-Identifier: MIT */
/*
 * A Unix socket as a byte stream that never waits. What the bytes mean is not known here.
 */
#ifndef XENSTORE_LIKE_SOCK_H
#define XENSTORE_LIKE_SOCK_H

#include <stddef.h>
#include <dom0-tools/base/must_check.h>

struct sock {
	int fd;
	/* Bytes that were received together; from ahead_at to ahead_end they are not yet read. */
	size_t ahead_at, ahead_end;
	char ahead[4096];
};

/* A socket that listens at path, or a negative errno: -EADDRINUSE when a daemon answers there. The
 * socket of a killed daemon is replaced. Only root may connect. */
__must_check int sock_listen(const char *path);

/* The next waiting client, as a file descriptor; or a negative errno. */
__must_check int sock_accept(int listener);

/* The socket owns fd from now on. */
void sock_init(struct sock *sock, int fd);
void sock_close(struct sock *sock);

/* Bytes moved, 0 for none at present, or a negative errno: -ECONNRESET at the stream's end. */
__must_check int sock_read(struct sock *sock, void *to, size_t len);
__must_check int sock_write(struct sock *sock, const void *from, size_t len);

#endif
