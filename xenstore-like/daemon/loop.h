/* SPDX-License-Identifier: MIT */
/*
 * The daemon's one loop: waits for sockets, event channels and signals, and serves connections in
 * turn. Between two bursts of work the state is saved.
 */
#ifndef XENSTORE_LIKE_LOOP_H
#define XENSTORE_LIKE_LOOP_H

#include <dom0-tools/base/must_check.h>
#include "server.h"
#include "socket_client.h"

struct loop {
	struct server *server;
	int epoll;
	int listener;
	int signals;            /* a signalfd: any signal from it ends the loop */
	bool hypervisor;        /* xen.h is open */
	const char *state_path; /* or NULL */
	uint64_t touched_at;    /* seconds, and one more; 0: nothing waits to be saved */
	struct socket_client *clients;
};

/* All of its descriptors become part of the epoll set. 0 or a negative errno. */
__must_check int loop_init(struct loop *loop);

/* Until a signal; then the state is saved, and all clients are gone. */
void loop_run(struct loop *loop);

#endif
