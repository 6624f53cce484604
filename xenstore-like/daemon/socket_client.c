/* SPDX-License-Identifier: MIT */
/*
 * Clients over the Unix socket (see socket_client.h).
 */
#include "socket_client.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "limits.h"
#include "log.h"
#include "serve.h"

_Static_assert(offsetof(struct socket_client, conn) == 0,
	       "the transport casts the connection back");

static struct socket_client *client_of(struct conn *conn)
{
	return (struct socket_client *)conn;
}

static int client_read(struct conn *conn, void *to, size_t len)
{
	return sock_read(&client_of(conn)->sock, to, len);
}

static int client_write(struct conn *conn, const void *from, size_t len)
{
	return sock_write(&client_of(conn)->sock, from, len);
}

static const struct transport socket_transport = { client_read, client_write, NULL, false };

struct socket_client *conn_socket_client(struct conn *conn)
{
	assert(conn->transport == &socket_transport);
	return client_of(conn);
}

static unsigned int client_count(const struct socket_client *client)
{
	unsigned int count = 0;

	for (; client; client = client->next)
		count++;
	return count;
}

int socket_client_accept(struct server *server, int listener, struct socket_client **list)
{
	const struct who root = { 0, DOMID_NONE };
	struct socket_client *client = NULL;
	unsigned int count;
	int fd;

	fd = sock_accept(listener);
	if (fd < 0)
		return fd;

	count = client_count(*list);
	if (count < SOCKETS_MAX)
		client = calloc(1, sizeof(*client));
	if (!client) {
		log_line("a client was turned away: %u are connected", count);
		close(fd);
		return -EUSERS;
	}

	conn_init(&client->conn, server, &socket_transport, root);
	snprintf(client->conn.label, sizeof(client->conn.label), "client %d", fd);
	sock_init(&client->sock, fd);

	client->next = *list;
	*list = client;
	conn_wake(&client->conn);
	return 0;
}

void socket_client_serve(struct socket_client *client, struct socket_client **list)
{
	enum conn_state state = conn_serve(&client->conn);

	if (state == CONN_MORE)
		conn_wake(&client->conn);
	else if (state == CONN_DEAD)
		socket_client_end(client, list);
}

void socket_client_end(struct socket_client *client, struct socket_client **list)
{
	while (*list != client) {
		assert(*list);
		list = &(*list)->next;
	}
	*list = client->next;

	conn_end(&client->conn);
	sock_close(&client->sock);
	free(client);
}

void socket_client_end_all(struct socket_client **list)
{
	while (*list)
		socket_client_end(*list, list);
}
