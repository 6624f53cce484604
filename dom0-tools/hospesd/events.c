/* SPDX-License-Identifier: MIT */
/*
 * The loop on epoll. One event is taken at a time: a callback may remove any source, and nothing
 * that was taken before can refer to it. The kernel serves ready descriptors in turn, so none
 * starves.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>
#include <dom0-tools/base/descriptors.h>
#include "events.h"

static int epoll_fd = -1;
static struct source *resting;

int events_init(void)
{
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return epoll_fd < 0 ? -errno : 0;
}

int events_add(struct source *source, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = source };

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, source->fd, &e) ? -errno : 0;
}

void events_change(struct source *source, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = source };

	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, source->fd, &e);
}

void events_remove(struct source *source)
{
	epoll_ctl(epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
}

static void rest(struct source *door)
{
	events_change(door, 0);
	door->resting = resting;
	resting = door;
}

int events_accept(struct source *door)
{
	int fd = accept4(door->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int rc = fd < 0 ? -errno : fd;

	if (descriptors_ran_out(rc))
		rest(door);
	return rc;
}

void events_go_on(void)
{
	while (resting != NULL) {
		struct source *door = resting;

		resting = door->resting;
		events_change(door, EPOLLIN);
	}
}

int events_step(int ms)
{
	struct epoll_event e;
	struct source *source;
	int n = epoll_wait(epoll_fd, &e, 1, ms);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;

	if (n) {
		source = e.data.ptr;
		source->ready(source, e.events);
	}

	return n;
}
