/* SPDX-License-Identifier: MIT */
/* The daemon's loop: file descriptors that call back when they are ready, and nothing else. */
#ifndef HOSPES_HOSPESD_EVENTS_H
#define HOSPES_HOSPESD_EVENTS_H

#include <stdint.h>
#include <sys/epoll.h>
#include <dom0-tools/base/must_check.h>

/* Part of a larger object; must stay where it is while added. */
struct source {
	int fd;
	void (*ready)(struct source *source, uint32_t events);
	struct source *resting; /* the next one of those */
};

__must_check int events_init(void);
__must_check int events_add(struct source *source, uint32_t events);
void events_change(struct source *source, uint32_t events);
/* Safe from within any callback. Does not close the descriptor. */
void events_remove(struct source *source);
/*
 * Takes a client of a listening socket: its descriptor, or -errno. Where there is none left the
 * clients wait, and the socket rests until events_go_on(), or it would be ready without end.
 */
__must_check int events_accept(struct source *door);
void events_go_on(void);
/* Waits at most @ms and serves what is ready, one descriptor after the other in turn. */
__must_check int events_step(int ms);

#endif
