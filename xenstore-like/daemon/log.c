/* SPDX-License-Identifier: MIT */
/*
 * The daemon's log (see log.h).
 */
#include "log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define LINE_SPACE 512

void (*log_output)(const char *line);

void log_line(const char *fmt, ...)
{
	char line[LINE_SPACE];
	va_list args;

	if (!log_output)
		return;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);

	log_output(line);
}

/* Takes one line of what is left. False when nothing is. */
static bool limit_take(struct log_limit *limit, uint64_t now)
{
	uint64_t regained = (now - limit->since) / LOG_EACH_SECONDS;

	if (regained >= limit->used) {
		limit->used = 0;
		limit->since = now;
	} else {
		limit->used -= regained;
		limit->since += regained * LOG_EACH_SECONDS;
	}

	if (limit->used >= LOG_BURST)
		return false;

	limit->used++;
	return true;
}

void log_limited(struct log_limit *limit, uint64_t now, const char *fmt, ...)
{
	char line[LINE_SPACE];
	va_list args;

	if (!limit_take(limit, now)) {
		limit->dropped++;
		return;
	}

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);

	if (limit->dropped)
		log_line("%s (%u lines like this were left out)", line, limit->dropped);
	else
		log_line("%s", line);
	limit->dropped = 0;
}
