/* SPDX-License-Identifier: MIT */
/*
 * Messages of the client library (see client_call.h): requests out, answers in, and events kept
 * apart while waiting for answers.
 */
#include "client_call.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* ---- out */

ssize_t message_make(char *message, struct xsd_sockmsg hdr, const struct iovec *parts,
		     unsigned int count)
{
	size_t at = sizeof(hdr);

	for (unsigned int i = 0; i < count; i++) {
		const struct iovec *part = &parts[i];

		if (part->iov_len > MESSAGE_MAX - at)
			return -E2BIG;

		if (part->iov_len)
			memcpy(message + at, part->iov_base, part->iov_len);
		at += part->iov_len;
	}

	hdr.len = at - sizeof(hdr);
	memcpy(message, &hdr, sizeof(hdr));
	return at;
}

/* No signal is raised when the daemon is gone. The kernel's device is not a socket. */
static ssize_t fd_send(int fd, const void *from, size_t len)
{
	ssize_t n = send(fd, from, len, MSG_NOSIGNAL);

	if (n < 0 && errno == ENOTSOCK)
		n = write(fd, from, len);
	return n;
}

/* A part of a message may be out, or an answer come later: nothing that follows could be told
 * apart. */
static int give_up(struct store *s)
{
	s->dead = -ETIMEDOUT;
	return s->dead;
}

int message_send(struct store *s, const char *bytes, size_t len)
{
	if (s->dead)
		return s->dead;

	while (len) {
		ssize_t n = fd_send(s->fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return give_up(s);
		if (n < 0)
			return -errno;

		bytes += n;
		len -= n;
	}
	return 0;
}

/* ---- in */

/* Deadlines are times of now_ms(). */
#define NO_DEADLINE INT64_MAX

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

/* Waits until there is something to read. 0, -ETIMEDOUT and others. */
static int input_wait(struct store *s, int64_t deadline)
{
	struct pollfd pfd = { .fd = s->fd, .events = POLLIN };
	int64_t left;
	int rc;

	/* A device that does not know poll() says that it can be read. */
	do {
		left = deadline - now_ms();
		if (left < 0)
			left = 0;
		rc = poll(&pfd, 1, deadline == NO_DEADLINE ? -1 : (int)left);
	} while (rc < 0 && errno == EINTR);

	if (rc == 0)
		return give_up(s);
	return rc < 0 ? -errno : 0;
}

/* Reads as much as there is, so that a whole message costs one call. 0 at the end. */
static ssize_t ahead_read(struct store *s, void *to, size_t len)
{
	size_t have;
	ssize_t n;

	if (s->ahead_at == s->ahead_end) {
		n = read(s->fd, s->ahead, sizeof(s->ahead));
		if (n <= 0)
			return n;
		s->ahead_at = 0;
		s->ahead_end = n;
	}

	have = s->ahead_end - s->ahead_at;
	if (len > have)
		len = have;

	memcpy(to, s->ahead + s->ahead_at, len);
	s->ahead_at += len;
	return len;
}

/* One more piece of the message coming in. 1: it is whole; 0: not yet. */
static int message_read(struct store *s, int64_t deadline)
{
	size_t len;
	void *at = wire_want(&s->in, &len);
	ssize_t n;
	int rc;

	if (s->ahead_at == s->ahead_end) {
		rc = input_wait(s, deadline);
		if (rc)
			return rc;
	}

	n = ahead_read(s, at, len);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;

	return wire_got(&s->in, n);
}

static int event_set(struct store_event *event, const char *path, const char *token)
{
	event->path = strdup(path);
	event->token = strdup(token);
	if (event->path && event->token)
		return 0;

	store_event_free(event);
	return -ENOMEM;
}

/* Appends the event in s->in to those that wait. */
static int event_keep(struct store *s)
{
	struct event_item *item;
	char *strings[2];
	int rc;

	if (wire_split(s->in.payload, s->in.hdr.len, strings, 2, NULL) != 2)
		return -EPROTO;

	item = calloc(1, sizeof(*item));
	if (!item)
		return -ENOMEM;

	rc = event_set(&item->event, strings[XS_WATCH_PATH], strings[XS_WATCH_TOKEN]);
	if (rc) {
		free(item);
		return rc;
	}

	*s->last_event = item;
	s->last_event = &item->next;
	return 0;
}

int answer_wait(struct store *s, uint32_t req_id)
{
	const int64_t deadline = now_ms() + s->wait_ms;
	int rc;

	if (s->dead)
		return s->dead;

	for (;;) {
		rc = message_read(s, deadline);
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

int answer_verdict(const struct store *s, uint32_t type)
{
	if (s->in.hdr.type == XS_ERROR)
		return -wire_error_number(s->in.payload);

	return s->in.hdr.type == type ? 0 : -EPROTO;
}

char *answer_copy(const struct store *s)
{
	size_t len = s->in.hdr.len + 1;
	char *copy = malloc(len);

	if (!copy)
		return NULL;
	return memcpy(copy, s->in.payload, len);
}

/* ---- events */

/* Is there something to read? 1: yes; 0: no. */
static int input_waits(struct store *s)
{
	struct pollfd pfd = { .fd = s->fd, .events = POLLIN };
	int rc;

	if (s->ahead_at < s->ahead_end)
		return 1;

	rc = poll(&pfd, 1, 0);
	return rc < 0 ? -errno : rc;
}

/* Reads one message if there is one. An answer that nobody waits for breaks the protocol. */
static int event_fetch(struct store *s, bool wait)
{
	int rc;

	do {
		if (!wait) {
			rc = input_waits(s);
			if (rc < 0)
				return rc;
			if (rc == 0)
				return -EAGAIN;
		}
		rc = message_read(s, NO_DEADLINE);
	} while (rc == 0);

	if (rc < 0)
		return rc;

	wire_in_reset(&s->in);
	return s->in.hdr.type == XS_WATCH_EVENT ? event_keep(s) : -EPROTO;
}

int store_next_event(struct store *s, struct store_event *event, bool wait)
{
	struct event_item *item;
	int rc;

	if (!s->events && s->dead)
		return s->dead;

	if (!s->events) {
		rc = event_fetch(s, wait);
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
	event->path = NULL;
	event->token = NULL;
}
