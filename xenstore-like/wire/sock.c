/* SPDX-License-Identifier: MIT */
/*
 * Unix-socket clients (see sock.h).
 */
#include "sock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Clients send a request, or a batch of them, at a time: what is there is taken with one call. */
static int sock_read(struct conn *conn, void *to, size_t len)
{
	struct sock *sock = (struct sock *)conn;
	ssize_t n;

	if (sock->ahead_at == sock->ahead_end) {
		n = recv(sock->fd, sock->ahead, sizeof(sock->ahead), 0);
		if (n == 0)
			return -ECONNRESET;
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		sock->ahead_at = 0;
		sock->ahead_end = n;
	}
	if (len > sock->ahead_end - sock->ahead_at)
		len = sock->ahead_end - sock->ahead_at;
	memcpy(to, sock->ahead + sock->ahead_at, len);
	sock->ahead_at += len;
	return len;
}

static int sock_write(struct conn *conn, const void *from, size_t len)
{
	ssize_t n = send(((struct sock *)conn)->fd, from, len, MSG_NOSIGNAL);

	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

static const struct transport sock_transport = { sock_read, sock_write };

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

	/* Whoever answers there is another daemon; nobody answers on what a killed one left. */
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return -EADDRINUSE;
	unlink(address->sun_path);
	mask = umask(077);
	rc = bind(fd, (const struct sockaddr *)address, sizeof(*address));
	umask(mask);
	if (rc || listen(fd, 64))
		return -errno;
	return 0;
}

int sock_listen(const char *path)
{
	struct sockaddr_un address;
	int fd, rc = address_of(&address, path);

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

static unsigned int sock_count(const struct sock *sock)
{
	unsigned int count = 0;

	for (; sock; sock = sock->next)
		count++;
	return count;
}

struct sock *sock_accept(struct server *server, int listener, struct sock **list)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct sock *sock;

	if (fd < 0)
		return NULL;
	sock = sock_count(*list) < SOCKETS_MAX ? calloc(1, sizeof(*sock)) : NULL;
	if (!sock) {
		log_line("a client was turned away: %u are connected", sock_count(*list));
		close(fd);
		return NULL;
	}
	conn_init(&sock->conn, server, &sock_transport, (struct who){ 0, DOMID_NONE });
	snprintf(sock->conn.label, sizeof(sock->conn.label), "client %d", fd);
	sock->fd = fd;
	sock->next = *list;
	*list = sock;
	conn_wake(&sock->conn);
	return sock;
}

static void sock_end(struct sock *sock, struct sock **list)
{
	while (*list != sock)
		list = &(*list)->next;
	*list = sock->next;
	conn_end(&sock->conn);
	close(sock->fd);
	free(sock);
}

bool sock_serve(struct sock *sock, struct sock **list)
{
	switch (conn_serve(&sock->conn)) {
	case CONN_MORE:
		conn_wake(&sock->conn);
		break;
	case CONN_DEAD:
		sock_end(sock, list);
		return false;
	case CONN_IDLE:
	case CONN_BLOCKED:
		break;
	}
	return true;
}

void sock_drop_all(struct sock **list)
{
	while (*list)
		sock_end(*list, list);
}
