/* SPDX-License-Identifier: MIT */
/*
 * The daemon's loop: waits for sockets, event channels and signals, and serves connections in turn.
 * Between bursts of work it saves the state.
 */
#ifndef XENSTORE_LIKE_LOOP_H
#define XENSTORE_LIKE_LOOP_H

#include <dom0-tools/base/must_check.h>
#include "server.h"
#include "socket_client.h"

struct state;

struct loop {
	struct server *server;
	int epoll;
	int listener;
	bool listener_rests; /* no descriptor was left for a client... */
	bool short_told;     /* ...which was said */
	uint64_t rests_at;   /* since when, in the server's seconds */
	int signals;         /* a signalfd: any signal from it ends the loop */
	bool hypervisor;     /* xen.h is open */
	struct state *state; /* its path may be NULL */
	bool saving;         /* a snapshot is on its way */
	struct socket_client *clients;
};

/* Adds the loop's file descriptors to its epoll set. 0 or a negative errno. */
__must_check int loop_init(struct loop *loop);

/* Runs until a signal comes; then saves the state and ends all socket clients. */
void loop_run(struct loop *loop);

#endif
