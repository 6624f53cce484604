/* SPDX-License-Identifier: MIT */
/*
 * How much one connection may ask of the daemon, each limit with its reason. What an administrator
 * may want to change is a quota (txn/quota.h).
 */
#ifndef XENSTORE_LIKE_LIMITS_H
#define XENSTORE_LIKE_LIMITS_H

#include <pvabi/io/xs_wire.h>

/* With the longest path, both strings of an event, each with its NUL, must fit into a payload. */
#define WATCH_TOKEN_MAX (XENSTORE_PAYLOAD_MAX - XENSTORE_ABS_PATH_MAX - 2)

/* Watches of privileged connections: only a guard against a bug in a tool. */
#define WATCHES_PRIVILEGED_MAX 65536

/* Waiting watch events, for every connection. Beyond it a watch's further events are folded into
 * one for the watched path itself, which tells the reader to look at all of it. */
#define EVENTS_PENDING_MAX 1024

/* The same in bytes of memory: paths can be long. */
#define EVENTS_BYTES_MAX (256u << 10)

/* Steps of work (tree/work.h) for connections of guests before those of domain 0 are looked at
 * again: about a millisecond. */
#define WORK_SLICE 50000

/* Requests served for one connection before the next has its turn. */
#define REQUESTS_PER_TURN 8

/* Of a value that control tells beside many others: names of domains are shorter. */
#define EACH_VALUE_MAX 255

/* Unix-socket clients at once; each costs a file descriptor and about 14 KiB. */
#define SOCKETS_MAX 800

#endif
