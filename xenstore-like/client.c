/* SPDX-License-Identifier: MIT */
/*
 * The client library (see client.h): one request at a time, events kept apart while waiting for its
 * answer. client_nodes.c and client_domains.c stand on client_call().
 */
#include "client_call.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

struct event_item {
	struct event_item *next;
	struct store_event event;
};

struct store {
	int fd;
	uint32_t last_req;
	struct event_item *events, **last_event;
	struct wire_in in;
};

static int socket_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static struct store *store_with(int fd)
{
	struct store *s = fd >= 0 ? calloc(1, sizeof(*s)) : NULL;

	if (!s) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	s->fd = fd;
	s->last_event = &s->events;
	return s;
}

struct store *store_open_path(const char *path)
{
	int fd = socket_open(path);

	if (fd < 0 && (errno == ECONNREFUSED || errno == ENOTSOCK))
		fd = open(path, O_RDWR | O_CLOEXEC);
	return store_with(fd);
}

struct store *store_open(void)
{
	const char *path = getenv(STORE_SOCKET_ENV);
	int fd = socket_open(path ? path : STORE_SOCKET_PATH);

	if (fd < 0 && !path) {
		int error = errno;

		fd = open(STORE_KERNEL_PATH, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			errno = error;
	}
	return store_with(fd);
}

void store_close(struct store *s)
{
	struct store_event event;

	if (!s)
		return;
	while (s->events && store_next_event(s, &event, false) == 0)
		store_event_free(&event);
	close(s->fd);
	free(s);
}

int store_fileno(const struct store *s)
{
	return s->fd;
}

static int fd_send(int fd, const void *from, size_t len)
{
	while (len) {
		ssize_t n = send(fd, from, len, MSG_NOSIGNAL);

		if (n < 0 && errno == ENOTSOCK)
			n = write(fd, from, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		from = (const char *)from + n;
		len -= n;
	}
	return 0;
}

/* One more piece of the message coming in. 1: it is whole; 0: not yet. */
static int message_read(struct store *s)
{
	size_t len;
	void *at = wire_want(&s->in, &len);
	ssize_t n = read(s->fd, at, len);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	return wire_got(&s->in, n);
}

static int event_keep(struct store *s)
{
	struct event_item *item;
	char *strings[2];

	if (wire_split(s->in.payload, s->in.hdr.len, strings, 2, NULL) != 2)
		return -EPROTO;
	item = calloc(1, sizeof(*item));
	if (!item)
		return -ENOMEM;
	item->event.path = strdup(strings[0]);
	item->event.token = strdup(strings[1]);
	if (!item->event.path || !item->event.token) {
		store_event_free(&item->event);
		free(item);
		return -ENOMEM;
	}
	*s->last_event = item;
	s->last_event = &item->next;
	return 0;
}

/* Reads messages until the answer to req_id is in s->in; events on the way are kept. */
static int answer_wait(struct store *s, uint32_t req_id)
{
	int rc;

	for (;;) {
		rc = message_read(s);
		if (rc < 0)
			return rc;
		if (rc == 0)
			continue;
		wire_in_reset(&s->in);
		if (s->in.hdr.type != XS_WATCH_EVENT)
			return s->in.hdr.req_id == req_id ? 0 : -EPROTO;
		rc = event_keep(s);
		if (rc)
			return rc;
	}
}

static int message_send(struct store *s, struct xsd_sockmsg hdr, const struct iovec *parts,
			unsigned int count)
{
	char message[sizeof(hdr) + WIRE_PAYLOAD_MAX];
	size_t at = sizeof(hdr);

	for (unsigned int i = 0; i < count; i++) {
		if (parts[i].iov_len > sizeof(message) - at)
			return -E2BIG;
		if (parts[i].iov_len)
			memcpy(message + at, parts[i].iov_base, parts[i].iov_len);
		at += parts[i].iov_len;
	}
	hdr.len = at - sizeof(hdr);
	memcpy(message, &hdr, sizeof(hdr));
	return fd_send(s->fd, message, at);
}

int client_call(struct store *s, enum xsd_sockmsg_type type, store_txn txn,
		const struct iovec *parts, unsigned int count, char **answer, size_t *len)
{
	struct xsd_sockmsg hdr = { .type = type, .req_id = ++s->last_req, .tx_id = txn };
	int rc = message_send(s, hdr, parts, count);

	if (!rc)
		rc = answer_wait(s, hdr.req_id);
	if (rc)
		return rc;
	if (s->in.hdr.type == XS_ERROR)
		return -wire_error_number(s->in.payload);
	if (s->in.hdr.type != type)
		return -EPROTO;
	if (!answer)
		return 0;
	*answer = malloc(s->in.hdr.len + 1);
	if (!*answer)
		return -ENOMEM;
	memcpy(*answer, s->in.payload, s->in.hdr.len + 1);
	if (len)
		*len = s->in.hdr.len;
	return 0;
}

int client_call_path(struct store *s, enum xsd_sockmsg_type type, store_txn txn, const char *path,
		     char **answer, size_t *len)
{
	struct iovec part = { (char *)path, strlen(path) + 1 };

	return client_call(s, type, txn, &part, 1, answer, len);
}

/* Reads one message if there is one. An answer nobody waits for breaks the protocol. */
static int event_fetch(struct store *s, bool wait)
{
	struct pollfd pfd = { .fd = s->fd, .events = POLLIN };
	int rc;

	do {
		rc = wait ? 1 : poll(&pfd, 1, 0);
		if (rc == 0)
			return -EAGAIN;
		if (rc < 0)
			return -errno;
		rc = message_read(s);
	} while (rc == 0);
	if (rc < 0)
		return rc;
	wire_in_reset(&s->in);
	return s->in.hdr.type == XS_WATCH_EVENT ? event_keep(s) : -EPROTO;
}

int store_next_event(struct store *s, struct store_event *event, bool wait)
{
	struct event_item *item;

	if (!s->events) {
		int rc = event_fetch(s, wait);

		if (rc)
			return rc;
	}
	item = s->events;
	s->events = item->next;
	if (!s->events)
		s->last_event = &s->events;
	*event = item->event;
	free(item);
	return 0;
}

void store_event_free(struct store_event *event)
{
	free(event->path);
	free(event->token);
	event->path = event->token = NULL;
}
