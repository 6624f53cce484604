/* SPDX-License-Identifier: MIT */
/*
 * Unix sockets (see sock.h).
 */
#include "sock.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Clients that may wait to be accepted. */
#define BACKLOG 64

static int address_of(struct sockaddr_un *address, const char *path)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;

	if (strlen(path) >= sizeof(address->sun_path))
		return -ENAMETOOLONG;

	strcpy(address->sun_path, path);
	return 0;
}

static int socket_bind(int fd, const struct sockaddr_un *address)
{
	mode_t mask;
	int rc;

	/* Only a running daemon answers; the socket of a killed one is dead. */
	rc = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	if (rc == 0)
		return -EADDRINUSE;

	unlink(address->sun_path);

	/* Created for root alone, so that nobody else can connect even for a moment. */
	mask = umask(077);
	rc = bind(fd, (const struct sockaddr *)address, sizeof(*address));
	umask(mask);
	if (rc)
		return -errno;

	return listen(fd, BACKLOG) ? -errno : 0;
}

int sock_listen(const char *path)
{
	struct sockaddr_un address;
	int fd, rc;

	rc = address_of(&address, path);
	if (rc)
		return rc;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;

	rc = socket_bind(fd, &address);
	if (rc) {
		close(fd);
		return rc;
	}
	return fd;
}

int sock_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

void sock_init(struct sock *sock, int fd)
{
	sock->fd = fd;
	sock->ahead_at = 0;
	sock->ahead_end = 0;
}

void sock_close(struct sock *sock)
{
	close(sock->fd);
	sock->fd = -1;
}

/* What a failed call on the socket means: 0 when it can be made again later. */
static int failure(void)
{
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	return -errno;
}

/* Receives what is there, at most a buffer. Bytes received, 0 for none at present, or -errno. */
static int ahead_fill(struct sock *sock)
{
	ssize_t n = recv(sock->fd, sock->ahead, sizeof(sock->ahead), 0);

	if (n == 0)
		return -ECONNRESET;
	if (n < 0)
		return failure();

	sock->ahead_at = 0;
	sock->ahead_end = n;
	return n;
}

/* A client sends a request, or a batch of them, at once: one call receives all that is there. */
int sock_read(struct sock *sock, void *to, size_t len)
{
	size_t held;
	int rc;

	if (sock->ahead_at == sock->ahead_end) {
		rc = ahead_fill(sock);
		if (rc <= 0)
			return rc;
	}

	held = sock->ahead_end - sock->ahead_at;
	if (len > held)
		len = held;

	memcpy(to, sock->ahead + sock->ahead_at, len);
	sock->ahead_at += len;
	return len;
}

int sock_write(struct sock *sock, const void *from, size_t len)
{
	ssize_t n = send(sock->fd, from, len, MSG_NOSIGNAL);

	return n < 0 ? failure() : n;
}
