/* SPDX-License-Identifier: MIT */
/*
 * The daemon's log: one line at a time, to wherever main.c (or a test) says. Lines that a guest can
 * cause are limited, so that it cannot fill a disk or hide what others did.
 */
#ifndef XENSTORE_LIKE_LOG_H
#define XENSTORE_LIKE_LOG_H

#include <stdint.h>

/* Writes one line; fmt has no newline at its end. */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* How many lines somebody may still cause. All zeroes is a fresh one. */
struct log_limit {
	unsigned int used;    /* of the burst */
	unsigned int dropped; /* since the last line that was written */
	uint64_t since;       /* second in which used last shrank */
};

/* The same for lines that who holds the limit can cause as often as it likes: LOG_BURST at once,
 * then one in LOG_EACH_SECONDS. A line that is written says how many were left out before it. now:
 * in seconds. */
#define LOG_BURST        10
#define LOG_EACH_SECONDS 10
void log_limited(struct log_limit *limit, uint64_t now, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Where lines go; NULL: nowhere. */
extern void (*log_output)(const char *line);

#endif
