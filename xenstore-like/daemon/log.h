/* SPDX-License-Identifier: MIT */
/*
 * The daemon's log: one line at a time, to wherever main.c (or a test) says.
 */
#ifndef XENSTORE_LIKE_LOG_H
#define XENSTORE_LIKE_LOG_H

/* Writes one line; fmt has no newline at its end. */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Where lines go; NULL: nowhere. */
extern void (*log_output)(const char *line);

#endif
