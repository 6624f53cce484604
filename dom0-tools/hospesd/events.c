/* SPDX-License-Identifier: MIT */
/*
 * The loop on epoll. One event is taken at a time: a callback may remove any source, and nothing
 * that was taken before can refer to it. The kernel serves ready descriptors in turn, so none
 * starves.
 */
#include <errno.h>
#include <unistd.h>
#include "events.h"

static int epoll_fd = -1;

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
