/* SPDX-License-Identifier: MIT */
/*
 * The client library (see client.h): one request at a time, or a batch of them, events kept apart
 * while waiting for answers. client_nodes.c and client_domains.c stand on client_call().
 */
#include "client_call.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

struct event_item {
	struct event_item *next;
	struct store_event event;
};

/*
 * Requests of a batch go out when so many bytes or requests are there, and their answers are read
 * before the next go out: far less than sockets hold in either direction, so neither side waits
 * for the other to read.
 */
#define BATCH_BYTES    16384
#define BATCH_REQUESTS 64

struct batch {
	bool on;
	int rc;             /* the first failure, */
	char *failed;       /* and the path of its request */
	uint32_t first_req; /* of those in out */
	unsigned int count;
	char **values; /* where the answers go, if they are wanted */
	size_t len;
	char out[BATCH_BYTES + sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
};

struct store {
	int fd;
	bool is_socket; /* the kernel's device takes one request at a time */
	uint32_t last_req;
	struct event_item *events, **last_event;
	struct wire_in in;
	size_t ahead_at, ahead_end; /* bytes that came along with others */
	char ahead[4096];
	struct batch batch;
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
	struct stat st;

	if (!s) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	s->fd = fd;
	s->is_socket = fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
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
	free(s->batch.failed);
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

/* Reads as much as there is, so that a message with its header costs one call. */
static ssize_t ahead_read(struct store *s, void *to, size_t len)
{
	size_t have = s->ahead_end - s->ahead_at;

	if (!have) {
		ssize_t n = read(s->fd, s->ahead, sizeof(s->ahead));

		if (n <= 0)
			return n;
		s->ahead_at = 0;
		s->ahead_end = have = (size_t)n;
	}
	len = len < have ? len : have;
	memcpy(to, s->ahead + s->ahead_at, len);
	s->ahead_at += len;
	return (ssize_t)len;
}

/* One more piece of the message coming in. 1: it is whole; 0: not yet. */
static int message_read(struct store *s)
{
	size_t len;
	void *at = wire_want(&s->in, &len);
	ssize_t n = ahead_read(s, at, len);

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

/* Puts a message together in @message, which has room for any. Its length, or -E2BIG. */
static ssize_t message_make(char *message, struct xsd_sockmsg hdr, const struct iovec *parts,
			    unsigned int count)
{
	size_t at = sizeof(hdr);

	for (unsigned int i = 0; i < count; i++) {
		if (parts[i].iov_len > sizeof(hdr) + XENSTORE_PAYLOAD_MAX - at)
			return -E2BIG;
		if (parts[i].iov_len)
			memcpy(message + at, parts[i].iov_base, parts[i].iov_len);
		at += parts[i].iov_len;
	}
	hdr.len = at - sizeof(hdr);
	memcpy(message, &hdr, sizeof(hdr));
	return (ssize_t)at;
}

/* What the answer that came says; it must be one to a request of that type. */
static int answer_verdict(const struct store *s, uint32_t type)
{
	if (s->in.hdr.type == XS_ERROR)
		return -wire_error_number(s->in.payload);
	return s->in.hdr.type == type ? 0 : -EPROTO;
}

/* Keeps the first failure. @message is the request that failed; its payload begins with a path. */
static void batch_fail(struct batch *b, int rc, const char *message)
{
	if (!rc || b->rc)
		return;
	b->rc = rc;
	b->failed = message ? strdup(message + sizeof(struct xsd_sockmsg)) : NULL;
}

/* A copy of the answer that came; NULL also for want of memory. */
static char *answer_copy(const struct store *s)
{
	char *copy = malloc(s->in.hdr.len + 1);

	return copy ? memcpy(copy, s->in.payload, s->in.hdr.len + 1) : NULL;
}

/* Sends what was put aside, and reads all the answers. */
static int batch_flush(struct store *s)
{
	struct batch *b = &s->batch;
	const char *message = b->out;
	int rc = b->count ? fd_send(s->fd, b->out, b->len) : 0;

	for (unsigned int i = 0; i < b->count && !rc; i++) {
		struct xsd_sockmsg hdr;

		memcpy(&hdr, message, sizeof(hdr));
		rc = answer_wait(s, b->first_req + i);
		if (!rc && b->values)
			*b->values++ = answer_verdict(s, hdr.type) ? NULL : answer_copy(s);
		else if (!rc)
			batch_fail(b, answer_verdict(s, hdr.type), message);
		message += sizeof(hdr) + hdr.len;
	}
	batch_fail(b, rc, NULL);
	b->count = 0;
	b->len = 0;
	return rc;
}

static int batch_add(struct store *s, struct xsd_sockmsg hdr, const struct iovec *parts,
		     unsigned int count)
{
	struct batch *b = &s->batch;
	ssize_t n;

	if (!b->count)
		b->first_req = hdr.req_id;
	n = message_make(b->out + b->len, hdr, parts, count);
	if (n < 0) {
		s->last_req--;
		batch_fail(b, n, NULL);
		return n;
	}
	b->len += (size_t)n;
	b->count++;
	return b->count == BATCH_REQUESTS || b->len >= BATCH_BYTES ? batch_flush(s) : 0;
}

void store_batch_begin(struct store *s)
{
	free(s->batch.failed);
	s->batch.failed = NULL;
	s->batch.rc = 0;
	s->batch.on = true;
}

int store_batch_end(struct store *s, const char **path)
{
	batch_flush(s);
	s->batch.on = false;
	if (path)
		*path = s->batch.failed ? s->batch.failed : "";
	return s->batch.rc;
}

int store_read_many(struct store *s, char *const *paths, unsigned int count, char **values)
{
	int rc = batch_flush(s), flushed;

	memset(values, 0, count * sizeof(*values));
	s->batch.values = s->is_socket ? values : NULL;
	for (unsigned int i = 0; i < count && !rc; i++) {
		struct xsd_sockmsg hdr = { .type = XS_READ };
		struct iovec path = { paths[i], strlen(paths[i]) + 1 };

		if (!s->is_socket) {
			store_read(s, STORE_NO_TXN, paths[i], &values[i], NULL);
			continue;
		}
		hdr.req_id = ++s->last_req;
		rc = batch_add(s, hdr, &path, 1);
	}
	flushed = batch_flush(s);
	s->batch.values = NULL;
	return rc ? rc : flushed;
}

/* One request and its answer, which is in s->in then. */
static int request_now(struct store *s, struct xsd_sockmsg hdr, const struct iovec *parts,
		       unsigned int count)
{
	char message[sizeof(hdr) + XENSTORE_PAYLOAD_MAX];
	ssize_t n = message_make(message, hdr, parts, count);
	int rc = n < 0 ? (int)n : fd_send(s->fd, message, (size_t)n);

	if (!rc)
		rc = answer_wait(s, hdr.req_id);
	return rc ? rc : answer_verdict(s, hdr.type);
}

int client_call(struct store *s, enum xsd_sockmsg_type type, store_txn txn,
		const struct iovec *parts, unsigned int count, char **answer, size_t *len)
{
	struct xsd_sockmsg hdr = { .type = type, .tx_id = txn };
	int rc = 0;

	/* What is asked for comes after what was put aside. */
	if (s->batch.on && answer)
		rc = batch_flush(s);
	hdr.req_id = ++s->last_req;
	if (s->batch.on && !answer && s->is_socket)
		return batch_add(s, hdr, parts, count);
	if (!rc)
		rc = request_now(s, hdr, parts, count);
	if (s->batch.on && !answer && rc && !s->batch.rc) {
		s->batch.rc = rc;
		s->batch.failed = count ? strdup(parts[0].iov_base) : NULL;
	}
	if (rc || !answer)
		return rc;
	*answer = answer_copy(s);
	if (!*answer)
		return -ENOMEM;
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
		rc = wait || s->ahead_at < s->ahead_end ? 1 : poll(&pfd, 1, 0);
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
