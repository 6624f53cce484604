/* SPDX-License-Identifier: MIT */
/*
 * Console clients. Each has a bounded backlog; one that does not read loses output, and stops
 * neither the guest nor the others. One that says nothing has no guest and costs a descriptor only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <dom0-tools/console/console.h>
#include "client.h"

#define REQUEST_MAX 64
/* Length of the kernel's queue of connections not yet accepted. */
#define CLIENTS_WAITING_MAX 64
/* First size of a backlog: a shell rarely needs more, a boot does. */
#define BACKLOG_MIN 4096

struct client {
	struct client *next; /* among those of the same guest */
	struct source source;
	struct guest *guest; /* NULL: has not asked yet, or its guest is gone */
	bool ending;         /* close when the backlog is sent */
	bool lost;           /* output was dropped and that was not said yet */
	size_t request_used;
	char request[REQUEST_MAX];
	char *backlog;
	size_t used, size;
};

static struct source listener;
static guest_finder find_guest;
static unsigned int client_count;

static void client_interest(struct client *c)
{
	bool reads = !c->ending && (!c->guest || !c->guest->stalled);

	uint32_t events = 0;

	if (reads)
		events |= EPOLLIN;
	if (c->used)
		events |= EPOLLOUT;
	events_change(&c->source, events);
}

static void leave_guest(struct client *c)
{
	struct client **at;

	if (!c->guest)
		return;

	at = &c->guest->clients;
	while (*at && *at != c)
		at = &(*at)->next;
	if (*at)
		*at = c->next;
	c->guest = NULL;
}

static void client_free(struct client *c)
{
	leave_guest(c);
	events_remove(&c->source);
	close(c->source.fd);
	free(c->backlog);
	free(c);
	client_count--;
}

/* Makes room for @length more bytes, dropping the oldest where the bound is met. */
static bool backlog_room(struct client *c, size_t length)
{
	size_t want = c->used + length;
	size_t size = c->size ? c->size : BACKLOG_MIN;
	char *grown;

	if (want > CLIENT_BACKLOG_MAX) {
		size_t drop = want - CLIENT_BACKLOG_MAX;

		memmove(c->backlog, c->backlog + drop, c->used - drop);
		c->used -= drop;
		want = CLIENT_BACKLOG_MAX;
		c->lost = true;
	}
	while (size < want)
		size *= 2;
	if (size == c->size)
		return true;

	grown = realloc(c->backlog, size);
	if (!grown)
		return false;

	c->backlog = grown;
	c->size = size;
	return true;
}

static void client_put(struct client *c, const char *text, size_t length)
{
	if (length > CLIENT_BACKLOG_MAX || !backlog_room(c, length))
		return;

	memcpy(c->backlog + c->used, text, length);
	c->used += length;
}

/* False when the client is gone. */
static bool client_flush(struct client *c)
{
	static const char notice[] = "\r\n[hospesd: output was lost here; the log has it]\r\n";
	ssize_t n;

	while (c->used) {
		n = send(c->source.fd, c->backlog, c->used, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			break;

		if (n <= 0) {
			client_free(c);
			return false;
		}

		c->used -= (size_t)n;
		memmove(c->backlog, c->backlog + n, c->used);
		if (c->lost && !c->used) {
			c->lost = false;
			client_put(c, notice, sizeof(notice) - 1);
		}
	}

	if (c->ending && !c->used) {
		client_free(c);
		return false;
	}

	client_interest(c);
	return true;
}

static void users_output(struct guest *g, const char *text, size_t length)
{
	struct client *c, *next;

	for (c = g->clients; c; c = next) {
		next = c->next;
		client_put(c, text, length);
		client_flush(c);
	}
}

static void users_stalled(struct guest *g)
{
	for (struct client *c = g->clients; c; c = c->next)
		client_interest(c);
}

/* What the clients have not read yet is still sent, then they are closed. */
static void users_ended(struct guest *g)
{
	while (g->clients) {
		struct client *c = g->clients;

		leave_guest(c);
		c->ending = true;
		client_flush(c);
	}
}

static void refuse(struct client *c, const char *why)
{
	client_put(c, "error ", 6);
	client_put(c, why, strlen(why));
	client_put(c, "\n", 1);
	c->ending = true;
	client_flush(c);
}

static void join_guest(struct client *c, struct guest *g, bool replay)
{
	static char text[LOG_REPLAY_MAX];

	c->guest = g;
	c->next = g->clients;
	g->clients = c;
	client_put(c, "ok\n", 3);
	if (replay)
		client_put(c, text, log_replay(&g->log, text));
	client_flush(c);
}

static void take_request(struct client *c)
{
	unsigned int domid;
	char mode[16], more;
	struct guest *g;

	if (sscanf(c->request, "console %u %15s%c", &domid, mode, &more) != 2 ||
	    (strcmp(mode, "replay") && strcmp(mode, "live"))) {
		refuse(c, "the request is not understood");
		return;
	}

	g = find_guest(domid);
	if (g)
		join_guest(c, g, !strcmp(mode, "replay"));
	else
		refuse(c, "no console"); /* the client's side knows these words */
}

/* Reads byte by byte up to the line's end: what follows is input for the guest. */
static void read_request(struct client *c)
{
	ssize_t n = read(c->source.fd, c->request + c->request_used, 1);

	if (n < 0 && errno == EAGAIN)
		return;

	if (n <= 0) {
		client_free(c);
		return;
	}

	if (c->request[c->request_used] == '\n') {
		c->request[c->request_used] = '\0';
		take_request(c);
	} else if (++c->request_used == REQUEST_MAX) {
		refuse(c, "the request is too long");
	}
}

static void read_input(struct client *c)
{
	char text[GUEST_INPUT_MAX];
	size_t room = GUEST_INPUT_MAX - c->guest->input_used;
	ssize_t n;

	if (!room) {
		guest_input(c->guest, "", 0); /* marks it stalled */
		return;
	}

	n = read(c->source.fd, text, room);
	if (n > 0)
		guest_input(c->guest, text, (size_t)n);
	else if (n == 0 || errno != EAGAIN)
		client_free(c);
}

static void client_ready(struct source *source, uint32_t events)
{
	struct client *c = (struct client *)((char *)source - offsetof(struct client, source));

	if ((events & EPOLLOUT) && !client_flush(c))
		return;

	if ((events & (EPOLLERR | EPOLLHUP)) && !(events & EPOLLIN))
		client_free(c);
	else if ((events & EPOLLIN) && c->guest)
		read_input(c);
	else if ((events & EPOLLIN) && !c->ending)
		read_request(c);
}

static void listener_ready(struct source *source, uint32_t events)
{
	int fd = events_accept(source);
	struct client *c = NULL;

	(void)events;
	if (fd < 0)
		return;

	if (client_count < CLIENTS_MAX)
		c = calloc(1, sizeof(*c));
	if (!c) {
		close(fd);
		return;
	}

	c->source.fd = fd;
	c->source.ready = client_ready;
	client_count++;
	if (events_add(&c->source, EPOLLIN))
		client_free(c);
}

int clients_listen(guest_finder find, struct hospes_error *err)
{
	static const struct guest_users users = { users_output, users_stalled, users_ended };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int rc;

	find_guest = find;
	guest_users_set(&users);

	console_socket_path(address.sun_path, sizeof(address.sun_path));
	listener.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener.fd < 0)
		return error_set(err, -errno, "cannot make a socket: %s", strerror(errno));

	/* A dead predecessor's socket. We hold the daemon's lock, so it is not in use. */
	unlink(address.sun_path);
	mask = umask(0177);
	rc = bind(listener.fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	umask(mask);

	if (rc == 0 && listen(listener.fd, CLIENTS_WAITING_MAX) < 0)
		rc = -errno;
	if (rc < 0)
		return error_set(err, rc, "cannot listen on %s: %s", address.sun_path,
				 strerror(-rc));

	listener.ready = listener_ready;
	return events_add(&listener, EPOLLIN);
}
