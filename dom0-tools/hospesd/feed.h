/* SPDX-License-Identifier: MIT */
/*
 * What happens, told to whoever listens: a socket, events.sock, that gives a line of JSON for each
 * happening. A client first sends a line `events N`, and gets the last N that are remembered, then
 * those to come. One that does not read loses some, is told how many, and delays nobody.
 */
#ifndef HOSPES_HOSPESD_FEED_H
#define HOSPES_HOSPESD_FEED_H

#include <stdbool.h>
#include <stdint.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>

struct happening {
	const char *what; /* "started", "stopped", ... */
	const char *why;  /* or NULL, unless it is about the host */
	const char *name; /* of the domain; "" where it has none; NULL: it is about the host */
	uint32_t domid;   /* 0: none, it is only defined */
	const uint8_t *uuid;
	uint64_t memory_kib; /* 0: not about memory */
};

/* A slow reader has so many bytes for what it has not read: some 400 happenings. */
#define FEED_BACKLOG_MAX (64 * 1024)
#define FEED_CLIENTS_MAX 64
/* So many are remembered for those who come later. */
#define FEED_HISTORY 256
/* The longest line: names and reasons are bounded. */
#define FEED_LINE_MAX 640

__must_check int feed_listen(struct hospes_error *err);
/* To all clients, and to the daemon's log. */
void feed_tell(const struct happening *h);
/* Whether anybody listens. */
bool feed_has_clients(void);

/* A line of JSON with its end; returns its length. */
int feed_line(const struct happening *h, int64_t time_ms, char line[FEED_LINE_MAX]);

#endif
