/* SPDX-License-Identifier: MIT */
/*
 * The exit statuses of hospes, which scripts rely on: a number keeps its meaning. A verb returns 0
 * or -errno; which status an errno becomes stands in the table of exit.c.
 */
#ifndef HOSPES_HOSPES_EXIT_H
#define HOSPES_HOSPES_EXIT_H

#include <stddef.h>

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NO_DOMAIN = 3,
	EXIT_NOT_PERMITTED = 4,
	EXIT_TIMED_OUT = 5,
	EXIT_AWAY = 6,
	EXIT_TAKEN = 7,
};

struct exit_meaning {
	enum exit_status status;
	const char *text; /* for the manual */
};

extern const struct exit_meaning exit_meanings[];
extern const size_t exit_meanings_count;

/* The status for a verb's result: 0 or -errno. */
enum exit_status exit_status_of(int rc);

#endif
