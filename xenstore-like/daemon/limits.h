/* SPDX-License-Identifier: MIT */
/*
 * How much one connection may ask of the daemon, each limit with its reason. Quotas bind
 * unprivileged domains only. Those of the tree are in txn/quota.h.
 */
#ifndef XENSTORE_LIKE_LIMITS_H
#define XENSTORE_LIKE_LIMITS_H

#include <pvabi/io/xs_wire.h>

/* With the longest path, both strings of an event, each with its NUL, must fit into a payload. */
#define WATCH_TOKEN_MAX (XENSTORE_PAYLOAD_MAX - XENSTORE_ABS_PATH_MAX - 2)

/* Linux keeps about one watch for each device and five more; user space in a guest has some too. */
#define QUOTA_WATCHES_MAX 128

/* The same for privileged connections: only a guard against a bug in a tool. */
#define WATCHES_PRIVILEGED_MAX 65536

/* Linux runs few transactions at once; each may keep an old version of the tree alive. */
#define QUOTA_TXNS_MAX 10

/* A transaction older than this is doomed to EAGAIN, so that it does not keep an old tree alive. */
#define TXN_AGE_MAX_SECONDS 60

/* Waiting watch events, for every connection. Beyond it a watch's further events are folded into
 * one for the watched path itself, which tells the reader to look at all of it. */
#define EVENTS_PENDING_MAX 1024

/* Requests served for one connection before the next has its turn. */
#define REQUESTS_PER_TURN 8

/* Unix-socket clients at once; each costs a file descriptor and about 14 KiB. */
#define SOCKETS_MAX 800

#endif
