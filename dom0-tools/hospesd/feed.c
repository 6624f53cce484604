/* SPDX-License-Identifier: MIT */
/* The socket of happenings, its clients' backlogs, and the last happenings in a ring. */
#include "feed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <dom0-tools/console/feed.h>
#include "events.h"
#include "note.h"

#define REQUEST_MAX         32
#define CLIENTS_WAITING_MAX 16

struct listener {
	struct listener *next;
	struct source source;
	bool asked; /* it has said what it wants */
	size_t request_used;
	char request[REQUEST_MAX];
	uint64_t lost; /* happenings that there was no room for, not told of yet */
	size_t used;
	char backlog[FEED_BACKLOG_MAX];
};

static struct source door;
static struct listener *listeners;
static unsigned int count;

/* The last happenings; told counts all. */
static char history[FEED_HISTORY][FEED_LINE_MAX];
static uint64_t told;

bool feed_has_clients(void)
{
	return listeners != NULL;
}

static void listener_free(struct listener *l)
{
	struct listener **at = &listeners;

	while (*at != NULL && *at != l)
		at = &(*at)->next;
	if (*at != NULL)
		*at = l->next;

	events_remove(&l->source);
	close(l->source.fd);
	free(l);
	count--;
}

static void put(struct listener *l, const char *line)
{
	size_t length = strlen(line);

	/* After a loss all are lost until that has been told: the gap is where it is told. */
	if (l->lost > 0 || l->used + length > sizeof(l->backlog)) {
		l->lost++;
		return;
	}

	memcpy(l->backlog + l->used, line, length);
	l->used += length;
}

/* With an empty backlog. */
static void loss_tell(struct listener *l)
{
	int n = snprintf(l->backlog, sizeof(l->backlog),
			 "{\"event\":\"lost\",\"count\":%" PRIu64 "}\n", l->lost);

	l->used = (size_t)n;
	l->lost = 0;
}

/* False when the listener is gone. */
static bool flush(struct listener *l)
{
	for (;;) {
		ssize_t n;

		if (l->used == 0 && l->lost > 0)
			loss_tell(l);
		if (l->used == 0)
			break;

		n = send(l->source.fd, l->backlog, l->used, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0) {
			listener_free(l);
			return false;
		}

		l->used -= (size_t)n;
		memmove(l->backlog, l->backlog + n, l->used);
	}

	events_change(&l->source, l->used > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
	return true;
}

static void replay(struct listener *l, uint64_t wanted)
{
	uint64_t from = told;

	if (wanted > FEED_HISTORY)
		wanted = FEED_HISTORY;
	from -= wanted < told ? wanted : told;
	for (; from < told; from++)
		put(l, history[from % FEED_HISTORY]);
}

static void request_take(struct listener *l)
{
	unsigned int wanted;
	char more;

	if (sscanf(l->request, "events %u%c", &wanted, &more) != 1) {
		listener_free(l);
		return;
	}

	l->asked = true;
	replay(l, wanted);
	flush(l);
}

/* Once it has asked, a client has nothing more to say: what comes is its end, or thrown away. */
static void input_read(struct listener *l)
{
	char *at = l->asked ? l->request : l->request + l->request_used;
	ssize_t n = read(l->source.fd, at, 1);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		listener_free(l);
		return;
	}
	if (l->asked)
		return;

	if (*at == '\n') {
		*at = '\0';
		request_take(l);
	} else if (++l->request_used == REQUEST_MAX) {
		listener_free(l);
	}
}

static void listener_ready(struct source *source, uint32_t events)
{
	struct listener *l =
		(struct listener *)((char *)source - offsetof(struct listener, source));

	if ((events & EPOLLOUT) != 0 && !flush(l))
		return;

	if ((events & EPOLLIN) != 0)
		input_read(l);
	else if ((events & (EPOLLERR | EPOLLHUP)) != 0)
		listener_free(l);
}

static void door_ready(struct source *source, uint32_t events)
{
	int fd = events_accept(source);
	struct listener *l = NULL;

	(void)events;
	if (fd < 0)
		return;

	if (count < FEED_CLIENTS_MAX)
		l = calloc(1, sizeof(*l));
	if (l == NULL) {
		close(fd);
		return;
	}

	l->source.fd = fd;
	l->source.ready = listener_ready;
	l->next = listeners;
	listeners = l;
	count++;
	if (events_add(&l->source, EPOLLIN) < 0)
		listener_free(l);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void feed_tell(const struct happening *h)
{
	char *line = history[told % FEED_HISTORY];
	struct listener *l, *next;

	feed_line(h, now_ms(), line);
	told++;
	for (l = listeners; l != NULL; l = next) {
		next = l->next;
		if (!l->asked)
			continue;

		put(l, line);
		flush(l);
	}

	if (h->name == NULL)
		note("%s: %s", h->what, h->why);
	else if (h->domid != 0)
		note("%s (domain %u): %s%s%s", h->name, h->domid, h->what, h->why ? ": " : "",
		     h->why ? h->why : "");
	else
		note("%s: %s", h->name, h->what);
}

int feed_listen(struct hospes_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int rc;

	feed_socket_path(address.sun_path, sizeof(address.sun_path));
	door.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (door.fd < 0)
		return error_set(err, -errno, "cannot make a socket: %s", strerror(errno));

	/* A dead predecessor's socket. We hold the daemon's lock, so it is not in use. */
	unlink(address.sun_path);
	mask = umask(0177);
	rc = bind(door.fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	umask(mask);

	if (rc == 0 && listen(door.fd, CLIENTS_WAITING_MAX) < 0)
		rc = -errno;
	if (rc < 0)
		return error_set(err, rc, "cannot listen on %s: %s", address.sun_path,
				 strerror(-rc));

	door.ready = door_ready;
	return events_add(&door, EPOLLIN);
}
