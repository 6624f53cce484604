/* SPDX-License-Identifier: MIT */
/* What most tests of the store begin with: a server, and domain 0 that talks to it. */
#ifndef TESTS_HOST_STORE_WORLD_H
#define TESTS_HOST_STORE_WORLD_H

#include "peer.h"

#include <xenstore-like/daemon/state.h>

/* No request of a guest may cost more steps of work: some 4 ms. */
#define WORK_REQUEST_MAX 400000

extern struct server server;
extern struct peer root;
extern struct answer answer;

/* Seconds, as clock_read tells them to a server that is given it. */
extern uint64_t clock_now;
uint64_t clock_read(void);

/* The server, on a floor made up (fake_floor.h), with nothing logged yet. */
void world_up(void);
/* Ends it. The test's own peers have ended before. */
void world_down(void);

/* The server's files, in a place of this test's; world_down removes them. */
extern struct state state;
void state_place(const char *test);

/* "x/x/x/...", so many parts below the home of a guest, with its NUL; its length. */
size_t deep_path(char *path, unsigned int parts);

#endif
